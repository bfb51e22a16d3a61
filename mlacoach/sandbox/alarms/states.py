"""An alarm's state: how it changes, what its history says of it, and what is told to whom."""

import json
import logging
import threading
from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.alarms.acting import act, shown_state
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
ALARM, OK, UNKNOWN = "ALARM", "OK", "INSUFFICIENT_DATA"
KIND = "Alarm"
ACTIONS: Mapping[str, str] = {ALARM: "AlarmActions", OK: "OKActions", UNKNOWN: "InsufficientDataActions"}
# CloudWatch keeps a history for 30 days; here so many items.
LONGEST_HISTORY = 500


def is_composite(record: Record) -> bool:
    """Is it made of other alarms?"""
    return "AlarmRule" in record.fields


def note(world: World, record: Record, kind: str, summary: str, data: Mapping[str, Any]) -> None:
    """Add an item to an alarm's history.

    Args:
        world: the sandbox.
        record: the alarm.
        kind: ConfigurationUpdate, StateUpdate or Action.
        summary: the item in a sentence.
        data: the rest, as JSON.
    """
    item = {
        "AlarmName": record.key,
        "AlarmType": "CompositeAlarm" if is_composite(record) else "MetricAlarm",
        "Timestamp": world.now(),
        "HistoryItemType": kind,
        "HistorySummary": summary,
        "HistoryData": json.dumps(data, default=str),
    }
    now = world.store.get(KIND, record.key, record.region) or record
    history = [*now.private.get("history", ()), item]
    world.store.change(record, {}, private={"history": history[-LONGEST_HISTORY:]})


def change(world: World, record: Record, state: str, reason: str, data: Mapping[str, Any] | None = None) -> None:
    """Give an alarm a state, and do what follows from it if it is another one than before."""
    moment = world.now()
    changes = {
        "StateValue": state,
        "StateReason": reason,
        "StateReasonData": json.dumps(data) if data is not None else None,
        "StateUpdatedTimestamp": moment,
    }
    if record["StateValue"] != state:
        changes["StateTransitionedTimestamp"] = moment
    now = world.store.change(record, changes)
    if now is None or record["StateValue"] == state:
        return
    note(
        world,
        now,
        "StateUpdate",
        f"Alarm updated from {record['StateValue']} to {state}",
        {"version": "1.0", "oldState": shown_state(record), "newState": shown_state(now)},
    )
    threading.Thread(target=_follow, args=(world, record, now), name=f"alarm {record.key}", daemon=True).start()


def _follow(world: World, before: Record, now: Record) -> None:
    detail = {
        "alarmName": now.key,
        "state": shown_state(now),
        "previousState": shown_state(before),
        "configuration": configuration(now),
    }
    world.events.publish(Event("aws.cloudwatch", "CloudWatch Alarm State Change", detail, [now.arn]))
    if not now.get("ActionsEnabled", True):
        return
    for action in now.get(ACTIONS[now["StateValue"]], ()):
        try:
            act(world, action, before, now, configuration(now))
        except Exception as error:
            LOG.exception("An alarm's action failed.")
            note(world, now, "Action", f"Failed to execute action {action}", {"error": str(error)})
        else:
            note(world, now, "Action", f"Successfully executed action {action}", {"actionState": "Succeeded"})


def configuration(record: Record) -> dict[str, Any]:
    """An alarm's configuration as events carry it."""
    described = {"description": record["AlarmDescription"]} if record.get("AlarmDescription") else {}
    if is_composite(record):
        return {**described, "alarmRule": record["AlarmRule"]}
    return {**described, "metrics": [_query(each) for each in queries(record)]}


def queries(record: Record) -> list[dict[str, Any]]:
    """What a metric alarm looks at, as GetMetricData takes it."""
    if record.get("Metrics"):
        return [dict(each) for each in record["Metrics"]]
    metric = {
        "Namespace": record["Namespace"],
        "MetricName": record["MetricName"],
        "Dimensions": list(record.get("Dimensions", ())),
    }
    stat = {"Metric": metric, "Period": record["Period"], "Stat": record["Statistic"]}
    unit = {"Unit": record["Unit"]} if record.get("Unit") else {}
    return [{"Id": "m1", "MetricStat": {**stat, **unit}, "ReturnData": True}]


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if "Expression" in query:
        return {**shown, "expression": query["Expression"], "label": query.get("Label", query["Id"])}
    stat = query["MetricStat"]
    metric = {
        "namespace": stat["Metric"]["Namespace"],
        "name": stat["Metric"]["MetricName"],
        "dimensions": {each["Name"]: each["Value"] for each in stat["Metric"].get("Dimensions", ())},
    }
    return {**shown, "metricStat": {"metric": metric, "period": stat["Period"], "stat": stat["Stat"]}}
