"""What a plan says: actions as IAM calls them, quotas as Service Quotas does. The ladder compares plans with runs."""

from mlacoach.cloud.recording import actions_of, quotas_of
from mlacoach.cloud.services import KINDS
from mlacoach.coach import Coach
from mlacoach.coach.lab.planning import STOPPING, plan_lab
from mlacoach.labs.plan import LabPlan


def test_actions_are_called_as_iam_calls_them() -> None:
    calls = [("s3", "HeadBucket"), ("s3", "CreateBucket"), ("sagemaker-runtime", "InvokeEndpoint")]

    assert actions_of(calls) == ["s3:CreateBucket", "s3:ListBucket", "s3:TagResource", "sagemaker:InvokeEndpoint"]


def test_instances_count_against_the_quota_of_their_use() -> None:
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 2}
    spot = {"ResourceConfig": cluster, "EnableManagedSpotTraining": True}
    tuning = {
        "HyperParameterTuningJobConfig": {"ResourceLimits": {"MaxParallelTrainingJobs": 3}},
        "TrainingJobDefinition": {"ResourceConfig": cluster},
    }
    variant = {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1}

    assert quotas_of(("sagemaker", "CreateTrainingJob"), spot) == [("ml.m5.large for spot training job usage", 2)]
    assert quotas_of(("sagemaker", "CreateHyperParameterTuningJob"), tuning) == [
        ("ml.m5.large for training job usage", 6)
    ]
    assert quotas_of(("sagemaker", "CreateEndpointConfig"), {"ProductionVariants": [variant, variant]}) == [
        ("ml.m5.large for endpoint usage", 2)
    ]
    assert quotas_of(("sagemaker", "CreateEndpointConfig"), {"ProductionVariants": [{"ServerlessConfig": {}}]}) == []


def test_the_policy_lists_each_action_once_and_what_the_role_gets() -> None:
    plan = LabPlan((), ("s3:PutObject", "s3:PutObject"), {})

    first, second = plan.policy(["s3:GetObject"])["Statement"]

    assert first["Action"] == ["s3:PutObject"]
    assert second["Action"] == ["s3:GetObject"]


def test_the_policy_lets_a_teardown_stop_what_still_runs_though_the_recorded_run_never_had_to(coach: Coach) -> None:
    policy = plan_lab(coach, "builtin-xgboost", "aws").policy

    assert {name for name, kind in KINDS.items() if kind.stop} <= set(STOPPING)
    assert policy is not None
    assert "sagemaker:StopTrainingJob" in policy["Statement"][0]["Action"]
