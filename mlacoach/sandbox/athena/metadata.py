"""What Athena shows of the Glue catalog."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Engine


def _missing(what: str) -> AwsError:
    return AwsError("MetadataException", f"{what} is not found.")


def _database(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in ("Name", "Description", "Parameters") if name in found}


def _get_database(call: Call) -> Mapping[str, Any]:
    glue, name = call.world.client("glue", call.region), call.request["DatabaseName"]
    try:
        return {"Database": _database(glue.get_database(Name=name)["Database"])}
    except glue.exceptions.EntityNotFoundException as error:
        raise _missing(f"Database {name}") from error


def _list_databases(call: Call) -> Mapping[str, Any]:
    pages = call.world.client("glue", call.region).get_paginator("get_databases").paginate()
    return {"DatabaseList": [_database(each) for page in pages for each in page["DatabaseList"]]}


def _table(found: Mapping[str, Any]) -> dict[str, Any]:
    stored = found.get("StorageDescriptor", {})
    shown = {"Name": found["Name"], "TableType": found.get("TableType", "EXTERNAL_TABLE")}
    times = {name: found[name] for name in ("CreateTime", "LastAccessTime") if name in found}
    names = ("Name", "Type", "Comment")
    columns = [{name: each[name] for name in names if name in each} for each in stored.get("Columns", [])]
    keys = [{name: each[name] for name in names if name in each} for each in found.get("PartitionKeys", [])]
    parameters = {**found.get("Parameters", {}), "location": stored.get("Location", "")}
    return {**shown, **times, "Columns": columns, "PartitionKeys": keys, "Parameters": parameters}


def _get_table(call: Call) -> Mapping[str, Any]:
    glue, asked = call.world.client("glue", call.region), call.request
    try:
        found = glue.get_table(DatabaseName=asked["DatabaseName"], Name=asked["TableName"])["Table"]
    except glue.exceptions.EntityNotFoundException as error:
        raise _missing(f"Table {asked['TableName']}") from error
    return {"TableMetadata": _table(found)}


def _list_tables(call: Call) -> Mapping[str, Any]:
    glue, name = call.world.client("glue", call.region), call.request["DatabaseName"]
    try:
        pages = list(glue.get_paginator("get_tables").paginate(DatabaseName=name))
    except glue.exceptions.EntityNotFoundException as error:
        raise _missing(f"Database {name}") from error
    return {"TableMetadataList": [_table(each) for page in pages for each in page["TableList"]]}


ENGINES: Mapping[str, Engine] = {
    "GetDatabase": _get_database,
    "ListDatabases": _list_databases,
    "GetTableMetadata": _get_table,
    "ListTableMetadata": _list_tables,
}
