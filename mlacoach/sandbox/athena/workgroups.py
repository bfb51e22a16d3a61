"""Work groups and prepared statements."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlacoach.sandbox import pages
from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.records import Record, Taken
from mlacoach.sandbox.world import World

GROUP, STATEMENT = "AthenaWorkGroup", "AthenaPreparedStatement"
PRIMARY = "primary"
VERSION = {"SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"}
DEFAULTS = {
    "EnforceWorkGroupConfiguration": True,
    "PublishCloudWatchMetricsEnabled": True,
    "RequesterPaysEnabled": False,
    "EngineVersion": VERSION,
}
PAGE = 50


def refuse(message: str) -> AwsError:
    """Athena's error for almost everything."""
    return AwsError("InvalidRequestException", message)


def page(rows: Sequence[Any], request: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """The rows that a request asks for, and the token of the next ones.

    Raises:
        AwsError: the token is none of ours.
    """
    return pages.page(rows, request, PAGE, refuse("Invalid NextToken."))


def group_of(world: World, name: str, region: str) -> Record:
    """A work group; the primary one is always there.

    Raises:
        AwsError: there is none.
    """
    found = world.store.get(GROUP, name, region)
    if found is None and name == PRIMARY:
        _add(world, PRIMARY, region, {**DEFAULTS, "EnforceWorkGroupConfiguration": False}, "")
        found = world.store.get(GROUP, name, region)
    if found is None:
        raise refuse(f"WorkGroup {name} is not found.")
    return found


def _add(world: World, name: str, region: str, configuration: Mapping[str, Any], description: str) -> Record:
    arn = world.arn(f"workgroup/{name}", "athena", region)
    fields = {
        "Name": name,
        "State": "ENABLED",
        "Configuration": configuration,
        "Description": description,
        "CreationTime": world.now(),
    }
    record = Record(GROUP, name, arn, fields, region=region)
    world.store.add(record)
    return record


def _create(call: Call) -> Mapping[str, Any]:
    name = call.request["Name"]
    given = {**DEFAULTS, **call.request.get("Configuration", {}), "EngineVersion": VERSION}
    try:
        record = _add(call.world, name, call.region, given, call.request.get("Description", ""))
    except Taken as error:
        raise refuse("WorkGroup is already created") from error
    call.world.store.tag(record.arn, {each["Key"]: each.get("Value", "") for each in call.request.get("Tags", [])})
    return {}


def _get(call: Call) -> Mapping[str, Any]:
    return {"WorkGroup": dict(group_of(call.world, call.request["WorkGroup"], call.region).fields)}


# What an update says with a name of its own: the member that goes.
REMOVALS = {"RemoveBytesScannedCutoffPerQuery": "BytesScannedCutoffPerQuery"}
RESULT_REMOVALS = {"RemoveOutputLocation": "OutputLocation", "RemoveEncryptionConfiguration": "EncryptionConfiguration"}


def _update(call: Call) -> Mapping[str, Any]:
    record = group_of(call.world, call.request["WorkGroup"], call.region)
    updates = dict(call.request.get("ConfigurationUpdates", {}))
    results = dict(updates.pop("ResultConfigurationUpdates", {}))
    now = dict(record["Configuration"])
    gone = {REMOVALS[name] for name in REMOVALS if updates.pop(name, False)}
    dropped = {RESULT_REMOVALS[name] for name in RESULT_REMOVALS if results.pop(name, False)}
    now |= {name: value for name, value in updates.items() if name in now or name == "BytesScannedCutoffPerQuery"}
    kept = {**now.get("ResultConfiguration", {}), **results}
    now["ResultConfiguration"] = {name: value for name, value in kept.items() if name not in dropped}
    changes = {"Configuration": {name: value for name, value in now.items() if name not in gone}}
    more = {name: call.request[name] for name in ("Description", "State") if name in call.request}
    call.world.store.change(record, {**changes, **more})
    return {}


def _delete(call: Call) -> Mapping[str, Any]:
    name = call.request["WorkGroup"]
    if name == PRIMARY:
        raise refuse("Primary WorkGroup cannot be deleted")
    record = group_of(call.world, name, call.region)
    inside = list(_inside(call, name))
    if inside and not call.request.get("RecursiveDeleteOption"):
        raise refuse(f"WorkGroup {name} is not empty")
    for each in [*inside, record]:
        call.world.store.remove(each)
    return {}


def _inside(call: Call, group: str) -> Iterator[Record]:
    for kind in (STATEMENT, "AthenaQuery"):
        for each in call.world.store.all(kind, call.region):
            if each.get("WorkGroupName", each.get("WorkGroup")) == group:
                yield each


def _list(call: Call) -> Mapping[str, Any]:
    group_of(call.world, PRIMARY, call.region)
    found = sorted(call.world.store.all(GROUP, call.region), key=lambda each: each.key)
    rows, more = page(found, call.request)
    names = ("Name", "State", "Description", "CreationTime")
    return {"WorkGroups": [{name: row[name] for name in names} | {"EngineVersion": VERSION} for row in rows], **more}


def put_statement(world: World, region: str, group: str, name: str, sql: str, description: str = "") -> None:
    """Keep a prepared statement.

    Raises:
        AwsError: there is one of that name.
    """
    fields = {
        "StatementName": name,
        "QueryStatement": sql,
        "WorkGroupName": group,
        "Description": description,
        "LastModifiedTime": world.now(),
    }
    key = f"{group}/{name}"
    arn = world.arn(f"preparedstatement/{key}", "athena", region)
    try:
        world.store.add(Record(STATEMENT, key, arn, fields, region=region))
    except Taken as error:
        raise refuse(f"Prepared statement already exists: {name}") from error


def statement_in(world: World, region: str, group: str, name: str) -> Record:
    """A prepared statement.

    Raises:
        AwsError: there is none.
    """
    found = world.store.get(STATEMENT, f"{group}/{name}", region)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Prepared statement {name} does not exist in WorkGroup {group}.")
    return found


def _of(call: Call) -> Record:
    return statement_in(call.world, call.region, call.request["WorkGroup"], call.request["StatementName"])


def _create_statement(call: Call) -> Mapping[str, Any]:
    asked = call.request
    group_of(call.world, asked["WorkGroup"], call.region)
    sql, description = asked["QueryStatement"], asked.get("Description", "")
    put_statement(call.world, call.region, asked["WorkGroup"], asked["StatementName"], sql, description)
    return {}


def _get_statement(call: Call) -> Mapping[str, Any]:
    return {"PreparedStatement": dict(_of(call).fields)}


def _update_statement(call: Call) -> Mapping[str, Any]:
    changes = {name: call.request[name] for name in ("QueryStatement", "Description") if name in call.request}
    call.world.store.change(_of(call), {**changes, "LastModifiedTime": call.world.now()})
    return {}


def _delete_statement(call: Call) -> Mapping[str, Any]:
    call.world.store.remove(_of(call))
    return {}


def _list_statements(call: Call) -> Mapping[str, Any]:
    group = group_of(call.world, call.request["WorkGroup"], call.region).key
    found = [each for each in call.world.store.all(STATEMENT, call.region) if each["WorkGroupName"] == group]
    rows, more = page(found, call.request)
    names = ("StatementName", "LastModifiedTime")
    return {"PreparedStatements": [{name: row[name] for name in names} for row in rows], **more}


def _batch_statements(call: Call) -> Mapping[str, Any]:
    group, names = call.request["WorkGroup"], call.request["PreparedStatementNames"]
    found = {name: call.world.store.get(STATEMENT, f"{group}/{name}", call.region) for name in names}
    missing = [{"StatementName": name, "ErrorCode": "STATEMENT_NOT_FOUND"} for name in names if not found[name]]
    return {
        "PreparedStatements": [dict(each.fields) for each in found.values() if each],
        "UnprocessedPreparedStatementNames": missing,
    }


def _tag(call: Call) -> Mapping[str, Any]:
    call.world.store.tag(
        call.request["ResourceARN"], {each["Key"]: each.get("Value", "") for each in call.request["Tags"]}
    )
    return {}


def _untag(call: Call) -> Mapping[str, Any]:
    call.world.store.untag(call.request["ResourceARN"], call.request["TagKeys"])
    return {}


def _tags(call: Call) -> Mapping[str, Any]:
    found = call.world.store.tags(call.request["ResourceARN"])
    rows, more = page([{"Key": key, "Value": value} for key, value in found.items()], call.request)
    return {"Tags": rows, **more}


ENGINES: Mapping[str, Engine] = {
    "CreateWorkGroup": _create,
    "GetWorkGroup": _get,
    "UpdateWorkGroup": _update,
    "DeleteWorkGroup": _delete,
    "ListWorkGroups": _list,
    "CreatePreparedStatement": _create_statement,
    "GetPreparedStatement": _get_statement,
    "UpdatePreparedStatement": _update_statement,
    "DeletePreparedStatement": _delete_statement,
    "ListPreparedStatements": _list_statements,
    "BatchGetPreparedStatement": _batch_statements,
    "TagResource": _tag,
    "UntagResource": _untag,
    "ListTagsForResource": _tags,
}
