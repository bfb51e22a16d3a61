"""Which calls a lab may send, and what each makes.

A call that only looks is sent. Any other must stand in a table of its service's family (`mlacoach.cloud.services`), or
it is refused: what nobody journals, nobody takes away.
"""

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services import family_of
from mlacoach.cloud.services.family import Names, Request

Call = tuple[str, str]

LOOKS = ("Get", "List", "Describe", "Head", "BatchGet", "BatchDescribe", "Search", "Query")


def only_looks(call: Call) -> bool:
    """Does the call leave the account as it is?"""
    service, operation = call
    return operation.startswith(LOOKS) or operation in family_of(service).harmless


def creates(call: Call, request: Request) -> tuple[Resource, ...]:
    """What the call will make, oldest first; nothing if it makes nothing."""
    return _named(family_of(call[0]).creates.get(call[1]), request)


def part_of(call: Call, request: Request) -> tuple[Resource, ...]:
    """Whose part the call changes; nothing if we know of none."""
    return _named(family_of(call[0]).parts.get(call[1]), request)


def why_not(call: Call, request: Request) -> str:
    """Why this very request must not be sent, or nothing."""
    rule = family_of(call[0]).refused.get(call[1])
    return rule(request) if rule else ""


def put_tag(call: Call, request: Request, run: str) -> None:
    """Put the run's tag into the request, if it takes tags."""
    tag = family_of(call[0]).tags.get(call[1])
    if tag:
        tag(request, run)


def _named(names: Names | None, request: Request) -> tuple[Resource, ...]:
    if names is None:
        return ()
    found = names(request)
    return (found,) if isinstance(found, Resource) else tuple(found)
