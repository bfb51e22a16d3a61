"""What an event sets off: rules of EventBridge and notifications of S3, whose targets are ours."""

import json
import logging
import re
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote_plus

from mlacoach.sandbox.lambda_.delivering import deliver
from mlacoach.sandbox.lambda_.invoking import find, invoke_later
from mlacoach.sandbox.lambda_.patterns import matches
from mlacoach.sandbox.lambda_.permitting import may_invoke
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
ALL = frozenset({"lambda", "sagemaker", "states", "logs", "events", "sqs", "sns"})
# What moto does not tell of an object in S3.
OURS = frozenset({"lambda", "sagemaker", "states", "sns"})


def moment(world: World) -> str:
    """The time as events carry it."""
    return world.now().strftime("%Y-%m-%dT%H:%M:%SZ")


def event_of(world: World, entry: Mapping[str, Any], region: str) -> dict[str, Any]:
    """An entry of PutEvents as rules and targets see it."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": entry.get("DetailType", ""),
        "source": entry.get("Source", ""),
        "account": world.account,
        "time": moment(world),
        "region": region,
        "resources": entry.get("Resources", []),
        "detail": json.loads(entry.get("Detail") or "{}"),
    }


def set_off(world: World, event: Mapping[str, Any], bus: str, region: str, services: frozenset[str] = ALL) -> None:
    """Carry an event to the targets of the rules that it fits.

    Args:
        world: the sandbox.
        event: as event_of gives it.
        bus: the bus's name or ARN; empty is the default one.
        region: where.
        services: the targets' services; to the others moto has carried it already.
    """
    client = world.client("events", region)
    where = {"EventBusName": bus} if bus else {}
    for rule in client.list_rules(**where)["Rules"]:
        pattern = json.loads(rule.get("EventPattern") or "null")
        if pattern is None or rule.get("State") != "ENABLED" or not matches(pattern, event):
            continue
        to_targets(world, region, rule, event, services)


def to_targets(
    world: World, region: str, rule: Mapping[str, Any], event: Mapping[str, Any], services: frozenset[str] = ALL
) -> None:
    """Carry an event to the targets of a rule. One that fails keeps no other from its event."""
    where = {"EventBusName": rule["EventBusName"]} if rule.get("EventBusName") else {}
    found = world.client("events", region).list_targets_by_rule(Rule=rule["Name"], **where)["Targets"]
    for target in found:
        if target["Arn"].split(":")[2] not in services:
            continue
        try:
            carry(world, target, _input(target, event), event, rule["Arn"])
        except Exception:
            LOG.exception("%s did not get an event.", target["Arn"])


def carry(world: World, target: Mapping[str, Any], text: str, event: Mapping[str, Any], rule: str = "") -> None:
    """Give one target what it is to get.

    Args:
        world: the sandbox.
        target: as rules and schedules name it.
        text: the input.
        event: what set it off.
        rule: the rule's ARN, to which a function must be open; empty where a role is used instead.
    """
    service, region = target["Arn"].split(":")[2:4]
    if service == "lambda":
        record = find(world, target["Arn"])
        if record is not None and (not rule or may_invoke(record, "events", rule)):
            invoke_later(world, record, text.encode())
    elif service == "sagemaker":
        given = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
        name = target["Arn"].rpartition("/")[2]
        world.client("sagemaker", region).start_pipeline_execution(PipelineName=name, PipelineParameters=given)
    elif service == "states":
        world.client("stepfunctions", region).start_execution(stateMachineArn=target["Arn"], input=text)
    elif service == "logs":
        world.logs.write(target["Arn"].split(":")[6], str(event["id"]), [text])
    elif service == "events":
        entry = {"Source": event["source"], "DetailType": event["detail-type"], "Detail": json.dumps(event["detail"])}
        world.client("events", region).put_events(Entries=[{**entry, "EventBusName": target["Arn"]}])
    else:
        deliver(world, target["Arn"], text)


def _input(target: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        return json.dumps(_at(event, target["InputPath"]))
    transformer = target.get("InputTransformer")
    if transformer is None:
        return json.dumps(event)
    values = {name: _at(event, path) for name, path in transformer.get("InputPathsMap", {}).items()}
    return _filled(transformer["InputTemplate"], values)


def _filled(template: str, values: Mapping[str, Any]) -> str:
    """The template with its <names> replaced: text within quotes stays bare, anything else becomes JSON."""

    def fill(found: re.Match[str]) -> str:
        value = values.get(found[1])
        inside = template[: found.start()].count('"') % 2 == 1
        bare = value if isinstance(value, str) else json.dumps(value)
        return json.dumps(bare)[1:-1] if inside else json.dumps(value)

    return re.sub(r"<([\w.-]+)>", fill, template)


def _at(event: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    found = event
    for part in path.removeprefix("$").strip(".").split("."):
        if part:
            found = found.get(part) if isinstance(found, Mapping) else None
    return found


def is_open(world: World, function: str, service: str, source: str) -> bool:
    """Is there such a function, and may a service invoke it for a source?"""
    record = find(world, function)
    return record is not None and may_invoke(record, service, source)


def notify(world: World, bucket: str, key: str, name: str) -> None:
    """Tell what a bucket's notifications name about an object.

    Args:
        world: the sandbox.
        bucket: where it lies.
        key: its key.
        name: such as ObjectCreated:Put.
    """
    s3 = world.client("s3")
    settings = s3.get_bucket_notification_configuration(Bucket=bucket)
    told = _object(world, bucket, key, name)
    for each in settings.get("LambdaFunctionConfigurations", []):
        record = find(world, each["LambdaFunctionArn"]) if _is_meant(each, key, name) else None
        if record is not None and may_invoke(record, "s3", f"arn:aws:s3:::{bucket}"):
            told["s3"]["configurationId"] = each.get("Id", "")
            invoke_later(world, record, json.dumps({"Records": [told]}).encode())
    if "EventBridgeConfiguration" in settings:
        is_made = name.startswith("ObjectCreated")
        detail = {
            "bucket": {"name": bucket},
            "object": told["s3"]["object"] | {"key": key},
            "reason": "PutObject" if is_made else "DeleteObject",
        }
        entry = {
            "Source": "aws.s3",
            "DetailType": "Object Created" if is_made else "Object Deleted",
            "Detail": json.dumps(detail),
        }
        event = event_of(world, entry, world.region) | {"resources": [f"arn:aws:s3:::{bucket}"]}
        set_off(world, event, "", world.region, OURS)


def _is_meant(settings: Mapping[str, Any], key: str, name: str) -> bool:
    events = [each.removeprefix("s3:") for each in settings["Events"]]
    if not any(each == name or (each.endswith("*") and name.startswith(each[:-1])) for each in events):
        return False
    rules = settings.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return all(
        key.startswith(each["Value"]) if each["Name"].lower() == "prefix" else key.endswith(each["Value"])
        for each in rules
    )


def _object(world: World, bucket: str, key: str, name: str) -> dict[str, Any]:
    about: dict[str, Any] = {"key": quote_plus(key, safe="/")}
    if name.startswith("ObjectCreated"):
        head = world.client("s3").head_object(Bucket=bucket, Key=key)
        about |= {"size": head["ContentLength"], "eTag": head["ETag"].strip('"')}
    arn = f"arn:aws:s3:::{bucket}"
    return {
        "eventVersion": "2.1",
        "eventSource": "aws:s3",
        "awsRegion": world.region,
        "eventTime": moment(world),
        "eventName": name,
        "s3": {"s3SchemaVersion": "1.0", "bucket": {"name": bucket, "arn": arn}, "object": about},
    }
