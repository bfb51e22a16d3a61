"""A table as DuckDB reads it: one SELECT over its files, each column with the type that the catalog says."""

from collections.abc import Sequence
from typing import Any

from mlacoach.sandbox.athena.catalog import Column, Partition, Table
from mlacoach.sandbox.athena.failure import QueryFailed
from mlacoach.sandbox.athena.files import File
from mlacoach.sandbox.athena.kinds import to_duck

# Hive's own, where a table names none.
DELIMITER = "\x01"
NULL = "\\N"
COMPLEX = ("array", "map", "struct")
# No text file holds it: each line is read as one value and split as LazySimpleSerDe does, quotes and all.
NEVER = "\x1f"


def quoted(text: str) -> str:
    """A literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def name_of(text: str) -> str:
    """An identifier of SQL."""
    return '"' + text.replace('"', '""') + '"'


def select(engine: Any, table: Table, parts: Sequence[tuple[Partition | None, Sequence[File]]]) -> str:  # noqa: ANN401
    """The SELECT that gives a table's rows.

    Args:
        engine: DuckDB's connection, to look into Parquet files.
        table: the table.
        parts: its partitions with their files; None is a table without partitions.

    Raises:
        QueryFailed: its files are of a kind that is not read here.
    """
    if table.file_format == "orc":
        raise QueryFailed("NOT_SUPPORTED: The sandbox reads CSV, JSON and Parquet, not ORC.")
    pieces = [_piece(engine, table, partition, files) for partition, files in parts if files]
    return " UNION ALL ".join(pieces) or _nothing(table)


def _piece(engine: Any, table: Table, partition: Partition | None, files: Sequence[File]) -> str:  # noqa: ANN401
    paths = "[" + ", ".join(quoted(str(each.path)) for each in files) + "]"
    columns, source = READERS[table.file_format](engine, table, paths)
    values = partition.values if partition else ()
    keys = [
        f"CAST({quoted(value)} AS {to_duck(key.kind)}) AS {name_of(key.name)}"
        for key, value in zip(table.keys, values, strict=False)
    ]
    return f"SELECT {', '.join([*columns, *keys])} FROM {source}"  # noqa: S608 - names and literals are quoted


def _nothing(table: Table) -> str:
    columns = [f"CAST(NULL AS {to_duck(each.kind)}) AS {name_of(each.name)}" for each in (*table.columns, *table.keys)]
    return f"SELECT {', '.join(columns)} WHERE false"


def _text(_engine: Any, table: Table, paths: str) -> tuple[list[str], str]:  # noqa: ANN401
    given = table.serde_parameters
    delimiter = _character(given.get("field.delim") or given.get("serialization.format") or DELIMITER)
    null = table.parameters.get("serialization.null.format") or given.get("serialization.null.format") or NULL
    source = _lines(table, paths)
    columns = []
    for number, column in enumerate(table.columns, 1):
        value = f"nullif(string_split(line, {quoted(delimiter)})[{number}], {quoted(null)})"
        columns.append(f"{_cast(value, column)} AS {name_of(column.name)}")
    return columns, source


def _lines(table: Table, paths: str) -> str:
    skip = int(table.parameters.get("skip.header.line.count") or 0)
    return (
        f"read_csv({paths}, columns={{'line': 'VARCHAR'}}, delim='{NEVER}', quote='', escape='', header=false, "
        f"auto_detect=false, skip={skip})"
    )


def _quoted_csv(_engine: Any, table: Table, paths: str) -> tuple[list[str], str]:  # noqa: ANN401
    given = table.serde_parameters
    skip = int(table.parameters.get("skip.header.line.count") or 0)
    columns = ", ".join(f"{quoted(each.name)}: 'VARCHAR'" for each in table.columns)
    source = (
        f"read_csv({paths}, columns={{{columns}}}, delim={quoted(_character(given.get('separatorChar', ',')))}, "
        f"quote={quoted(given.get('quoteChar', chr(34)))}, "
        f"escape={quoted(given.get('quoteChar', chr(34)))}, header=false, auto_detect=false, skip={skip}, "
        f"null_padding=true, strict_mode=false, nullstr={quoted(NEVER)})"
    )
    return [f"{_cast(name_of(each.name), each)} AS {name_of(each.name)}" for each in table.columns], source


def _json(_engine: Any, table: Table, paths: str) -> tuple[list[str], str]:  # noqa: ANN401
    columns = []
    for column in table.columns:
        key = table.serde_parameters.get(f"mapping.{column.name}", column.name)
        path = quoted('$."' + key.replace('"', '\\"') + '"')
        arrow = "->" if column.kind.startswith(COMPLEX) else "->>"
        columns.append(f"{_cast(f'(json {arrow} {path})', column)} AS {name_of(column.name)}")
    return columns, f"read_json_objects({paths}, format='newline_delimited')"


def _parquet(engine: Any, table: Table, paths: str) -> tuple[list[str], str]:  # noqa: ANN401
    source = f"read_parquet({paths}, union_by_name=true, hive_partitioning=false)"
    described = engine.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()  # noqa: S608
    there = {str(row[0]).lower(): (str(row[0]), str(row[1])) for row in described}
    columns = []
    for column in table.columns:
        wanted = to_duck(column.kind)
        if column.name not in there:
            columns.append(f"CAST(NULL AS {wanted}) AS {name_of(column.name)}")
            continue
        name, kind = there[column.name]
        _must_fit(table, column, kind)
        columns.append(f"CAST({name_of(name)} AS {wanted}) AS {name_of(column.name)}")
    return columns, source


def _must_fit(table: Table, column: Column, kind: str) -> None:
    is_text = column.kind.startswith(("string", "varchar", "char"))
    if is_text != (kind in {"VARCHAR", "UUID", "JSON"} or kind.startswith("ENUM")) and kind != "BLOB":
        raise QueryFailed(
            f"HIVE_BAD_DATA: Field {column.name}'s type {kind} in parquet file of {table.database}.{table.name} is "
            f"incompatible with type {column.kind} defined in table schema"
        )


def _cast(value: str, column: Column) -> str:
    kind = to_duck(column.kind)
    return value if kind == "TEXT" else f"TRY_CAST({value} AS {kind})"


def _character(text: str) -> str:
    named = {"\\t": "\t", "\\001": "\x01", "\\u0001": "\x01", "1": "\x01", "\\|": "|", "\\;": ";"}
    return named.get(text, text)


READERS = {"text": _text, "quoted": _quoted_csv, "json": _json, "parquet": _parquet}
