"""Policy documents, read into statements."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

VARIABLES_SINCE = "2012-10-17"


class Malformed(ValueError):
    """This is no policy document."""


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """One statement.

    Attributes:
        allows: Allow or Deny.
        actions: patterns of actions; empty where there is a NotAction.
        not_actions: what NotAction names.
        resources: patterns of ARNs; empty where there is a NotResource, or none at all as in a trust policy.
        not_resources: what NotResource names.
        principals: who is meant, as the policy names them; None in a policy of an identity.
        not_principals: who is not meant.
        conditions: operator → key → values.
        source: where it stands, as the simulator says it.
        fills: are policy variables filled in? Only in documents of the version of 2012.
    """

    allows: bool
    actions: Sequence[str] = ()
    not_actions: Sequence[str] = ()
    resources: Sequence[str] = ()
    not_resources: Sequence[str] = ()
    principals: Sequence[str] | None = None
    not_principals: Sequence[str] | None = None
    conditions: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    source: str = ""
    fills: bool = True


def statements(document: str | Mapping[str, Any], source: str = "") -> list[Statement]:
    """The statements of a document.

    Args:
        document: JSON, or what it says.
        source: where it comes from, as the simulator says it.

    Raises:
        Malformed: it is no policy document.
    """
    try:
        read = json.loads(document) if isinstance(document, str) else document
        fills = read.get("Version") == VARIABLES_SINCE
        return [_statement(each, source, fills=fills) for each in _many(read["Statement"])]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Malformed("Syntax errors in policy.") from error


def _statement(given: Mapping[str, Any], source: str, *, fills: bool) -> Statement:
    if given["Effect"] not in {"Allow", "Deny"} or ("Action" in given) == ("NotAction" in given):
        raise Malformed("Syntax errors in policy.")
    conditions = {
        operator: {key: [_text(value) for value in _many(values)] for key, values in tests.items()}
        for operator, tests in given.get("Condition", {}).items()
    }
    return Statement(
        allows=given["Effect"] == "Allow",
        actions=_texts(given.get("Action", ())),
        not_actions=_texts(given.get("NotAction", ())),
        resources=_texts(given.get("Resource", ())),
        not_resources=_texts(given.get("NotResource", ())),
        principals=_principals(given.get("Principal")),
        not_principals=_principals(given.get("NotPrincipal")),
        conditions=conditions,
        source=source,
        fills=fills,
    )


def _principals(given: Any) -> list[str] | None:  # noqa: ANN401 - JSON
    if given is None or isinstance(given, str):
        return None if given is None else [given]
    return [str(each) for values in given.values() for each in _many(values)]


def _texts(given: Any) -> list[str]:  # noqa: ANN401
    return [str(each) for each in _many(given)]


def _text(value: Any) -> str:  # noqa: ANN401
    return str(value).lower() if isinstance(value, bool) else str(value)


def _many(given: Any) -> Iterable[Any]:  # noqa: ANN401
    return given if isinstance(given, list | tuple) else [given]
