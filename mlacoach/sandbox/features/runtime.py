"""The operations on records: put, get, update, delete, list, and in batches."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.features.stores import Stores
from mlacoach.sandbox.features.values import Row, Value, moment, refused, row_of
from mlacoach.sandbox.records import Record

Answer = Callable[[Call, Stores], Mapping[str, Any]]
ONLINE, OFFLINE = "OnlineStore", "OfflineStore"
PAGE = 50


def _group(call: Call, name: str, code: str = "ResourceNotFound") -> Record:
    key = name.partition(":feature-group/")[2] or name
    group = call.world.store.get("FeatureGroup", key, call.region)
    if group is None:
        raise AwsError(code, f"Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {key}")
    if group["FeatureGroupStatus"] != "Created":
        raise refused(f"The FeatureGroup {key} is in status {group['FeatureGroupStatus']}.")
    return group


def _targets(group: Record, wanted: Iterable[str]) -> set[str]:
    """The stores that a write goes to.

    Raises:
        AwsError: one is wanted that the group does not have.
    """
    has = {ONLINE} if (group.get("OnlineStoreConfig") or {}).get("EnableOnlineStore") else set()
    has |= {OFFLINE} if group.get("OfflineStoreConfig") else set()
    missing = set(wanted) - has
    if missing:
        raise refused(f"The feature group {group.key} has no {' and no '.join(sorted(missing))}.")
    return set(wanted) or has


def _online(call: Call, name: str) -> Record:
    group = _group(call, name)
    _targets(group, [ONLINE])
    return group


def _write(group: Record, row: Row, stores: Stores, wanted: Iterable[str]) -> None:
    targets = _targets(group, wanted)
    if ONLINE in targets:
        stores.put(group, row)
    if OFFLINE in targets:
        stores.keep(group, row)


def _put(call: Call, stores: Stores) -> Mapping[str, Any]:
    group = _group(call, call.request["FeatureGroupName"], "ValidationError")
    row = row_of(group, call.request["Record"], call.request.get("TtlDuration"))
    _write(group, row, stores, call.request.get("TargetStores", []))
    return {}


def _update(call: Call, stores: Stores) -> Mapping[str, Any]:
    group, identifier = _online(call, call.request["FeatureGroupName"]), call.request["RecordIdentifierValueAsString"]
    old = stores.find(group, identifier)
    if old is None:
        raise AwsError("ResourceNotFound", f"There is no record {identifier} in the feature group {group.key}.")
    changed = {each["FeatureName"] for each in call.request["Features"]}
    if group["RecordIdentifierFeatureName"] in changed:
        raise refused("The record identifier cannot be changed.")
    kept = [_shown(name, value) for name, value in old.values.items() if name not in changed]
    row = row_of(group, [*kept, *call.request["Features"]], call.request.get("TtlDuration"))
    if row.event < old.event:
        raise AwsError("ConflictException", f"The record {identifier} has a later event time.")
    _write(group, row, stores, call.request.get("TargetStores", []))
    return {}


def _get(call: Call, stores: Stores) -> Mapping[str, Any]:
    group = _online(call, call.request["FeatureGroupName"])
    wanted = _names(group, call.request.get("FeatureNames", []))
    row = stores.find(group, call.request["RecordIdentifierValueAsString"])
    if row is None:
        return {}
    return {"Record": _record(row, wanted), **_expiry(call, row)}


def _names(group: Record, wanted: list[str]) -> list[str]:
    known = [each["FeatureName"] for each in group["FeatureDefinitions"]]
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise refused(f"The features [{', '.join(unknown)}] are not in the feature group {group.key}.")
    return wanted or known


def _record(row: Row, wanted: list[str]) -> list[dict[str, Any]]:
    return [_shown(name, row.values[name]) for name in wanted if name in row.values]


def _shown(name: str, value: Value) -> dict[str, Any]:
    return {"FeatureName": name, "ValueAsStringList" if isinstance(value, list) else "ValueAsString": value}


def _expiry(call: Call, row: Row) -> dict[str, str]:
    if call.request.get("ExpirationTimeResponse") != "Enabled" or row.expires is None:
        return {}
    return {"ExpiresAt": row.expires.strftime("%Y-%m-%dT%H:%M:%SZ")}


def _delete(call: Call, stores: Stores) -> Mapping[str, Any]:
    request = call.request
    group = _group(call, request["FeatureGroupName"], "ValidationError")
    identifier, event = request["RecordIdentifierValueAsString"], moment(group, request["EventTime"])
    row = _deleted(group, identifier, event, request["EventTime"])
    targets = _targets(group, request.get("TargetStores", []))
    if ONLINE in targets and request.get("DeletionMode", "SoftDelete") == "HardDelete":
        stores.remove(group, identifier)
        targets -= {ONLINE}
    if ONLINE in targets:
        stores.put(group, row)
    if OFFLINE in targets:
        stores.keep(group, row)
    return {}


def _deleted(group: Record, identifier: str, event: datetime, text: str) -> Row:
    """A record of which the identifier and the time are left."""
    values = {group["RecordIdentifierFeatureName"]: identifier, group["EventTimeFeatureName"]: text}
    return Row(identifier, event, values, is_deleted=True)


def _list(call: Call, stores: Stores) -> Mapping[str, Any]:
    group = _online(call, call.request["FeatureGroupName"])
    after, size = call.request.get("NextToken", ""), int(call.request.get("MaxResults") or PAGE)
    every = stores.identifiers(group, deleted=bool(call.request.get("IncludeSoftDeletedRecords")))
    left = [each for each in every if each > after]
    page = left[:size]
    return {"RecordIdentifiers": page} | ({"NextToken": page[-1]} if len(left) > size else {})


def _batch_get(call: Call, stores: Stores) -> Mapping[str, Any]:
    records: list[dict[str, Any]] = []
    errors: list[dict[str, Any]] = []
    for asked in call.request["Identifiers"]:
        for identifier in asked["RecordIdentifiersValueAsString"]:
            named = {
                "FeatureGroupName": asked["FeatureGroupName"],
                "RecordIdentifierValueAsString": identifier,
            }
            one = {**call.request, **named, "FeatureNames": asked.get("FeatureNames", [])}
            try:
                found = _get(replace(call, request=one), stores)
            except AwsError as error:
                errors.append({**named, "ErrorCode": error.code, "ErrorMessage": error.message})
                continue
            # One that is not there is simply left out.
            if found:
                records.append({**named, **found})
    return {"Records": records, "Errors": errors, "UnprocessedIdentifiers": []}


def _batch_write(call: Call, stores: Stores) -> Mapping[str, Any]:
    errors: list[dict[str, Any]] = []
    for entry in call.request["Entries"]:
        ttl = entry.get("TtlDuration") or call.request.get("TtlDuration")
        one = {**entry, **({"TtlDuration": ttl} if ttl else {})}
        try:
            _put(replace(call, request=one), stores)
        except AwsError as error:
            errors.append({"Entry": entry, "ErrorCode": error.code, "ErrorMessage": error.message})
    return {"Errors": errors, "UnprocessedEntries": []}


ENGINES: Mapping[str, Answer] = {
    "PutRecord": _put,
    "GetRecord": _get,
    "UpdateRecord": _update,
    "DeleteRecord": _delete,
    "ListRecords": _list,
    "BatchGetRecord": _batch_get,
    "BatchWriteRecord": _batch_write,
}
