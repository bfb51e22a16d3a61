"""Invocations: each in a child of its own, answered as Lambda answers."""

import base64
import json
import logging
import math
import shutil
import sys
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.child_settings import settings_as
from mlacoach.sandbox.lambda_.delivering import deliver
from mlacoach.sandbox.lambda_.functions import existing, name_of
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.supervisor import Command, Ended, Exit
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
BOOTSTRAP = Path(__file__).parent / "bootstrap.py"
LARGEST = 6_291_556
RETRIES = 2
# Python itself takes this much, which on AWS the runtime has beside the function.
RUNTIME_MB = 64
TAIL = 4096
# A child takes as long to start as AWS takes to prepare a runtime, which the timeout does not count.
START_SECONDS = 0.3


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an invocation."""

    payload: bytes
    is_error: bool
    log: str
    request_id: str


def invoke(world: World, record: Record, payload: bytes) -> Answer:
    """Run a function once.

    Args:
        world: the sandbox.
        record: the function.
        payload: the event, as JSON.
    """
    request_id = str(uuid.uuid4())
    folder = world.folder / "lambda" / f"run-{request_id}"
    folder.mkdir(parents=True, mode=0o700)
    (folder / "event.json").write_bytes(payload or b"{}")
    stream = f"{world.now():%Y/%m/%d}/[$LATEST]{uuid.uuid4().hex}"
    try:
        child = world.supervisor.start(_command(world, record, request_id, stream, folder))
        how = child.wait() or Exit(Ended.KILLED, -9, 0.0)
        body, is_error = _body(record, request_id, how, folder / "answer.json")
        log = _report(
            world, record, request_id, how, (folder / "log.txt").read_text(encoding="utf-8", errors="replace")
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    world.logs.write(_group(record), stream, log.splitlines())
    _measure(world, record, how, is_error=is_error)
    return Answer(body, is_error, log, request_id)


def _command(world: World, record: Record, request_id: str, stream: str, folder: Path) -> Command:
    return Command(
        name=f"lambda/{record.key}",
        words=[sys.executable, "-P", str(BOOTSTRAP), str(folder / "event.json"), str(folder / "answer.json")],
        folder=record.private["code"],
        environment=_environment(world, record, request_id, stream, folder),
        log=folder / "log.txt",
        seconds=record["Timeout"] + START_SECONDS,
        memory_mb=record["MemorySize"] + RUNTIME_MB,
        grace=0.2,
    )


def _group(record: Record) -> str:
    return str(record.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{record.key}")


def _environment(world: World, record: Record, request_id: str, stream: str, folder: Path) -> dict[str, str]:
    code = record.private["code"]
    return {
        **settings_as(world, record["Role"], record.key, record.region, [code]),
        "AWS_LAMBDA_FUNCTION_NAME": record.key,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(record["MemorySize"]),
        "AWS_LAMBDA_LOG_GROUP_NAME": _group(record),
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "LAMBDA_TASK_ROOT": str(code),
        "_HANDLER": record["Handler"],
        "MLACOACH_FUNCTION_ARN": record.arn,
        "MLACOACH_REQUEST_ID": request_id,
        "MLACOACH_SECONDS": str(record["Timeout"]),
        "HOME": str(folder),
        "TMPDIR": str(folder),
        **record.get("Environment", {}).get("Variables", {}),
    }


def _body(record: Record, request_id: str, how: Exit, answer: Path) -> tuple[bytes, bool]:
    if how.why is Ended.TIMED_OUT:
        return _failed(
            "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {record['Timeout']:.2f} seconds"
        )
    if how.why in {Ended.OUT_OF_MEMORY, Ended.KILLED}:
        return _failed("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: signal: killed")
    if not answer.exists():
        return _failed(
            "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: exit status {how.code}"
        )
    text = answer.read_bytes()
    if len(text) > LARGEST:
        return _failed(
            "Function.ResponseSizeTooLarge",
            f"Response payload size exceeded maximum allowed payload size ({LARGEST} bytes).",
        )
    return text[1:], text[:1] == b"E"


def _failed(kind: str, message: str) -> tuple[bytes, bool]:
    return json.dumps({"errorType": kind, "errorMessage": message}).encode(), True


def _report(world: World, record: Record, request_id: str, how: Exit, said: str) -> str:
    lines = [f"START RequestId: {request_id} Version: $LATEST"]
    if record.get("Layers"):
        names = ", ".join(each["Arn"] for each in record["Layers"])
        lines.append(f"[WARNING] The sandbox loads no layers; it goes on without {names}.")
    lines += [line for line in said.splitlines() if line.strip()]
    if how.why is Ended.TIMED_OUT:
        lines.append(
            f"{world.now():%Y-%m-%dT%H:%M:%S.000Z} {request_id} Task timed out after {record['Timeout']:.2f} seconds"
        )
    spent = how.seconds * 1000
    lines.append(f"END RequestId: {request_id}")
    lines.append(
        f"REPORT RequestId: {request_id}\tDuration: {spent:.2f} ms\tBilled Duration: {math.ceil(spent)} ms\t"
        f"Memory Size: {record['MemorySize']} MB"
    )
    return "\n".join(lines)


def _measure(world: World, record: Record, how: Exit, *, is_error: bool) -> None:
    name = {"FunctionName": record.key}
    world.metrics.put("AWS/Lambda", "Invocations", 1, name, "Count")
    world.metrics.put("AWS/Lambda", "Errors", int(is_error), name, "Count")
    world.metrics.put("AWS/Lambda", "Duration", how.seconds * 1000, name, "Milliseconds")


def invoke_later(world: World, record: Record, payload: bytes) -> None:
    """Run a function in a thread, again if it fails, and tell its dead-letter queue or destination in the end."""
    threading.Thread(target=_quietly, args=(world, record, payload), name=f"invoke {record.key}", daemon=True).start()


def _quietly(world: World, record: Record, payload: bytes) -> None:
    try:
        _again_and_again(world, record, payload)
    except Exception:
        LOG.exception("Invoking %s failed.", record.key)


def _again_and_again(world: World, record: Record, payload: bytes) -> None:
    settings = record.private.get("retries") or {}
    attempts = 1 + int(settings.get("MaximumRetryAttempts", RETRIES))
    done = 1
    answer = invoke(world, record, payload)
    while answer.is_error and done < attempts:
        answer = invoke(world, record, payload)
        done += 1
    where = settings.get("DestinationConfig", {}).get("OnFailure" if answer.is_error else "OnSuccess", {})
    if where.get("Destination"):
        deliver(world, where["Destination"], _told(record, answer, payload, done))
    queue = record.get("DeadLetterConfig", {}).get("TargetArn")
    if answer.is_error and queue:
        attributes = {"RequestID": answer.request_id, "ErrorMessage": json.loads(answer.payload)["errorMessage"]}
        deliver(world, queue, payload.decode(), attributes)


def _told(record: Record, answer: Answer, payload: bytes, attempts: int) -> str:
    context = {
        "requestId": answer.request_id,
        "functionArn": f"{record.arn}:$LATEST",
        "condition": "RetriesExhausted" if answer.is_error else "Success",
        "approximateInvokeCount": attempts,
    }
    response = {"statusCode": 200, "executedVersion": "$LATEST"}
    if answer.is_error:
        response["functionError"] = "Unhandled"
    told = {"version": "1.0", "requestContext": context, "requestPayload": json.loads(payload or b"{}")}
    return json.dumps({**told, "responseContext": response, "responsePayload": json.loads(answer.payload)})


def _engine(call: Call) -> Mapping[str, Any]:
    record = existing(call.world, call.request["FunctionName"], call.region)
    if call.request.get("Qualifier", "$LATEST") != "$LATEST":
        raise AwsError(
            "ResourceNotFoundException", f"Function not found: {record.arn}:{call.request['Qualifier']}", 404
        )
    payload = call.request.get("Payload") or b"{}"
    try:
        json.loads(payload)
    except ValueError as error:
        raise AwsError("InvalidRequestContentException", f"Could not parse request body into json: {error}") from error
    kind = call.request.get("InvocationType", "RequestResponse")
    if kind == "DryRun":
        return {"StatusCode": 204}
    if kind == "Event":
        invoke_later(call.world, record, payload)
        return {"StatusCode": 202, "Payload": b""}
    answer = invoke(call.world, record, payload)
    shown: dict[str, Any] = {"StatusCode": 200, "Payload": answer.payload, "ExecutedVersion": "$LATEST"}
    if answer.is_error:
        shown["FunctionError"] = "Unhandled"
    if call.request.get("LogType") == "Tail":
        shown["LogResult"] = base64.b64encode(answer.log.encode()[-TAIL:]).decode()
    return shown


def find(world: World, arn: str) -> Record | None:
    """The function of an ARN."""
    parts = arn.split(":")
    return world.store.get("LambdaFunction", name_of(arn), parts[3]) if len(parts) > 6 else None  # noqa: PLR2004


ENGINES: Mapping[str, Engine] = {"Invoke": _engine}
__all__ = ["ENGINES", "Answer", "find", "invoke", "invoke_later"]
