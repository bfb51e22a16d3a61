"""Looks at the metrics of all alarms every second, once there is an alarm."""

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mlacoach.sandbox.alarms.evaluating import ALARM, LOOKS_BACK, OK, UNKNOWN, Point, evaluate
from mlacoach.sandbox.alarms.expressions import evaluate as calculate
from mlacoach.sandbox.alarms.rules import holds, names
from mlacoach.sandbox.alarms.states import KIND, change, is_composite, queries
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
LOOK_SECONDS = 1.0
# So long a state that somebody set stays where no data speak against it; AWS says "often within seconds".
BY_HAND_SECONDS = 3.0
# Which regions of which sandboxes are looked at.
LOOKING: set[tuple[str, str]] = set()
LOCK = threading.Lock()


def begin(world: World, region: str) -> None:
    """Look from now on, as long as the region has alarms."""
    with LOCK:
        if (world.url, region) not in LOOKING:
            LOOKING.add((world.url, region))
            threading.Thread(target=_look, args=(world, region), name="alarms", daemon=True).start()


def _is_done(world: World, region: str) -> bool:
    with LOCK:
        is_done = world.over.is_set() or not world.store.all(KIND, region)
        if is_done:
            LOOKING.discard((world.url, region))
    return is_done


def _look(world: World, region: str) -> None:
    while not _is_done(world, region):
        world.over.wait(LOOK_SECONDS)
        # Composite ones last: they see what the others have just become.
        for record in sorted(world.store.all(KIND, region), key=is_composite):
            try:
                (_composite if is_composite(record) else _metric)(world, record)
            except Exception:
                LOG.exception("The alarm %s could not be evaluated.", record.key)


def _metric(world: World, record: Record) -> None:
    points = read(world, record)
    seen = tuple(point.value for point in points)
    # What was seen has been judged: a state that somebody set since then stays until there is something new.
    if record.private.get("seen") == seen and not _is_set_on_nothing(world, record, seen):
        return
    world.store.change(record, {}, private={"seen": seen, "by_hand": None})
    verdict = evaluate(record.fields, points)
    if verdict.state is not None and verdict.state != record["StateValue"]:
        change(world, record, verdict.state, verdict.reason, verdict.data)


def _is_set_on_nothing(world: World, record: Record, seen: tuple[float | None, ...]) -> bool:
    """Was its state set by hand a while ago, and there are no data that could ever change it?"""
    moment = record.private.get("by_hand")
    if moment is None or any(value is not None for value in seen):
        return False
    return bool((world.now() - moment).total_seconds() >= BY_HAND_SECONDS)


def read(world: World, record: Record) -> list[Point]:
    """The datapoints of an alarm's evaluation range, oldest first.

    The period that is not over yet counts once it has data, because nobody here wants to wait for its end; unless it
    is a count that could still grow past a lower threshold.
    """
    asked = queries(record)
    period = max(int(each.get("Period") or each.get("MetricStat", {}).get("Period") or 60) for each in asked)
    now = world.now()
    open_since = datetime.fromtimestamp(now.timestamp() // period * period, UTC)
    count = int(record["EvaluationPeriods"]) + LOOKS_BACK
    begins = [open_since - timedelta(seconds=period * back) for back in range(count, -1, -1)]
    series = _series(world, record.region, asked, begins, period)
    points = [Point(begin, value) for begin, value in zip(begins, series, strict=True)]
    may_grow = record["ComparisonOperator"].startswith("Less") and record.get("Statistic") in {"Sum", "SampleCount"}
    return points[:-1] if may_grow or points[-1].value is None else points[1:]


def _series(
    world: World, region: str, asked: list[dict[str, Any]], begins: list[datetime], period: int
) -> list[float | None]:
    stats = [{**each, "ReturnData": True} for each in asked if "MetricStat" in each]
    found = world.watcher("cloudwatch", region).get_metric_data(
        MetricDataQueries=stats, StartTime=begins[0], EndTime=begins[-1] + timedelta(seconds=period)
    )
    metrics = {each["Id"]: _aligned(each, begins) for each in found["MetricDataResults"]}
    returned = next(each for each in asked if each.get("ReturnData", True))
    for each in asked:
        if "Expression" in each:
            metrics[each["Id"]] = calculate(each["Expression"], metrics)
    return metrics[returned["Id"]]


def _aligned(found: Mapping[str, Any], begins: list[datetime]) -> list[float | None]:
    values = dict(zip([int(at.timestamp()) for at in found["Timestamps"]], found["Values"], strict=True))
    return [values.get(int(begin.timestamp())) for begin in begins]


def _composite(world: World, record: Record) -> None:
    def state(name: str) -> str:
        found = world.store.get(KIND, name.rpartition(":alarm:")[2] or name, record.region)
        return str(found["StateValue"]) if found else UNKNOWN

    now = ALARM if holds(record["AlarmRule"], state) else OK
    if now != record["StateValue"]:
        arns = ", ".join(names(record["AlarmRule"]))
        change(world, record, now, f"{record.arn} transitioned to {now} because of the state of {arns}")
