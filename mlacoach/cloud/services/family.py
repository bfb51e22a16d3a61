"""What a service family says about itself: which calls make what, and how each kind goes again.

Requests are as the lab wrote them, names are names of `aws.name(…)`. Nothing here sends a call by itself.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.names import RUN_TAG

Request = dict[str, Any]
Names = Callable[[Request], Resource | Sequence[Resource]]
Tags = Callable[[Request, str], None]


@dataclass(frozen=True, slots=True)
class Absence:
    """How a service says that a thing is not there: the error's code and, if that says little, some words."""

    code: str
    says: str = ""

    def fits(self, error: Mapping[str, Any]) -> bool:
        """Is this what the error (botocore's `response["Error"]`) says?"""
        return bool(error.get("Code") == self.code and self.says in error.get("Message", ""))


def codes(*names: str) -> tuple[Absence, ...]:
    """Codes that say nothing else than that the thing is not there."""
    return tuple(Absence(name) for name in names)


def _never(_found: Any) -> bool:  # noqa: ANN401 - whatever the service answers
    return False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of resource. Each function gets the boto3 client of `service` and the resource's name.

    Attributes:
        service: whose client.
        look: what the service says about it. None, or an error that is in `absent`, means that it is not there.
        delete: deletes it with all that lies in it; raises the service's error. None: it can't be deleted.
        absent: the errors by which the service says that this very thing is not there.
        busy: from what `look` found: is it on its way, so that it can't be deleted yet? It is waited for.
        stop: called once when it is busy, so that it comes to rest sooner.
        keeps: where it can't be deleted: why nothing is left that matters. It is stopped and waited for all the same;
            `delete` then takes away what can be, or is None.
        late: it may come once more after it was deleted (a log that arrives late), so it is looked for a second time.
        every: the names of all such things in the account. By it tests see that nothing is left, and `lab adopt` what
            a lost journal named.
        name_of: the name of one that a request names by an id (a REST API): asked before it is changed.
        tags_of: the tags of one, by which `lab adopt` knows whose it is. Without it, nothing is adopted.
    """

    service: str
    look: Callable[[Any, str], Any]
    delete: Callable[[Any, str], object] | None
    absent: tuple[Absence, ...]
    busy: Callable[[Any], bool] = _never
    stop: Callable[[Any, str], object] | None = None
    keeps: str = ""
    late: bool = False
    every: Callable[[Any], Iterable[str]] | None = None
    tags_of: Callable[[Any, str], Mapping[str, str]] | None = None
    name_of: Callable[[Any, str], str] | None = None


def by_name(service: str, noun: str, member: str, absent: tuple[Absence, ...], **more: Any) -> Kind:  # noqa: ANN401
    """A kind that its service describes and deletes by its name.

    Args:
        service: whose client.
        noun: as the client's methods call it: `describe_` and `delete_` come before it.
        member: the request's member that holds the name.
        absent: the errors by which the service says that it is not there.
        more: what else `Kind` takes, or what it does otherwise.
    """
    usual: dict[str, Any] = {
        "look": lambda client, name: getattr(client, f"describe_{noun}")(**{member: name}),
        "delete": lambda client, name: getattr(client, f"delete_{noun}")(**{member: name}),
    }
    return Kind(service, absent=absent, **(usual | more))


@dataclass(frozen=True, slots=True)
class Family:
    """One boto3 service.

    Attributes:
        service: boto3's name of it.
        kinds: what there is, by the name that the journal uses.
        creates: operations that make resources: which. What the service makes by itself beside it (a log group) comes
            before it, because the teardown goes from the last to the first.
        parts: operations that change, or put something into, resources of this run: whose part it is.
        tags: puts the run's tag into the request of a creating operation, where it takes tags.
        harmless: operations that leave nothing behind at all, and are no part of a resource.
        refused: why a request must not be sent, or nothing.
        absent: how `find` learns that what was asked for does not exist.
        actions: the IAM actions of operations that are called otherwise there, with the service's prefix.
        prefix: of its IAM actions, if it is not boto3's name.
    """

    service: str
    kinds: Mapping[str, Kind] = field(default_factory=dict)
    creates: Mapping[str, Names] = field(default_factory=dict)
    parts: Mapping[str, Names] = field(default_factory=dict)
    tags: Mapping[str, Tags] = field(default_factory=dict)
    harmless: frozenset[str] = frozenset()
    refused: Mapping[str, Callable[[Request], str]] = field(default_factory=dict)
    absent: tuple[Absence, ...] = ()
    actions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    prefix: str = ""


class StillHolds(Exception):
    """What lies in it could not be deleted."""


def unless_gone(absent: Iterable[Absence], act: Callable[[], object]) -> None:
    """Do it, and let it pass if what it is about does not exist: a teardown that was killed may have come so far."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only labs need boto3

    try:
        act()
    except ClientError as error:
        if not any(absence.fits(error.response["Error"]) for absence in absent):
            raise


def named(kind: str, member: str) -> Callable[[Request], Resource]:
    """The resource whose name is this member of the request."""
    return lambda request: Resource(kind, request[member])


def tag_list(member: str = "Tags", key: str = "Key", value: str = "Value") -> Tags:
    """Tags as a list of pairs: most services. The member is as the request has it."""

    def tag(request: Request, run: str) -> None:
        request[member] = [*request.get(member, []), {key: RUN_TAG, value: run}]

    return tag


def tag_map(member: str = "Tags") -> Tags:
    """Tags as one mapping: AWS Glue, AWS Lambda, Amazon API Gateway …."""

    def tag(request: Request, run: str) -> None:
        request[member] = {**request.get(member, {}), RUN_TAG: run}

    return tag


def pages(client: Any, operation: str, result: str, member: str, **request: object) -> Iterator[str]:  # noqa: ANN401
    """A member of each thing in a listing, over all pages: `pages(sm, "list_models", "Models", "ModelName")`."""
    for page in client.get_paginator(operation).paginate(**request):
        for item in page[result]:
            yield item[member]


def pairs(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Tags that a service answers as a list of pairs, as a mapping."""
    return {tag["Key"]: tag["Value"] for tag in tags}
