"""Values as Athena writes them into result files and answers."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

LARGE = 1e7
SMALL = 1e-3


def shown(value: Any) -> str | None:  # noqa: ANN401, PLR0911 - whatever a column holds; a line for each kind
    """The text of a value, as Java and Trino print it; None for NULL."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double(value)
    if isinstance(value, datetime):
        return _moment(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}={_inner(item)}" for key, item in value.items()) + "}"
    if isinstance(value, bytes | bytearray):
        return " ".join(f"{byte:02x}" for byte in value)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inner, value)) + "]"
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def _inner(value: Any) -> str:  # noqa: ANN401
    return "null" if value is None else str(shown(value))


def double(value: float) -> str:
    """A double as Java prints it: 1.0, 1.0E7, NaN."""
    if not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if value == 0 or SMALL <= abs(value) < LARGE:
        return repr(value) if "e" not in repr(value) else format(value, "f")
    sign, digits, exponent = Decimal(repr(value)).as_tuple()
    text = "".join(map(str, digits)).rstrip("0") or "0"
    power = int(exponent) + len(digits) - 1
    return f"{'-' if sign else ''}{text[0]}.{text[1:] or '0'}E{power}"


def _moment(value: datetime) -> str:
    text = value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    return f"{text} UTC" if value.tzinfo else text


def as_csv(rows: Iterable[Sequence[str | None]]) -> bytes:
    """A result file: every value in quotes, NULL as nothing."""
    out = io.StringIO()
    for row in rows:
        out.write(",".join("" if each is None else '"' + each.replace('"', '""') + '"' for each in row) + "\n")
    return out.getvalue().encode()


def as_lines(rows: Iterable[Sequence[str | None]]) -> bytes:
    """What a DDL statement says: lines, values apart by tabs."""
    return "".join("\t".join(each or "" for each in row) + "\n" for row in rows).encode()


def as_metadata(columns: Sequence[Mapping[str, object]]) -> bytes:
    """What goes beside the result file. Athena's own is binary and its layout is nowhere said."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([each["Name"], each["Type"]] for each in columns)
    return out.getvalue().encode()
