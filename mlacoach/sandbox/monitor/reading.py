"""The dataset of an analysis: files of CSV, JSON or Parquet, or what an endpoint has captured, as texts in columns."""

import base64
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

Text = str | None


class Unreadable(Exception):
    """The data is not there, or is not what the job says that it is."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table of texts.

    Attributes:
        names: of the columns; those of files without a header are _c0, _c1 …
        columns: the values by column; None is missing.
        is_named: does the data itself name its columns?
    """

    names: list[str]
    columns: list[list[Text]]
    is_named: bool

    @property
    def count(self) -> int:
        """The rows."""
        return len(self.columns[0]) if self.columns else 0

    def column(self, name: str) -> list[Text]:
        """The values of a column.

        Raises:
            Unreadable: there is none of that name.
        """
        if name not in self.names:
            raise Unreadable(f"There is no column {name}. The columns are: {', '.join(self.names)}.")
        return self.columns[self.names.index(name)]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One row that an endpoint was asked about, and its answer.

    Attributes:
        event: the id that its label goes by.
        asked: the row as it came.
        answered: its answer.
    """

    event: str
    asked: Mapping[str, Text]
    answered: Mapping[str, Text]


def read(folder: Path, form: Mapping[str, Any]) -> Dataset:
    """The dataset in a folder.

    Args:
        folder: of the files.
        form: the `dataset_format` of the job: csv, json or parquet.

    Raises:
        Unreadable: it is not there or of another form.
    """
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    if not files:
        raise Unreadable(f"There is no data in {folder}.")
    try:
        if "csv" in form:
            return _csv(files, has_header=_is_true(form["csv"].get("header")))
        if "parquet" in form:
            return _parquet(files)
        if "json" in form:
            return table([row for path in files for row in _json(path)], is_named=True)
    except (ValueError, csv.Error) as error:
        raise Unreadable(f"The data cannot be read: {error}") from error
    raise Unreadable(f"The format {form} is not known.")


def _is_true(value: Any) -> bool:  # noqa: ANN401 - JSON's truth, or text
    return str(value).lower() == "true"


def _csv(files: Sequence[Path], *, has_header: bool) -> Dataset:
    names: list[str] = []
    rows: list[list[str]] = []
    for path in files:
        with path.open(newline="", encoding="utf-8", errors="replace") as file:
            lines = [line for line in csv.reader(file) if line]
        if has_header and lines:
            names, lines = [name.strip() for name in lines[0]], lines[1:]
        rows += lines
    width = max([len(names), *(len(row) for row in rows)])
    names += [f"_c{number}" for number in range(len(names), width)]
    columns = [[missing(row[at]) if at < len(row) else None for row in rows] for at in range(width)]
    return Dataset(names, columns, has_header)


def missing(text: str) -> Text:
    """A cell of CSV; empty and NaN are missing."""
    cell = text.strip()
    return None if cell in {"", "NaN", "nan"} else cell


def _json(path: Path) -> Iterator[dict[str, Text]]:
    text = path.read_text(encoding="utf-8", errors="replace")
    try:
        whole = json.loads(text)
    except ValueError:
        whole = [json.loads(line) for line in text.splitlines() if line.strip()]
    for record in whole if isinstance(whole, list) else [whole]:
        yield flat(record)


def _parquet(files: Sequence[Path]) -> Dataset:
    import duckdb  # noqa: PLC0415 - for this form alone

    paths = ", ".join(f"'{path}'" for path in files)
    with duckdb.connect(":memory:") as engine:
        found = engine.execute(f"SELECT * FROM read_parquet([{paths}])")  # noqa: S608 - our own folder's files
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    return table([flat(row) for row in rows], is_named=True)


def flat(record: Any, prefix: str = "") -> dict[str, Text]:  # noqa: ANN401 - JSON
    """A JSON record as one row; what is nested is named by its way, with underscores."""
    if isinstance(record, Mapping):
        pairs: Any = record.items()
    elif isinstance(record, list):
        pairs = ((str(number), one) for number, one in enumerate(record))
    else:
        return {prefix or "_c0": _text(record)}
    row: dict[str, Text] = {}
    for name, value in pairs:
        row |= flat(value, f"{prefix}_{name}" if prefix else str(name))
    return row


def _text(value: Any) -> Text:  # noqa: ANN401 - JSON
    if value is None:
        return None
    return missing(json.dumps(value) if isinstance(value, bool) else str(value))


def table(rows: Sequence[Mapping[str, Text]], *, is_named: bool) -> Dataset:
    """Rows as a dataset; the columns stand in the order in which they came first."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return Dataset(names, [[row.get(name) for row in rows] for name in names], is_named)


def captured(folder: Path, start: datetime, end: datetime) -> Iterator[Exchange]:
    """What an endpoint captured in a stretch of time, one row after the other."""
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            record = json.loads(line)
            about = record["eventMetadata"]
            if start <= datetime.fromisoformat(about["inferenceTime"]) <= end:
                yield from _exchanges(record["captureData"], about.get("inferenceId") or about["eventId"])


def _exchanges(data: Mapping[str, Any], event: str) -> Iterator[Exchange]:
    asked, answered = (_rows(data.get(side)) for side in ("endpointInput", "endpointOutput"))
    for number in range(max(len(asked), len(answered))):
        # A request of one row goes by its own id, and the rows of a longer one by their number too.
        name = event if number == 0 else f"{event}_{number}"
        yield Exchange(
            name, asked[number] if number < len(asked) else {}, answered[number] if number < len(answered) else {}
        )


def _rows(side: Mapping[str, Any] | None) -> list[dict[str, Text]]:
    if not side:
        return []
    text, kind = side["data"], side["encoding"]
    if kind == "BASE64":
        text = base64.b64decode(text).decode("utf-8", "replace")
        kind = "JSON" if "json" in side.get("observedContentType", "") else "CSV"
    if kind == "JSON":
        return [flat(record) for record in _records(text)]
    lines = csv.reader(io.StringIO(text))
    return [{f"_c{number}": missing(cell) for number, cell in enumerate(line)} for line in lines if line]


def _records(text: str) -> list[Any]:
    try:
        whole = json.loads(text)
    except ValueError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    # The answers of built-in algorithms stand in `predictions`, the requests in `instances`.
    if isinstance(whole, Mapping) and len(whole) == 1:
        inner = next(iter(whole.values()))
        if isinstance(inner, list) and inner and isinstance(inner[0], Mapping | list):
            return list(inner)
    return [whole]
