"""Steps that ask somebody else: a Lambda function, or whoever reads a queue."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from mlacoach.sandbox.pipelines.doing import Result, StepStopped, Surroundings
from mlacoach.sandbox.pipelines.plan import Step
from mlacoach.sandbox.pipelines.references import StepFailed, said
from mlacoach.sandbox.records import Record

# AWS waits seven days for an answer to a callback.
WEEK = 7 * 86_400.0
TOKEN_LENGTH = 10


def callback(token: str) -> str:
    """The private field of an execution that holds a callback's answer; None while it has none."""
    return f"callback/{token}"


def run(step: Step, arguments: Mapping[str, Any], around: Surroundings) -> Result:
    """Ask, and wait for the answer.

    Raises:
        StepFailed: it is a failure.
        StepStopped: the execution was stopped.
    """
    ask = _function if step.kind == "Lambda" else _queue
    return ask(step, arguments, around)


def _function(step: Step, arguments: Mapping[str, Any], around: Surroundings) -> Result:
    arn = str(step.document["FunctionArn"])
    client = around.world.client("lambda", around.execution.region)
    metadata = {"Lambda": {"Arn": arn}}
    try:
        answer = client.invoke(FunctionName=arn, Payload=json.dumps(arguments, default=str).encode())
    except ClientError as error:
        raise StepFailed(f"ClientError: {error.response['Error']['Message']}", metadata=metadata) from error
    text = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise StepFailed(f"ClientError: The Lambda function has failed: {text}", metadata=metadata)
    told = json.loads(text or "null")
    outputs = _outputs(step, told if isinstance(told, dict) else {}, metadata)
    shown = {"Lambda": {"Arn": arn, "OutputParameters": _listed(outputs)}}
    return Result({"OutputParameters": outputs}, shown)


def _outputs(step: Step, told: Mapping[str, Any], metadata: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs that a step promises, by name.

    Raises:
        StepFailed: one is missing.
    """
    names = [each["OutputName"] for each in step.document.get("OutputParameters") or []]
    missing = [name for name in names if name not in told]
    if missing:
        raise StepFailed(f"ClientError: The output parameters {', '.join(missing)} are missing.", metadata=metadata)
    return {name: told[name] for name in names}


def _listed(outputs: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": said(value)} for name, value in outputs.items()]


def _queue(step: Step, arguments: Mapping[str, Any], around: Surroundings) -> Result:
    token, url = uuid.uuid4().hex[:TOKEN_LENGTH], str(step.document["SqsQueueUrl"])
    metadata = {"Callback": {"CallbackToken": token, "SqsQueueUrl": url}}
    around.rows.change(step, Metadata=metadata)
    _note(around, token, None)
    _send(around, step, token, arguments, "Executing")
    answer = _answer(around, step, token, arguments)
    if answer is None:
        raise StepFailed("ClientError: Nobody has answered the callback.", metadata=metadata)
    if "reason" in answer:
        raise StepFailed(str(answer["reason"]), metadata=metadata)
    if around.stopped.is_set():
        raise StepStopped
    outputs = _outputs(step, {each["Name"]: each["Value"] for each in answer["outputs"]}, metadata)
    shown = {"Callback": {**metadata["Callback"], "OutputParameters": _listed(outputs)}}
    return Result({"OutputParameters": outputs}, shown)


def _note(around: Surroundings, token: str, answer: Mapping[str, Any] | None) -> None:
    around.world.store.change(around.execution, {}, {callback(token): answer})


def _send(around: Surroundings, step: Step, token: str, arguments: Mapping[str, Any], status: str) -> None:
    body = {
        "token": token,
        "arguments": arguments,
        "pipelineExecutionArn": around.execution.arn,
        "stepName": step.name,
        "status": status,
    }
    sqs = around.world.client("sqs", around.execution.region)
    try:
        sqs.send_message(QueueUrl=step.document["SqsQueueUrl"], MessageBody=json.dumps(body, default=str))
    except ClientError as error:
        raise StepFailed(f"ClientError: Unable to send the message: {error.response['Error']['Message']}") from error


def _answer(around: Surroundings, step: Step, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What the callback answers. A stop is told to the queue, and waits for the answer too, as on AWS."""
    told = False

    def is_over(now: Record | None) -> bool:
        return now is None or now.private[callback(token)] is not None or (around.stopped.is_set() and not told)

    while True:
        now = around.world.store.wait(around.execution, is_over, WEEK)
        answer: Mapping[str, Any] | None = now.private[callback(token)] if now else None
        if answer is not None or not around.stopped.is_set() or told:
            return answer
        told = True
        _send(around, step, token, arguments, "Stopping")
