"""What AWS checks before it does anything: presence, lengths, ranges, patterns, enumerations; in its own words."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from mlacoach.sandbox.aws_error import AwsError

# A value is quoted in the sentence; AWS does not quote megabytes.
QUOTED = 256
# Longer text is not held against a pattern: AWS's patterns mean names, and some of them backtrack.
MATCHED = 100_000
# Python has no \p{…}; these are the classes that AWS's patterns use. A letter may be any word character but a digit.
CLASSES = {
    "L": r"\w",
    "N": r"\d",
    "M": r"\w",
    "Z": r"\s",
    "S": r"$+<=>^`|~",
    "P": r"!-/:-@\[-`{-~",
    "Alnum": "a-zA-Z0-9",
}
# Outside ASCII only these are taken as they come: telling punctuation from symbols needs tables nobody will miss.
BEYOND_ASCII = r"\u0080-\U0010ffff"


def validate(shape: Any, request: dict[str, Any]) -> None:  # noqa: ANN401 - botocore's shape
    """Hold a request against its input shape.

    Raises:
        AwsError: `ValidationException`, naming every violation, as AWS does.
    """
    found = list(_structure(shape, request, "")) if shape is not None else []
    if found:
        count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
        raise AwsError("ValidationException", count + "; ".join(found))


def _structure(shape: Any, value: dict[str, Any], at: str) -> Iterator[str]:  # noqa: ANN401
    if getattr(shape, "is_document_type", False):
        return
    for name in shape.required_members:
        if value.get(name) is None:
            yield _violation(None, _below(at, name), "Member must not be null")
    for name, item in value.items():
        if name not in shape.members:
            yield _violation(_text(item), _below(at, name), "Member must be one that the operation knows")
        else:
            yield from _value(shape.members[name], item, _below(at, name))


def _value(shape: Any, value: Any, at: str) -> Iterator[str]:  # noqa: ANN401
    if value is None:
        yield _violation(None, at, "Member must not be null")
        return
    kind = shape.type_name
    yield from _constraints(shape, value, at)
    if kind == "structure":
        yield from _structure(shape, value, at)
    elif kind == "list":
        for number, item in enumerate(value, start=1):
            yield from _value(shape.member, item, f"{at}.{number}.member")
    elif kind == "map":
        for key, item in value.items():
            yield from _constraints(shape.key, key, f"{at}.key")
            yield from _value(shape.value, item, f"{at}.{key}.member")


def _constraints(shape: Any, value: Any, at: str) -> Iterator[str]:  # noqa: ANN401
    rules = shape.metadata
    least, most = rules.get("min"), rules.get("max")
    sized = isinstance(value, str | bytes | list | dict)
    if not sized and not isinstance(value, int | float):
        return
    size = len(value) if sized else value
    what = "length" if sized else "value"
    if least is not None and size < least:
        yield _violation(_text(value), at, f"Member must have {what} greater than or equal to {least}")
    if most is not None and size > most:
        yield _violation(_text(value), at, f"Member must have {what} less than or equal to {most}")
    if isinstance(value, str):
        yield from _text_rules(rules, value, at)


def _text_rules(rules: Any, value: str, at: str) -> Iterator[str]:  # noqa: ANN401
    enum = rules.get("enum")
    if enum and value not in enum:
        yield _violation(_text(value), at, f"Member must satisfy enum value set: [{', '.join(enum)}]")
    pattern = rules.get("pattern")
    if pattern and len(value) <= min(rules.get("max") or MATCHED, MATCHED):
        compiled = compiled_pattern(pattern)
        if compiled is not None and not compiled.fullmatch(value):
            yield _violation(_text(value), at, f"Member must satisfy regular expression pattern: {pattern}")


def _violation(value: str | None, at: str, rule: str) -> str:
    quoted = "null" if value is None else f"'{value}'"
    return f"Value {quoted} at '{at}' failed to satisfy constraint: {rule}"


def _text(value: Any) -> str:  # noqa: ANN401
    text = str(value)
    return text if len(text) <= QUOTED else f"{text[:QUOTED]}..."


def _below(at: str, name: str) -> str:
    # AWS's servers name members in lower camel case.
    spelt = name[:1].lower() + name[1:]
    return f"{at}.{spelt}" if at else spelt


@cache
def compiled_pattern(pattern: str) -> re.Pattern[str] | None:
    """The pattern for Python, or None where it cannot be said in it."""
    if r"\uD800" in pattern or "${" in pattern:
        return None  # surrogates are no text in Python; `${` is a slip in AWS's model
    try:
        return re.compile(re.sub(r"\\p\{(\w+)\}", lambda found: _class(found[1]), pattern))
    except (re.error, KeyError):
        return None


def _class(name: str) -> str:
    return CLASSES[name] + (BEYOND_ASCII if name in {"S", "P", "M", "Z"} else "")
