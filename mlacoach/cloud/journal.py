"""What a run made: the intent is written before the call is sent, so a crash at any point leaves a trace."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """What is known of a resource."""

    INTENT = "intent"
    DONE = "done"
    DELETED = "deleted"
    VERIFIED = "verified"
    # It came to rest, and its service keeps it.
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Resource:
    """Something that can be made and deleted. What lies in another has a name like `database/table`."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal."""

    mark: Mark
    service: str
    operation: str
    resource: Resource


# Writes an entry; when it returns, the entry is on the disk.
Write = Callable[[Entry], None]


def may_exist(entries: Iterable[Entry]) -> list[Resource]:
    """What was meant to be made and has not been seen to be gone since, newest first."""
    alive: dict[Resource, None] = {}
    for entry in entries:
        if entry.mark is Mark.INTENT:
            # Made again, it is the newest again.
            alive.pop(entry.resource, None)
            alive[entry.resource] = None
        elif entry.mark in {Mark.VERIFIED, Mark.KEPT}:
            alive.pop(entry.resource, None)
    return list(reversed(alive))
