"""Single values between the wire and Python: timestamps, blobs, numbers, booleans."""

import base64
import binascii
import email.utils
import math
from datetime import UTC, datetime
from typing import Any

from mlacoach.sandbox.aws_error import AwsError

INTEGERS = frozenset({"integer", "long"})
FLOATS = frozenset({"float", "double"})
START_OF: dict[type, str] = {dict: "Start of structure or map", list: "Start of list"}
NAMES = {"integer": "an Integer", "long": "a Long", "float": "a Float", "double": "a Double", "boolean": "a Boolean"}


def misfit(value: object, wanted: str) -> AwsError:
    """What a service says about a value of another type than its shape has."""
    if type(value) in START_OF:
        return AwsError("SerializationException", f"{START_OF[type(value)]} found where not expected.")
    kind = {bool: f"{str(value).upper()}_VALUE", str: "STRING_VALUE"}.get(type(value), "NUMBER_VALUE")
    return AwsError("SerializationException", f"{kind} can not be converted to {NAMES.get(wanted, 'a String')}")


def from_json(kind: str, value: Any) -> Any:  # noqa: ANN401 - whatever the sender wrote
    """A scalar of a JSON body.

    Raises:
        AwsError: it is of another type.
    """
    if kind in {"string", "character"}:
        return _must(isinstance(value, str), value, kind)
    if kind == "boolean":
        return _must(isinstance(value, bool), value, kind)
    if kind in INTEGERS:
        whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
        return int(_must(whole and not isinstance(value, bool), value, kind))
    if kind in FLOATS:
        return _float(value, kind)
    if kind == "blob":
        return from_base64(_must(isinstance(value, str), value, kind))
    if kind == "timestamp":
        return timestamp(value)
    raise misfit(value, kind)


def _must(fits: bool, value: Any, kind: str) -> Any:  # noqa: ANN401, FBT001
    if not fits:
        raise misfit(value, kind)
    return value


def _float(value: Any, kind: str) -> float:  # noqa: ANN401
    if value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    return float(_must(isinstance(value, int | float) and not isinstance(value, bool), value, kind))


def from_text(kind: str, text: str) -> Any:  # noqa: ANN401
    """A scalar of a header, a query string or a form, where everything is text.

    Raises:
        AwsError: it cannot be read as what its shape says.
    """
    try:
        if kind in INTEGERS:
            return int(text)
        if kind in FLOATS:
            return float(text)
    except ValueError as error:
        raise misfit(text, kind) from error
    if kind == "boolean":
        if text.lower() not in {"true", "false"}:
            raise misfit(text, kind)
        return text.lower() == "true"
    if kind == "blob":
        return from_base64(text)
    return timestamp(text) if kind == "timestamp" else text


def from_base64(text: str) -> bytes:
    """A blob.

    Raises:
        AwsError: it is no base64.
    """
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise AwsError("SerializationException", "Invalid base64 data") from error


def timestamp(value: Any) -> datetime:  # noqa: ANN401
    """A moment: seconds since 1970, ISO 8601, or an HTTP date.

    Raises:
        AwsError: it is none of these.
    """
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        return _moment_of_text(str(value))
    except (ValueError, OverflowError, OSError, TypeError) as error:
        raise misfit(value, "timestamp") from error


def _moment_of_text(text: str) -> datetime:
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        return datetime.fromtimestamp(seconds, UTC)
    if "," in text:
        return email.utils.parsedate_to_datetime(text)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def as_seconds(moment: Any) -> float | int:  # noqa: ANN401
    """A timestamp as JSON carries it."""
    if not isinstance(moment, datetime):
        return float(moment)
    seconds = moment.timestamp()
    return int(seconds) if seconds == math.floor(seconds) else round(seconds, 3)


def as_text(kind: str, value: Any, style: str = "iso8601") -> str:  # noqa: ANN401
    """A scalar as a header or XML carries it."""
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "blob":
        return base64.b64encode(value).decode()
    if kind == "timestamp":
        moment = value if isinstance(value, datetime) else datetime.fromtimestamp(float(value), UTC)
        if style == "rfc822":
            return email.utils.format_datetime(moment.astimezone(UTC), usegmt=True)
        return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return str(value)
