"""Monitoring schedules: when they are due, and what sets them off at once."""

import threading
from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.aws_error import invalid
from mlacoach.sandbox.monitor.definitions import definition_of
from mlacoach.sandbox.monitor.executions import begin
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.schedules.expressions import Malformed, next_time
from mlacoach.sandbox.world import World

STATUS = "MonitoringScheduleStatus"
NOW = "NOW"
# A schedule looks this often whether it is still there and when it is due.
LOOK_SECONDS = 60.0


def start(world: World, record: Record) -> None:
    """Let a schedule run from now on.

    Raises:
        AwsError: its expression, its definition or its endpoint makes no sense.
    """
    config = record["MonitoringScheduleConfig"]
    definition = definition_of(world, record)
    expression = _expression(config)
    if expression != NOW:
        _require(expression, world)
    # Each start has a turn of its own, which ends the waiting of the one before.
    turn = int(record.private.get("turn", 0)) + 1
    shown = {"EndpointName": definition.endpoint or None, "MonitoringType": definition.kind, STATUS: "Scheduled"}
    changed = world.store.change(record, shown, {"turn": turn})
    if changed is None:
        return
    if expression == NOW:
        fire(world, changed)
    else:
        work = threading.Thread(target=_wait, args=(world, changed, expression, turn), name=record.arn, daemon=True)
        work.start()


def _expression(config: Mapping[str, Any]) -> str:
    # Without a schedule it is an hourly one.
    return str((config.get("ScheduleConfig") or {}).get("ScheduleExpression") or "cron(0 * ? * * *)")


def _require(expression: str, world: World) -> None:
    try:
        next_time(expression, world.now())
    except Malformed as error:
        raise invalid(f"The schedule expression {expression} is invalid.") from error


def _wait(world: World, record: Record, expression: str, turn: int) -> None:
    due = next_time(expression, world.now())
    while due is not None:
        seconds = max(0.0, min(LOOK_SECONDS, (due - world.now()).total_seconds()))
        now = world.store.wait(record, lambda now: not _is_on(now, turn), seconds)
        if now is None or not _is_on(now, turn):
            return
        if world.now() >= due:
            fire(world, now)
            due = next_time(expression, world.now())


def _is_on(now: Record | None, turn: int) -> bool:
    return now is not None and now.private.get("turn") == turn and now[STATUS] == "Scheduled"


def fire(world: World, record: Record) -> None:
    """Run a schedule's monitoring once, now, over what came in since its StartTimeOffset (an hour, if it has none)."""
    begin(world, record, definition_of(world, record))
