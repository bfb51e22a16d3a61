"""Alarms: made, described, set, deleted; and their history."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from mlacoach.sandbox import pages
from mlacoach.sandbox.alarms.evaluating import COMPARISONS
from mlacoach.sandbox.alarms.expressions import NotMath
from mlacoach.sandbox.alarms.expressions import evaluate as calculate
from mlacoach.sandbox.alarms.looking import begin
from mlacoach.sandbox.alarms.rules import NotARule, names
from mlacoach.sandbox.alarms.states import KIND, UNKNOWN, change, is_composite, note, queries
from mlacoach.sandbox.aws_error import AwsError, not_emulated
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.records import Record

DEFAULTS: Mapping[str, Any] = {
    "ActionsEnabled": True,
    "OKActions": [],
    "AlarmActions": [],
    "InsufficientDataActions": [],
}
SHORT_PERIODS = frozenset({10, 20, 30})
MINUTE = 60
AT_ONCE = 100


def _refuse(message: str) -> AwsError:
    return AwsError("ValidationError", message)


def _put_metric(call: Call) -> Mapping[str, Any]:
    request = call.request
    if request.get("ThresholdMetricId"):
        raise not_emulated("An alarm on an anomaly detection band", "Give it a Threshold.")
    if request.get("ExtendedStatistic"):
        raise not_emulated("An alarm on a percentile", "Use Statistic, such as Average or Maximum.")
    for name in ("EvaluationPeriods", "ComparisonOperator", "Threshold"):
        if name not in request:
            raise _refuse(f"The parameter {name} is required.")
    if request["ComparisonOperator"] not in COMPARISONS:
        raise not_emulated(f"The comparison {request['ComparisonOperator']}", "Compare with a Threshold.")
    if request.get("DatapointsToAlarm", 1) > request["EvaluationPeriods"]:
        raise _refuse("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    if request.get("Metrics"):
        _check_queries(request["Metrics"])
    else:
        _check_metric(request)
    _keep(call)
    return {}


def _check_metric(request: Mapping[str, Any]) -> None:
    for name in ("MetricName", "Namespace", "Statistic", "Period"):
        if name not in request:
            raise _refuse(f"The parameter {name} is required.")
    period = request["Period"]
    if period not in SHORT_PERIODS and (period < MINUTE or period % MINUTE):
        raise _refuse("The parameter Period must be 10, 20, 30 or a multiple of 60.")


def _check_queries(given: Sequence[Mapping[str, Any]]) -> None:
    if sum(each.get("ReturnData", True) for each in given) != 1:
        raise _refuse("Exactly one element of the metrics list should return data.")
    known: dict[str, list[float | None]] = {each["Id"]: [1.0] for each in given if "MetricStat" in each}
    if not known:
        raise not_emulated("An alarm without a MetricStat", "Put the metrics that the expression uses beside it.")
    for each in given:
        if "Expression" in each:
            try:
                known[each["Id"]] = calculate(each["Expression"], known)
            except NotMath as error:
                raise not_emulated(f"The expression {each['Expression']}", f"It has no {error}.") from error


def _put_composite(call: Call) -> Mapping[str, Any]:
    try:
        found = names(call.request["AlarmRule"])
    except NotARule as error:
        raise _refuse(f"AlarmRule must not contain any syntax errors: {error}") from error
    for name in found:
        if _find(call, name) is None:
            raise _refuse(f"AlarmRule refers to the alarm {name}, which does not exist.")
    _keep(call)
    return {}


def _keep(call: Call) -> None:
    request, world = call.request, call.world
    name = request["AlarmName"]
    arn = world.arn(f"alarm:{name}", "cloudwatch", call.region)
    before = world.store.get(KIND, name, call.region)
    moment = world.now()
    state = {
        "StateValue": UNKNOWN,
        "StateReason": "Unchecked: Initial alarm creation",
        "StateUpdatedTimestamp": moment,
        "StateTransitionedTimestamp": moment,
    }
    kept = {each: before[each] for each in (*state, "StateReasonData") if each in before.fields} if before else state
    given = {each: value for each, value in request.items() if each != "Tags"}
    fields = {**DEFAULTS, **given, **kept, "AlarmArn": arn, "AlarmConfigurationUpdatedTimestamp": moment}
    history = before.private.get("history", ()) if before else ()
    if before:
        world.store.remove(before)
    record = Record(KIND, name, arn, fields, {"history": list(history)}, call.region)
    world.store.add(record)
    tags = {each["Key"]: each["Value"] for each in request.get("Tags", ())}
    if tags and not before:
        world.store.tag(arn, tags)
    summary = f'Alarm "{name}" {"updated" if before else "created"}'
    note(world, record, "ConfigurationUpdate", summary, {"version": "1.0", "updatedAlarm": given})
    begin(world, call.region)


def _find(call: Call, name: str) -> Record | None:
    return call.world.store.get(KIND, name.rpartition(":alarm:")[2] or name, call.region)


def _describe(call: Call) -> Mapping[str, Any]:
    request = call.request
    kinds = request.get("AlarmTypes") or ["MetricAlarm"]
    found = [each for each in _all(call) if _is_asked_for(request, each, kinds)]
    page, more = _page(found, request)
    return {
        "MetricAlarms": [dict(each.fields) for each in page if not is_composite(each)],
        "CompositeAlarms": [dict(each.fields) for each in page if is_composite(each)],
        **more,
    }


def _all(call: Call) -> list[Record]:
    return sorted(call.world.store.all(KIND, call.region), key=lambda each: each.key)


def _is_asked_for(request: Mapping[str, Any], record: Record, kinds: Sequence[str]) -> bool:
    wanted = request.get("AlarmNames")
    actions = [each for name in ("OKActions", "AlarmActions", "InsufficientDataActions") for each in record[name]]
    prefix = request.get("ActionPrefix", "")
    return (
        ("CompositeAlarm" if is_composite(record) else "MetricAlarm") in kinds
        and (not wanted or record.key in wanted)
        and record.key.startswith(request.get("AlarmNamePrefix", ""))
        and request.get("StateValue", record["StateValue"]) == record["StateValue"]
        and (not prefix or any(each.startswith(prefix) for each in actions))
    )


def _page(found: Sequence[Any], request: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    refusal = AwsError("InvalidNextToken", "The next token specified is invalid.")
    return pages.page(found, request, AT_ONCE, refusal, most="MaxRecords")


def _for_metric(call: Call) -> Mapping[str, Any]:
    request = call.request
    wanted = request["Namespace"], request["MetricName"]
    dimensions = _pairs(request.get("Dimensions", ()))
    found = []
    for record in _all(call):
        metrics = [] if is_composite(record) else [each.get("MetricStat", {}).get("Metric") for each in queries(record)]
        if any(
            each and (each["Namespace"], each["MetricName"]) == wanted and _pairs(each["Dimensions"]) == dimensions
            for each in metrics
        ):
            found.append(dict(record.fields))
    return {"MetricAlarms": found}


def _pairs(dimensions: Sequence[Mapping[str, str]]) -> set[tuple[str, str]]:
    return {(each["Name"], each["Value"]) for each in dimensions}


def _history(call: Call) -> Mapping[str, Any]:
    request = call.request
    everything = [item for record in _all(call) for item in record.private.get("history", ())]
    items = [item for item in everything if _is_in(request, item)]
    items.sort(key=lambda item: item["Timestamp"], reverse=request.get("ScanBy") != "TimestampAscending")
    page, more = _page(items, request)
    return {"AlarmHistoryItems": list(page), **more}


def _is_in(request: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    moment = item["Timestamp"]
    return (
        request.get("AlarmName", item["AlarmName"]) == item["AlarmName"]
        and request.get("HistoryItemType", item["HistoryItemType"]) == item["HistoryItemType"]
        and item["AlarmType"] in (request.get("AlarmTypes") or ["MetricAlarm"])
        and request.get("StartDate", moment) <= moment <= request.get("EndDate", moment)
    )


def _delete(call: Call) -> Mapping[str, Any]:
    found = [_find(call, name) for name in call.request["AlarmNames"]]
    if None in found and len(found) > 1:
        raise AwsError("ResourceNotFound", "Not all of the alarms exist.", 404)
    for record in found:
        if record:
            call.world.store.remove(record)
    return {}


def _set_state(call: Call) -> Mapping[str, Any]:
    record = _find(call, call.request["AlarmName"])
    if record is None:
        raise AwsError("ResourceNotFound", f"Unknown alarm {call.request['AlarmName']}", 404)
    data = call.request.get("StateReasonData")
    try:
        parsed = json.loads(data) if data is not None else None
    except ValueError as error:
        raise AwsError("InvalidFormat", "StateReasonData must be JSON.") from error
    change(call.world, record, call.request["StateValue"], call.request["StateReason"], parsed)
    call.world.store.change(record, {}, private={"by_hand": call.world.now()})
    return {}


def _switch(call: Call) -> Mapping[str, Any]:
    for name in call.request["AlarmNames"]:
        record = _find(call, name)
        if record:
            call.world.store.change(record, {"ActionsEnabled": call.operation == "EnableAlarmActions"})
    return {}


def _tagged(call: Call) -> Record:
    record = call.world.store.by_arn(call.request["ResourceARN"])
    if record is None or record.kind != KIND:
        raise AwsError("ResourceNotFoundException", f"{call.request['ResourceARN']} does not exist.", 404)
    return record


def _tags(call: Call) -> Mapping[str, Any]:
    tags = call.world.store.tags(_tagged(call).arn)
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _tag(call: Call) -> Mapping[str, Any]:
    call.world.store.tag(_tagged(call).arn, {each["Key"]: each["Value"] for each in call.request["Tags"]})
    return {}


def _untag(call: Call) -> Mapping[str, Any]:
    call.world.store.untag(_tagged(call).arn, call.request["TagKeys"])
    return {}


ENGINES: Mapping[str, Engine] = {
    "PutMetricAlarm": _put_metric,
    "PutCompositeAlarm": _put_composite,
    "DescribeAlarms": _describe,
    "DescribeAlarmsForMetric": _for_metric,
    "DescribeAlarmHistory": _history,
    "DeleteAlarms": _delete,
    "SetAlarmState": _set_state,
    "EnableAlarmActions": _switch,
    "DisableAlarmActions": _switch,
    "ListTagsForResource": _tags,
    "TagResource": _tag,
    "UntagResource": _untag,
}
