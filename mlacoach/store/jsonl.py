"""The learner's log as JSON lines: the format of exports and of what is synchronised.

The first line says what it is, the last how many rows there are and the SHA-256 of everything before it; between them
one row a line, as `{"<table>": {"<column>": value, …}}`. What was cut short or edited is recognised.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from mlacoach.errors import DataDamaged
from mlacoach.store.database import LATEST
from mlacoach.store.rows import as_text

SCHEMA = "mlacoach.learner"
# The first migration whose rows can be told from those of another device.
OLDEST = 5

Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table, and where it was read, if it comes from outside."""

    table: str
    values: Mapping[str, Value]
    source: str = ""
    line: int = 0


def write(rows: Iterable[Row], device: str, now: datetime) -> bytes:
    """Rows as lines."""
    header = {"schema": SCHEMA, "version": LATEST, "device": device, "at": as_text(now)}
    lines = [_line(header), *(_line({row.table: row.values}) for row in rows)]
    body = b"".join(lines)
    return body + _line({"rows": len(lines) - 1, "sha256": hashlib.sha256(body).hexdigest()})


def read(data: bytes, source: str) -> list[Row]:
    """The rows of what `write` made; `source` is what to call it in an error.

    Raises:
        DataDamaged: it is something else, was written by a newer mlacoach, or is not whole.
    """
    lines = data.splitlines(keepends=True)
    _refuse_what_is_not_ours(_header(lines), source)
    end = _object(lines[-1], source, len(lines)) if len(lines) > 1 else {}
    if end.get("rows") != len(lines) - 2 or end.get("sha256") != hashlib.sha256(b"".join(lines[:-1])).hexdigest():
        raise DataDamaged(f"{source} is not whole, or was edited: its check sum does not fit.", "Take another copy.")
    return list(_rows(lines[1:-1], source))


def _header(lines: Sequence[bytes]) -> Mapping[str, object]:
    """The first line; nothing if it is no JSON, as in a file of another kind."""
    with suppress(DataDamaged):
        return _object(lines[0], "", 1) if lines else {}
    return {}


def _refuse_what_is_not_ours(header: Mapping[str, object], source: str) -> None:
    version = header.get("version")
    if header.get("schema") != SCHEMA or not isinstance(version, int):
        raise DataDamaged(f"{source} holds no data of mlacoach.", "Name a file that `mlacoach export` wrote.")
    if version > LATEST:
        raise DataDamaged(
            f"{source} was written by a newer mlacoach (schema {version}; this one knows {LATEST}).",
            "Upgrade mlacoach here.",
        )
    if version < OLDEST:
        raise DataDamaged(f"{source} has schema {version}, which there never was.", "Take another copy.")


def _rows(lines: Iterable[bytes], source: str) -> Iterator[Row]:
    for number, line in enumerate(lines, start=2):
        entry = _object(line, source, number)
        if len(entry) != 1:
            raise _fault(source, number, "is no row of one table")
        ((table, values),) = entry.items()
        if not isinstance(values, dict) or not all(_is_plain(value) for value in values.values()):
            raise _fault(source, number, "has values that no column holds")
        yield Row(table, values, source, number)


def _is_plain(value: object) -> bool:
    return value is None or (isinstance(value, str | int | float) and not isinstance(value, bool))


def _object(line: bytes, source: str, number: int) -> dict[str, object]:
    try:
        entry = json.loads(line, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _fault(source, number, "is no JSON") from error
    if not isinstance(entry, dict):
        raise _fault(source, number, "is no JSON object")
    return entry


def _refuse_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _fault(source: str, number: int, what: str) -> DataDamaged:
    return DataDamaged(f"{source}: line {number} {what}.", "Take another copy.")


def _line(data: Mapping[str, object]) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
