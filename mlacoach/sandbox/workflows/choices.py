"""Choice rules."""

import fnmatch
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mlacoach.sandbox.workflows.paths import StateFailed, at

KINDS: Mapping[str, tuple[type, ...]] = {
    "String": (str,),
    "Numeric": (int, float),
    "Boolean": (bool,),
    "Timestamp": (str,),
}
SIGNS: Mapping[str, Callable[[Any, Any], bool]] = {
    "Equals": lambda one, other: bool(one == other),
    "LessThan": lambda one, other: bool(one < other),
    "GreaterThan": lambda one, other: bool(one > other),
    "LessThanEquals": lambda one, other: bool(one <= other),
    "GreaterThanEquals": lambda one, other: bool(one >= other),
}
TESTS: Mapping[str, Callable[[Any], bool]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "IsBoolean": lambda value: isinstance(value, bool),
}


def fits(rule: Mapping[str, Any], data: Any, context: Mapping[str, Any]) -> bool:  # noqa: ANN401, PLR0911 - JSON
    """Does a rule hold?

    Raises:
        StateFailed: its variable is missing, or it is a rule that is not here.
    """
    if "And" in rule:
        return all(fits(each, data, context) for each in rule["And"])
    if "Or" in rule:
        return any(fits(each, data, context) for each in rule["Or"])
    if "Not" in rule:
        return not fits(rule["Not"], data, context)
    name = next(each for each in rule if each not in {"Variable", "Next", "Comment"})
    if name == "IsPresent":
        return _is_there(rule["Variable"], data, context) is rule[name]
    value, wanted = at(data, rule["Variable"], context), rule[name]
    if name in TESTS:
        return TESTS[name](value) is wanted
    if name == "StringMatches":
        return isinstance(value, str) and fnmatch.fnmatchcase(value, wanted)
    return _compared(name, value, wanted, data, context)


def _is_there(path: str, data: Any, context: Mapping[str, Any]) -> bool:  # noqa: ANN401
    try:
        at(data, path, context)
    except StateFailed:
        return False
    return True


def _compared(name: str, value: Any, wanted: Any, data: Any, context: Mapping[str, Any]) -> bool:  # noqa: ANN401
    if name.endswith("Path"):
        name, wanted = name.removesuffix("Path"), at(data, wanted, context)
    kind = next((each for each in KINDS if name.startswith(each)), "")
    sign = SIGNS.get(name.removeprefix(kind))
    if not kind or sign is None:
        raise StateFailed("States.Runtime", f"There is no choice rule {name}.")
    if not isinstance(value, KINDS[kind]) or (kind == "Numeric" and isinstance(value, bool)):
        return False
    if kind == "Timestamp":
        return sign(datetime.fromisoformat(str(value)), datetime.fromisoformat(str(wanted)))
    return sign(value, wanted)
