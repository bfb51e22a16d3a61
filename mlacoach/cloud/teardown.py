"""Take away what a run made, from its journal alone, and look whether it is gone.

It may be stopped at any point and run again. It touches nothing but what the journal names and whose name carries the
run.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlacoach.cloud.account import new_client
from mlacoach.cloud.journal import Entry, Mark, Resource, Write, may_exist
from mlacoach.cloud.looking import is_absence, look_for
from mlacoach.cloud.names import RunNames
from mlacoach.cloud.refusals import must_be_let_in
from mlacoach.cloud.services import KINDS
from mlacoach.cloud.services.family import Kind, StillHolds

if TYPE_CHECKING:
    from boto3.session import Session

# What a service says when the same call may work a little later.
PASSING = frozenset(
    {
        *("ConcurrentAccessException", "ConcurrentModification", "ConcurrentModificationException"),
        *("ConcurrentRunsExceededException", "ConflictException", "DeleteConflict", "InternalError"),
        *("InternalFailure", "InternalServerError", "InternalServiceError", "OperationAborted"),
        *("RequestTimeout", "ResourceInUse", "ResourceInUseException", "ServiceUnavailable", "SlowDown"),
        *("Throttling", "ThrottlingException", "TooManyRequestsException"),
    }
)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the teardown waits, in seconds.

    Attributes:
        longest: for one resource to come to rest, or to be gone.
        pause: between two looks.
        late: before it looks once more for what a service may deliver late.
        attempts: how often a deletion is tried that a service refuses for the moment.
    """

    longest: float
    pause: float
    late: float
    attempts: int = 5


IN_SANDBOX = Patience(longest=120, pause=0.1, late=0)
ON_AWS = Patience(longest=1800, pause=10, late=30)


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
    """Each of these was looked for and is gone; `kept` came to rest, and its service keeps it."""

    gone: tuple[Resource, ...]
    kept: tuple[Resource, ...] = ()


@dataclass(frozen=True, slots=True)
class Dirty:
    """What is left, exactly."""

    left: tuple[Leftover, ...]


Verdict = Clean | Dirty


def tear_down(
    session: "Session",
    names: RunNames,
    entries: Iterable[Entry],
    write: Write,
    endpoint: str | None,
    patience: Patience | None = None,
) -> Verdict:
    """Delete everything that the journal names, newest first, then look for each.

    One that resists does not keep the others: they are deleted all the same, and it is listed.

    Raises:
        NeedsCredentials: AWS does not let us in any more; what was done is in the journal.
    """
    patience = patience or (IN_SANDBOX if endpoint else ON_AWS)
    work = _Teardown(lambda service: new_client(session, service, endpoint), write, patience)
    resources = may_exist(entries)
    ours = [resource for resource in resources if names.owns(resource.name) and resource.kind in KINDS]
    foreign = [resource for resource in resources if resource not in ours]
    left = [*_unproved(foreign), *work.remove(ours)]
    return Dirty(tuple(left)) if left else work.clean(ours)


def _unproved(resources: Iterable[Resource]) -> Iterator[Leftover]:
    for resource in resources:
        known = resource.kind in KINDS
        yield Leftover(resource, "its name does not carry the run" if known else "nobody knows how to delete that kind")


@dataclass(slots=True)
class _Teardown:
    make_client: Callable[[str], Any]
    write: Write
    patience: Patience
    _clients: dict[str, Any] = field(default_factory=dict)
    _kept: set[Resource] = field(default_factory=set)

    def remove(self, resources: list[Resource]) -> list[Leftover]:
        """Delete and look; then once more for what may have come late."""
        left = self._sweep(resources)
        late = [resource for resource in resources if KINDS[resource.kind].late]
        if not late:
            return left
        time.sleep(self.patience.late)
        return [each for each in left if each.resource not in late] + self._sweep(late)

    def clean(self, resources: list[Resource]) -> Clean:
        """The verdict when nothing is left."""
        gone = tuple(resource for resource in resources if resource not in self._kept)
        return Clean(gone, tuple(resource for resource in resources if resource in self._kept))

    def _sweep(self, resources: list[Resource]) -> list[Leftover]:
        reasons = {resource: self._delete(KINDS[resource.kind], resource) for resource in resources}
        waits = {resource: why or self._left(KINDS[resource.kind], resource) for resource, why in reasons.items()}
        return [Leftover(resource, why) for resource, why in waits.items() if why]

    def _delete(self, kind: Kind, resource: Resource) -> str:
        """Stop it, wait until it can be deleted, delete it; why that failed, or nothing."""
        why = self._come_to_rest(kind, resource)
        if why:
            return why
        absent = False
        if kind.delete is not None:
            delete = kind.delete
            why, absent = self._try(kind, lambda client: delete(client, resource.name))
        if kind.keeps and not why:
            self._keep(kind, resource)
        elif not why and not absent:
            self._mark(Mark.DELETED, kind, resource)
        return why

    def _keep(self, kind: Kind, resource: Resource) -> None:
        """Its service keeps it, if it was ever made."""
        found: list[object] = []
        self._try(kind, lambda client: found.append(look_for(kind, client, resource.name)))
        if found and found[0] is not None:
            self._kept.add(resource)
            self._mark(Mark.KEPT, kind, resource)

    def _come_to_rest(self, kind: Kind, resource: Resource) -> str:
        """Wait while it is busy. What can't be looked at may still be deleted, so that alone is no reason to stop."""
        stopped = False

        def is_busy(found: object) -> bool:
            nonlocal stopped
            busy = found is not None and kind.busy(found)
            if busy and kind.stop and not stopped:
                stop, stopped = kind.stop, True
                self._try(kind, lambda client: stop(client, resource.name))
            return busy

        why, at_rest = self._wait_while(kind, resource, is_busy)
        return "" if why or at_rest else f"it is still busy after {self.patience.longest:g} seconds"

    def _left(self, kind: Kind, resource: Resource) -> str:
        """Look until it is gone; why it counts as left, or nothing when the service says that it is not there."""
        if resource in self._kept:
            return ""
        why, gone = self._wait_while(kind, resource, lambda found: found is not None)
        if gone:
            self._mark(Mark.VERIFIED, kind, resource)
            return ""
        return f"could not be looked for: {why}" if why else "it is still there"

    def _wait_while(self, kind: Kind, resource: Resource, holds: Callable[[object], bool]) -> tuple[str, bool]:
        """Look until it no longer holds; why it could not be looked for, and whether it no longer holds."""
        deadline = time.monotonic() + self.patience.longest
        found: list[object] = []
        while True:
            found.clear()
            why, _ = self._try(kind, lambda client: found.append(look_for(kind, client, resource.name)))
            if why:
                return why, False
            if not holds(found[0]):
                return "", True
            if time.monotonic() > deadline:
                return "", False
            time.sleep(self.patience.pause)

    def _try(self, kind: Kind, act: Callable[[Any], object]) -> tuple[str, bool]:
        """Act; what went wrong, and whether the service said that there is no such resource."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only labs need boto3

        for attempt in range(1, self.patience.attempts + 1):
            try:
                act(self._client(kind.service))
            except ClientError as error:
                if is_absence(kind, error):
                    return "", True
                must_be_let_in(error)
                if error.response["Error"]["Code"] not in PASSING or attempt == self.patience.attempts:
                    return str(error), False
                time.sleep(self.patience.pause * 2**attempt)
            except (BotoCoreError, StillHolds) as error:
                must_be_let_in(error)
                return str(error), False
            else:
                return "", False
        raise AssertionError("The last attempt returns.")

    def _client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        if service not in self._clients:
            self._clients[service] = self.make_client(service)
        return self._clients[service]

    def _mark(self, mark: Mark, kind: Kind, resource: Resource) -> None:
        self.write(Entry(mark, kind.service, "teardown", resource))
