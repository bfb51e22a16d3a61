"""Tasks: what a state asks of other services, and how it waits for what runs there."""

import json
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError

from mlacoach.sandbox.workflows.paths import StateFailed
from mlacoach.sandbox.world import World

RESOURCE = re.compile(r"arn:aws:states:::(?:aws-sdk:)?([\w-]+):(\w+)(\.sync(?::2)?|\.waitForTaskToken)?\Z")
SERVICES = {"states": "stepfunctions", "sfn": "stepfunctions", "cloudwatchlogs": "logs"}
LOOK_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Wait:
    """How to see whether what was started has ended.

    Attributes:
        describe: the operation that tells.
        key: its member, and where the answer of the start or the request has its value.
        status: the path of the status in what it tells.
        good: the statuses of success.
        bad: the other ends.
    """

    describe: str
    key: Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]
    status: tuple[str, ...]
    good: frozenset[str]
    bad: frozenset[str]


def _named(member: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]:
    return lambda asked, _told: {member: asked[member]}


JOB = (frozenset({"Completed"}), frozenset({"Failed", "Stopped"}))
WAITS: Mapping[tuple[str, str], Wait] = {
    ("sagemaker", f"create{noun}"): Wait(f"Describe{noun}", _named(f"{noun}Name"), (f"{noun}Status",), *JOB)
    for noun in ("TrainingJob", "ProcessingJob", "TransformJob", "HyperParameterTuningJob")
} | {
    ("glue", "startJobRun"): Wait(
        "GetJobRun",
        lambda asked, told: {"JobName": asked["JobName"], "RunId": told["JobRunId"]},
        ("JobRun", "JobRunState"),
        frozenset({"SUCCEEDED"}),
        frozenset({"FAILED", "STOPPED", "TIMEOUT", "ERROR"}),
    ),
    ("athena", "startQueryExecution"): Wait(
        "GetQueryExecution",
        lambda _asked, told: {"QueryExecutionId": told["QueryExecutionId"]},
        ("QueryExecution", "Status", "State"),
        frozenset({"SUCCEEDED"}),
        frozenset({"FAILED", "CANCELLED"}),
    ),
}


def run(world: World, region: str, resource: str, asked: Any, stopped: threading.Event) -> Any:  # noqa: ANN401 - JSON
    """Do a task; its result.

    Args:
        world: the sandbox.
        region: where.
        resource: the ARN of a function or of an integration.
        asked: its parameters.
        stopped: set when the execution is to end.

    Raises:
        StateFailed: it failed, or is none that runs here.
    """
    if resource.startswith("arn:aws:lambda:"):
        return _function(world, region, resource, asked)[1]
    found = RESOURCE.match(resource)
    if not found or found[3] == ".waitForTaskToken":
        raise StateFailed("States.Runtime", f"The resource {resource} is not emulated by the sandbox.")
    service, operation = SERVICES.get(found[1], found[1]), found[2]
    if (service, operation) == ("lambda", "invoke"):
        status, payload = _function(world, region, asked["FunctionName"], asked.get("Payload", {}))
        return {"ExecutedVersion": "$LATEST", "Payload": payload, "StatusCode": status}
    told = _call(world, region, service, operation, asked)
    return _waited(world, region, (service, operation), (asked, told), stopped) if found[3] else told


def _function(world: World, region: str, name: str, event: Any) -> tuple[int, Any]:  # noqa: ANN401
    client = world.client("lambda", region)
    try:
        answer = client.invoke(FunctionName=name, Payload=json.dumps(event).encode())
    except ClientError as error:
        raise StateFailed(f"Lambda.{error.response['Error']['Code']}", error.response["Error"]["Message"]) from error
    text = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise StateFailed(json.loads(text).get("errorType") or "Lambda.Unknown", text)
    return answer["StatusCode"], json.loads(text)


def _call(world: World, region: str, service: str, operation: str, asked: Any) -> Any:  # noqa: ANN401
    client = world.client(service, region)
    name = xform_name(operation[0].upper() + operation[1:])  # type: ignore[no-untyped-call]
    method = getattr(client, name, None)
    if method is None:
        raise StateFailed("States.Runtime", f"{service} has no operation {operation}.")
    try:
        told = method(**(asked or {}))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise StateFailed(f"{_title(service)}.{code}", error.response["Error"]["Message"]) from error
    except (BotoCoreError, TypeError) as error:
        raise StateFailed("States.Runtime", str(error)) from error
    return _plain({name: value for name, value in told.items() if name != "ResponseMetadata"})


def _title(service: str) -> str:
    return {"sagemaker": "SageMaker", "dynamodb": "DynamoDB", "s3": "S3"}.get(service, service.capitalize())


def _plain(told: Any) -> Any:  # noqa: ANN401
    return json.loads(json.dumps(told, default=str))


def _waited(
    world: World,
    region: str,
    what: tuple[str, str],
    told: tuple[Mapping[str, Any], Mapping[str, Any]],
    stopped: threading.Event,
) -> Any:  # noqa: ANN401
    how = WAITS.get(what)
    if how is None:
        raise StateFailed("States.Runtime", f"{what[0]}:{what[1]}.sync is not emulated by the sandbox.")
    while not stopped.wait(LOOK_SECONDS):
        found = _call(world, region, what[0], how.describe, how.key(*told))
        state = found
        for name in how.status:
            state = state[name]
        if state in how.good:
            return found
        if state in how.bad:
            raise StateFailed("States.TaskFailed", json.dumps(found))
    raise StateFailed("States.Aborted", "The execution was stopped.")
