"""What every service family must hold: names that fit together, and listings that work."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from botocore.session import Session
from botocore.stub import Stubber

from mlacoach.cloud import Account, Clean, Entry, Mark, RunNames, sandbox_session, tear_down
from mlacoach.cloud.account import new_client
from mlacoach.cloud.adoption import find_by_name, find_by_tags
from mlacoach.cloud.services import FAMILIES, KINDS
from mlacoach.cloud.services.sagemaker_jobs import delete_tuning
from mlacoach.sandbox import REGION, ROLE_ARN, Sandbox
from tests.lab_accounts import Clients

SESSION = sandbox_session(REGION)
TRIAL = {
    "TrainingJobName": "search-001",
    "TrainingJobArn": "arn:aws:sagemaker:us-east-1:123456789012:training-job/search-001",
    "CreationTime": datetime(2026, 11, 22, tzinfo=UTC),
    "TrainingJobStatus": "Completed",
    "TunedHyperParameters": {},
}
FAMILY_NAMES = sorted(FAMILIES)
POLICY = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}'


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize("service", FAMILY_NAMES)
def test_a_family_names_operations_that_the_service_has(service: str) -> None:
    family = FAMILIES[service]
    known = set(Session().get_service_model(service).operation_names)  # type: ignore[no-untyped-call]

    for table in (family.creates, family.parts, family.tags, family.refused, family.actions, family.harmless):
        assert set(table) <= known


@pytest.mark.parametrize("service", FAMILY_NAMES)
def test_a_family_tags_only_what_it_creates(service: str) -> None:
    family = FAMILIES[service]

    assert set(family.tags) <= set(family.creates)


def test_what_cannot_be_deleted_says_why_that_is_well() -> None:
    assert [name for name, kind in KINDS.items() if kind.delete is None and not kind.keeps] == []


@pytest.mark.parametrize("kind", sorted(name for name, kind in KINDS.items() if kind.every))
def test_every_thing_of_a_kind_can_be_listed(kind: str, sandbox: Sandbox) -> None:
    found = KINDS[kind]
    assert found.every is not None

    assert all(isinstance(name, str) for name in found.every(Clients(SESSION, sandbox.url)[found.service]))


def test_what_carries_a_runs_name_and_tag_is_found_again_and_can_be_taken_away(sandbox: Sandbox) -> None:
    names, journal = RunNames("lost-lab", uuid4().hex), list[Entry]()
    aws = Account(SESSION, names, journal.append, sandbox.url, ROLE_ARN)
    image = {"Image": "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"}
    aws.client("sagemaker").create_model(ModelName=aws.name("model"), ExecutionRoleArn=ROLE_ARN, PrimaryContainer=image)
    aws.client("iam").create_role(RoleName=aws.name("role"), AssumeRolePolicyDocument=POLICY)
    aws.client("iam").put_role_policy(RoleName=aws.name("role"), PolicyName="a", PolicyDocument=POLICY)
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("alarm"),
        Namespace="a",
        MetricName="a",
        Threshold=1,
        Statistic="Sum",
        Period=60,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=1,
    )
    aws.client("events").put_rule(Name=aws.name("rule"), ScheduleExpression="rate(1 day)")
    aws.client("ecr").create_repository(repositoryName=aws.name("images"))
    # These are known by their names, once the others have proved the run.
    aws.client("application-autoscaling").register_scalable_target(
        ServiceNamespace="sagemaker",
        ResourceId=f"endpoint/{aws.name('live')}/variant/a",
        ScalableDimension="sagemaker:variant:DesiredInstanceCount",
        MinCapacity=1,
        MaxCapacity=2,
    )
    aws.client("cloudwatch").put_dashboard(DashboardName=aws.name("board"), DashboardBody='{"widgets": []}')

    found, unseen = find_by_tags(SESSION, sandbox.url)

    made = ("model", "role", "alarm", "rule", "images", "live/a", "board")
    assert {resource.name for resource in found[names]} == {f"{names.prefix}{each}" for each in made}
    by_name, unnamed = find_by_name(SESSION, sandbox.url, names)
    assert {resource.name for resource in by_name} == {f"{names.prefix}{each}" for each in made}
    assert unseen == unnamed == []
    assert isinstance(tear_down(SESSION, names, list(journal), journal.append, sandbox.url), Clean)
    assert names not in find_by_tags(SESSION, sandbox.url)[0]


def test_what_was_found_goes_so_that_a_stack_takes_along_what_it_made_and_an_empty_bucket(sandbox: Sandbox) -> None:
    names, journal = RunNames("lost-lab", uuid4().hex), list[Entry]()
    aws = Account(SESSION, names, journal.append, sandbox.url, ROLE_ARN)
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": aws.name("raw")}}
    trust = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": aws.name("role"), "AssumeRolePolicyDocument": {}}}
    template = json.dumps({"Resources": {"Bucket": bucket, "Role": trust}})
    aws.client("cloudformation").create_stack(StackName=aws.name("stack"), TemplateBody=template)
    aws.client("s3").put_object(Bucket=aws.name("raw"), Key="a", Body=b"a")

    found, _ = find_by_name(SESSION, sandbox.url, names)

    # On AWS a stack whose bucket holds anything is not deleted, and one whose things somebody else deleted may not be.
    assert [each.kind for each in reversed(found)][:2] == ["s3-bucket-content", "cloudformation-stack"]
    assert {each.kind for each in found[:-2]} == {"s3-bucket", "iam-role"}
    entries = [Entry(Mark.INTENT, "test", "found", each) for each in found]
    assert isinstance(tear_down(SESSION, names, entries, journal.append, sandbox.url), Clean)


def test_a_tuning_job_goes_although_a_teardown_that_was_killed_has_deleted_its_training_jobs() -> None:
    sagemaker = new_client(SESSION, "sagemaker", "http://127.0.0.1:9")
    with Stubber(sagemaker) as answers:
        answers.add_response("list_trial_components", {"TrialComponentSummaries": []})
        answers.add_response("list_training_jobs_for_hyper_parameter_tuning_job", {"TrainingJobSummaries": [TRIAL]})
        answers.add_client_error("delete_training_job", "ValidationException", "Requested resource not found.")
        answers.add_response("delete_hyper_parameter_tuning_job", {})

        delete_tuning(sagemaker, "search")

        answers.assert_no_pending_responses()
