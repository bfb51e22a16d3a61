"""Statements about the catalog. Each gives the lines that Athena answers."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import ParseError

from mlacoach.sandbox.athena.catalog import Catalog, Table, view_text
from mlacoach.sandbox.athena.failure import QueryFailed
from mlacoach.sandbox.athena.files import Files
from mlacoach.sandbox.athena.layouts import LAYOUTS, descriptor
from mlacoach.sandbox.athena.statements import WORDS, names

Lines = list[list[str]]
PARTITION = re.compile(r"PARTITION\s*\(([^)]*)\)\s*(?:LOCATION\s+'([^']*)')?", re.IGNORECASE)
PAIR = re.compile(r"[`\"]?(\w+)[`\"]?\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([\w.-]+))")
TABLE = r"(?:ALTER|MSCK\s+REPAIR)\s+TABLE"
FAILED = "FAILED: SemanticException "


def tree_of(text: str) -> exp.Expr:
    """A statement that sqlglot reads.

    Raises:
        QueryFailed: it doesn't.
    """
    try:
        return parse_one(text, read="athena")
    except ParseError as error:
        at = error.errors[0] if error.errors else {}
        place = f"line {at.get('line', 1)}:{at.get('col', 1)}"
        raise QueryFailed(f"FAILED: ParseException {place} mismatched input '{at.get('highlight', '')}'") from error


def create_database(catalog: Catalog, text: str, _database: str, _files: Files) -> Lines:
    """CREATE DATABASE."""
    tree = tree_of(text)
    location = tree.find(exp.LocationProperty)
    name = tree.this.name.lower()
    given = {"Name": name, **({"LocationUri": location.name} if location else {})}
    try:
        catalog.glue.create_database(DatabaseInput=given)
    except catalog.glue.exceptions.AlreadyExistsException as error:
        if not tree.args.get("exists"):
            raise QueryFailed(f"{FAILED}Database {name} already exists") from error
    return []


def drop_database(catalog: Catalog, text: str, _database: str, _files: Files) -> Lines:
    """DROP DATABASE [CASCADE]."""
    found = re.match(r"DROP\s+\w+\s+(IF\s+EXISTS\s+)?[`\"]?([\w-]+)[`\"]?\s*(CASCADE)?", text, WORDS)
    name = found[2].lower() if found else ""
    if not catalog.has_database(name):
        if found and found[1]:
            return []
        raise QueryFailed(f"{FAILED}[Error 10072]: Database does not exist: {name}")
    tables = [each["Name"] for page in _tables(catalog, name) for each in page["TableList"]]
    if tables and not (found and found[3]):
        raise QueryFailed(f"FAILED: Execution Error: InvalidOperationException(message:Database {name} is not empty.)")
    for table in tables:
        catalog.glue.delete_table(DatabaseName=name, Name=table)
    catalog.glue.delete_database(Name=name)
    return []


def create_external(catalog: Catalog, text: str, database: str, _files: Files) -> Lines:
    """CREATE EXTERNAL TABLE."""
    tree = tree_of(text)
    schema = tree.this
    if not isinstance(schema, exp.Schema):
        raise QueryFailed(f"{FAILED}A table needs columns.")
    location = tree.find(exp.LocationProperty)
    if location is None or not location.name.startswith("s3://"):
        raise QueryFailed("FAILED: ParseException line 1:1 missing LOCATION at '<EOF>'")
    by = tree.find(exp.PartitionedByProperty)
    add_table(
        catalog,
        (schema.this.db or database).lower(),
        {
            "Name": schema.this.name.lower(),
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", **_table_properties(tree)},
            "PartitionKeys": _columns(by.this) if by else [],
            "StorageDescriptor": _descriptor(tree, _columns(schema), location.name),
        },
        unless_there=bool(tree.args.get("exists")),
    )
    return []


def add_table(catalog: Catalog, database: str, given: Mapping[str, Any], *, unless_there: bool = False) -> None:
    """Put a table into the catalog.

    Raises:
        QueryFailed: there is one of that name, or no such database.
    """
    try:
        catalog.glue.create_table(DatabaseName=database, TableInput=given)
    except catalog.glue.exceptions.AlreadyExistsException as error:
        if not unless_there:
            raise QueryFailed(
                "FAILED: Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. "
                f"AlreadyExistsException(message:Table {given['Name']} already exists.)"
            ) from error
    except catalog.glue.exceptions.EntityNotFoundException as error:
        raise QueryFailed(f"{FAILED}[Error 10072]: Database does not exist: {database}") from error


def _columns(schema: exp.Expr) -> list[dict[str, str]]:
    found = []
    for each in schema.expressions:
        if not isinstance(each, exp.ColumnDef) or each.kind is None:
            raise QueryFailed(f"FAILED: ParseException line 1:1 mismatched input '{each.name}'")
        kind = re.sub(r"\s+", "", each.kind.sql("hive").lower())
        comment = each.find(exp.CommentColumnConstraint)
        found.append({"Name": each.name.lower(), "Type": kind, **({"Comment": comment.name} if comment else {})})
    return found


def _descriptor(tree: exp.Expr, columns: list[dict[str, str]], location: str) -> dict[str, Any]:
    layout, serde, parameters = "TEXTFILE", "", {}
    file_format = tree.find(exp.FileFormatProperty)
    if file_format is not None and isinstance(file_format.this, exp.Var | exp.Literal | exp.Identifier):
        layout = file_format.name.upper()
    row = tree.find(exp.RowFormatSerdeProperty)
    if row is not None:
        serde = row.name
        layout = "PARQUET" if "parquet" in serde.lower() else layout
        given = row.args.get("serde_properties") or tree.find(exp.SerdeProperties)
        parameters = _pairs(given) if given is not None else {}
    delimited = tree.find(exp.RowFormatDelimitedProperty)
    if delimited is not None:
        named = {"fields": "field.delim", "escaped": "escape.delim", "null": "serialization.null.format"}
        parameters = {
            name: _unescaped(delimited.args[key].name) for key, name in named.items() if delimited.args.get(key)
        }
    if layout not in LAYOUTS:
        raise QueryFailed(f"{FAILED}Unrecognized file format in STORED AS clause: '{layout}'")
    return descriptor(layout, columns, location, parameters, serde)


def _pairs(given: exp.Expr) -> dict[str, str]:
    return {each.this.name: _unescaped(each.args["value"].name) for each in given.expressions}


def _unescaped(text: str) -> str:
    return {"\\t": "\t", "\\001": "\x01", "\\n": "\n"}.get(text, text)


def _table_properties(tree: exp.Expr) -> dict[str, str]:
    properties = tree.args.get("properties")
    plain = [each for each in (properties.expressions if properties else []) if type(each) is exp.Property]
    return {each.this.name: each.args["value"].name for each in plain}


def drop_table(catalog: Catalog, text: str, database: str, _files: Files) -> Lines:
    """DROP TABLE and DROP VIEW: the catalog's entry goes, the files stay."""
    schema, name = names(r"DROP\s+(?:TABLE|VIEW)(?:\s+IF\s+EXISTS)?", text, database)
    if catalog.find(schema, name) is None:
        if re.match(r"DROP\s+\w+\s+IF\s+EXISTS", text, WORDS):
            return []
        raise QueryFailed(f"{FAILED}[Error 10001]: Table not found {schema}.{name}")
    catalog.glue.delete_table(DatabaseName=schema, Name=name)
    return []


def view_body(text: str) -> str:
    """The query of a CREATE VIEW."""
    parts = re.split(r"\bAS\b", text, maxsplit=1, flags=re.IGNORECASE)
    return parts[1].strip() if len(parts) > 1 else ""


def create_view(catalog: Catalog, text: str, database: str, columns: list[Any]) -> Lines:
    """CREATE [OR REPLACE] VIEW; its columns are known from a dry run."""
    schema, name = names(r"CREATE\s+(?:OR\s+REPLACE\s+)?VIEW", text, database)
    body = view_body(text)
    stored = [{"Name": each.name, "Type": each.kind} for each in columns]
    if re.match(r"CREATE\s+OR\s+REPLACE", text, WORDS) and catalog.find(schema, name):
        catalog.glue.delete_table(DatabaseName=schema, Name=name)
    given = {
        "Name": name,
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true", "comment": "Presto View"},
        "ViewOriginalText": view_text(body, database, columns),
        "ViewExpandedText": "/* Presto View */",
        "StorageDescriptor": {"Columns": stored, "Location": "", "SerdeInfo": {}},
    }
    add_table(catalog, schema, given)
    return []


def add_partitions(catalog: Catalog, text: str, database: str, _files: Files) -> Lines:
    """ALTER TABLE … ADD PARTITION."""
    table = catalog.need(*names(TABLE, text, database))
    quiet = re.search(r"ADD\s+IF\s+NOT\s+EXISTS", text, WORDS)
    for values, location in _given(table, text):
        path = "/".join(f"{key.name}={value}" for key, value in zip(table.keys, values, strict=True))
        added = catalog.add_partition(table, values, location or f"{table.location.rstrip('/')}/{path}")
        if not added and not quiet:
            raise QueryFailed(
                f"FAILED: Execution Error: AlreadyExistsException(message:Partition already exists: {path})"
            )
    return []


def drop_partitions(catalog: Catalog, text: str, database: str, _files: Files) -> Lines:
    """ALTER TABLE … DROP PARTITION."""
    table = catalog.need(*names(TABLE, text, database))
    quiet = re.search(r"DROP\s+IF\s+EXISTS", text, WORDS)
    there = {each.values for each in catalog.partitions(table)}
    for values, _ in _given(table, text):
        if values in there:
            catalog.glue.delete_partition(
                DatabaseName=table.database, TableName=table.name, PartitionValues=list(values)
            )
        elif not quiet:
            raise QueryFailed(f"{FAILED}[Error 10006]: Partition not found {values}")
    return []


def _given(table: Table, text: str) -> list[tuple[tuple[str, ...], str]]:
    found = []
    for clause, location in PARTITION.findall(text):
        pairs = {name.lower(): one or two or three for name, one, two, three in PAIR.findall(clause)}
        if set(pairs) != {key.name for key in table.keys}:
            raise QueryFailed(f"{FAILED}partition spec {pairs} doesn't contain all partition columns")
        found.append((tuple(pairs[key.name] for key in table.keys), location))
    return found


def add_columns(catalog: Catalog, text: str, database: str, _files: Files) -> Lines:
    """ALTER TABLE … ADD COLUMNS."""
    schema, name = names(TABLE, text, database)
    catalog.need(schema, name)
    body = text[text.index("(") :]
    more = _columns(tree_of(f"CREATE EXTERNAL TABLE t {body}").this)
    found = catalog.glue.get_table(DatabaseName=schema, Name=name)["Table"]
    kept = (
        "Name",
        "Description",
        "Owner",
        "Retention",
        "StorageDescriptor",
        "PartitionKeys",
        "TableType",
        "Parameters",
    )
    given = {key: found[key] for key in kept if key in found}
    given["StorageDescriptor"]["Columns"] += more
    catalog.glue.update_table(DatabaseName=schema, TableInput=given)
    return []


def repair(catalog: Catalog, text: str, database: str, files: Files) -> Lines:
    """MSCK REPAIR TABLE: register the partitions whose folders are named key=value."""
    table = catalog.need(*names(TABLE, text, database))
    there = {each.values for each in catalog.partitions(table)}
    base = table.location.rstrip("/") + "/"
    found: dict[tuple[str, ...], str] = {}
    for bucket, entry in files.listed(base):
        folders = f"s3://{bucket}/{entry['Key']}".removeprefix(base).split("/")[: len(table.keys)]
        pairs = [folder.partition("=") for folder in folders]
        if table.keys and [pair[0].lower() for pair in pairs] == [key.name for key in table.keys]:
            found[tuple(pair[2] for pair in pairs)] = "/".join(folders)
    missing = {values: path for values, path in found.items() if values not in there}
    for values, path in missing.items():
        catalog.add_partition(table, values, base + path)
    if not missing:
        return []
    said = [f"Partitions not in metastore: {' '.join(f'{table.name}:{path}' for path in missing.values())}"]
    said += [f"Repair: Added partition to metastore {table.name}:{path}" for path in missing.values()]
    return [[line] for line in said]


def _tables(catalog: Catalog, database: str) -> Any:  # noqa: ANN401 - boto3's pages
    return catalog.glue.get_paginator("get_tables").paginate(DatabaseName=database)


Ddl = Callable[[Catalog, str, str, Files], Lines]
STATEMENTS: Mapping[str, Ddl] = {
    "create_database": create_database,
    "drop_database": drop_database,
    "create_external": create_external,
    "drop_table": drop_table,
    "add_partitions": add_partitions,
    "drop_partitions": drop_partitions,
    "add_columns": add_columns,
    "repair": repair,
}
