"""Whether policies allow a request: IAM's evaluation logic within one account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from mlacoach.sandbox.permissions.conditions import Context, filled, literal, meets
from mlacoach.sandbox.permissions.documents import Statement


class Verdict(StrEnum):
    """What it comes to, in the simulator's words."""

    ALLOWED = "allowed"
    DENIED = "explicitDeny"
    NOT_ALLOWED = "implicitDeny"


class Kind(StrEnum):
    """The kind of policy that decides, in the words of AccessDenied."""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    BOUNDARY = "permissions boundary"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as policies see it.

    Attributes:
        action: such as `s3:GetObject`.
        resource: its ARN, or *.
        context: the condition keys and their values.
        principals: the ARNs and the account by which a resource's policy may name who asks.
    """

    action: str
    resource: str
    context: Context
    principals: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Policies:
    """Every policy that has a say. `boundary` is None where there is none."""

    identity: Sequence[Statement] = ()
    resource: Sequence[Statement] = ()
    boundary: Sequence[Statement] | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What the policies come to.

    Attributes:
        verdict: allowed, denied, or not allowed.
        kind: of a denial: the kind of policy that denies, or that does not allow.
        matched: the statements that decided.
        missing: condition keys that were asked for and that the request does not have.
        within_boundary: does the boundary allow it? None where there is none.
    """

    verdict: Verdict
    kind: Kind = Kind.IDENTITY
    matched: Sequence[Statement] = ()
    missing: Sequence[str] = ()
    within_boundary: bool | None = None


def decide(asked: Asked, policies: Policies) -> Decision:
    """Whether the policies allow a request.

    An explicit deny goes before everything; then what the resource's or the identity's policies allow is allowed, as
    far as the boundary allows it too (IAM user guide, "Policy evaluation logic").
    """
    missing: set[str] = set()
    by_kind = {
        Kind.IDENTITY: _concerned(asked, policies.identity, missing),
        Kind.RESOURCE: _concerned(asked, policies.resource, missing),
        Kind.BOUNDARY: _concerned(asked, policies.boundary or (), missing),
    }
    within = None if policies.boundary is None else any(each.allows for each in by_kind[Kind.BOUNDARY])
    lacking = sorted(missing)
    for kind, found in by_kind.items():
        denials = [each for each in found if not each.allows]
        if denials:
            return Decision(Verdict.DENIED, kind, denials, lacking, within)
    allowing = [each for kind in (Kind.IDENTITY, Kind.RESOURCE) for each in by_kind[kind] if each.allows]
    if not allowing:
        return Decision(Verdict.NOT_ALLOWED, Kind.IDENTITY, (), lacking, within)
    if within is False:
        return Decision(Verdict.NOT_ALLOWED, Kind.BOUNDARY, (), lacking, within)
    return Decision(Verdict.ALLOWED, matched=allowing, missing=lacking, within_boundary=within)


def _concerned(asked: Asked, statements: Iterable[Statement], missing: set[str]) -> list[Statement]:
    """The statements that speak about the request, and the condition keys that it lacks."""
    found = []
    for each in statements:
        if _is_about(asked, each):
            met, lacking = meets(each.conditions, asked.context, fills=each.fills)
            missing.update(lacking)
            if met:
                found.append(each)
    return found


def _is_about(asked: Asked, statement: Statement) -> bool:
    action = asked.action.lower()
    named = statement.actions or statement.not_actions
    is_action = any(fnmatchcase(action, each.lower().replace("[", "[[]")) for each in named)
    if is_action is bool(statement.not_actions):
        return False
    places = statement.resources or statement.not_resources
    is_place = any(_fits(asked, each, fills=statement.fills) for each in places)
    if places and is_place is bool(statement.not_resources):
        return False
    return _is_meant(asked, statement)


def _fits(asked: Asked, pattern: str, *, fills: bool) -> bool:
    found = filled(pattern, asked.context) if fills else pattern.replace("[", "[[]")
    return found is not None and fnmatchcase(asked.resource, found)


def _is_meant(asked: Asked, statement: Statement) -> bool:
    if statement.not_principals is not None:
        return not _is_named(asked, statement.not_principals)
    return statement.principals is None or _is_named(asked, statement.principals)


def _is_named(asked: Asked, principals: Sequence[str]) -> bool:
    return "*" in principals or any(
        fnmatchcase(each, literal(principal)) for principal in principals for each in asked.principals
    )
