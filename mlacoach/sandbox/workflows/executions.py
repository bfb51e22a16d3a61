"""Executions of state machines."""

import json
import logging
import threading
import uuid
from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.records import Record, Taken
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.workflows.machine import Machine
from mlacoach.sandbox.workflows.paths import StateFailed
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
EXECUTION = "StateMachineExecution"
SHOWN = ("executionArn", "stateMachineArn", "name", "status", "startDate", "stopDate")


def _start(call: Call) -> Mapping[str, Any]:
    arn, world = call.request["stateMachineArn"], call.world
    client = world.client("stepfunctions", call.region)
    try:
        machine = client.describe_state_machine(stateMachineArn=arn)
    except client.exceptions.StateMachineDoesNotExist as error:
        raise AwsError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'") from error
    text = call.request.get("input", "{}")
    try:
        data, definition = json.loads(text), json.loads(machine["definition"])
    except ValueError as error:
        raise AwsError("InvalidExecutionInput", f"Invalid State Machine Execution Input: {error}") from error
    record = _record(call, machine, text)
    try:
        world.store.add(record)
    except Taken as error:
        raise AwsError("ExecutionAlreadyExists", f"Execution Already Exists: '{record.arn}'") from error
    threading.Thread(target=_run, args=(world, record, definition, data), name=record.key, daemon=True).start()
    return {"executionArn": record.arn, "startDate": record["startDate"]}


def _record(call: Call, machine: Mapping[str, Any], text: str) -> Record:
    name = call.request.get("name") or str(uuid.uuid4())
    arn = call.world.arn(f"execution:{machine['name']}:{name}", "states", call.region)
    fields = {
        "executionArn": arn,
        "stateMachineArn": machine["stateMachineArn"],
        "name": name,
        "status": "RUNNING",
        "startDate": call.world.now(),
        "input": text,
        "inputDetails": {"included": True},
    }
    return Record(EXECUTION, arn, arn, fields, {"stopped": threading.Event(), "history": []}, call.region)


def _run(world: World, record: Record, definition: Mapping[str, Any], data: Any) -> None:  # noqa: ANN401 - JSON
    lock = threading.Lock()

    def note(kind: str, detail: Mapping[str, Any]) -> None:
        with lock:
            history = record.private["history"]
            event = {"timestamp": world.now(), "type": kind, "id": len(history) + 1, "previousEventId": len(history)}
            history.append(event | _detail(kind, detail, record.region))

    _tell(world, record)
    note("ExecutionStarted", {"input": data})
    context = {"Execution": {"Id": record.arn, "Name": record["name"], "Input": data}}
    machine = Machine(world, record.region, context, note, record.private["stopped"])
    try:
        output = machine.run(definition, data)
        note("ExecutionSucceeded", {"output": output})
        _end(world, record, {"status": "SUCCEEDED", "output": json.dumps(output)})
    except StateFailed as error:
        note("ExecutionFailed", {"error": error.error, "cause": error.cause})
        _end(world, record, {"status": "FAILED", "error": error.error, "cause": error.cause})
    except Exception as error:
        LOG.exception("%s failed.", record.key)
        _end(world, record, {"status": "FAILED", "error": "States.Runtime", "cause": str(error)})


DETAILS: Mapping[str, str] = {
    "ExecutionStarted": "executionStartedEventDetails",
    "ExecutionSucceeded": "executionSucceededEventDetails",
    "ExecutionFailed": "executionFailedEventDetails",
    "TaskScheduled": "taskScheduledEventDetails",
    "TaskSucceeded": "taskSucceededEventDetails",
    "TaskFailed": "taskFailedEventDetails",
}


def _detail(kind: str, detail: Mapping[str, Any], region: str) -> dict[str, Any]:
    ending = "stateEnteredEventDetails" if kind.endswith("Entered") else "stateExitedEventDetails"
    shown = dict(detail)
    for name in ("input", "output", "parameters"):
        if name in shown:
            shown[name] = json.dumps(shown[name])
    if kind.startswith("Task") and "State" not in kind:
        parts = shown["resource"].split(":")
        shown |= {"resourceType": parts[-2] if ":states:::" in shown["resource"] else "lambda", "resource": parts[-1]}
        shown |= {"region": region} if kind == "TaskScheduled" else {}
    return {DETAILS.get(kind, ending): shown}


def _end(world: World, record: Record, changes: Mapping[str, Any]) -> None:
    def step(now: Record) -> Mapping[str, Any]:
        return {**changes, "stopDate": world.now()} if now["status"] == "RUNNING" else {}

    now = world.store.change(record, step)
    if now is not None:
        _tell(world, now)


def _tell(world: World, record: Record) -> None:
    detail = {name: record[name] for name in SHOWN if name in record.fields}
    world.events.publish(Event("aws.states", "Step Functions Execution Status Change", detail, [record.arn]))


def _existing(call: Call) -> Record:
    arn = call.request["executionArn"]
    found = call.world.store.get(EXECUTION, arn, call.region)
    if found is None:
        raise AwsError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    return found


def _describe(call: Call) -> Mapping[str, Any]:
    return dict(_existing(call).fields)


def _list(call: Call) -> Mapping[str, Any]:
    wanted, status = call.request.get("stateMachineArn"), call.request.get("statusFilter")
    found = [
        {name: each[name] for name in SHOWN if name in each.fields}
        for each in reversed(call.world.store.all(EXECUTION, call.region))
        if each["stateMachineArn"] == wanted and status in {None, each["status"]}
    ]
    return {"executions": found}


def _stop(call: Call) -> Mapping[str, Any]:
    record = _existing(call)
    given = {name: call.request[name] for name in ("error", "cause") if name in call.request}
    _end(call.world, record, {"status": "ABORTED", **given})
    record.private["stopped"].set()
    return {"stopDate": call.world.now()}


def _history(call: Call) -> Mapping[str, Any]:
    events = list(_existing(call).private["history"])
    if call.request.get("reverseOrder"):
        events.reverse()
    begin = int(call.request.get("nextToken") or 0)
    end = begin + int(call.request.get("maxResults") or 1000)
    return {"events": events[begin:end], **({"nextToken": str(end)} if end < len(events) else {})}


ENGINES: Mapping[str, Engine] = {
    "StartExecution": _start,
    "DescribeExecution": _describe,
    "ListExecutions": _list,
    "StopExecution": _stop,
    "GetExecutionHistory": _history,
}
