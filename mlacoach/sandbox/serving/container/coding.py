"""Requests and answers as the inference toolkits of the framework containers read and write them."""

import csv
import io
import json
from typing import Any

JSON = "application/json"
CSV = "text/csv"
NPY = "application/x-npy"
LIBSVM = ("text/libsvm", "text/x-libsvm")
# A script gets these as text, everything else as bytes.
TEXTS = (JSON, CSV)


class Unsupported(Exception):
    """A content type or an accept type that nobody reads or writes.

    Args:
        media_type: as the request says it.
        is_answer: is it what the answer was to be?
    """

    def __init__(self, media_type: str, *, is_answer: bool = False) -> None:
        what = "Accept" if is_answer else "Content type"
        super().__init__(f"{what} {media_type} is not supported by this container.")
        self.status = 406 if is_answer else 415


def plain(media_type: str) -> str:
    """The type without its parameters."""
    return media_type.partition(";")[0].strip().lower()


def as_given(body: bytes, content_type: str) -> bytes | str:
    """The body as a script's `input_fn` gets it."""
    return body.decode("utf-8") if plain(content_type) in TEXTS else body


def decode(body: bytes, content_type: str) -> Any:  # noqa: ANN401 - an array
    """The array that a request carries.

    Raises:
        Unsupported: the content type is none of the toolkit's.
        ValueError: the body is not what its type says.
    """
    import numpy as np  # noqa: PLC0415 - in containers only

    kind = plain(content_type)
    if kind == NPY:
        # Pickled objects could run anything.
        array = np.load(io.BytesIO(body), allow_pickle=False)
        return array.reshape(1, -1) if array.ndim == 1 else array
    if kind == JSON:
        return np.array(json.loads(body))
    if kind == CSV:
        return np.genfromtxt(io.StringIO(body.decode("utf-8")), dtype=np.float32, delimiter=",", ndmin=2)
    raise Unsupported(content_type)


def encode(prediction: Any, accept: str) -> bytes:  # noqa: ANN401 - whatever the model answers
    """The answer's bytes.

    Raises:
        Unsupported: the accept type is none of the toolkit's.
    """
    import numpy as np  # noqa: PLC0415

    kind = plain(accept)
    if kind == NPY:
        buffer = io.BytesIO()
        np.save(buffer, np.asarray(prediction), allow_pickle=False)
        return buffer.getvalue()
    if kind == JSON:
        return json.dumps(_lists(prediction)).encode()
    if kind == CSV:
        rows = np.atleast_1d(np.asarray(prediction))
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(row if np.ndim(row) else [row] for row in rows.tolist())
        return text.getvalue().encode()
    raise Unsupported(accept, is_answer=True)


def _lists(value: Any) -> Any:  # noqa: ANN401
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, dict):
        return {key: _lists(item) for key, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, list | tuple) else value
