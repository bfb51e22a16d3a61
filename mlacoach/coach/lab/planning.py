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
    *("iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies", "iam:PassRole"),
    *("iam:PutRolePolicy", "iam:TagRole"),
)

# What a teardown asks for that comes in the middle of a run; the recorded run went through, and never did.
STOPPING: Mapping[str, tuple[str, ...]] = {
    "athena-work-group": ("athena:StopQueryExecution",),
    "glue-crawler": ("glue:StopCrawler",),
    "glue-job": ("glue:BatchStopJobRun",),
    "s3-bucket": ("s3:AbortMultipartUpload",),
    "sagemaker-pipeline": ("sagemaker:StopPipelineExecution",),
    "sagemaker-processing-job": ("sagemaker:StopProcessingJob",),
    "sagemaker-training-job": ("sagemaker:StopTrainingJob",),
    "sagemaker-transform-job": ("sagemaker:StopTransformJob",),
    "sagemaker-tuning-job": ("sagemaker:StopHyperParameterTuningJob",),
}


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
    stopping = [action for kind, _ in plan.resources for action in STOPPING.get(kind, ())]
    own = (*RUNNER_ACTIONS, *stopping, *(ROLE_ACTIONS if lab.permissions else ()))
    full = LabPlan(plan.resources, (*plan.actions, *own), plan.quotas)
    today = coach.now().astimezone().date()
    said = (old_prices(lab, today), elsewhere(coach, lab, region), lab.new_accounts, lab.lifecycle)
    warnings = [each for each in said if each]
    return Planned(priced(coach, lab, region), plan, full.policy(lab.permissions), tuple(warnings))
