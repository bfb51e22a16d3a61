"""What a file holds: its format, its columns and their types, as Glue's classifiers see it."""

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DELIMITERS = (",", "|", "\t", ";", "\x01")
SAMPLE_ROWS = 1000
SAMPLE_BYTES = 2_000_000
WIDEST = 150


@dataclass(frozen=True, slots=True)
class Schema:
    """A file's format and columns (name and Hive type).

    Attributes:
        layout: csv, json or parquet.
        columns: in their order.
        delimiter: of CSV.
        has_header: does CSV begin with names?
        serde: the class that a custom classifier asks for.
        quote: the quote that a custom classifier names.
    """

    layout: str
    columns: tuple[tuple[str, str], ...]
    delimiter: str = ","
    has_header: bool = False
    serde: str = ""
    quote: str = '"'

    def merged(self, other: "Schema") -> "Schema":
        """Both files' columns; a column of two types takes the wider one."""
        kinds = dict(self.columns)
        for name, kind in other.columns:
            kinds[name] = wider(kinds[name], kind) if name in kinds else kind
        return Schema(self.layout, tuple(kinds.items()), self.delimiter, self.has_header, self.serde, self.quote)


@dataclass(frozen=True, slots=True)
class CsvRule:
    """A custom classifier for CSV."""

    delimiter: str = ""
    quote: str = '"'
    header: str = "UNKNOWN"
    names: Sequence[str] = field(default_factory=tuple)
    serde: str = ""


def schema_of(path: Path, rule: CsvRule | None = None) -> Schema | None:
    """What a file holds; None if it is nothing that Glue's classifiers know."""
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PAR1":
        return _parquet(path)
    text = _text(path)
    if text is None or not text.strip():
        return None
    if text.lstrip()[:1] in "{[" and rule is None:
        return _json(text)
    return _csv(text, rule or CsvRule())


def _text(path: Path) -> str | None:
    is_packed = path.read_bytes()[:2] == b"\x1f\x8b"
    try:
        with gzip.open(path) if is_packed else path.open("rb") as file:
            return file.read(SAMPLE_BYTES).decode("utf-8-sig", errors="ignore")
    except (OSError, EOFError):
        return None


def _parquet(path: Path) -> Schema:
    from mlacoach.sandbox.athena.duck import connect  # noqa: PLC0415 - slow to import
    from mlacoach.sandbox.athena.kinds import to_hive  # noqa: PLC0415

    engine = connect(path.parent)
    try:
        rows = engine.execute("DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning=false)", [str(path)]).fetchall()
    finally:
        engine.close()
    return Schema("parquet", tuple((str(row[0]).lower(), to_hive(str(row[1]))) for row in rows))


def _json(text: str) -> Schema | None:
    kinds: dict[str, str] = {}
    found = 0
    for line in text.splitlines()[:SAMPLE_ROWS]:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, Mapping):
            found += 1
            for name, value in record.items():
                kind = json_kind(value)
                kinds[name.lower()] = wider(kinds.get(name.lower(), kind), kind)
    columns = tuple((name, kind or "string") for name, kind in kinds.items())
    return Schema("json", columns) if found else None


def json_kind(value: Any) -> str:  # noqa: ANN401, PLR0911 - whatever JSON holds; a line for each
    """The Hive type of a value; empty for null."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "int" if -(2**31) <= value < 2**31 else "bigint"
    if isinstance(value, float):
        return "double"
    if isinstance(value, list):
        inner = ""
        for item in value:
            inner = wider(inner, json_kind(item))
        return f"array<{inner or 'string'}>"
    if isinstance(value, Mapping):
        return (
            "struct<" + ",".join(f"{name.lower()}:{json_kind(item) or 'string'}" for name, item in value.items()) + ">"
        )
    return "string"


def wider(one: str, other: str) -> str:
    """The type that holds both."""
    if one == other or not other:
        return one
    if not one:
        return other
    order = ["int", "bigint", "double"]
    if one in order and other in order:
        return max(one, other, key=order.index)
    return "string"


def _csv(text: str, rule: CsvRule) -> Schema | None:
    delimiter = rule.delimiter or _delimiter(text, rule.quote)
    if not delimiter:
        return None
    rows = _rows(text, delimiter, rule.quote)
    if not rows:
        return None
    has_header = rule.header == "PRESENT" or (rule.header != "ABSENT" and _has_header(rows))
    data = rows[1:] if has_header else rows
    width = max(len(row) for row in rows)
    names = list(rule.names) or (rows[0] if has_header else [])
    named = [_name(names, number) for number in range(width)]
    kinds = [_kind(row[number] for row in data if len(row) > number) for number in range(width)]
    return Schema("csv", tuple(zip(named, kinds, strict=True)), delimiter, has_header, rule.serde, rule.quote)


def _name(names: Sequence[str], number: int) -> str:
    given = names[number].strip().lower() if number < len(names) else ""
    return given or f"col{number}"


def _rows(text: str, delimiter: str, quote: str) -> list[list[str]]:
    reader = csv.reader(
        io.StringIO(text),
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    rows = []
    for row in reader:
        if row:
            rows.append(row)
        if len(rows) >= SAMPLE_ROWS:
            break
    return rows


def _delimiter(text: str, quote: str) -> str:
    """The delimiter that gives each row the same number of columns, more than one."""
    for delimiter in DELIMITERS:
        widths = {len(row) for row in _rows(text, delimiter, quote)[:50]}
        if len(widths) == 1 and widths != {1}:
            return delimiter
    return ""


def _has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Glue's rule: every cell of the first row is text, and not too long; a later row is something else than text."""
    if len(rows) < 2:  # noqa: PLR2004 - a header and something below it
        return False
    first = rows[0]
    if any(_kind([cell]) != "string" or not cell.strip() for cell in first) or any(
        len(cell) > WIDEST for cell in first[:-1]
    ):
        return False
    return any(_kind([cell]) != "string" for row in rows[1:] for cell in row if cell)


def _kind(cells: Iterable[str]) -> str:
    kind = ""
    for cell in cells:
        text = cell.strip()
        if text:
            kind = wider(kind, _one_kind(text))
    return kind or "string"


def _one_kind(text: str) -> str:
    for parse, kind in ((int, "bigint"), (float, "double")):
        try:
            parse(text)
        except ValueError:
            continue
        # Python reads 1_000 and nan as numbers; Glue does not.
        return "string" if "_" in text or text.lower().lstrip("+-") in {"nan", "inf", "infinity"} else kind
    return "string"
