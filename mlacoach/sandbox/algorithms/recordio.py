"""RecordIO with protobuf records, as SageMaker's algorithms read and write them.

A file is a row of frames: a magic number, a length, the record, zeros up to a multiple of four. A record maps names to
tensors, features first, labels second; the field numbers are those of the public `aialgs.data.Record`.
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from mlacoach.sandbox.algorithms import Refused

MAGIC = 0xCED7230A
LENGTH_MASK = (1 << 29) - 1
HEADER = struct.Struct("<II")
FEATURES, LABEL = 1, 2
KEY, VALUE = 1, 2
VALUES, KEYS, SHAPE = 1, 2, 3
FLOAT32, FLOAT64, INT32, BYTES = 2, 3, 7, 9
VARINT, FIXED64, DELIMITED, FIXED32 = 0, 1, 2, 5
# A sparse record may name any column; one that would need more memory than this is an attack or a mistake.
MOST_COLUMNS = 1_000_000
Array = np.ndarray[Any, Any]


def frames(data: bytes) -> Iterator[bytes]:
    """The records of a file.

    Raises:
        Refused: it is no RecordIO.
    """
    place = 0
    while place < len(data):
        if place + HEADER.size > len(data):
            raise Refused("The RecordIO data ends within a header.")
        magic, length = HEADER.unpack_from(data, place)
        length &= LENGTH_MASK
        place += HEADER.size
        if magic != MAGIC or place + length > len(data):
            raise Refused("The data is not in the RecordIO format.")
        yield data[place : place + length]
        place += length + (-length) % 4


def framed(records: Iterable[bytes]) -> bytes:
    """Records as a file."""
    return b"".join(HEADER.pack(MAGIC, len(one)) + one + b"\0" * (-len(one) % 4) for one in records)


def read(data: bytes) -> tuple[Array, Array | None]:
    """The features of all records as a table, and their labels if they have any.

    Raises:
        Refused: it is no RecordIO of such records.
    """
    try:
        found = [_record(record) for record in frames(data)]
    except (IndexError, struct.error, ValueError, UnicodeDecodeError) as error:
        raise Refused("A record is not a protobuf record.") from error
    if not found:
        return np.zeros((0, 0), np.float32), None
    features = _stacked([one[FEATURES].get("values") for one in found])
    labels = [one[LABEL].get("values") for one in found]
    if any(label is None for label in labels):
        return features, None
    return features, np.array([label[1][0] if len(label[1]) else np.nan for label in labels if label is not None])


def write(features: Array, labels: Array | None = None) -> bytes:
    """Rows as a file of dense records."""
    rows = np.asarray(features, dtype="<f4")
    marks = [None] * len(rows) if labels is None else list(np.asarray(labels, dtype="<f4").reshape(len(rows), -1))
    return framed(
        _entry(FEATURES, "values", row) + (b"" if label is None else _entry(LABEL, "values", label))
        for row, label in zip(rows, marks, strict=True)
    )


def write_named(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Answers as a file: each name is a tensor of the label."""
    return framed(
        b"".join(_entry(LABEL, name, np.atleast_1d(np.asarray(value, "<f4"))) for name, value in row.items())
        for row in rows
    )


def read_named(data: bytes) -> list[dict[str, list[float]]]:
    """The labels of all records by their names."""
    return [
        {name: [float(x) for x in tensor[1]] for name, tensor in _record(one)[LABEL].items()} for one in frames(data)
    ]


def _entry(where: int, name: str, values: Array) -> bytes:
    tensor = _delimited(FLOAT32, _delimited(VALUES, values.tobytes()))
    return _delimited(where, _delimited(KEY, name.encode()) + _delimited(VALUE, tensor))


def _delimited(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | DELIMITED) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while True:
        low, value = value & 0x7F, value >> 7
        out.append(low | (0x80 if value else 0))
        if not value:
            return bytes(out)


# A tensor: the columns of its values where it is sparse, the values, how many columns there are.
Tensor = tuple[Array | None, Array, int]


def _record(data: bytes) -> dict[int, dict[str, Tensor]]:
    found: dict[int, dict[str, Tensor]] = {FEATURES: {}, LABEL: {}}
    for number, value in _fields(data):
        if number in found and isinstance(value, bytes):
            entry = dict(_fields(value))
            found[number][bytes(entry[KEY]).decode()] = _tensor(bytes(entry.get(VALUE, b"")))
    return found


def _tensor(data: bytes) -> Tensor:
    for kind, value in _fields(data):
        if kind in {FLOAT32, FLOAT64, INT32} and isinstance(value, bytes):
            parts: dict[int, Array] = {}
            for number, part in _fields(value):
                one = _numbers(part, kind if number == VALUES else 0)
                parts[number] = np.concatenate([parts[number], one]) if number in parts else one
            shape = parts.get(SHAPE)
            width = int(shape[-1]) if shape is not None and len(shape) else 0
            return parts.get(KEYS), parts.get(VALUES, np.zeros(0)), width
    return None, np.zeros(0), 0


def _numbers(part: bytes | int, kind: int) -> Array:
    if isinstance(part, int):
        return np.array([part], float)
    if kind == FLOAT32:
        return np.frombuffer(part, "<f4")
    if kind == FLOAT64:
        return np.frombuffer(part, "<f8")
    values, place = [], 0
    while place < len(part):
        value, place = _read_varint(part, place)
        values.append(value - (1 << 64) if value >> 63 else value)
    return np.array(values, float)


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    place = 0
    while place < len(data):
        tag, place = _read_varint(data, place)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, place = _read_varint(data, place)
            yield number, value
            continue
        if kind == DELIMITED:
            length, place = _read_varint(data, place)
        elif kind in {FIXED32, FIXED64}:
            length = 4 if kind == FIXED32 else 8
        else:
            raise ValueError(kind)
        if place + length > len(data):
            raise ValueError(length)
        yield number, data[place : place + length]
        place += length


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follow
            return value, place


def _stacked(tensors: list[Tensor | None]) -> Array:
    found = [tensor for tensor in tensors if tensor is not None]
    if len(found) < len(tensors):
        raise Refused("A record has no features.")
    if all(keys is None for keys, _, _ in found):
        if len({len(values) for _, values, _ in found}) > 1:
            raise Refused("The records differ in how many features they have.")
        return np.array([values for _, values, _ in found], np.float32)
    width = max(
        max(shape, int(keys.max()) + 1 if keys is not None and len(keys) else len(values))
        for keys, values, shape in found
    )
    if width > MOST_COLUMNS:
        raise Refused(f"The records have {width} columns; at most {MOST_COLUMNS} are taken.")
    table = np.zeros((len(found), width), np.float32)
    for row, (keys, values, _) in zip(table, found, strict=True):
        row[keys.astype(int) if keys is not None else slice(len(values))] = values
    return table
