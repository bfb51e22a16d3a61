"""AWS's event stream, as InvokeEndpointWithResponseStream answers it: each part of the answer is a message."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from zlib import crc32

PART = {":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream"}
BROKEN = {":message-type": "exception", ":exception-type": "ModelStreamError", ":content-type": "application/json"}
STRING = 7


def events(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The parts of an answer as messages; an end before its time is one too."""
    try:
        for part in parts:
            yield message(PART, part)
    except Exception:  # noqa: BLE001 - the headers are gone; only the stream can say it
        text = b'{"Message": "Your model primary did not complete sending the inference response.", "ErrorCode": '
        yield message(BROKEN, text + b'"StreamBroken"}')


def message(headers: Mapping[str, str], payload: bytes) -> bytes:
    """One message: lengths, their checksum, headers, payload, the checksum of it all."""
    named = b"".join(_header(name, value) for name, value in headers.items())
    prelude = struct.pack(">II", len(named) + len(payload) + 16, len(named))
    begun = prelude + struct.pack(">I", crc32(prelude)) + named + payload
    return begun + struct.pack(">I", crc32(begun))


def _header(name: str, value: str) -> bytes:
    text = value.encode()
    return bytes([len(name)]) + name.encode() + bytes([STRING]) + struct.pack(">H", len(text)) + text
