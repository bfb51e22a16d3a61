"""Event source mappings: queues of SQS whose messages a function gets, in batches."""

import json
import logging
import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from mlacoach.sandbox.aws_error import AwsError, not_emulated
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.lambda_.functions import existing
from mlacoach.sandbox.lambda_.invoking import find, invoke
from mlacoach.sandbox.lambda_.packages import refuse
from mlacoach.sandbox.lambda_.patterns import matches
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
MAPPING = "EventSourceMapping"
BATCH = 10
# SQS hands out ten messages at once at most.
AT_ONCE = 10
LOOK_SECONDS = 0.3
ENABLED, DISABLED = "Enabled", "Disabled"
SETTABLE = ("BatchSize", "MaximumBatchingWindowInSeconds", "FunctionResponseTypes", "FilterCriteria", "ScalingConfig")


def _create(call: Call) -> Mapping[str, Any]:
    request, world = call.request, call.world
    function = existing(world, request["FunctionName"], call.region)
    source = str(request.get("EventSourceArn", ""))
    if source.split(":")[2:3] != ["sqs"]:
        raise not_emulated(f"The event source {source or 'of that kind'}", "Use a queue of SQS.")
    _require_queue(world, source, function)
    for each in world.store.all(MAPPING, call.region):
        if (each["EventSourceArn"], each["FunctionArn"]) == (source, function.arn):
            raise _taken(source, function.arn, each.key)
    key = str(uuid.uuid4())
    state = ENABLED if request.get("Enabled", True) else DISABLED
    fields = {
        "UUID": key,
        "BatchSize": BATCH,
        "MaximumBatchingWindowInSeconds": 0,
        "FunctionResponseTypes": [],
        "EventSourceArn": source,
        "FunctionArn": function.arn,
        "EventSourceMappingArn": world.arn(f"event-source-mapping:{key}", "lambda", call.region),
        "LastModified": world.now(),
        "State": state,
        "StateTransitionReason": "USER_INITIATED",
        **{name: request[name] for name in SETTABLE if name in request},
    }
    record = Record(MAPPING, key, fields["EventSourceMappingArn"], fields, region=call.region)
    world.store.add(record)
    _listen(world, record)
    return fields | {"State": "Creating"}


def _taken(source: str, function: str, key: str) -> AwsError:
    return AwsError(
        "ResourceConflictException",
        f'An event source mapping with SQS arn (" {source} ") and function (" {function} ") already exists. '
        f"Please update or delete the existing mapping with UUID {key}",
        409,
    )


def _require_queue(world: World, source: str, function: Record) -> None:
    sqs = world.client("sqs", source.split(":")[3])
    try:
        url = sqs.get_queue_url(QueueName=source.rpartition(":")[2])["QueueUrl"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    except ClientError as error:
        raise refuse(
            f"Error occurred while ReceiveMessage. SQS Error Code: {error.response['Error']['Code']}. "
            f"SQS Error Message: {error.response['Error']['Message']}"
        ) from error
    if int(found["VisibilityTimeout"]) < function["Timeout"]:
        raise refuse(
            f"Queue visibility timeout: {found['VisibilityTimeout']} seconds is less than Function timeout: "
            f"{function['Timeout']} seconds"
        )


def _existing(call: Call) -> Record:
    found = call.world.store.get(MAPPING, call.request["UUID"], call.region)
    if found is None:
        raise AwsError("ResourceNotFoundException", "The resource you requested does not exist.", 404)
    return found


def _get(call: Call) -> Mapping[str, Any]:
    return dict(_existing(call).fields)


def _list(call: Call) -> Mapping[str, Any]:
    request = call.request
    found = call.world.store.all(MAPPING, call.region)
    if request.get("EventSourceArn"):
        found = [each for each in found if each["EventSourceArn"] == request["EventSourceArn"]]
    if request.get("FunctionName"):
        arn = existing(call.world, request["FunctionName"], call.region).arn
        found = [each for each in found if each["FunctionArn"] == arn]
    return {"EventSourceMappings": [dict(each.fields) for each in found]}


def _update(call: Call) -> Mapping[str, Any]:
    record = _existing(call)
    changes = {name: call.request[name] for name in SETTABLE if name in call.request}
    if "Enabled" in call.request:
        changes["State"] = ENABLED if call.request["Enabled"] else DISABLED
    if "FunctionName" in call.request:
        changes["FunctionArn"] = existing(call.world, call.request["FunctionName"], call.region).arn
    now = call.world.store.change(record, {**changes, "LastModified": call.world.now()})
    return dict((now or record).fields)


def _delete(call: Call) -> Mapping[str, Any]:
    record = _existing(call)
    call.world.store.remove(record)
    return dict(record.fields) | {"State": "Deleting"}


def _listen(world: World, record: Record) -> None:
    threading.Thread(target=_poll, args=(world, record), name=f"queue {record.key}", daemon=True).start()


def _poll(world: World, record: Record) -> None:
    """Look into the queue as long as the mapping is there."""
    while not world.over.is_set():
        mapping = world.store.get(MAPPING, record.key, record.region)
        if mapping is None:
            return
        try:
            more = mapping["State"] == ENABLED and _take(world, mapping)
        except Exception:
            LOG.exception("The queue of %s could not be read.", mapping["FunctionArn"])
            more = False
        if not more:
            world.over.wait(LOOK_SECONDS)


def _take(world: World, mapping: Record) -> bool:
    """Hand one batch to the function; whether there was one."""
    source = str(mapping["EventSourceArn"])
    sqs = world.watcher("sqs", source.split(":")[3])
    url = sqs.get_queue_url(QueueName=source.rpartition(":")[2])["QueueUrl"]
    found = _received(sqs, url, int(mapping["BatchSize"]))
    wanted = [each for each in found if _is_wanted(mapping, each)]
    function = find(world, mapping["FunctionArn"]) if wanted else None
    handled = _handled(world, mapping, function, wanted) if function else []
    for each in [each for each in found if each in handled or each not in wanted]:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])
    return bool(found)


def _received(sqs: Any, url: str, size: int) -> list[dict[str, Any]]:  # noqa: ANN401 - a client
    found: list[dict[str, Any]] = []
    while len(found) < size:
        got = sqs.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=min(AT_ONCE, size - len(found)),
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        ).get("Messages", [])
        found += got
        if not got:
            break
    return found


def _is_wanted(mapping: Record, message: Mapping[str, Any]) -> bool:
    patterns = [each["Pattern"] for each in mapping.get("FilterCriteria", {}).get("Filters", [])]
    if not patterns:
        return True
    try:
        body = json.loads(message["Body"])
    except ValueError:
        body = message["Body"]
    return any(matches(json.loads(pattern), {"body": body}) for pattern in patterns)


def _handled(
    world: World, mapping: Record, function: Record, messages: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The messages that the function has dealt with. The others come again when their visibility timeout is over."""
    event = {"Records": [_shown(mapping, each) for each in messages]}
    answer = invoke(world, function, json.dumps(event).encode())
    if answer.is_error:
        return []
    if "ReportBatchItemFailures" not in mapping["FunctionResponseTypes"]:
        return list(messages)
    told = json.loads(answer.payload or b"null") or {}
    failed = {each["itemIdentifier"] for each in told.get("batchItemFailures", [])}
    return [each for each in messages if each["MessageId"] not in failed]


def _shown(mapping: Record, message: Mapping[str, Any]) -> dict[str, Any]:
    attributes = {
        name: {"stringValue": each.get("StringValue"), "dataType": each["DataType"]}
        for name, each in message.get("MessageAttributes", {}).items()
    }
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": attributes,
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": mapping["EventSourceArn"],
        "awsRegion": mapping.region,
    }


ENGINES: Mapping[str, Engine] = {
    "CreateEventSourceMapping": _create,
    "GetEventSourceMapping": _get,
    "ListEventSourceMappings": _list,
    "UpdateEventSourceMapping": _update,
    "DeleteEventSourceMapping": _delete,
}
