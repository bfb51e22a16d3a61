"""What is noted by itself of jobs, models and endpoints, the way along it, and metrics that code reports."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mlacoach.cloud.services import KINDS
from mlacoach.cloud.services.sagemaker_lineage import ACTION
from mlacoach.sandbox import control, jobs, serving
from mlacoach.sandbox.engines import Engines
from tests.sandbox_clients import client_of
from tests.sandbox_endpoints import Endpoints
from tests.sandbox_jobs import BUCKET, XGBOOST, Lab, churn, csv
from tests.sandbox_pipelines import program, wrote


def register(engines: Engines) -> None:
    for part in (control, jobs, serving):
        part.register(engines)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("lineage"), register)
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def trained(lab: Lab) -> dict[str, Any]:
    """A training job within an experiment, on data that a processing job wrote."""
    lab.sagemaker.create_experiment(ExperimentName="churn")
    lab.sagemaker.create_trial(TrialName="first", ExperimentName="churn")
    request = program(wrote({"rows": 1}))
    lab.sagemaker.create_processing_job(ProcessingJobName="prepare", **request)
    assert lab.ended("ProcessingJob", "prepare")["ProcessingJobStatus"] == "Completed"
    features, labels = churn(200)
    place = request["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    lab.s3.delete_object(Bucket=BUCKET, Key=f"{place.removeprefix(f's3://{BUCKET}/')}/report.json")
    lab.put(f"{place.removeprefix(f's3://{BUCKET}/')}/train.csv", csv(labels, features))
    config = {"ExperimentName": "churn", "TrialName": "first", "TrialComponentDisplayName": "Train"}
    return lab.trained(
        "learn", data={"train": place, "validation": place}, ExperimentConfig=config,
        hyperparameters={"num_round": 5, "objective": "binary:logistic", "eval_metric": "auc"},
    )  # fmt: skip


def component(lab: Lab, name: str, status: str) -> dict[str, Any]:
    """A component, once it says this; it hears of its job a moment later."""
    record = lab.world.store.get("TrialComponent", name)
    assert record is not None
    lab.world.store.wait(record, lambda now: now is None or now["Status"]["PrimaryStatus"] == status, 10)
    found: dict[str, Any] = lab.sagemaker.describe_trial_component(TrialComponentName=name)
    assert found["Status"]["PrimaryStatus"] == status
    return found


def test_a_job_leaves_a_trial_component_in_its_experiment(lab: Lab, trained: dict[str, Any]) -> None:
    found = component(lab, "learn-aws-training-job", "Completed")
    assert found["DisplayName"] == "Train"
    assert found["Source"] == {"SourceArn": trained["TrainingJobArn"], "SourceType": "SageMakerTrainingJob"}
    assert found["Parameters"]["num_round"] == {"NumberValue": 5.0}
    assert found["Parameters"]["SageMaker.InstanceType"] == {"StringValue": "ml.m5.large"}
    assert found["InputArtifacts"]["train"]["MediaType"] == "text/csv"
    model = trained["ModelArtifacts"]["S3ModelArtifacts"]
    assert found["OutputArtifacts"]["SageMaker.ModelArtifact"] == {"Value": model}
    metric = next(each for each in found["Metrics"] if each["MetricName"] == "validation:auc")
    assert (metric["Count"], metric["Min"] <= metric["Avg"] <= metric["Max"]) == (5, True)
    listed = lab.sagemaker.list_trial_components(TrialName="first")["TrialComponentSummaries"]
    assert [each["TrialComponentName"] for each in listed] == ["learn-aws-training-job"]
    assert lab.sagemaker.list_trial_components(ExperimentName="churn")["TrialComponentSummaries"] == listed
    lab.sagemaker.associate_trial_component(TrialName="first", TrialComponentName="prepare-aws-processing-job")
    filters = [
        {"Name": "Parents.TrialName", "Operator": "Equals", "Value": "first"},
        {"Name": "Metrics.validation:auc.Max", "Operator": "GreaterThan", "Value": "0.5"},
        {"Name": "Parameters.num_round", "Operator": "LessThan", "Value": "6"},
    ]
    search = lab.sagemaker.search
    hits = search(Resource="ExperimentTrialComponent", SearchExpression={"Filters": filters[:1]})["Results"]
    assert len(hits) == 2
    hits = search(Resource="ExperimentTrialComponent", SearchExpression={"Filters": filters})["Results"]
    assert [hit["TrialComponent"]["DisplayName"] for hit in hits] == ["Train"]
    lab.trained("broken", data={"train": lab.put("broken.csv", "a,b")}, hyperparameters={"num_round": 1})
    assert "Error" in component(lab, "broken-aws-training-job", "Failed")["Status"]["Message"]


def types(lab: Lab, arn: str, direction: str, **more: Any) -> set[tuple[str, str]]:  # noqa: ANN401
    found = lab.sagemaker.query_lineage(StartArns=[arn], Direction=direction, **more)
    return {(each["LineageType"], each["Type"]) for each in found["Vertices"] if each["Arn"] != arn}


def test_lineage_leads_from_the_data_to_the_endpoint_and_back(lab: Lab, trained: dict[str, Any]) -> None:
    model = trained["ModelArtifacts"]["S3ModelArtifacts"]
    lab.sagemaker.create_model_package_group(ModelPackageGroupName="churn-models")
    package = lab.sagemaker.create_model_package(
        ModelPackageGroupName="churn-models", ModelApprovalStatus="PendingManualApproval",
        InferenceSpecification={
            "Containers": [{"Image": XGBOOST, "ModelDataUrl": model}],
            "SupportedContentTypes": ["text/csv"], "SupportedResponseMIMETypes": ["text/csv"],
        },
    )["ModelPackageArn"]  # fmt: skip
    lab.sagemaker.update_model_package(ModelPackageArn=package, ModelApprovalStatus="Approved")
    ends = Endpoints(lab.inside.url)
    container = {"Image": XGBOOST, "ModelDataUrl": model}
    endpoint = ends.serve(ends.variant(ends.model(container)))
    artifacts = lab.sagemaker.list_artifacts(SourceUri=model)["ArtifactSummaries"]
    assert [each["ArtifactType"] for each in artifacts] == ["Model"]
    arn = artifacts[0]["ArtifactArn"]
    # The data that one job wrote is the data that the other read.
    assert types(lab, arn, "Ascendants") == {
        ("TrialComponent", "SageMakerTrainingJob"), ("TrialComponent", "SageMakerProcessingJob"),
        ("Artifact", "DataSet"), ("Artifact", "Image"),
    }  # fmt: skip
    assert types(lab, arn, "Descendants") == {
        ("Action", "ModelDeployment"), ("Context", "Endpoint"), ("Artifact", "Model"), ("Context", "ModelGroup"),
    }  # fmt: skip
    assert types(lab, arn, "Ascendants", MaxDepth=1) == {("TrialComponent", "SageMakerTrainingJob")}
    filters = {"LineageTypes": ["Context"]}
    assert types(lab, arn, "Descendants", Filters=filters) == {("Context", "Endpoint"), ("Context", "ModelGroup")}
    approvals = lab.sagemaker.list_actions(SourceUri=package)["ActionSummaries"]
    assert {each["Status"] for each in approvals} == {"PendingManualApproval", "Approved"}
    # It would be noted again as long as the endpoint stands, so nobody waits until it is gone.
    every = KINDS[ACTION].every
    assert every is not None
    assert list(every(lab.sagemaker)) == []
    edges = lab.sagemaker.list_associations(DestinationArn=arn)["AssociationSummaries"]
    assert [(each["SourceType"], each["AssociationType"]) for each in edges] == [("SageMakerTrainingJob", "Produced")]
    context = lab.sagemaker.describe_context(ContextName=f"{endpoint}-aws-endpoint")
    assert context["Source"]["SourceUri"].endswith(f"endpoint/{endpoint}")


def test_metrics_that_code_reports_are_read_by_step_and_by_time(lab: Lab) -> None:
    lab.sagemaker.create_trial_component(TrialComponentName="run")
    arn = lab.sagemaker.describe_trial_component(TrialComponentName="run")["TrialComponentArn"]
    metrics = client_of(lab.inside.url, "sagemaker-metrics")
    begin = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)
    data = [
        {"MetricName": "loss", "Timestamp": begin + timedelta(seconds=20 * step), "Step": step, "Value": 1 / (step + 1)}
        for step in range(6)
    ]
    assert metrics.batch_put_metrics(TrialComponentName="run", MetricData=data).get("Errors", []) == []
    assert metrics.batch_put_metrics(TrialComponentName="nobody", MetricData=data[:1])["Errors"] == [
        {"Code": "VALIDATION_ERROR", "MetricIndex": 0}
    ]
    query = {"MetricName": "loss", "ResourceArn": arn, "MetricStat": "Last"}
    by_step = {**query, "Period": "IterationNumber", "XAxisType": "IterationNumber"}
    by_time = {**query, "MetricStat": "Min", "Period": "OneMinute", "XAxisType": "Timestamp"}
    found = metrics.batch_get_metrics(
        MetricQueries=[by_step, by_time, {**by_step, "Start": 1, "End": 2}, {**by_time, "ResourceArn": f"{arn}x"}]
    )["MetricQueryResults"]
    assert found[0]["XAxisValues"] == list(range(6))
    assert found[0]["MetricValues"] == pytest.approx([1, 1 / 2, 1 / 3, 1 / 4, 1 / 5, 1 / 6])
    first = int(begin.timestamp())
    assert (found[1]["XAxisValues"], found[1]["MetricValues"]) == ([first, first + 60], pytest.approx([1 / 3, 1 / 6]))
    assert found[2]["XAxisValues"] == [1, 2]
    assert found[3]["Status"] == "ValidationError"
    summary = lab.sagemaker.describe_trial_component(TrialComponentName="run")["Metrics"][0]
    assert (summary["Count"], summary["Max"], summary["Last"]) == (6, 1.0, pytest.approx(1 / 6))
    assert summary["StdDev"] == pytest.approx(0.28606, abs=1e-5)
