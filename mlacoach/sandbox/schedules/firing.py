"""Sets off a rule, a schedule, or whatever else goes off by time."""

import json
import uuid
from collections.abc import Mapping
from typing import Any

from botocore import xform_name

from mlacoach.errors import UnknownId
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.lambda_.triggers import carry, moment, to_targets
from mlacoach.sandbox.world import World

UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
GROUP = "default"


def fire(engines: Engines, world: World, name: str) -> str:
    """Set off the thing of this name: a monitoring schedule, a rule, or a schedule; what kind of thing it was.

    Raises:
        UnknownId: there is none.
    """
    for kind, hook in engines.fired.items():
        record = world.store.get(kind, name)
        if record is not None:
            hook(world, record)
            return kind
    rules = [rule["Name"] for rule in world.client("events").list_rules()["Rules"]]
    if name in rules:
        fire_rule(world, world.region, name)
        return "rule"
    schedules = [each["Name"] for each in world.client("scheduler").list_schedules()["Schedules"]]
    if name in schedules:
        fire_schedule(world, world.region, name)
        return "schedule"
    raise UnknownId("rule or schedule", name, rules + schedules)


def fire_rule(world: World, region: str, name: str) -> None:
    """Send a rule's targets what they get when its schedule is due."""
    rule = world.client("events", region).describe_rule(Name=name)
    event = _scheduled(world, region, "aws.events", rule["Arn"])
    to_targets(world, region, rule, event)


def fire_schedule(world: World, region: str, name: str, group: str = GROUP, *, is_due: bool = False) -> None:
    """Call a schedule's target as it asks for; one that is done is deleted if it says so.

    Args:
        world: the sandbox.
        region: where.
        name: the schedule's name.
        group: the name of its group.
        is_due: has its time come? Else it is fired before, and stays.
    """
    client = world.client("scheduler", region)
    found = client.get_schedule(Name=name, GroupName=group)
    target = found["Target"]
    event = _scheduled(world, region, "aws.scheduler", found["Arn"])
    text = target.get("Input") or json.dumps(event)
    if target["Arn"].startswith(UNIVERSAL):
        _universal(world, region, target["Arn"], json.loads(target.get("Input") or "{}"))
    else:
        carry(world, target, text, event)
    is_last = found["ScheduleExpression"].startswith("at(") and found.get("ActionAfterCompletion") == "DELETE"
    if is_due and is_last:
        client.delete_schedule(Name=name, GroupName=group)


def _scheduled(world: World, region: str, source: str, arn: str) -> dict[str, Any]:
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": source,
        "account": world.account,
        "time": moment(world),
        "region": region,
        "resources": [arn],
        "detail": {},
    }


def _universal(world: World, region: str, arn: str, asked: Mapping[str, Any]) -> None:
    """Any operation of any service, as in arn:aws:scheduler:::aws-sdk:sagemaker:startPipelineExecution."""
    service, operation = arn.removeprefix(UNIVERSAL).split(":")
    client = world.client({"sfn": "stepfunctions"}.get(service, service), region)
    name = xform_name(operation[0].upper() + operation[1:])  # type: ignore[no-untyped-call]
    getattr(client, name)(**asked)
