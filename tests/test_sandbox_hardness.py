"""What is hostile, broken or far too large is refused with AWS's error, writes nothing outside, and ends nothing."""

import http.client
import socket
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mlacoach.sandbox.client import KEY, own_key
from mlacoach.sandbox.memory import own_memory
from mlacoach.sandbox.server import Server
from tests.sandbox_clients import REGION, ROLE, SCOPE, client_of, refused
from tests.sandbox_endpoints import SKLEARN, XGBOOST, until

GIGABYTE = 1_000_000_000
NAMES = [
    "../../escaped",
    "a/../../escaped",
    "..",
    "/escaped",
    "a\x00b",
    "%2e%2e%2fescaped",
    "a b",
    "名前",
    "-a",
    "a" * 300,
]
KILLED = "import os\nprint('here I am', flush=True)\nos.kill(os.getpid(), 9)\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A whole server in our own process, which answers to our own key; beside its folder lies nothing else."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY, own_key())
        server = Server(tmp_path_factory.mktemp("above") / "work")
        server.serve()
        client(server.url, "s3").create_bucket(Bucket="hard")
        yield server
        server.world.stop()


def outside(server: Server) -> list[Path]:
    """What lies beside the work folder."""
    return [path for path in server.folder.parent.iterdir() if path != server.folder]


@cache
def client(url: str, service: str) -> Any:  # noqa: ANN401
    return client_of(url, service)


def is_well(server: Server) -> bool:
    return client(server.url, "sagemaker").list_models()["Models"] == []


TARGETS = {
    "sagemaker": ("/", {"X-Amz-Target": "SageMaker.CreateModel", "Content-Type": "application/x-amz-json-1.1"}),
    "lambda": ("/2015-03-31/functions", {"Content-Type": "application/json"}),
    "athena": ("/", {"X-Amz-Target": "AmazonAthena.StartQueryExecution", "Content-Type": "application/x-amz-json-1.1"}),
    "dynamodb": ("/", {"X-Amz-Target": "DynamoDB_20120810.PutItem", "Content-Type": "application/x-amz-json-1.0"}),
    "iam": ("/", {"Content-Type": "application/x-www-form-urlencoded"}),
}


@pytest.mark.parametrize("service", TARGETS)
def test_a_gigabyte_is_refused_unread(server: Server, service: str) -> None:
    path, headers = TARGETS[service]
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
    connection.putrequest("POST", path)
    scope = SCOPE.format(key=own_key(), region=REGION, service=service)
    for name, value in {**headers, "Content-Length": str(GIGABYTE), "Authorization": scope}.items():
        connection.putheader(name, value)
    connection.endheaders()
    # It answers though not one byte of the body has come.
    answer = connection.getresponse()
    assert (answer.status, b"RequestEntityTooLarge" in answer.read()) == (413, True)
    connection.close()
    assert is_well(server)


def test_pieces_without_end_are_cut_off(server: Server) -> None:
    before = own_memory()
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=60)
    scope = SCOPE.format(key=own_key(), region=REGION, service="sagemaker")
    path, headers = TARGETS["sagemaker"]
    pieces = (b" " * 1_000_000 for _ in range(200))
    try:
        connection.request("POST", path, pieces, {**headers, "Authorization": scope})
        assert connection.getresponse().status == 413
    except OSError:
        # The server hangs up on who goes on sending.
        pass
    finally:
        connection.close()
    assert own_memory() - before < 100_000_000
    assert is_well(server)


def _creations(server: Server, name: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    def of(service: str) -> Any:  # noqa: ANN401
        return client(server.url, service)

    sagemaker = of("sagemaker")
    yield sagemaker.create_model, {"ModelName": name, "ExecutionRoleArn": ROLE}
    yield (
        sagemaker.create_feature_group,
        {
            "FeatureGroupName": name,
            "RecordIdentifierFeatureName": "a",
            "EventTimeFeatureName": "b",
            "FeatureDefinitions": [{"FeatureName": each, "FeatureType": "String"} for each in "ab"],
        },
    )
    yield sagemaker.create_pipeline, {
        "PipelineName": name, "ClientRequestToken": "a" * 32, "RoleArn": ROLE, "PipelineDefinition": "{}",
    }  # fmt: skip
    yield (
        sagemaker.create_training_job,
        {
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": "s3://hard/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        },
    )
    yield of("lambda").create_function, {
        "FunctionName": name, "Runtime": "python3.12", "Role": ROLE, "Handler": "a.b", "Code": {"ZipFile": b""},
    }  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_refused_and_write_nothing(server: Server, name: str) -> None:
    before = sorted(server.folder.rglob("*"))
    for create, request in _creations(server, name):
        code, _ = refused(create, **request)
        assert code in {"ValidationException", "InvalidParameterValueException"}, code
    assert outside(server) == []
    assert sorted(server.folder.rglob("*")) == before


@pytest.mark.parametrize(
    "lines",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: x\r\n\r\n",
        b"\x00\x01\x02\r\n\r\n",
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\nzzz\r\n",
    ],
)
def test_what_is_no_request_ends_nothing(server: Server, lines: bytes) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        connection.sendall(lines)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.recv(100)
    assert not answer.startswith(b"HTTP/1.1 2")
    assert is_well(server)


def _script(server: Server, key: str) -> str:
    client(server.url, "s3").put_object(Bucket="hard", Key=key, Body=KILLED.encode())
    return f"s3://hard/{key}"


def test_a_killed_processing_job_fails_and_the_server_lives_on(server: Server) -> None:
    sagemaker = client(server.url, "sagemaker")
    place = {"S3Uri": _script(server, "code/kill.py"), "LocalPath": "/opt/ml/processing/code", "S3DataType": "S3Prefix",
             "S3InputMode": "File"}  # fmt: skip
    sagemaker.create_processing_job(
        ProcessingJobName="killed",
        RoleArn=ROLE,
        AppSpecification={
            "ImageUri": SKLEARN,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/kill.py"],
        },
        ProcessingInputs=[{"InputName": "code", "S3Input": place}],
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
    )

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = sagemaker.describe_processing_job(ProcessingJobName="killed")
        return found if found["ProcessingJobStatus"] != "InProgress" else None

    found = until(ended, "the end of the job")
    assert (found["ProcessingJobStatus"], found["FailureReason"].split(":")[0]) == ("Failed", "AlgorithmError")
    assert is_well(server)


def test_a_killed_glue_job_fails_and_the_server_lives_on(server: Server) -> None:
    glue = client(server.url, "glue")
    command = {"Name": "pythonshell", "PythonVersion": "3.9", "ScriptLocation": _script(server, "code/glue.py")}
    glue.create_job(Name="killed", Role=ROLE, Command=command)
    run = glue.start_job_run(JobName="killed")["JobRunId"]

    def ended() -> dict[str, Any] | None:
        found: dict[str, Any] = glue.get_job_run(JobName="killed", RunId=run)["JobRun"]
        return found if found["JobRunState"] not in {"STARTING", "RUNNING"} else None

    found = until(ended, "the end of the run")
    assert found["JobRunState"] == "FAILED"
    assert found["ErrorMessage"]
    assert is_well(server)


def test_an_apis_address_needs_no_key_and_lets_nobody_in_elsewhere(server: Server) -> None:
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=20)
    for path, status in {
        "/_aws/execute-api/abcdefgh/x": 404,
        "/_aws/execute-api/abcdefgh/../../moto-api/data.json": 404,
        "/_aws/execute-api": 403,
        "/restapis/abcdefghij": 403,
        "/moto-api/data.json": 403,
    }.items():
        connection.request("GET", path)
        answer = connection.getresponse()
        told = answer.read()
        assert answer.status == status, path
        assert b"message" in told or b"Message" in told
    connection.close()
