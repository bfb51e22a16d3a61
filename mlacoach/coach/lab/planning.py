"""What a run of a lab will make, ask for, take and cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlacoach.coach import Coach
from mlacoach.coach.lab.places import AWS
from mlacoach.coach.lab.pricing import elsewhere, priced
from mlacoach.coach.lab.real import old_prices
from mlacoach.content.lab_plan import load_plan
from mlacoach.curriculum.labs import LabFacts
from mlacoach.errors import MlacoachError
from mlacoach.labs.plan import LabPlan

# What the runner itself asks for on AWS, beside the lab.
RUNNER_ACTIONS = (
    "iam:ListAccountAliases",
    "organizations:DescribeOrganization",
    "servicequotas:ListServiceQuotas",
    "sts:GetCallerIdentity",
)
ROLE_ACTIONS = (
    *("iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:GetRole"),
    *("iam:ListAttachedRolePolicies", "iam:ListRolePolicies", "iam:PassRole", "iam:PutRolePolicy", "iam:TagRole"),
)


@dataclass(frozen=True, slots=True)
class Planned:
    """A lab, its recorded plan, the policy that it takes on AWS, and what should be known before."""

    lab: LabFacts
    plan: LabPlan
    policy: Mapping[str, Any] | None
    warnings: tuple[str, ...]


def plan_lab(coach: Coach, lab_id: str, target: str, region: str | None = None) -> Planned:
    """The plan of a lab; for AWS with its policy, and what it costs in the region.

    Raises:
        UnknownId: there is no such lab.
        MlacoachError: none was recorded.
    """
    lab = coach.library.lab(lab_id)
    plan = load_plan(lab.folder)
    if plan is None:
        raise MlacoachError(f"{lab.id} has no recorded plan.", "Its author writes it with: python -m tests.lab_plans")
    if target != AWS:
        return Planned(lab, plan, None, lab.sandbox_differs)
    own = (*RUNNER_ACTIONS, *(ROLE_ACTIONS if lab.permissions else ()))
    full = LabPlan(plan.resources, (*plan.actions, *own), plan.quotas)
    today = coach.now().astimezone().date()
    said = (old_prices(lab, today), elsewhere(coach, lab, region), lab.new_accounts, lab.lifecycle)
    warnings = [each for each in said if each]
    return Planned(priced(coach, lab, region), plan, full.policy(lab.permissions), tuple(warnings))
