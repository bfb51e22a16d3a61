"""The condition operators of IAM, and policy variables."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network

Context = Mapping[str, Sequence[str]]
VARIABLE = re.compile(r"\$\{([^},]+)(?:,\s*'([^']*)')?\}")
LITERAL = {"*": "[*]", "?": "[?]", "$": "$"}
NEGATED = re.compile(r"Not(?=Equals|Like|Ip)|^Not(?=Ip)")


def filled(text: str, context: Context) -> str | None:
    """A value with its policy variables filled in, as a pattern; None where one has no value.

    Args:
        text: such as `arn:aws:s3:::b/${aws:username}/*`.
        context: the request's.
    """
    missing: list[str] = []

    def fill(found: re.Match[str]) -> str:
        name, otherwise = found.groups()
        if name in LITERAL:
            return LITERAL[name]
        values = lookup(context, name)
        if values is None and otherwise is None:
            missing.append(name)
        # What the request brings is text, never a wild card.
        return literal(values[0] if values else otherwise or "")

    pattern = VARIABLE.sub(fill, text.replace("[", "[[]"))
    return None if missing else pattern


def literal(text: str) -> str:
    """A text as a pattern that only it fits."""
    return re.sub(r"([*?\[])", r"[\1]", text)


def lookup(context: Context, key: str) -> Sequence[str] | None:
    """The values of a condition key, whose name may be written in any case."""
    wanted = key.lower()
    return next((values for name, values in context.items() if name.lower() == wanted), None)


def meets(
    conditions: Mapping[str, Mapping[str, Sequence[str]]], context: Context, *, fills: bool
) -> tuple[bool, list[str]]:
    """Does a request meet every condition? And which keys that they ask for does it not have?

    Args:
        conditions: operator → key → values.
        context: the request's condition keys.
        fills: are policy variables filled in?
    """
    met, missing = True, []
    for operator, tests in conditions.items():
        for key, values in tests.items():
            found = lookup(context, key)
            if found is None:
                missing.append(key)
            met = _holds(operator, values, found, context, fills=fills) and met
    return met, missing


def _holds(operator: str, wanted: Sequence[str], found: Sequence[str] | None, context: Context, *, fills: bool) -> bool:
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return (found is None) == (wanted[0].lower() == "true")
    is_optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    is_negated = bool(NEGATED.search(name))
    if found is None:
        return is_optional or is_negated or quantifier == "ForAllValues"
    fits = _fitting(NEGATED.sub("", name))
    patterns = [filled(each, context) if fills else each.replace("[", "[[]") for each in wanted]
    known = [each for each in patterns if each is not None]

    def one(value: str) -> bool:
        return any(fits(pattern, value) for pattern in known) is not is_negated

    return (
        any(map(one, found))
        if quantifier == "ForAnyValue" or (not is_negated and not quantifier)
        else all(map(one, found))
    )


def _fitting(name: str) -> Callable[[str, str], bool]:
    return OPERATORS.get(name, _never)


def _never(_pattern: str, _value: str) -> bool:
    return False


def _plain(pattern: str) -> str:
    """The text of a pattern in which wild cards have no meaning."""
    return re.sub(r"\[([*?\[])\]", r"\1", pattern)


def _equals(pattern: str, value: str) -> bool:
    return _plain(pattern) == value


def _equals_ignoring_case(pattern: str, value: str) -> bool:
    return _plain(pattern).lower() == value.lower()


def arn_fits(pattern: str, value: str) -> bool:
    """Does an ARN fit a pattern? Each of its first five parts by itself."""
    wanted, given = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(given) and all(map(fnmatchcase, given, wanted))


def _number(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def fits(pattern: str, value: str) -> bool:
        try:
            return compare(float(value), float(pattern))
        except ValueError:
            return False

    return fits


def _date(compare: Callable[[float, float], bool]) -> Callable[[str, str], bool]:
    def fits(pattern: str, value: str) -> bool:
        try:
            return compare(_seconds(value), _seconds(pattern))
        except ValueError:
            return False

    return fits


def _seconds(text: str) -> float:
    return float(text) if text.isdecimal() else datetime.fromisoformat(text).timestamp()


def _in_network(pattern: str, value: str) -> bool:
    try:
        return ip_address(value) in ip_network(pattern, strict=False)
    except ValueError:
        return False


COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "Equals": lambda one, other: one == other,
    "LessThan": lambda one, other: one < other,
    "LessThanEquals": lambda one, other: one <= other,
    "GreaterThan": lambda one, other: one > other,
    "GreaterThanEquals": lambda one, other: one >= other,
}
OPERATORS: Mapping[str, Callable[[str, str], bool]] = {
    "StringEquals": _equals,
    "StringEqualsIgnoreCase": _equals_ignoring_case,
    "StringLike": lambda pattern, value: fnmatchcase(value, pattern),
    "ArnEquals": arn_fits,
    "ArnLike": arn_fits,
    "Bool": _equals_ignoring_case,
    "BinaryEquals": _equals,
    "IpAddress": _in_network,
    **{f"Numeric{name}": _number(compare) for name, compare in COMPARISONS.items()},
    **{f"Date{name}": _date(compare) for name, compare in COMPARISONS.items()},
}
