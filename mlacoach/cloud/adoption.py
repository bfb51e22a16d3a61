"""Find again what runs made whose journal is lost: by the name and, where a kind has them, the tag of the run."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mlacoach.cloud.account import new_client
from mlacoach.cloud.journal import Resource
from mlacoach.cloud.names import RUN_LETTERS, RUN_TAG, RunNames
from mlacoach.cloud.services import KINDS
from mlacoach.cloud.services.family import Kind

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
    return found


def find_by_name(session: "Session", endpoint: str | None, names: RunNames) -> list[Resource]:
    """What carries this run in its name. In a sandbox that proves enough: nobody else works there."""
    found: list[Resource] = []
    for kind_name, kind in KINDS.items():
        if kind.every:
            client = new_client(session, kind.service, endpoint)
            found += [Resource(kind_name, name) for name in kind.every(client) if names.owns(name)]
    return found


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
