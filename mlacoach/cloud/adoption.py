"""Find again what runs made whose journal is lost: by the name and, where a kind has them, the tag of the run.

One listing that is denied keeps nothing else: what could be seen is found, and what could not is said.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from mlacoach.cloud.account import new_client
from mlacoach.cloud.journal import Resource
from mlacoach.cloud.looking import is_absence
from mlacoach.cloud.names import RUN_LETTERS, RUN_TAG, RunNames
from mlacoach.cloud.refusals import must_be_let_in
from mlacoach.cloud.services import KINDS
from mlacoach.cloud.services.cloudformation import STACK
from mlacoach.cloud.services.family import Kind
from mlacoach.cloud.services.s3 import BUCKET, CONTENT

if TYPE_CHECKING:
    from boto3.session import Session

PREFIX = "mlacoach-"
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Unseen:
    """What could not be looked at: all things of a kind or, with a name, the tags of one; and why."""

    kind: str
    name: str
    why: str

    @property
    def sentence(self) -> str:
        """What it is and why it was not seen."""
        what = f"the tags of {self.kind} {self.name}" if self.name else f"every {self.kind}"
        return f"{what}: {self.why}"


def find_by_tags(session: "Session", endpoint: str | None) -> tuple[dict[RunNames, list[Resource]], list[Unseen]]:
    """What carries a run in its name and the same run in its tag, by run; and what could not be looked at.

    Either alone proves nothing: a name can be anybody's. A kind that has no tags is left out; it goes with what it lies
    in, or is found by `every` when its run is known. A bucket of another region is left out, too: a run is in one.

    Raises:
        NeedsCredentials: AWS does not let us in at all.
    """
    look = _Look(session, endpoint)
    found: dict[RunNames, list[Resource]] = {}
    for kind_name, kind in KINDS.items():
        if kind.tags_of:
            for names, resource in _tagged(look, kind_name, kind.tags_of):
                found.setdefault(names, []).append(resource)
    for kind_name, kind in KINDS.items():
        if not kind.tags_of:
            _add_untagged(found, kind_name, look.every(kind_name))
    return {names: _as_if_made_so(resources) for names, resources in found.items()}, look.unseen


def find_by_name(session: "Session", endpoint: str | None, names: RunNames) -> tuple[list[Resource], list[Unseen]]:
    """What carries this run in its name, and what could not be looked at.

    In a sandbox the name proves enough: nobody else works there.

    Raises:
        NeedsCredentials: the sandbox does not let us in at all.
    """
    look = _Look(session, endpoint)
    found = [Resource(kind, name) for kind in KINDS for name in look.every(kind) if names.owns(name)]
    return _as_if_made_so(found), look.unseen


@dataclass(slots=True)
class _Look:
    """Asks for every listing; what is not answered is kept in `unseen`."""

    session: "Session"
    endpoint: str | None
    unseen: list[Unseen] = field(default_factory=list)
    _clients: dict[str, Any] = field(default_factory=dict)

    def every(self, kind_name: str) -> list[str]:
        """The names of all things of a kind; none where they can't be listed."""
        every = KINDS[kind_name].every
        return [] if every is None else self._ask(kind_name, "", lambda client: list(every(client))) or []

    def every_here(self, kind_name: str) -> list[str]:
        """As `every`, but of buckets, which S3 lists from everywhere, those of this region alone."""
        if kind_name != BUCKET:
            return self.every(kind_name)
        region = self.session.region_name
        answer = self._ask(BUCKET, "", lambda client: client.list_buckets(BucketRegion=region))
        return [bucket["Name"] for bucket in answer["Buckets"]] if answer else []

    def tags(self, kind_name: str, name: str, tags_of: Callable[[Any, str], Mapping[str, str]]) -> Mapping[str, str]:
        """The tags of one; none where it is gone meanwhile."""
        return self._ask(kind_name, name, lambda client: tags_of(client, name)) or {}

    def _ask(self, kind_name: str, name: str, question: Callable[[Any], Answer]) -> Answer | None:
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - only labs need boto3

        kind = KINDS[kind_name]
        try:
            return question(self._client(kind))
        except (BotoCoreError, ClientError) as error:
            must_be_let_in(error)
            if not (name and isinstance(error, ClientError) and is_absence(kind, error)):
                self.unseen.append(Unseen(kind_name, name, str(error)))
            return None

    def _client(self, kind: Kind) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        if kind.service not in self._clients:
            self._clients[kind.service] = new_client(self.session, kind.service, self.endpoint)
        return self._clients[kind.service]


def _as_if_made_so(found: list[Resource]) -> list[Resource]:
    """In an order whose reverse takes them away: a stack takes along what it made, but a bucket only if it is empty."""
    stacks = [each for each in found if each.kind == STACK]
    held = [Resource(CONTENT, each.name) for each in found if each.kind == BUCKET] if stacks else []
    return [*(each for each in found if each not in stacks), *stacks, *held]


def _tagged(
    look: _Look, kind_name: str, tags_of: Callable[[Any, str], Mapping[str, str]]
) -> Iterator[tuple[RunNames, Resource]]:
    for name in look.every_here(kind_name):
        if not _plain(name).startswith(PREFIX):
            continue
        run = look.tags(kind_name, name, tags_of).get(RUN_TAG, "")
        lab, between, _ = _plain(name).removeprefix(PREFIX).partition(f"-{run[-RUN_LETTERS:]}-")
        if run and between:
            yield RunNames(lab, run), Resource(kind_name, name)


def _plain(name: str) -> str:
    return name.replace("_", "-")


def _add_untagged(found: dict[RunNames, list[Resource]], kind_name: str, every: Iterable[str]) -> None:
    """A kind without tags is a run's if its name carries a run that tags have proved."""
    for name in every:
        for names, resources in found.items():
            if names.owns(name):
                resources.append(Resource(kind_name, name))
