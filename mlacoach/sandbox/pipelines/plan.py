"""The graph of a definition: every step, what it waits for, and the branch of a condition that it stands in."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mlacoach.sandbox.aws_error import invalid, not_emulated

INSTEAD = {
    "EMR": "Use a Processing step with a script instead.",
    "EMRServerless": "Use a Processing step with a script instead.",
    "AutoML": "Use a Tuning step with XGBoost instead.",
}
MAKE = ("Training", "Processing", "Transform", "Tuning", "Model", "CreateModel", "RegisterModel")
HOST = ("EndpointConfig", "Endpoint")
TYPES = frozenset({*MAKE, *HOST, "Lambda", "Callback", "Condition", "Fail"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a definition.

    Attributes:
        name: unique in the pipeline.
        kind: its Type.
        document: as the definition says it.
        after: the steps that end before it begins.
        branch: the condition it stands in and the outcome that makes it run; None outside of conditions.
    """

    name: str
    kind: str
    document: Mapping[str, Any]
    after: frozenset[str]
    branch: tuple[str, bool] | None = None


def plan(definition: Mapping[str, Any]) -> dict[str, Step]:
    """The steps by name, in the definition's order.

    Raises:
        AwsError: a step waits for one that is not there or for itself, or is of a type that does not run here.
    """
    steps = {step.name: step for step in _steps(definition["Steps"], None)}
    for step in steps.values():
        unknown = sorted(step.after - set(steps))
        if unknown:
            raise invalid(f"Step {step.name} depends on {', '.join(unknown)}, which the definition does not have.")
        if step.kind not in TYPES:
            raise not_emulated(f"A pipeline step of the type {step.kind}", INSTEAD.get(step.kind, ""))
    _refuse_circles(steps)
    return steps


def _steps(documents: list[Mapping[str, Any]], branch: tuple[str, bool] | None) -> Iterator[Step]:
    for document in documents:
        name, kind = document["Name"], document["Type"]
        arguments = document.get("Arguments") or {}
        inner = {word: arguments.get(word) or [] for word in ("IfSteps", "ElseSteps")} if kind == "Condition" else {}
        own = {**document, "Arguments": {key: value for key, value in arguments.items() if key not in inner}}
        after = {*document.get("DependsOn", []), *mentioned(own), *([branch[0]] if branch else [])}
        yield Step(name, kind, own, frozenset(after), branch)
        for word, children in inner.items():
            yield from _steps(children, (name, word == "IfSteps"))


def mentioned(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON
    """The names of the steps that a part of a definition refers to."""
    if isinstance(value, list):
        for one in value:
            yield from mentioned(one)
    elif isinstance(value, Mapping):
        path = value.get("Get")
        if isinstance(path, str) and path.startswith("Steps."):
            yield re.split(r"[.\[]", path)[1]
        for one in value.values():
            yield from mentioned(one)


def _refuse_circles(steps: Mapping[str, Step]) -> None:
    left = dict(steps)
    while left:
        free = [name for name, step in left.items() if not step.after & set(left)]
        if not free:
            raise invalid(f"The steps of the pipeline depend on each other in a circle: {', '.join(sorted(left))}.")
        for name in free:
            del left[name]
