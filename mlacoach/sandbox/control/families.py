"""SageMaker's families of operations, read off botocore's model: CreateX, DescribeX, ListXs, UpdateX, DeleteX."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from mlacoach.sandbox.control.differences import DIFFERENCES, LISTS, NOT_MECHANICAL, Difference
from mlacoach.sandbox.protocol.models import service_model

SERVICE = "sagemaker"
ARN_PATH = re.compile(r"sagemaker:[^/]*:([a-z][a-z-]*)/")
# The state in which something that does not run is as soon as it is stored.
SETTLED = ("Completed", "InService", "Created", "Active", "ACTIVE", "Available", "CREATED", "CreateCompleted", "Ready")


# Each is one of a kind: equal to itself alone, and so a key of caches.
@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """One kind of resource.

    Attributes:
        noun: as its operations spell it, such as `TrainingJob`.
        keys: the members that name one.
        arn_member: the member of Create's answer that is its ARN.
        arn_path: the part of the ARN before the name, such as `training-job`.
        status_member: where Describe shows the status; empty where there is none.
        statuses: every status there is.
        lists: the operation that lists it; empty where there is none.
        difference: what is not by the rule.
    """

    noun: str
    keys: tuple[str, ...]
    arn_member: str
    arn_path: str
    status_member: str
    statuses: tuple[str, ...]
    lists: str
    difference: Difference

    @property
    def words(self) -> str:
        """The noun as a sentence says it: training job."""
        return self.difference.words or spaced(self.noun)

    @property
    def settled(self) -> str:
        """The status of one that is stored and needs no running."""
        if self.difference.settled:
            return self.difference.settled
        return next(
            (status for status in SETTLED if status in self.statuses), self.statuses[0] if self.statuses else ""
        )

    @property
    def beginning(self) -> str:
        """The status of one whose runner is about to start."""
        wanted = ("InProgress", "Creating", "CREATING", "Pending", "Scheduled", "STARTING", "Executing")
        return next((status for status in wanted if status in self.statuses), self.settled)

    def operation(self, verb: str) -> str:
        """The name of an operation of this family."""
        return f"{verb}{self.noun}"


@cache
def families() -> Mapping[str, Family]:
    """Every family that goes by the rule, by noun."""
    operations = set(service_model(SERVICE).operation_names)
    nouns = [name[6:] for name in operations if name.startswith("Create") and f"Describe{name[6:]}" in operations]
    return {noun: _family(noun) for noun in sorted(nouns) if noun not in NOT_MECHANICAL}


def _family(noun: str) -> Family:
    model = service_model(SERVICE)
    difference = DIFFERENCES.get(noun, Difference())
    described = model.operation_model(f"Describe{noun}")
    created = members(f"Create{noun}", "output")
    arn = difference.arn_member or next((name for name in created if name.endswith("Arn")), f"{noun}Arn")
    shown = _shown(noun)
    status = difference.status_member or next((name for name in (f"{noun}Status", "Status") if name in shown), "")
    if status and not _is_text(shown.get(status)):
        # The status of a trial component is a structure of its author's.
        status = ""
    return Family(
        noun=noun,
        keys=difference.keys or tuple(described.input_shape.required_members),
        arn_member=arn,
        arn_path=difference.arn_path or _arn_path(noun, created.get(arn) or shown.get(arn)),
        status_member=status,
        statuses=tuple(shown[status].metadata.get("enum", ())) if status else (),
        lists=_lister(noun),
        difference=difference,
    )


def _is_text(shape: Any | None) -> bool:  # noqa: ANN401 - botocore's shape
    return shape is None or shape.type_name == "string"


def _shown(noun: str) -> Mapping[str, Any]:
    """The members of what Describe shows; Workforce and Workteam stand in a member of their own name."""
    shown = members(f"Describe{noun}", "output")
    return shown[noun].members if set(shown) == {noun} else shown


def _arn_path(noun: str, shape: Any | None) -> str:  # noqa: ANN401 - botocore's shape
    found = ARN_PATH.search(shape.metadata.get("pattern", "") if shape is not None else "")
    return found[1] if found else hyphened(noun)


def _lister(noun: str) -> str:
    operations = service_model(SERVICE).operation_names
    return next((name for name in (LISTS.get(noun, ""), f"List{plural(noun)}") if name in operations), "")


def members(operation: str, side: str) -> Mapping[str, Any]:
    """The members of an operation's `input` or `output`; none where it has no shape."""
    shape = getattr(service_model(SERVICE).operation_model(operation), f"{side}_shape")
    return shape.members if shape is not None else {}


def plural(noun: str) -> str:
    """The noun as List spells it."""
    if noun.endswith("y"):
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith("s") else "s")


def spaced(noun: str) -> str:
    """`HyperParameterTuningJob` as hyper parameter tuning job."""
    return hyphened(noun).replace("-", " ")


def hyphened(noun: str) -> str:
    """`HyperParameterTuningJob` as hyper-parameter-tuning-job."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", noun).lower()
