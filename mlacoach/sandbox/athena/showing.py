"""SHOW and DESCRIBE."""

import fnmatch
import re
from collections.abc import Mapping

from mlacoach.sandbox.athena.catalog import Catalog
from mlacoach.sandbox.athena.ddl import Ddl, Lines
from mlacoach.sandbox.athena.failure import QueryFailed
from mlacoach.sandbox.athena.files import Files
from mlacoach.sandbox.athena.statements import WORDS, names

WIDTH = 20


def show_databases(catalog: Catalog, _text: str, _database: str, _files: Files) -> Lines:
    """SHOW DATABASES."""
    pages = catalog.glue.get_paginator("get_databases").paginate()
    return [[name] for name in sorted(each["Name"] for page in pages for each in page["DatabaseList"])]


def show_tables(catalog: Catalog, text: str, database: str, _files: Files) -> Lines:
    """SHOW TABLES and SHOW VIEWS, of a database, by a pattern."""
    found = re.match(
        r"SHOW\s+(\w+)(?:\s+(?:IN|FROM)\s+[`\"]?([\w-]+)[`\"]?)?(?:\s+(?:LIKE\s+)?'([^']*)')?", text, WORDS
    )
    kind, schema, pattern = found.groups() if found else ("TABLES", None, None)
    schema = (schema or database).lower()
    if not catalog.has_database(schema):
        raise QueryFailed(f"FAILED: SemanticException [Error 10072]: Database does not exist: {schema}")
    pages = catalog.glue.get_paginator("get_tables").paginate(DatabaseName=schema)
    tables = [each for page in pages for each in page["TableList"]]
    if kind.upper() == "VIEWS":
        tables = [each for each in tables if each.get("TableType") == "VIRTUAL_VIEW"]
    wanted = (pattern or "*").split("|")
    return [
        [name] for name in sorted(each["Name"] for each in tables) if any(fnmatch.fnmatch(name, one) for one in wanted)
    ]


def show_partitions(catalog: Catalog, text: str, database: str, _files: Files) -> Lines:
    """SHOW PARTITIONS."""
    table = catalog.need(*names(r"SHOW\s+PARTITIONS", text, database))
    if not table.keys:
        raise QueryFailed(f"FAILED: SemanticException: Table {table.name} is not a partitioned table")
    rows = [
        "/".join(f"{key.name}={value}" for key, value in zip(table.keys, each.values, strict=False))
        for each in catalog.partitions(table)
    ]
    return [[row] for row in sorted(rows)]


def show_columns(catalog: Catalog, text: str, database: str, _files: Files) -> Lines:
    """SHOW COLUMNS."""
    table = catalog.need(*names(r"SHOW\s+COLUMNS\s+(?:IN|FROM)", text, database))
    return [[each.name.ljust(WIDTH)] for each in (*table.columns, *table.keys)]


def show_create(catalog: Catalog, text: str, database: str, _files: Files) -> Lines:
    """SHOW CREATE TABLE."""
    table = catalog.need(*names(r"SHOW\s+CREATE\s+(?:TABLE|VIEW)", text, database))
    if table.view is not None:
        return [[f"CREATE VIEW {table.database}.{table.name} AS"], [str(table.view["originalSql"])]]
    columns = [f"  `{each.name}` {each.kind}" for each in table.columns]
    keys = [f"  `{each.name}` {each.kind}" for each in table.keys]
    lines = [f"CREATE EXTERNAL TABLE `{table.database}.{table.name}`(", *_listed(columns)]
    if keys:
        lines += ["PARTITIONED BY ( ", *_listed(keys)]
    lines += ["ROW FORMAT SERDE ", f"  '{table.serde}' "]
    if table.serde_parameters:
        pairs = [f"  '{key}'='{value}'" for key, value in sorted(table.serde_parameters.items())]
        lines += ["WITH SERDEPROPERTIES ( ", *_listed(pairs)]
    lines += ["LOCATION", f"  '{table.location}'", "TBLPROPERTIES ("]
    lines += _listed([f"  '{key}'='{value}'" for key, value in sorted(table.parameters.items())])
    return [[line] for line in lines]


def _listed(parts: list[str]) -> list[str]:
    return [*(f"{part}, " for part in parts[:-1]), f"{parts[-1]})"] if parts else [")"]


def describe(catalog: Catalog, text: str, database: str, _files: Files) -> Lines:
    """DESCRIBE."""
    table = catalog.need(*names(r"DESC(?:RIBE)?(?:\s+(?:EXTENDED|FORMATTED)\b)?", text, database))
    rows = [_row(each.name, each.kind) for each in (*table.columns, *table.keys)]
    if not table.keys:
        return [[row] for row in rows]
    heads = ["", "# Partition Information", _row("# col_name", "data_type", "comment"), ""]
    return [[row] for row in [*rows, *heads, *(_row(each.name, each.kind) for each in table.keys)]]


def _row(*cells: str) -> str:
    padded = [*cells, "", ""][:3]
    return "\t".join(cell.ljust(WIDTH) for cell in padded)


STATEMENTS: Mapping[str, Ddl] = {
    "show_databases": show_databases,
    "show_tables": show_tables,
    "show_partitions": show_partitions,
    "show_columns": show_columns,
    "show_create": show_create,
    "describe": describe,
}
