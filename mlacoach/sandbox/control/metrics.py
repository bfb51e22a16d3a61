"""The metrics that code reports of experiments while it runs (sagemaker-metrics)."""

import statistics
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.experiments import COMPONENT
from mlacoach.sandbox.records import Record

SERIES = "series"
SECONDS = {"OneMinute": 60, "FiveMinute": 300, "OneHour": 3600}
STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Min": min,
    "Max": max,
    "Avg": statistics.fmean,
    "Count": lambda values: float(len(values)),
    "StdDev": statistics.pstdev,
    "Last": lambda values: values[-1],
}


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a metric; `step` is its iteration, or its number in the series."""

    moment: datetime
    step: int
    value: float


@dataclass
class Series:
    """All points of a component, by metric; it grows in place, because there may be many."""

    points: dict[str, list[Point]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, name: str, moment: datetime, step: int | None, value: float) -> list[Point]:
        """Add a point; the metric's points by now."""
        with self.lock:
            found = self.points.setdefault(name, [])
            found.append(Point(moment, len(found) if step is None else step, value))
            return found

    def of(self, name: str) -> list[Point]:
        """A copy of a metric's points."""
        with self.lock:
            return list(self.points.get(name, []))


def batch_put(call: Call) -> Mapping[str, Any]:
    """BatchPutMetrics: add to a component's series; the summaries follow."""
    data = call.request["MetricData"]
    component = call.world.store.get(COMPONENT, call.request["TrialComponentName"], call.region)
    if component is None:
        return {"Errors": [{"Code": "VALIDATION_ERROR", "MetricIndex": number} for number in range(len(data))]}
    series: Series = component.private.get(SERIES) or Series()
    call.world.store.change(component, {}, {SERIES: series})
    for each in data:
        series.add(each["MetricName"], each["Timestamp"], each.get("Step"), float(each["Value"]))
    names = {each["MetricName"] for each in data}
    call.world.store.change(component, lambda now: {"Metrics": _summaries(now, series, names)})
    return {}


def _summaries(component: Record, series: Series, names: set[str]) -> list[dict[str, Any]]:
    kept = [metric for metric in component.get("Metrics", []) if metric["MetricName"] not in names]
    return [*kept, *(_summary(component, name, series.of(name)) for name in sorted(names))]


def _summary(component: Record, name: str, points: Sequence[Point]) -> dict[str, Any]:
    values = [point.value for point in points]
    told = {stat: measure(values) for stat, measure in STATISTICS.items()}
    about = {"MetricName": name, "SourceArn": component.arn, "TimeStamp": points[-1].moment}
    return about | told | {"Count": len(values)}


def batch_get(call: Call) -> Mapping[str, Any]:
    """BatchGetMetrics: a statistic of a metric, for each iteration or each period."""
    return {"MetricQueryResults": [_answer(call, query) for query in call.request["MetricQueries"]]}


def _answer(call: Call, query: Mapping[str, Any]) -> dict[str, Any]:
    component = _component(call, query["ResourceArn"])
    series = component.private.get(SERIES) if component else None
    points = series.of(query["MetricName"]) if series else []
    by_step = query["Period"] == "IterationNumber"
    if component is None or by_step != (query["XAxisType"] == "IterationNumber"):
        message = f"{query['ResourceArn']} does not exist." if component is None else "Period and XAxisType do not fit."
        return {"Status": "ValidationError", "Message": message, "XAxisValues": [], "MetricValues": []}
    groups: dict[int, list[float]] = {}
    for point in points:
        at = point.step if by_step else _begin(point.moment, SECONDS[query["Period"]])
        if query.get("Start", at) <= at <= query.get("End", at):
            groups.setdefault(at, []).append(point.value)
    measure = STATISTICS[query["MetricStat"]]
    ordered = sorted(groups)
    return {
        "Status": "Complete",
        "XAxisValues": ordered,
        "MetricValues": [measure(groups[at]) for at in ordered],
    }


def _begin(moment: datetime, seconds: int) -> int:
    """When the period began, in seconds since 1970."""
    return int(moment.timestamp()) // seconds * seconds


def _component(call: Call, arn: str) -> Record | None:
    """The component of an ARN, or the component of the job of an ARN."""
    components = call.world.store.all(COMPONENT, call.region)
    return next((one for one in components if arn in {one.arn, (one.get("Source") or {}).get("SourceArn")}), None)


ENGINES: Mapping[str, Engine] = {"BatchPutMetrics": batch_put, "BatchGetMetrics": batch_get}
