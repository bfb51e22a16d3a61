"""Find again what runs made whose journal is lost: by the name and, where a kind has them, the tag of the run."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mlacoach.cloud.account import new_client
from mlacoach.cloud.journal import Resource
from mlacoach.cloud.names import RUN_LETTERS, RUN_TAG, RunNames
from mlacoach.cloud.services import KINDS
from mlacoach.cloud.services.cloudformation import STACK
from mlacoach.cloud.services.family import Kind
from mlacoach.cloud.services.s3 import BUCKET, CONTENT

if TYPE_CHECKING:
    from boto3.session import Session

PREFIX = "mlacoach-"


def find_by_tags(session: "Session", endpoint: str | None) -> dict[RunNames, list[Resource]]:
    """What carries a run in its name and the same run in its tag, by run.

    Either alone proves nothing: a name can be anybody's. A kind that has no tags is left out; it goes with what it lies
    in, or is found by `every` when its run is known.
    """
    found: dict[RunNames, list[Resource]] = {}
    for kind_name, kind in KINDS.items():
        client = new_client(session, kind.service, endpoint)
        for names, resource in _tagged(kind_name, kind, client):
            found.setdefault(names, []).append(resource)
    for kind_name, kind in KINDS.items():
        if kind.every and not kind.tags_of:
            _add_untagged(found, kind_name, kind, new_client(session, kind.service, endpoint))
    return {names: _as_if_made_so(resources) for names, resources in found.items()}


def find_by_name(session: "Session", endpoint: str | None, names: RunNames) -> list[Resource]:
    """What carries this run in its name. In a sandbox that proves enough: nobody else works there."""
    found: list[Resource] = []
    for kind_name, kind in KINDS.items():
        if kind.every:
            client = new_client(session, kind.service, endpoint)
            found += [Resource(kind_name, name) for name in kind.every(client) if names.owns(name)]
    return _as_if_made_so(found)


def _as_if_made_so(found: list[Resource]) -> list[Resource]:
    """In an order whose reverse takes them away: a stack takes along what it made, but a bucket only if it is empty."""
    stacks = [each for each in found if each.kind == STACK]
    held = [Resource(CONTENT, each.name) for each in found if each.kind == BUCKET] if stacks else []
    return [*(each for each in found if each not in stacks), *stacks, *held]


def _tagged(kind_name: str, kind: Kind, client: Any) -> Iterator[tuple[RunNames, Resource]]:  # noqa: ANN401
    if not kind.every or not kind.tags_of:
        return
    for name in kind.every(client):
        if not _plain(name).startswith(PREFIX):
            continue
        run = kind.tags_of(client, name).get(RUN_TAG, "")
        lab, between, _ = _plain(name).removeprefix(PREFIX).partition(f"-{run[-RUN_LETTERS:]}-")
        if run and between:
            yield RunNames(lab, run), Resource(kind_name, name)


def _plain(name: str) -> str:
    return name.replace("_", "-")


def _add_untagged(
    found: dict[RunNames, list[Resource]],
    kind_name: str,
    kind: Kind,
    client: Any,  # noqa: ANN401
) -> None:
    """A kind without tags is a run's if its name carries a run that tags have proved."""
    if not kind.every:
        return
    for name in kind.every(client):
        for names, resources in found.items():
            if names.owns(name):
                resources.append(Resource(kind_name, name))
