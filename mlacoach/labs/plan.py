"""What a run of a lab will make and ask for, as a recorded run of it did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LabPlan:
    """The recorded run.

    Attributes:
        resources: (kind, name without the run's prefix) of what is made, in order.
        actions: the IAM actions that steps, checks and teardown take.
        quotas: instances that must be allowed at once, by the name of the quota in Service Quotas.
    """

    resources: tuple[tuple[str, str], ...]
    actions: tuple[str, ...]
    quotas: Mapping[str, int]

    def policy(self, role_actions: Sequence[str] = ()) -> dict[str, Any]:
        """The IAM policy document that whoever runs the lab needs.

        Args:
            role_actions: those that the lab's role gets, if the run makes one: who gives a right must have it.
        """
        statements = [_statement("RunTheLab", [*self.actions])]
        if role_actions:
            statements.append(_statement("GiveToTheRole", [*role_actions]))
        return {"Version": "2012-10-17", "Statement": statements}


def _statement(sid: str, actions: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(set(actions)), "Resource": "*"}
