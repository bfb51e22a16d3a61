"""How an alarm's datapoints become its state.

The rules are those of the CloudWatch user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat
missing data".
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (lambda value, limit: value >= limit, "greater than or equal to"),
    "GreaterThanThreshold": (lambda value, limit: value > limit, "greater than"),
    "LessThanThreshold": (lambda value, limit: value < limit, "less than"),
    "LessThanOrEqualToThreshold": (lambda value, limit: value <= limit, "less than or equal to"),
}
# CloudWatch looks back further than the alarm asks for, so that a late datapoint still counts.
LOOKS_BACK = 2
ALARM, OK, UNKNOWN = "ALARM", "OK", "INSUFFICIENT_DATA"


@dataclass(frozen=True, slots=True)
class Point:
    """What a metric was in one period; None where nothing came."""

    begin: datetime
    value: float | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an evaluation comes to. `state` is None where the present one stays."""

    state: str | None
    reason: str = ""
    data: Mapping[str, Any] | None = None


def evaluate(alarm: Mapping[str, Any], points: Sequence[Point]) -> Verdict:
    """The state that an alarm's datapoints ask for.

    Args:
        alarm: its settings, as PutMetricAlarm takes them.
        points: the evaluation range, oldest first: EvaluationPeriods + LOOKS_BACK periods.
    """
    wanted = int(alarm["EvaluationPeriods"])
    needed = int(alarm.get("DatapointsToAlarm") or wanted)
    real = [point for point in points if point.value is not None][-wanted:]
    missing = wanted - len(real)
    treat = alarm.get("TreatMissingData") or "missing"
    compare, _ = COMPARISONS[alarm["ComparisonOperator"]]
    bad = [point for point in real if point.value is not None and compare(point.value, float(alarm["Threshold"]))]
    state = _state(treat, len(real), len(bad), missing, needed)
    if state is None:
        return Verdict(None)
    if not real and treat == "missing":
        unknown = "1 datapoint was" if wanted == 1 else f"{wanted} datapoints were"
        return Verdict(state, f"Insufficient Data: {unknown} unknown.")
    return Verdict(state, _reason(alarm, real, bad, missing, state), _data(alarm, real))


def _state(treat: str, real: int, bad: int, missing: int, needed: int) -> str | None:
    if treat in {"breaching", "notBreaching"}:
        return ALARM if bad + (missing if treat == "breaching" else 0) >= needed else OK
    if not real:
        return UNKNOWN if treat == "missing" else None
    if bad >= needed or (treat == "missing" and bad == real):
        return ALARM
    # An alarm that ignores what is missing stays as it is while all that is there is bad.
    return OK if bad < real or not missing else None


def _reason(alarm: Mapping[str, Any], real: Sequence[Point], bad: Sequence[Point], missing: int, state: str) -> str:
    wanted, limit = int(alarm["EvaluationPeriods"]), float(alarm["Threshold"])
    needed = int(alarm.get("DatapointsToAlarm") or wanted)
    said = COMPARISONS[alarm["ComparisonOperator"]][1]
    shown = bad if state == ALARM else [point for point in real if point not in bad]
    listed = ", ".join(f"{point.value} ({point.begin:%d/%m/%y %H:%M:%S})" for point in reversed(shown))
    if not shown:
        words = f"{missing} missing datapoint{'s were' if missing > 1 else ' was'} treated as"
        return f"Threshold Crossed: {words} [{'Breaching' if state == ALARM else 'NonBreaching'}]."
    count = f"{len(shown)} out of the last {wanted} datapoint{'s' if wanted > 1 else ''} [{listed}]"
    verb = ("was" if len(shown) == 1 else "were") + ("" if state == ALARM else " not")
    way = "OK -> ALARM" if state == ALARM else "ALARM -> OK"
    least = needed if state == ALARM else wanted - needed + 1
    return (
        f"Threshold Crossed: {count} {verb} {said} the threshold ({limit}) "
        f"(minimum {least} datapoint{'s' if least > 1 else ''} for {way} transition)."
    )


def _data(alarm: Mapping[str, Any], real: Sequence[Point]) -> dict[str, Any]:
    return {
        "version": "1.0",
        "statistic": alarm.get("Statistic"),
        "period": alarm.get("Period"),
        "recentDatapoints": [point.value for point in real],
        "threshold": float(alarm["Threshold"]),
        "evaluatedDatapoints": [
            {"timestamp": point.begin.strftime("%Y-%m-%dT%H:%M:%S.000+0000"), "value": point.value}
            for point in reversed(real)
        ],
    }
