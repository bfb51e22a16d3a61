"""Tables of numbers, out of CSV, libsvm, RecordIO and Parquet."""

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mlacoach.sandbox.algorithms import Refused, recordio

Array = np.ndarray[Any, Any]
CSV, LIBSVM, RECORDIO, PARQUET = "text/csv", "text/libsvm", "application/x-recordio-protobuf", "application/x-parquet"
SAME = {
    "csv": CSV,
    "libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
    "parquet": PARQUET,
    "recordio-protobuf": RECORDIO,
}
WIDEST = 1_000_000


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of features; `labels` is None where there are none."""

    features: Array
    labels: Array | None = None


@dataclass(frozen=True, slots=True)
class Channel:
    """One channel as the job finds it: a folder of files, and what they hold."""

    name: str
    folder: Path
    content_type: str

    @property
    def files(self) -> list[Path]:
        """Its files, in order."""
        found = [path for path in self.folder.rglob("*") if path.is_file() and not path.name.startswith((".", "_"))]
        return sorted(found)


def channel(folder: Path, name: str) -> Channel | None:
    """The channel of a job; None if it has none of that name."""
    config = folder / "input/config/inputdataconfig.json"
    known: Mapping[str, Any] = json.loads(config.read_text(encoding="utf-8")) if config.exists() else {}
    if name not in known:
        return None
    return Channel(name, folder / "input/data" / name, known[name].get("ContentType") or "")


def need(folder: Path, name: str) -> Channel:
    """The channel of a job.

    Raises:
        Refused: there is none of that name, or nothing in it.
    """
    found = channel(folder, name)
    if found is None:
        raise Refused(f"Required channel '{name}' is missing: 'required' property (caused by ValidationError)")
    if not found.files:
        raise Refused(f"No files found in channel '{name}'. Please make sure that its S3 prefix has training data.")
    return found


def hyperparameters(folder: Path) -> dict[str, str]:
    """The hyperparameters of a job, as they were sent."""
    path = folder / "input/config/hyperparameters.json"
    given: dict[str, str] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return given


def media(content_type: str) -> tuple[str, dict[str, str]]:
    """A content type in its first spelling, and its parameters."""
    kind, *rest = [part.strip() for part in content_type.split(";")]
    named = dict(part.split("=", 1) for part in rest if "=" in part)
    return SAME.get(kind.lower(), kind.lower()), {name.strip().lower(): value.strip() for name, value in named.items()}


def read_channel(found: Channel, default: str = RECORDIO, labels: int = 1) -> Table:
    """All files of a channel as one table.

    Args:
        found: the channel.
        default: the content type where none is said.
        labels: how many of CSV's first columns are labels, unless the content type says it.

    Raises:
        Refused: the data is not what its content type says.
    """
    kind, more = media(found.content_type or default)
    width = int(more.get("label_size", labels)) if kind == CSV else 1
    try:
        return joined([read(path.read_bytes(), kind, width) for path in found.files])
    except Refused as no:
        raise Refused(
            f"Unable to read data channel '{found.name}'. Requested content-type is '{found.content_type or default}'. "
            f"Please verify the data matches the requested content-type. {no.message}"
        ) from no


def joined(tables: list[Table]) -> Table:
    """Tables below each other.

    Raises:
        Refused: they differ in width, or some have labels and others do not.
    """
    if len({table.labels is None for table in tables}) > 1:
        raise Refused("Some files have labels and others do not.")
    width = max(table.features.shape[1] for table in tables)
    features = np.vstack([_padded(table.features, width) for table in tables])
    marks = [table.labels for table in tables if table.labels is not None]
    return Table(features, np.concatenate(marks) if marks else None)


def _padded(features: Array, width: int) -> Array:
    return np.pad(features, ((0, 0), (0, width - features.shape[1])))


def read(data: bytes, kind: str, labels: int = 0) -> Table:
    """A table out of one file or one request.

    Raises:
        Refused: it is not what it is said to be.
    """
    reader = READERS.get(kind)
    if reader is None:
        raise Refused(f"Content type {kind} is not supported.", is_media=True)
    return reader(data, labels)


def _read_csv(data: bytes, labels: int) -> Table:
    values = csv_numbers(data)
    if labels and values.shape[1] <= labels:
        raise Refused("The CSV data has no column but the label.")
    return Table(values[:, labels:], values[:, 0] if labels else None)


def csv_numbers(data: bytes) -> Array:
    """The numbers of CSV without a header; what is empty is not a number.

    Raises:
        Refused: a field is no number, or rows differ in length.
    """
    text = _text(data)
    if not text.strip():
        raise Refused("The data is empty.")
    try:
        return np.loadtxt(io.StringIO(text), delimiter=",", ndmin=2, comments=None, quotechar='"')
    except ValueError:
        return _with_gaps(text)


def _with_gaps(text: str) -> Array:
    rows = [line.split(",") for line in text.splitlines() if line.strip()]
    if len({len(row) for row in rows}) > 1:
        raise Refused("The rows of the CSV data differ in how many fields they have.")
    try:
        return np.array([[float(field.strip() or "nan") for field in row] for row in rows])
    except ValueError as error:
        raise Refused(f"The CSV data holds what is no number, perhaps a header: {error}.") from error


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused("The data is no text in UTF-8.") from error


def _read_libsvm(data: bytes, _labels: int) -> Table:
    lines = [line.split("#")[0].split() for line in _text(data).splitlines() if line.strip()]
    try:
        first = [0 if line and ":" in line[0] else 1 for line in lines]
        pairs = [[part.split(":") for part in line[skip:]] for line, skip in zip(lines, first, strict=True)]
        rows = [{int(place): float(value) for place, value in row} for row in pairs]
        labels = [float(line[0].split(":")[0]) if skip else np.nan for line, skip in zip(lines, first, strict=True)]
    except ValueError as error:
        raise Refused(f"The data is not in the libsvm format: {error}.") from error
    return Table(_dense(rows), np.array(labels) if all(first) else None)


def _dense(rows: list[dict[int, float]]) -> Array:
    width = max((max(row, default=-1) for row in rows), default=-1) + 1
    if width > WIDEST or any(place < 0 for row in rows for place in row):
        raise Refused(f"A column of the libsvm data is not within 0 and {WIDEST}.")
    table = np.full((len(rows), width), np.nan)
    for number, row in enumerate(rows):
        table[number, list(row)] = list(row.values())
    return table


def _read_recordio(data: bytes, _labels: int) -> Table:
    return Table(*recordio.read(data))


def _read_parquet(data: bytes, _labels: int) -> Table:
    import tempfile  # noqa: PLC0415 - Parquet is rare

    import duckdb  # noqa: PLC0415 - and needs a database

    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        file.write(data)
        file.flush()
        columns = duckdb.read_parquet(file.name).fetchnumpy()
    values = np.column_stack([np.ma.filled(column.astype(float), np.nan) for column in columns.values()])
    return Table(values[:, 1:], values[:, 0])


READERS: Mapping[str, Callable[[bytes, int], Table]] = {
    CSV: _read_csv,
    LIBSVM: _read_libsvm,
    RECORDIO: _read_recordio,
    PARQUET: _read_parquet,
}
