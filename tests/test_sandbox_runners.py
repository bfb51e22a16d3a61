"""Resources that run: what a runner is told, what it can tell, and what everybody sees meanwhile."""

import json
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlacoach.sandbox import assemble
from mlacoach.sandbox.aws_error import invalid
from mlacoach.sandbox.control.pipelines import PARAMETERS, STEPS
from mlacoach.sandbox.engines import Engines, Runner
from mlacoach.sandbox.fault_rules import FaultKind, FaultRule
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World
from tests.sandbox_clients import ROLE, client_of, refused
from tests.sandbox_inside import Inside

PATIENCE = 20.0
TOLD: queue.Queue[tuple[str, Record]] = queue.Queue()


def _tell(what: str) -> Any:  # noqa: ANN401 - a hook
    def hook(_world: World, record: Record) -> None:
        if record.key == "refused":
            raise invalid("Not this one.")
        TOLD.put((what, record))

    return hook


def _register(engines: Engines) -> None:
    assemble.control.register(engines)
    for kind in ("ProcessingJob", "Endpoint", "FeatureGroup", "PipelineExecution"):
        engines.runs(kind, Runner(_tell("start"), _tell("stop"), _tell("update"), _tell("delete")))


@pytest.fixture(scope="module")
def inside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Inside]:
    with Inside(tmp_path_factory.mktemp("world"), _register) as inside:
        yield inside


@pytest.fixture
def sagemaker(inside: Inside) -> Any:  # noqa: ANN401
    return client_of(inside.url, "sagemaker")


def process(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    cluster = {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}
    sagemaker.create_processing_job(
        ProcessingJobName=name,
        ProcessingResources={"ClusterConfig": cluster},
        AppSpecification={"ImageUri": "image"},
        RoleArn=ROLE,
    )


def told(what: str) -> Record:
    found, record = TOLD.get(timeout=PATIENCE)
    assert found == what
    return record


def test_a_job_goes_through_the_states_that_its_runner_says(inside: Inside, sagemaker: Any) -> None:  # noqa: ANN401
    process(sagemaker, "states")
    record = told("start")
    assert (record.kind, record.key, record["RoleArn"]) == ("ProcessingJob", "states", ROLE)
    assert sagemaker.describe_processing_job(ProcessingJobName="states")["ProcessingJobStatus"] == "InProgress"
    assert refused(sagemaker.delete_processing_job, ProcessingJobName="states")[0] == "ValidationException"

    inside.world.store.change(record, {"ProcessingJobStatus": "Completed", "ExitMessage": "done"}, {"pid": 1})

    shown = sagemaker.describe_processing_job(ProcessingJobName="states")
    assert (shown["ProcessingJobStatus"], shown["ExitMessage"]) == ("Completed", "done")
    rows = sagemaker.list_processing_jobs(StatusEquals="Completed")["ProcessingJobSummaries"]
    assert [row["ProcessingJobName"] for row in rows] == ["states"]
    code, message = refused(sagemaker.stop_processing_job, ProcessingJobName="states")
    assert (code, message) == (
        "ValidationException",
        "The request was rejected because the processing job is in status Completed.",
    )
    sagemaker.delete_processing_job(ProcessingJobName="states")
    assert told("delete").private["pid"] == 1


def test_stop_says_stopping_and_tells_the_runner(inside: Inside, sagemaker: Any) -> None:  # noqa: ANN401
    process(sagemaker, "stopped")
    told("start")
    sagemaker.stop_processing_job(ProcessingJobName="stopped")
    sagemaker.stop_processing_job(ProcessingJobName="stopped")
    record = told("stop")
    assert record["ProcessingJobStatus"] == "Stopping"

    inside.world.store.change(record, {"ProcessingJobStatus": "Stopped"})
    assert TOLD.empty()


def test_a_name_is_taken_once_and_a_refused_start_leaves_nothing(sagemaker: Any) -> None:  # noqa: ANN401
    process(sagemaker, "twice")
    told("start")

    assert refused(process, sagemaker=sagemaker, name="twice") == (
        "ResourceInUse",
        (
            "Processing job names must be unique within an AWS account and region, and a processing job with this name "
            "already exists (arn:aws:sagemaker:us-east-1:123456789012:processing-job/twice)"
        ),
    )
    assert refused(process, sagemaker=sagemaker, name="refused") == ("ValidationException", "Not this one.")
    assert refused(sagemaker.describe_processing_job, ProcessingJobName="refused") == (
        "ValidationException",
        "Could not find requested job with name: refused",
    )


def test_an_endpoint_that_is_changing_can_neither_be_changed_nor_deleted(inside: Inside, sagemaker: Any) -> None:  # noqa: ANN401
    sagemaker.create_model(ModelName="m", ExecutionRoleArn=ROLE)
    variant = {"VariantName": "a", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    for name in ("one", "two"):
        sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=[variant])
    assert refused(sagemaker.create_endpoint, EndpointName="e", EndpointConfigName="none")[1].startswith(
        'Could not find endpoint configuration "arn:'
    )
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="one")
    record = told("start")
    arn = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/e"
    busy = ("ValidationException", f'Cannot update in-progress endpoint "{arn}".')
    assert sagemaker.describe_endpoint(EndpointName="e")["EndpointStatus"] == "Creating"
    assert refused(sagemaker.delete_endpoint, EndpointName="e") == busy
    assert refused(sagemaker.update_endpoint, EndpointName="e", EndpointConfigName="two") == busy

    inside.world.store.change(record, {"EndpointStatus": "InService"})
    sagemaker.update_endpoint(EndpointName="e", EndpointConfigName="two")
    changed = told("update")
    assert (changed["EndpointStatus"], changed["EndpointConfigName"]) == ("Updating", "two")
    # AWS lets a configuration go that an endpoint uses.
    sagemaker.delete_endpoint_config(EndpointConfigName="two")
    inside.world.store.change(record, {"EndpointStatus": "InService"})
    sagemaker.delete_endpoint(EndpointName="e")
    told("delete")


def test_waiters_see_what_the_runner_does(inside: Inside, sagemaker: Any) -> None:  # noqa: ANN401
    process(sagemaker, "waited")
    inside.world.store.change(told("start"), {"ProcessingJobStatus": "Completed"})

    sagemaker.get_waiter("processing_job_completed_or_stopped").wait(ProcessingJobName="waited")


def test_an_execution_has_its_parameters_and_its_steps(inside: Inside, sagemaker: Any) -> None:  # noqa: ANN401
    parameters = [
        {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
        {"Name": "Rate", "Type": "Float", "DefaultValue": 0.5},
        {"Name": "On", "Type": "Boolean", "DefaultValue": False},
        {"Name": "Mode", "Type": "String", "EnumValues": ["a", "b"], "DefaultValue": "a"},
    ]
    definition = {"Version": "2020-12-01", "Parameters": parameters, "Steps": [{"Name": "A", "Type": "Fail"}]}
    token = "t" * 32
    sagemaker.create_pipeline(
        PipelineName="p", PipelineDefinition=json.dumps(definition), RoleArn=ROLE, ClientRequestToken=token
    )

    def start(**given: str) -> str:
        values = [{"Name": name, "Value": value} for name, value in given.items()]
        answer = sagemaker.start_pipeline_execution(
            PipelineName="p", PipelineParameters=values, ClientRequestToken=token
        )
        return str(answer["PipelineExecutionArn"])

    arn = start(Count="3", On="true")
    record = told("start")
    assert record[PARAMETERS] == {"Count": 3, "Rate": 0.5, "On": True, "Mode": "a"}
    for wrong in ({"Count": "many"}, {"Mode": "c"}, {"None": "1"}):
        assert refused(start, **wrong)[0] == "ValidationException"

    steps = [{"StepName": f"S{number}", "StepStatus": "Succeeded"} for number in range(12)]
    inside.world.store.change(record, {STEPS: steps})
    pages = sagemaker.get_paginator("list_pipeline_execution_steps").paginate(
        PipelineExecutionArn=arn, SortOrder="Ascending"
    )
    assert [row["StepName"] for page in pages for row in page["PipelineExecutionSteps"]] == [f"S{n}" for n in range(12)]
    assert refused(sagemaker.delete_pipeline, PipelineName="p", ClientRequestToken=token)[0] == "ConflictException"
    sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=token)
    assert told("stop")["PipelineExecutionStatus"] == "Stopping"
    assert sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Stopping"
    listed = sagemaker.list_pipeline_executions(PipelineName="p")["PipelineExecutionSummaries"]
    assert [row["PipelineExecutionArn"] for row in listed] == [arn]


def test_an_engine_tells_events_lines_and_values(inside: Inside) -> None:
    heard: list[Event] = []
    world = inside.world
    world.events.subscribe(heard.append)
    world.events.publish(Event("aws.sagemaker", "SageMaker Training Job State Change", {"TrainingJobName": "a"}))
    world.logs.write("/aws/sagemaker/TrainingJobs", "a/algo-1", [f"line {number}" for number in range(3_000)])
    world.logs.write("/aws/sagemaker/TrainingJobs", "a/algo-1", ["last", ""])
    world.metrics.put("/aws/sagemaker/TrainingJobs", "auc", 0.9, {"Host": "a"})

    assert [event.detail["TrainingJobName"] for event in heard] == ["a"]
    stream = {"logGroupName": "/aws/sagemaker/TrainingJobs", "logStreamName": "a/algo-1"}
    lines = client_of(inside.url, "logs").get_log_events(**stream, startFromHead=True, limit=10_000)["events"]
    assert [line["message"] for line in lines][-2:] == ["line 2999", "last"]
    assert len(lines) == 3_001
    metrics = client_of(inside.url, "cloudwatch").list_metrics(Namespace="/aws/sagemaker/TrainingJobs")["Metrics"]
    assert [metric["MetricName"] for metric in metrics] == ["auc"]


def test_faults_of_jobs_wait_for_their_runner(inside: Inside, sagemaker: Any) -> None:  # noqa: ANN401
    inside.world.faults.add(FaultRule(FaultKind.CAPACITY, "sagemaker", "CreateProcessingJob", times=1))
    inside.world.faults.add(FaultRule(FaultKind.ROLE, "sagemaker", "CreateProcessingJob", times=1))
    try:
        code, message = refused(process, sagemaker=sagemaker, name="unlucky")
        assert (code, message.partition(".")[0]) == ("ValidationException", f"Could not assume role {ROLE}")
        process(sagemaker, "unlucky")
        told("start")
        rule = inside.world.faults.of_job("CreateProcessingJob")
        assert rule
        assert rule.kind is FaultKind.CAPACITY
        assert inside.world.faults.of_job("CreateProcessingJob") is None
    finally:
        inside.world.faults.clear()


def test_the_caller_is_known(inside: Inside, tmp_path: Path) -> None:
    from mlacoach.sandbox.call import Call  # noqa: PLC0415 - one use

    credentials = client_of(inside.url, "sts").assume_role(RoleArn=ROLE, RoleSessionName="me")["Credentials"]
    call = Call("sagemaker", "ListModels", {}, "us-east-1", "123456789012", credentials["AccessKeyId"], inside.world)

    assert inside.world.caller(call) == "arn:aws:sts::123456789012:assumed-role/mlacoach-sandbox/me"
    assert oct(World(inside.url, tmp_path / "new").folder.stat().st_mode & 0o777) == "0o700"
