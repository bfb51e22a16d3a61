"""SageMaker's control plane: every family, its lists, its tags, its errors."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from mlacoach.sandbox import Sandbox
from mlacoach.sandbox.assemble import engines
from mlacoach.sandbox.control.families import families, members
from mlacoach.sandbox.protocol.models import service_model
from tests.sandbox_clients import ROLE, client_of, refused
from tests.sandbox_requests import least

OPERATIONS = frozenset(service_model("sagemaker").operation_names)
STORED = sorted(
    noun for noun, family in families().items() if not family.difference.must_run and noun not in engines().runners
)
# Requests that need more than their shapes say.
MORE: dict[str, dict[str, Any]] = {
    "Trial": {"ExperimentName": "parent"},
    "Pipeline": {"PipelineDefinition": '{"Version": "2020-12-01", "Steps": []}'},
}
DEFINITION = json.dumps(
    {
        "Version": "2020-12-01",
        "Parameters": [{"Name": "Count", "Type": "Integer", "DefaultValue": 1}],
        "Steps": [{"Name": "A", "Type": "Fail", "Arguments": {}}],
    }
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        client_of(running.url, "sagemaker").create_experiment(ExperimentName="parent")
        yield running


@pytest.fixture
def sagemaker(sandbox: Sandbox) -> Any:  # noqa: ANN401
    return client_of(sandbox.url, "sagemaker")


def call(sagemaker: Any, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401
    answer: dict[str, Any] = getattr(sagemaker, xform_name(operation))(**request)
    answer.pop("ResponseMetadata")
    return answer


def keys_of(noun: str, *known: dict[str, Any]) -> dict[str, Any]:
    found = {name: value for each in known for name, value in each.items()}
    required = service_model("sagemaker").operation_model(f"Describe{noun}").input_shape.required_members
    return {name: found[name] for name in required}


def only(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name in members(operation, "input")}


@pytest.mark.parametrize("noun", STORED)
def test_a_stored_family_is_created_described_listed_updated_and_deleted(sagemaker: Any, noun: str) -> None:  # noqa: ANN401
    request = least(f"Create{noun}") | MORE.get(noun, {})
    made = call(sagemaker, f"Create{noun}", **request)
    keys = keys_of(noun, request, made)
    described = call(sagemaker, f"Describe{noun}", **keys)

    shape = service_model("sagemaker").operation_model(f"Describe{noun}").output_shape
    assert set(shape.required_members) <= set(described)

    lists = families()[noun].lists
    rows = next(iter(call(sagemaker, lists, **least(lists, **(request | made))).values()))
    assert len(rows) >= 1

    if f"Update{noun}" in OPERATIONS:
        call(sagemaker, f"Update{noun}", **least(f"Update{noun}", **(made | keys)))
    if noun == "NotebookInstance":
        call(sagemaker, "StopNotebookInstance", **keys)
    if f"Delete{noun}" in OPERATIONS:
        call(sagemaker, f"Delete{noun}", **only(f"Delete{noun}", keys))
        with pytest.raises(ClientError):
            call(sagemaker, f"Describe{noun}", **keys)


def test_nothing_that_must_run_is_pretended(sagemaker: Any) -> None:  # noqa: ANN401
    code, message = refused(
        sagemaker.create_compilation_job,
        CompilationJobName="a",
        RoleArn=ROLE,
        OutputConfig={"S3OutputLocation": "s3://a/b"},
        StoppingCondition={"MaxRuntimeInSeconds": 60},
    )

    assert code == "UnknownOperationException"
    assert "is not emulated by the sandbox" in message
    assert sagemaker.list_compilation_jobs()["CompilationJobSummaries"] == []
    assert refused(sagemaker.list_aliases, ImageName="a")[0] == "UnknownOperationException"


def test_a_thousand_records_come_in_pages_in_order_and_once(sagemaker: Any) -> None:  # noqa: ANN401
    names = [f"many-{number:04}" for number in range(1000)]
    for name in names:
        sagemaker.create_action(ActionName=name, ActionType="many", Source={"SourceUri": "s3://a/b"})

    pages = sagemaker.get_paginator("list_actions").paginate(
        ActionType="many", SortBy="Name", SortOrder="Ascending", PaginationConfig={"PageSize": 100}
    )
    assert [row["ActionName"] for page in pages for row in page["ActionSummaries"]] == names

    first = sagemaker.list_actions(ActionType="many")
    assert len(first["ActionSummaries"]) == 10
    assert first["ActionSummaries"][0]["ActionName"] == names[-1]

    # What comes and goes between two pages neither repeats nor hides another.
    sagemaker.create_action(ActionName="many-later", ActionType="many", Source={"SourceUri": "s3://a/b"})
    sagemaker.delete_action(ActionName=names[-1])
    second = sagemaker.list_actions(ActionType="many", NextToken=first["NextToken"])
    assert [row["ActionName"] for row in second["ActionSummaries"]] == names[-11:-21:-1]
    assert refused(sagemaker.list_actions, NextToken="nonsense")[0] == "ValidationException"
    assert refused(sagemaker.list_contexts, NextToken=first["NextToken"])[0] == "ValidationException"


def test_lists_filter_by_name_time_and_parent(sagemaker: Any) -> None:  # noqa: ANN401
    before = datetime.now(UTC) - timedelta(minutes=1)
    for name in ("filter-a", "filter-b", "other"):
        sagemaker.create_model_package_group(ModelPackageGroupName=name)

    def found(**filters: Any) -> set[str]:  # noqa: ANN401
        rows = sagemaker.list_model_package_groups(MaxResults=100, **filters)["ModelPackageGroupSummaryList"]
        return {row["ModelPackageGroupName"] for row in rows}

    assert found(NameContains="FILTER") == {"filter-a", "filter-b"}
    assert found(CreationTimeAfter=before) >= {"filter-a", "filter-b", "other"}
    assert found(CreationTimeBefore=before) == set()


def test_tags_are_kept_changed_and_go_with_the_resource(sagemaker: Any) -> None:  # noqa: ANN401
    arn = sagemaker.create_context(
        ContextName="tagged", ContextType="t", Source={"SourceUri": "u"}, Tags=[{"Key": "a", "Value": "1"}]
    )["ContextArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}]

    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "3"}]
    too_many = [{"Key": f"k{number}", "Value": "v"} for number in range(50)]
    assert refused(sagemaker.add_tags, ResourceArn=arn, Tags=too_many)[0] == "ResourceLimitExceeded"

    sagemaker.delete_context(ContextName="tagged")
    assert refused(sagemaker.list_tags, ResourceArn=arn)[0] == "ValidationException"


def test_aws_own_words_for_what_is_not_there_and_what_is_taken(sagemaker: Any) -> None:  # noqa: ANN401
    sagemaker.create_model(ModelName="words", ExecutionRoleArn=ROLE)
    arn = "arn:aws:sagemaker:us-east-1:123456789012"

    assert refused(sagemaker.describe_model, ModelName="none") == (
        "ValidationException",
        f'Could not find model "{arn}:model/none".',
    )
    assert refused(sagemaker.create_model, ModelName="words", ExecutionRoleArn=ROLE) == (
        "ValidationException",
        f'Cannot create already existing model "{arn}:model/words".',
    )
    assert refused(sagemaker.describe_training_job, TrainingJobName="none") == (
        "ValidationException",
        "Requested resource not found.",
    )
    assert refused(sagemaker.describe_model_package_group, ModelPackageGroupName="none")[1] == (
        f"ModelPackageGroup {arn}:model-package-group/none does not exist."
    )
    assert refused(sagemaker.describe_pipeline, PipelineName="none")[0] == "ResourceNotFound"


def test_a_role_must_exist_and_trust_sagemaker(sandbox: Sandbox, sagemaker: Any) -> None:  # noqa: ANN401
    iam = client_of(sandbox.url, "iam")
    trust = {
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]
    }
    other = iam.create_role(RoleName="other", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]

    for role in (other, "arn:aws:iam::123456789012:role/none"):
        code, message = refused(sagemaker.create_model, ModelName="roleless", ExecutionRoleArn=role)
        assert code == "ValidationException"
        assert message.startswith(
            f"Could not assume role {role}. Please ensure that the role exists and allows principal"
        )


def test_a_models_data_must_exist(sandbox: Sandbox, sagemaker: Any) -> None:  # noqa: ANN401
    s3 = client_of(sandbox.url, "s3")
    s3.create_bucket(Bucket="artifacts")
    s3.put_object(Bucket="artifacts", Key="a/model.tar.gz", Body=b"x")

    def create(name: str, url: str) -> None:
        container = {"Image": "image", "ModelDataUrl": url}
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)

    create("by-s3", "s3://artifacts/a/model.tar.gz")
    create("by-https", "https://s3.us-east-1.amazonaws.com/artifacts/a/model.tar.gz")
    for url in ("s3://artifacts/none", "s3://no-such-bucket/a"):
        code, message = refused(create, name="missing", url=url)
        assert (code, message.partition(".")[0]) == (
            "ValidationException",
            f"Could not access model data at {url}".partition(".")[0],
        )


def test_an_endpoint_configuration_needs_its_models(sagemaker: Any) -> None:  # noqa: ANN401
    variant = {"VariantName": "a", "ModelName": "no-such", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}

    code, message = refused(sagemaker.create_endpoint_config, EndpointConfigName="c", ProductionVariants=[variant])

    assert (code, message[:20]) == ("ValidationException", "Could not find model")


def test_packages_are_numbered_approved_and_keep_their_group(sagemaker: Any) -> None:  # noqa: ANN401
    sagemaker.create_model_package_group(ModelPackageGroupName="registry")
    arns = [sagemaker.create_model_package(ModelPackageGroupName="registry")["ModelPackageArn"] for _ in range(3)]
    assert [arn.rpartition(":")[2] for arn in arns] == [f"model-package/registry/{number}" for number in (1, 2, 3)]

    package = sagemaker.describe_model_package(ModelPackageName=arns[0])
    assert (package["ModelApprovalStatus"], package["ModelPackageVersion"]) == ("PendingManualApproval", 1)
    sagemaker.update_model_package(ModelPackageArn=arns[1], ModelApprovalStatus="Approved")
    rows = sagemaker.list_model_packages(ModelPackageGroupName="registry", ModelApprovalStatus="Approved")
    assert [row["ModelPackageArn"] for row in rows["ModelPackageSummaryList"]] == [arns[1]]

    assert refused(sagemaker.delete_model_package_group, ModelPackageGroupName="registry")[0] == "ConflictException"
    sagemaker.delete_model_package(ModelPackageName=arns[2])
    again = sagemaker.create_model_package(ModelPackageGroupName="registry")["ModelPackageArn"]
    assert again.endswith("registry/4")
    batch = sagemaker.batch_describe_model_package(ModelPackageArnList=[arns[0], arns[2]])
    assert set(batch["ModelPackageSummaries"]) == {arns[0]}
    assert set(batch["BatchDescribeModelPackageErrorMap"]) == {arns[2]}


def test_pipelines_are_checked_and_stored(sagemaker: Any) -> None:  # noqa: ANN401
    sagemaker.create_pipeline(
        PipelineName="flow", PipelineDefinition=DEFINITION, RoleArn=ROLE, ClientRequestToken="t" * 32
    )
    assert sagemaker.describe_pipeline(PipelineName="flow")["PipelineStatus"] == "Active"
    assert [row["PipelineName"] for row in sagemaker.list_pipelines(PipelineNamePrefix="fl")["PipelineSummaries"]] == [
        "flow"
    ]

    broken = refused(sagemaker.update_pipeline, PipelineName="flow", PipelineDefinition="{}")
    assert broken[1].startswith("Unable to parse pipeline definition.")
    assert sagemaker.list_pipeline_executions(PipelineName="flow")["PipelineExecutionSummaries"] == []


def test_experiments_trials_components_and_metrics(sandbox: Sandbox, sagemaker: Any) -> None:  # noqa: ANN401
    sagemaker.create_experiment(ExperimentName="e")
    sagemaker.create_trial(TrialName="t", ExperimentName="e")
    sagemaker.create_trial_component(TrialComponentName="c", Parameters={"lr": {"NumberValue": 0.1}})
    sagemaker.associate_trial_component(TrialComponentName="c", TrialName="t")
    metrics = client_of(sandbox.url, "sagemaker-metrics")
    data = [{"MetricName": "auc", "Timestamp": datetime.now(UTC), "Value": value} for value in (0.5, 0.7, 0.9)]
    assert metrics.batch_put_metrics(TrialComponentName="c", MetricData=data).get("Errors", []) == []

    summary = sagemaker.describe_trial_component(TrialComponentName="c")["Metrics"][0]
    assert (summary["Count"], summary["Min"], summary["Max"], summary["Last"]) == (3, 0.5, 0.9, 0.9)
    assert summary["Avg"] == pytest.approx(0.7)
    assert summary["StdDev"] == pytest.approx(0.16330, abs=1e-4)
    assert len(sagemaker.list_trial_components(TrialName="t")["TrialComponentSummaries"]) == 1
    assert len(sagemaker.list_trials(TrialComponentName="c")["TrialSummaries"]) == 1

    for ask, request in (("delete_experiment", "ExperimentName"), ("delete_trial", "TrialName")):
        refused(getattr(sagemaker, ask), **{request: {"ExperimentName": "e", "TrialName": "t"}[request]})
    sagemaker.disassociate_trial_component(TrialComponentName="c", TrialName="t")
    sagemaker.delete_trial_component(TrialComponentName="c")
    sagemaker.delete_trial(TrialName="t")
    sagemaker.delete_experiment(ExperimentName="e")


def test_a_status_that_its_author_gives_stays(sagemaker: Any) -> None:  # noqa: ANN401
    given = {"PrimaryStatus": "InProgress", "Message": "half"}
    sagemaker.create_trial_component(TrialComponentName="in-progress", Status=given)
    sagemaker.create_model_card(ModelCardName="pending", Content="{}", ModelCardStatus="PendingReview")
    sagemaker.create_action(ActionName="failed", ActionType="a", Source={"SourceUri": "s3://a/b"}, Status="Failed")

    assert sagemaker.describe_trial_component(TrialComponentName="in-progress")["Status"] == given
    assert sagemaker.describe_model_card(ModelCardName="pending")["ModelCardStatus"] == "PendingReview"
    assert sagemaker.describe_action(ActionName="failed")["Status"] == "Failed"


def test_search_filters_sorts_and_pages(sagemaker: Any) -> None:  # noqa: ANN401
    for number in range(12):
        sagemaker.create_trial_component(
            TrialComponentName=f"search-{number:02}",
            Parameters={
                "depth": {"NumberValue": number},
                "kind": {"StringValue": "even" if number % 2 == 0 else "odd"},
            },
            Tags=[{"Key": "team", "Value": "red" if number < 6 else "blue"}],
        )

    def found(*filters: tuple[str, str, str], **more: Any) -> list[str]:  # noqa: ANN401
        rules = [{"Name": name, "Operator": operator, "Value": value} for name, operator, value in filters]
        answer = sagemaker.search(
            Resource="ExperimentTrialComponent",
            SearchExpression={
                "Filters": [{"Name": "TrialComponentName", "Operator": "Contains", "Value": "search"}, *rules]
            },
            MaxResults=100,
            SortBy="TrialComponentName",
            SortOrder="Ascending",
            **more,
        )
        return [row["TrialComponent"]["TrialComponentName"][-2:] for row in answer["Results"]]

    assert found(("Parameters.depth", "GreaterThan", "9")) == ["10", "11"]
    assert found(("Parameters.kind", "Equals", "even"), ("Parameters.depth", "LessThan", "3")) == ["00", "02"]
    assert found(("Tags.team", "Equals", "red"), ("Parameters.depth", "GreaterThanOrEqualTo", "5")) == ["05"]
    assert len(found(("TrialComponentName", "NotEquals", "search-00"))) == 11
    page = sagemaker.search(Resource="ExperimentTrialComponent", MaxResults=5)
    assert len(page["Results"]) == 5
    assert page["NextToken"]
    nothing = {"Filters": [{"Name": "NoSuch", "Operator": "Exists"}]}
    assert sagemaker.search(Resource="ExperimentTrialComponent", SearchExpression=nothing)["Results"] == []


def test_lineage_is_followed_both_ways(sagemaker: Any) -> None:  # noqa: ANN401
    def artifact(name: str, kind: str) -> str:
        made = sagemaker.create_artifact(ArtifactName=name, ArtifactType=kind, Source={"SourceUri": f"s3://{name}"})
        return str(made["ArtifactArn"])

    data, model = artifact("data", "DataSet"), artifact("model", "Model")
    action = sagemaker.create_action(ActionName="train", ActionType="Training", Source={"SourceUri": "a"})["ActionArn"]
    sagemaker.add_association(SourceArn=data, DestinationArn=action, AssociationType="ContributedTo")
    sagemaker.add_association(SourceArn=action, DestinationArn=model, AssociationType="Produced")

    up = sagemaker.query_lineage(StartArns=[model], Direction="Ascendants", IncludeEdges=True)
    assert {vertex["Arn"] for vertex in up["Vertices"]} == {data, action, model}
    assert len(up["Edges"]) == 2
    near = sagemaker.query_lineage(StartArns=[model], Direction="Ascendants", MaxDepth=1, IncludeEdges=False)
    assert {vertex["Arn"] for vertex in near["Vertices"]} == {action, model}
    rows = sagemaker.list_associations(DestinationArn=model)["AssociationSummaries"]
    assert [(row["SourceArn"], row["SourceType"], row["SourceName"]) for row in rows] == [(action, "Training", "train")]
    none = "arn:aws:sagemaker:us-east-1:123456789012:artifact/none"
    assert refused(sagemaker.add_association, SourceArn=none, DestinationArn=model)[0] == "ResourceNotFound"


def test_updates_change_what_they_name(sagemaker: Any) -> None:  # noqa: ANN401
    sagemaker.create_context(
        ContextName="u", ContextType="t", Source={"SourceUri": "u"}, Properties={"a": "1", "b": "2"}
    )
    sagemaker.update_context(ContextName="u", Description="new", Properties={"c": "3"}, PropertiesToRemove=["a"])

    context = sagemaker.describe_context(ContextName="u")
    assert (context["Description"], context["Properties"]) == ("new", {"b": "2", "c": "3"})
    assert context["LastModifiedTime"] > context["CreationTime"]


def test_regions_are_apart(sandbox: Sandbox) -> None:
    client_of(sandbox.url, "sagemaker", "eu-west-1").create_model_package_group(ModelPackageGroupName="far")

    there = client_of(sandbox.url, "sagemaker", "eu-west-1").list_model_package_groups()["ModelPackageGroupSummaryList"]
    assert [row["ModelPackageGroupArn"].split(":")[3] for row in there] == ["eu-west-1"]
    near = client_of(sandbox.url, "sagemaker").list_model_package_groups(NameContains="far")
    assert near["ModelPackageGroupSummaryList"] == []
