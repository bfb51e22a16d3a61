"""UpdateEndpoint: the green fleet comes up beside the blue one, gets the traffic by steps, and loses it to an alarm."""

import math
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from mlacoach.sandbox.records import Record
from mlacoach.sandbox.serving import says
from mlacoach.sandbox.serving.fleet import Fleet, Live
from mlacoach.sandbox.serving.states import ASKED, shown_of, strike, tell
from mlacoach.sandbox.serving.variant import Variant

# What is asked for in minutes is waited for in seconds; with alarms a little longer, so that they can go off.
LONGEST_WAIT = 1.5
LONGEST_BAKE = 5.0
LOOK_SECONDS = 0.1
WHOLE = 1.0


class RolledBack(Exception):
    """An alarm went off."""


def deploy(live: Live, record: Record, fleet: Fleet) -> None:
    """Put a fleet in the place of the present one; on a failure the present one stays.

    Args:
        live: the endpoint.
        record: its state.
        fleet: the new one.
    """
    world = live.world
    config = _config(record)
    try:
        _retain(live, record, fleet)
        strike(world, "UpdateEndpoint")
        _show(live, record, "Creating")
        fleet.start()
        with live.lock:
            live.green, live.share = fleet, 0.0
        for share, seconds in steps(config, fleet):
            with live.lock:
                live.share = share
            _show(live, record, "Baking" if seconds else "ActivatingTraffic")
            _bake(live, config, seconds)
    except Exception as error:
        _roll_back(live, record, fleet, error)
        if not isinstance(error, says.CannotStart | RolledBack):
            raise
    else:
        _settle(live, record, fleet, config)


def _config(record: Record) -> Mapping[str, Any]:
    kept = record.get("LastDeploymentConfig") if record.get("_RetainDeploymentConfig") else None
    return record.get("_DeploymentConfig") or kept or {}


def steps(config: Mapping[str, Any], fleet: Fleet) -> Iterator[tuple[float, float]]:
    """The shares of the traffic that the new fleet gets one after the other, and how long each is watched."""
    blue_green = config.get("BlueGreenUpdatePolicy") or {}
    routing = blue_green.get("TrafficRoutingConfiguration") or {}
    rolling = config.get("RollingUpdatePolicy")
    wait = (rolling or routing).get("WaitIntervalInSeconds", 0)
    if rolling:
        size = _share(rolling["MaximumBatchSize"], fleet)
    elif routing.get("Type") == "CANARY":
        yield _share(routing["CanarySize"], fleet), wait
        size = WHOLE
    elif routing.get("Type") == "LINEAR":
        size = _share(routing["LinearStepSize"], fleet)
    else:
        size = WHOLE
    for number in range(1, math.ceil(WHOLE / size)):
        yield size * number, wait
    yield WHOLE, wait


def _share(size: Mapping[str, Any], fleet: Fleet) -> float:
    """A capacity size as a share of the whole fleet."""
    if size["Type"] == "CAPACITY_PERCENT":
        return min(max(float(size["Value"]) / 100, 0.01), WHOLE)
    instances = sum(variant.count for variant in fleet.variants) or 1
    return min(max(float(size["Value"]) / instances, 0.01), WHOLE)


def _bake(live: Live, config: Mapping[str, Any], seconds: float) -> None:
    """Watch the alarms for a while.

    Raises:
        RolledBack: one is in alarm.
    """
    names = [alarm["AlarmName"] for alarm in (config.get("AutoRollbackConfiguration") or {}).get("Alarms", ())]
    until = time.monotonic() + min(seconds, LONGEST_BAKE if names else LONGEST_WAIT)
    pause = threading.Event()
    while True:
        if names:
            _look(live, names)
        if live.is_deleted or time.monotonic() >= until:
            return
        pause.wait(LOOK_SECONDS)


def _look(live: Live, names: list[str]) -> None:
    cloudwatch = live.world.client("cloudwatch", region=live.region)
    found = cloudwatch.describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    alarms = found["MetricAlarms"] + found["CompositeAlarms"]
    rung = ", ".join(alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM")
    if rung:
        raise RolledBack(f"The deployment was rolled back because alarms went into ALARM state: {rung}.")


def _retain(live: Live, record: Record, fleet: Fleet) -> None:
    """Keep weights and counts of the present variants, where the update says so."""
    if not record.get("_RetainAllVariantProperties"):
        return
    excluded = {each["VariantPropertyType"] for each in record.get("_ExcludeRetainedVariantProperties") or ()}
    old = {variant.name: variant for variant in (live.blue or ())}
    for variant in fleet:
        present = old.get(variant.name)
        if present:
            _keep(variant, present, excluded)


def _keep(variant: Variant, present: Variant, excluded: set[str]) -> None:
    if "DesiredWeight" not in excluded:
        variant.weight = present.weight
    if "DesiredInstanceCount" not in excluded and not variant.plan.serverless:
        variant.count = present.count


def _show(live: Live, record: Record, status: str) -> None:
    """Say in Describe how far the update is."""
    with live.lock:
        blue = live.blue
    if blue:
        shown = {"Status": status, "StartTime": live.world.now()}
        live.world.store.change(record, blue.summary(shown))


def _roll_back(live: Live, record: Record, fleet: Fleet, error: Exception) -> None:
    world = live.world
    if isinstance(error, RolledBack):
        tell(world, world.store.change(record, {"EndpointStatus": "RollingBack"}))
    with live.lock:
        live.green, live.share = None, 0.0
        blue = live.blue
    fleet.stop()
    shown = blue.summary() if blue else {}
    reason = str(error) if isinstance(error, says.CannotStart | RolledBack) else says.INTERNAL
    changes = {"EndpointStatus": "InService", "FailureReason": reason, **_over(live), **shown}
    tell(world, world.store.change(record, changes))


def _settle(live: Live, record: Record, fleet: Fleet, config: Mapping[str, Any]) -> None:
    world = live.world
    with live.lock:
        blue, live.blue, live.green, live.share = live.blue, fleet, None, 0.0
    wait = (config.get("BlueGreenUpdatePolicy") or {}).get("TerminationWaitInSeconds", 0)
    threading.Event().wait(min(wait, LONGEST_WAIT))
    if blue:
        blue.stop()
    if live.is_deleted:
        fleet.stop()
        return
    changes = {
        "EndpointStatus": "InService",
        "EndpointConfigName": fleet.plan.config,
        "FailureReason": None,
        "LastDeploymentConfig": config or None,
        **fleet.summary(),
        **shown_of(fleet.plan),
        **_over(live),
    }
    tell(world, world.store.change(record, changes, private={"config": fleet.plan.config}))


def _over(live: Live) -> dict[str, Any]:
    return {**ASKED, "PendingDeploymentSummary": None, "LastModifiedTime": live.world.now()}
