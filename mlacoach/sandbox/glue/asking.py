"""What Glue's engines share: its errors, its pages, its roles."""

from collections.abc import Mapping, Sequence
from typing import Any

from mlacoach.sandbox import pages
from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.control.required import can_assume
from mlacoach.sandbox.records import Record

PRINCIPAL = "glue.amazonaws.com"
PAGE = 100


def not_found(message: str) -> AwsError:
    """There is no such thing."""
    return AwsError("EntityNotFoundException", message)


def wrong_input(message: str) -> AwsError:
    """A request that Glue understands and refuses."""
    return AwsError("InvalidInputException", message)


def role_arn(call: Call, role: str) -> str:
    """The ARN of a role, which Glue takes by name too.

    Raises:
        AwsError: it does not exist, or Glue may not take it on.
    """
    arn = role if role.startswith("arn:") else f"arn:aws:iam::{call.account}:role/{role}"
    if not can_assume(call.world, arn, PRINCIPAL):
        raise wrong_input("Service is unable to assume provided role. Please verify role's TrustPolicy")
    return arn


def need(call: Call, kind: str, name: str, what: str) -> Record:
    """A record by its name.

    Raises:
        AwsError: there is none.
    """
    found = call.world.store.get(kind, name, call.region)
    if found is None:
        raise not_found(f"{what} {name} not found")
    return found


def page(rows: Sequence[Any], request: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """The rows that a request asks for, and the token of the next ones.

    Raises:
        AwsError: the token is none of ours.
    """
    return pages.page(rows, request, PAGE, wrong_input("The continuation token is invalid."))
