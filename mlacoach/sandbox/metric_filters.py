"""Metric filters of CloudWatch Logs that count: moto keeps them, and nothing would come of it.

Patterns of terms and of JSON are read ("Filter pattern syntax", CloudWatch Logs user guide); those of columns in
brackets, of regular expressions and with parentheses are refused.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial
from typing import Any

from mlacoach.sandbox.aws_error import not_emulated
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.engines import Engines

Matches = Callable[[str], bool]
TERM = re.compile(r'([-?]?)(?:"((?:[^"\\]|\\.)*)"|(\S+))')
CONDITION = re.compile(r'^\$\.([\w.\-]+)\s*(=|!=|>=|<=|>|<)\s*(?:"([^"]*)"|(\S+))$')
COMPARED: Mapping[str, Callable[[float, float], bool]] = {
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}


def register(engines: Engines) -> None:
    """Watch which groups have filters, and count what is written into them."""
    groups: set[str] = set()
    engines.check("logs", "PutMetricFilter", partial(_keep, groups))
    engines.check("logs", "PutLogEvents", partial(_count, groups))
    engines.on_reset.append(lambda _world: groups.clear())


def matcher(pattern: str) -> Matches:
    """Whether a line of a log fits a pattern.

    Raises:
        AwsError: the pattern is of a sort that is not read here.
    """
    text = pattern.strip()
    if text.startswith("{") and text.endswith("}"):
        return _json_matcher(text[1:-1].strip(), pattern)
    if text[:1] in {"[", "%"}:
        raise not_emulated(f"the filter pattern {pattern}", "Terms and patterns of JSON are read.")
    return _term_matcher(text)


def _term_matcher(text: str) -> Matches:
    terms = [(found[1], found[2] if found[2] is not None else found[3]) for found in TERM.finditer(text)]
    wanted = [term for sign, term in terms if not sign]
    unwanted = [term for sign, term in terms if sign == "-"]
    any_of = [term for sign, term in terms if sign == "?"]
    return lambda line: (
        all(term in line for term in wanted)
        and not any(term in line for term in unwanted)
        and (not any_of or any(term in line for term in any_of))
    )


def _json_matcher(text: str, pattern: str) -> Matches:
    joined, every = ("||", any) if "||" in text else ("&&", all)
    if "(" in text or ("&&" in text and "||" in text):
        raise not_emulated(f"the filter pattern {pattern}", "Conditions joined by && alone, or by || alone, are read.")
    conditions = [_condition(each.strip(), pattern) for each in text.split(joined)]

    def fits(line: str) -> bool:
        event = _read(line)
        return event is not None and every(condition(event) for condition in conditions)

    return fits


def _condition(text: str, pattern: str) -> Callable[[Mapping[str, Any]], bool]:
    found = CONDITION.match(text)
    if found is None:
        raise not_emulated(f"the filter pattern {pattern}", 'A condition is like $.level = "ERROR".')
    path, operator = found[1], found[2]
    wanted = found[3] if found[3] is not None else found[4]
    if operator in COMPARED:
        return lambda event: _compared(selected(event, path), operator, wanted)
    return lambda event: _equals(selected(event, path), wanted) is (operator == "=")


def _equals(value: object, wanted: str) -> bool:
    if isinstance(value, bool):
        return str(value).lower() == wanted.lower()
    if isinstance(value, int | float):
        return wanted == "*" or (_number(wanted) is not None and value == _number(wanted))
    return value is not None and fnmatchcase(str(value), wanted.replace("[", "[[]"))


def _compared(value: object, operator: str, wanted: str) -> bool:
    bound = _number(wanted)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and bound is not None and COMPARED[operator](float(str(value)), bound)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def selected(event: Mapping[str, Any], path: str) -> object:
    """The value at a path such as `detail.errorCode`, or None."""
    found: object = event
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _read(line: str) -> Mapping[str, Any] | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def _keep(groups: set[str], call: Call) -> None:
    matcher(call.request["filterPattern"])
    group, name = call.request["logGroupName"], call.request["filterName"]
    if group in groups:
        # A filter of the same name is replaced; moto would keep both.
        logs = call.world.client("logs", call.region)
        found = logs.describe_metric_filters(logGroupName=group, filterNamePrefix=name)["metricFilters"]
        if name in {each["filterName"] for each in found}:
            logs.delete_metric_filter(logGroupName=group, filterName=name)
    groups.add(group)


def _count(groups: set[str], call: Call) -> None:
    name = call.request["logGroupName"]
    if name not in groups:
        return
    lines = [event["message"] for event in call.request["logEvents"]]
    for each in call.world.client("logs", call.region).describe_metric_filters(logGroupName=name)["metricFilters"]:
        fits = matcher(each["filterPattern"])
        _publish(call, each["metricTransformations"], [line for line in lines if fits(line)])


def _publish(call: Call, transformations: Sequence[Mapping[str, Any]], lines: Sequence[str]) -> None:
    """One value for each line that fits; the default, if there is one, where none does."""
    for each in transformations:
        values = [value for value in (_value(each["metricValue"], line) for line in lines) if value is not None]
        if not lines and "defaultValue" in each:
            values = [float(each["defaultValue"])]
        for value in values:
            call.world.metrics.put(each["metricNamespace"], each["metricName"], value, unit=each.get("unit", "None"))


def _value(wanted: str, line: str) -> float | None:
    if not wanted.startswith("$."):
        return _number(wanted)
    found = selected(_read(line) or {}, wanted[2:])
    return float(found) if isinstance(found, int | float) else None
