"""Requests and answers of the first-party algorithms: CSV, JSON, JSON lines, RecordIO."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mlacoach.sandbox.algorithms import Refused, recordio
from mlacoach.sandbox.algorithms.tables import CSV, RECORDIO, Array, media, read

JSON, JSON_LINES = "application/json", "application/jsonlines"
ANY = ("", "*/*")
Rows = Sequence[Mapping[str, Any]]


def features(body: bytes, content_type: str) -> Array:
    """The rows of a request.

    Raises:
        Refused: it is not what its content type says, or of a type that is not taken.
    """
    kind, more = media(content_type)
    if kind == JSON:
        return table([_row(one) for one in _instances(loads(body))])
    if kind == JSON_LINES:
        return table([_row(loads(line)) for line in body.splitlines() if line.strip()])
    if kind not in {CSV, RECORDIO}:
        raise Refused(f"Content type {kind or 'none'} is not supported.", is_media=True)
    return read(body, kind, int(more.get("label_size", 0))).features


def loads(body: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    """JSON.

    Raises:
        Refused: it is none.
    """
    try:
        return json.loads(body)
    except ValueError as error:
        raise Refused(f"The body is no JSON: {error}.") from error


def _instances(data: Any) -> Any:  # noqa: ANN401
    found = data.get("instances") if isinstance(data, Mapping) else None
    if not isinstance(found, list):
        raise Refused("The JSON has no list of instances.")
    return found


def _row(one: Any) -> Any:  # noqa: ANN401
    while isinstance(one, Mapping):
        inner = next((one[name] for name in ("features", "data", "values") if name in one), None)
        if inner is None:
            raise Refused("An instance has no features.")
        one = inner
    return one


def table(rows: list[Any]) -> Array:
    """Rows as numbers.

    Raises:
        Refused: they differ in length, or hold what is no number.
    """
    try:
        return np.array(rows, float).reshape(len(rows), -1)
    except (TypeError, ValueError) as error:
        raise Refused("The instances are no rows of numbers of one length.") from error


def same_width(rows: Array, width: int) -> Array:
    """The rows, if they are as wide as the model.

    Raises:
        Refused: they are not.
    """
    if rows.shape[1] != width:
        raise Refused(f"Number of features {rows.shape[1]} does not match the model's {width}.")
    return rows


def answer(rows: Rows, accept: str, default: str = JSON) -> tuple[bytes, str]:
    """The predictions in the form that was asked for.

    Raises:
        Refused: there is no such form.
    """
    kind, _ = media(default if accept.strip() in ANY else accept)
    if kind == JSON:
        return json.dumps({"predictions": list(rows)}).encode(), JSON
    if kind == JSON_LINES:
        return "".join(json.dumps(row) + "\n" for row in rows).encode(), JSON_LINES
    if kind == CSV:
        return "".join(",".join(_flat(row)) + "\n" for row in rows).encode(), CSV
    if kind == RECORDIO:
        return recordio.write_named(rows), RECORDIO
    raise Refused(f"Accept type {kind} is not supported.", is_media=True)


def _flat(row: Mapping[str, Any]) -> list[str]:
    return [str(item) for value in row.values() for item in (value if isinstance(value, list) else [value])]
