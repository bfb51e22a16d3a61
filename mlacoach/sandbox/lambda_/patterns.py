"""Event patterns of EventBridge."""

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from typing import Any

SIGNS: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda one, other: one == other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
}
MISSING = object()


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Does an event fit a pattern?"""
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(matches(each, event) for each in wanted):
                return False
            continue
        found = event.get(name, MISSING)
        if isinstance(wanted, Mapping):
            if not isinstance(found, Mapping) or not matches(wanted, found):
                return False
        elif not _any(wanted, found):
            return False
    return True


def _any(wanted: Sequence[Any], found: Any) -> bool:  # noqa: ANN401 - JSON
    values = found if isinstance(found, list) else [found]
    return any(_fits(test, value) for test in wanted for value in values)


def _fits(test: Any, value: Any) -> bool:  # noqa: ANN401
    if not isinstance(test, Mapping):
        return (value is not MISSING and type(value) is type(test) and bool(value == test)) or _same_number(test, value)
    kind, given = next(iter(test.items()))
    if kind == "exists":
        return (value is not MISSING) is bool(given)
    if value is MISSING:
        return False
    if kind == "anything-but":
        others = given if isinstance(given, list) else [given]
        return not any(_fits(other, value) for other in others)
    if kind == "numeric":
        return isinstance(value, int | float) and all(
            SIGNS[sign](value, number) for sign, number in zip(given[::2], given[1::2], strict=True)
        )
    return isinstance(value, str) and _text_fits(kind, given, value)


def _same_number(test: Any, value: Any) -> bool:  # noqa: ANN401
    numbers = isinstance(test, int | float) and isinstance(value, int | float)
    return numbers and not isinstance(test, bool) and not isinstance(value, bool) and test == value


def _text_fits(kind: str, given: Any, value: str) -> bool:  # noqa: ANN401
    if isinstance(given, Mapping):
        return _text_fits(kind, str(given["equals-ignore-case"]).lower(), value.lower())
    if kind == "prefix":
        return value.startswith(str(given))
    if kind == "suffix":
        return value.endswith(str(given))
    if kind == "equals-ignore-case":
        return value.lower() == str(given).lower()
    return kind == "wildcard" and fnmatch.fnmatchcase(value, given.replace("[", "[[]").replace("?", "[?]"))
