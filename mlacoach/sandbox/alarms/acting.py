"""What an alarm does when its state changes: it tells a topic, invokes a function, follows a scaling policy."""

import json
from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.lambda_.invoking import find, invoke_later
from mlacoach.sandbox.lambda_.permitting import may_invoke
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

PRINCIPAL = "lambda.alarms.cloudwatch"
SHOWN_REGIONS = {"us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)", "us-west-2": "US West (Oregon)"}
TRIGGER = ("MetricName", "Namespace", "Statistic", "Unit", "Period", "EvaluationPeriods", "DatapointsToAlarm",
           "ComparisonOperator", "Threshold", "TreatMissingData")  # fmt: skip


class CannotAct(Exception):
    """The action is none that runs here, or its target does not take it."""


def shown_state(record: Record) -> dict[str, Any]:
    """An alarm's state as events carry it."""
    data = {"reasonData": record["StateReasonData"]} if record.get("StateReasonData") else {}
    moment = record["StateUpdatedTimestamp"].strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    return {"value": record["StateValue"], "reason": record["StateReason"], **data, "timestamp": moment}


def act(world: World, action: str, before: Record, now: Record, configuration: Mapping[str, Any]) -> None:
    """Do what one action says.

    Args:
        world: the sandbox.
        action: its ARN.
        before: the alarm before its change.
        now: the alarm.
        configuration: the alarm's, as events carry it.

    Raises:
        CannotAct: nothing here follows such an action, or the target refuses.
    """
    service = action.split(":")[2]
    if service == "sns":
        _tell(world, action, before, now)
    elif service == "lambda":
        _invoke(world, action, before, now, configuration)
    elif service == "autoscaling" and ":scalingPolicy:" in action:
        _scale(world, action, now)
    else:
        raise CannotAct(f"The action {action} is not emulated by the sandbox.")


def _tell(world: World, topic: str, before: Record, now: Record) -> None:
    region = SHOWN_REGIONS.get(now.region, now.region)
    dimensions = [{"name": each["Name"], "value": each["Value"]} for each in now.get("Dimensions", ())]
    told = {
        "AlarmName": now.key,
        "AlarmDescription": now.get("AlarmDescription"),
        "AWSAccountId": world.account,
        "AlarmConfigurationUpdatedTimestamp": shown_state(now)["timestamp"],
        "NewStateValue": now["StateValue"],
        "NewStateReason": now["StateReason"],
        "StateChangeTime": shown_state(now)["timestamp"],
        "Region": region,
        "AlarmArn": now.arn,
        "OldStateValue": before["StateValue"],
        **{name: list(now.get(name, ())) for name in ("OKActions", "AlarmActions", "InsufficientDataActions")},
    }
    if "AlarmRule" in now.fields:
        told["AlarmRule"] = now["AlarmRule"]
    else:
        told["Trigger"] = {name: now[name] for name in TRIGGER if name in now.fields} | {"Dimensions": dimensions}
    subject = f'{now["StateValue"]}: "{now.key}" in {region}'[:100]
    world.client("sns", now.region).publish(TopicArn=topic, Subject=subject, Message=json.dumps(told))


def _invoke(world: World, function: str, before: Record, now: Record, configuration: Mapping[str, Any]) -> None:
    record = find(world, function)
    if record is None or not may_invoke(record, PRINCIPAL, now.arn):
        raise CannotAct(f"{function} is not there, or not open to {PRINCIPAL}.amazonaws.com.")
    data = {
        "alarmName": now.key,
        "state": shown_state(now),
        "previousState": shown_state(before),
        "configuration": configuration,
    }
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": now.arn,
        "accountId": world.account,
        "time": shown_state(now)["timestamp"],
        "region": now.region,
        "alarmData": data,
    }
    invoke_later(world, record, json.dumps(event).encode())


def _scale(world: World, policy: str, now: Record) -> None:
    """Follow a step scaling policy of an endpoint's variant."""
    client = world.client("application-autoscaling", now.region)
    found = client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    wanted = next((each for each in found if each["PolicyARN"] == policy), None)
    steps = (wanted or {}).get("StepScalingPolicyConfiguration")
    if wanted is None or not steps:
        raise CannotAct(f"{policy} is no step scaling policy of an endpoint.")
    _, endpoint, _, variant = wanted["ResourceId"].split("/")
    sagemaker = world.client("sagemaker", now.region)
    variants = sagemaker.describe_endpoint(EndpointName=endpoint)["ProductionVariants"]
    present = next(each["CurrentInstanceCount"] for each in variants if each["VariantName"] == variant)
    target = client.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[wanted["ResourceId"]])
    limits = target["ScalableTargets"][0]
    count = min(max(adjusted(steps, present, beyond(now)), limits["MinCapacity"]), limits["MaxCapacity"])
    if count != present:
        sagemaker.update_endpoint_weights_and_capacities(
            EndpointName=endpoint,
            DesiredWeightsAndCapacities=[{"VariantName": variant, "DesiredInstanceCount": count}],
        )


def beyond(alarm: Record) -> float:
    """How far the last datapoint lies beyond the alarm's threshold."""
    data = json.loads(alarm.get("StateReasonData") or "{}")
    points = [each for each in data.get("recentDatapoints", ()) if each is not None]
    return float(points[-1] - alarm["Threshold"]) if points else 0.0


def adjusted(steps: Mapping[str, Any], present: int, distance: float) -> int:
    """The number of instances after a step.

    Args:
        steps: a StepScalingPolicyConfiguration.
        present: how many there are.
        distance: from the threshold to the metric.
    """
    for step in steps.get("StepAdjustments", ()):
        low = step.get("MetricIntervalLowerBound", float("-inf"))
        high = step.get("MetricIntervalUpperBound", float("inf"))
        if low <= distance < high or (distance < 0 and low < distance <= high):
            change = int(step["ScalingAdjustment"])
            kind = steps["AdjustmentType"]
            if kind == "ExactCapacity":
                return change
            if kind == "ChangeInCapacity":
                return present + change
            # A share is rounded towards none, but is never nothing.
            least = max(int(steps.get("MinAdjustmentMagnitude", 1)), 1)
            size = max(int(present * abs(change) / 100), least)
            return present + (size if change > 0 else -size)
    return present
