"""The recorded plan of each lab is what a fresh run makes and asks for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mlacoach.cloud.recording import actions_of, quotas_of
from mlacoach.content.lab_plan import load_plan
from mlacoach.labs.plan import LabPlan
from mlacoach.sandbox import Sandbox
from tests.lab_plans import ROOT, record

FOLDERS = sorted(path.parent for path in ROOT.glob("labs/*/plan.json"))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_fresh_run_makes_and_asks_for_what_the_plan_says(folder: Path, sandbox: Sandbox) -> None:
    kept, fresh = load_plan(folder), record(folder, sandbox.url)

    assert kept is not None
    assert fresh.resources == kept.resources
    assert set(fresh.actions) <= set(kept.actions)
    assert fresh.quotas == kept.quotas


def test_actions_are_called_as_iam_calls_them() -> None:
    calls = [("s3", "HeadBucket"), ("s3", "CreateBucket"), ("sagemaker-runtime", "InvokeEndpoint")]

    assert actions_of(calls) == ["s3:CreateBucket", "s3:ListBucket", "sagemaker:InvokeEndpoint"]


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
