"""How an engine says no: an error that is served as the service's protocol wants it."""

from collections.abc import Mapping
from typing import Any


class AwsError(Exception):
    """An answer that is an error.

    Args:
        code: AWS's own, such as `ValidationException`.
        message: AWS's own words where they are known.
        status: the HTTP status; a modelled error's own status goes before it.
        extra: further members of the modelled error, such as `OriginalStatusCode`.
    """

    def __init__(self, code: str, message: str, status: int = 400, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.extra = dict(extra or {})


def not_emulated(what: str, why: str = "") -> AwsError:
    """What the sandbox does not do. 400, because a 500 would be sent again and again by every SDK."""
    because = f" {why}" if why else ""
    return AwsError("UnknownOperationException", f"{what} is not emulated by the sandbox.{because}")


def invalid(message: str) -> AwsError:
    """What a service says about a request that it understands and refuses."""
    return AwsError("ValidationException", message)
