"""Take away what a run made, from its journal alone, and look whether it is gone.

It may be stopped at any point and run again. It touches nothing but what the journal names and whose name carries the
run.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from mlacoach.cloud.account import new_client
from mlacoach.cloud.journal import Entry, Mark, Resource, Write, may_exist
from mlacoach.cloud.kinds import KINDS, Kind, StillHolds
from mlacoach.cloud.names import RunNames

if TYPE_CHECKING:
    from boto3.session import Session


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that exists still, or that could not be looked for."""

    resource: Resource
    why: str

    @property
    def sentence(self) -> str:
        """What it is and why it is left."""
        return f"{self.resource}: {self.why}"


@dataclass(frozen=True, slots=True)
class Clean:
    """Each of these was looked for and is gone."""

    gone: tuple[Resource, ...]


@dataclass(frozen=True, slots=True)
class Dirty:
    """What is left, exactly."""

    left: tuple[Leftover, ...]


Verdict = Clean | Dirty


def tear_down(
    session: "Session", names: RunNames, entries: Iterable[Entry], write: Write, endpoint: str | None
) -> Verdict:
    """Delete everything that the journal names, newest first, then look for each.

    One that resists does not keep the others: they are deleted all the same, and it is listed.
    """

    @cache
    def client(service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        return new_client(session, service, endpoint)

    resources = may_exist(entries)
    ours = [resource for resource in resources if names.owns(resource.name) and resource.kind in KINDS]
    reasons = {resource: _delete(KINDS[resource.kind], client, resource, write) for resource in ours}
    left = [Leftover(resource, "its name does not carry the run") for resource in resources if resource not in ours]
    for resource in ours:
        why = _left(KINDS[resource.kind], client, resource, write)
        if why:
            left.append(Leftover(resource, reasons[resource] or why))
    return Dirty(tuple(left)) if left else Clean(tuple(ours))


def _delete(kind: Kind, client: Callable[[str], Any], resource: Resource, write: Write) -> str:
    """Delete it; why that failed, or nothing."""
    why, absent = _reason(kind, lambda: kind.delete(client(kind.service), resource.name))
    if not why and not absent:
        write(Entry(Mark.DELETED, kind.service, "teardown", resource))
    return why


def _left(kind: Kind, client: Callable[[str], Any], resource: Resource, write: Write) -> str:
    """Look for it; why it counts as left, or nothing when the service says that it is not there."""
    why, absent = _reason(kind, lambda: kind.look(client(kind.service), resource.name))
    if absent:
        write(Entry(Mark.VERIFIED, kind.service, "teardown", resource))
        return ""
    return f"could not be looked for: {why}" if why else "it is still there"


def _reason(kind: Kind, act: Callable[[], object]) -> tuple[str, bool]:
    """Act; what went wrong, and whether the service said that there is no such resource."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only labs need boto3

    try:
        act()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        return ("", True) if code in kind.absent else (str(error), False)
    except (BotoCoreError, StillHolds) as error:
        return str(error), False
    return "", False
