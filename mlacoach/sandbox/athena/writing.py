"""What a query leaves in S3: CREATE TABLE AS, INSERT INTO, UNLOAD."""

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from sqlglot import exp

from mlacoach.sandbox.athena.catalog import Column, Table
from mlacoach.sandbox.athena.ddl import add_table, tree_of
from mlacoach.sandbox.athena.failure import QueryFailed
from mlacoach.sandbox.athena.kinds import to_duck, to_hive
from mlacoach.sandbox.athena.layouts import descriptor
from mlacoach.sandbox.athena.objects import upload
from mlacoach.sandbox.athena.reading import Reader, parse
from mlacoach.sandbox.athena.sources import name_of, quoted
from mlacoach.sandbox.athena.statements import WORDS
from mlacoach.sandbox.control.required import s3_place

PAIR = re.compile(r"(\w+)\s*=\s*(?:'([^']*)'|ARRAY\s*\[([^\]]*)\])", re.IGNORECASE)

# Parquet's; Athena's own default is GZIP.
PACKED = {"ZSTD": "zstd", "SNAPPY": "snappy", "NONE": "uncompressed"}


@dataclass(frozen=True, slots=True)
class Target:
    """Where rows go, and how they are written.

    Attributes:
        location: in S3.
        layout: PARQUET, JSON or TEXTFILE.
        delimiter: of text.
        keys: the columns that become folders.
        compression: of the files.
    """

    location: str
    layout: str = "PARQUET"
    delimiter: str = "\x01"
    keys: tuple[str, ...] = ()
    compression: str = ""


def create_as(reader: Reader, text: str, database: str, default_location: str) -> list[str]:
    """CREATE TABLE AS; the addresses of the files."""
    tree = tree_of(text)
    name = tree.this.name.lower()
    schema = (tree.this.db or database).lower()
    given = _with(text)
    target = _target(given, given.get("external_location") or f"{default_location.rstrip('/')}/tables/{uuid.uuid4()}/")
    if reader.catalog.find(schema, name):
        exists = tree.args.get("exists")
        if exists:
            return []
        raise QueryFailed(
            f"TABLE_ALREADY_EXISTS: line 1:1: Destination table 'awsdatacatalog.{schema}.{name}' already exists"
        )
    if any(True for _ in reader.files.listed(target.location)):
        raise QueryFailed(
            f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{schema}.{name}' already exists: "
            f"{target.location}. You may need to manually clean the data at this location before retrying."
        )
    columns = _stage(reader, tree.expression, database)
    written = _write(reader, target, columns)
    _catalogue(reader, schema, name, target, columns)
    return written


def _catalogue(reader: Reader, schema: str, name: str, target: Target, columns: Sequence[Column]) -> None:
    plain = [{"Name": each.name, "Type": each.kind} for each in columns if each.name not in target.keys]
    keys = [{"Name": each.name, "Type": each.kind} for each in columns if each.name in target.keys]
    parameters = {"field.delim": target.delimiter} if target.layout == "TEXTFILE" else {}
    given = {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false"},
        "PartitionKeys": keys,
        "StorageDescriptor": descriptor(target.layout, plain, target.location, parameters),
    }
    add_table(reader.catalog, schema, given)
    if keys:
        _register(reader, reader.catalog.need(schema, name))


def insert(reader: Reader, text: str, database: str) -> list[str]:
    """INSERT INTO; the addresses of the new files."""
    tree = tree_of(text)
    into = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    schema = (into.db or database).lower()
    table = reader.catalog.find(schema, into.name)
    if table is None:
        name = into.name.lower()
        raise QueryFailed(f"TABLE_NOT_FOUND: line 1:1: Table 'awsdatacatalog.{schema}.{name}' does not exist")
    chosen = tuple(each.name.lower() for each in tree.this.expressions) if isinstance(tree.this, exp.Schema) else ()
    _stage(reader, tree.expression, database)
    columns = _fit(reader, table, chosen)
    layouts = {"parquet": "PARQUET", "json": "JSON", "text": "TEXTFILE"}
    if table.file_format not in layouts:
        raise QueryFailed("NOT_SUPPORTED: Writing with this SerDe is not supported; Athena has it for reading alone.")
    delimiter = table.serde_parameters.get("field.delim", "\x01")
    keys = tuple(each.name for each in table.keys)
    written = _write(reader, Target(table.location, layouts[table.file_format], delimiter, keys), columns)
    if keys:
        _register(reader, table)
    return written


def _fit(reader: Reader, table: Table, chosen: tuple[str, ...]) -> list[Column]:
    """Give the staged rows the table's columns and types."""
    wanted = [*table.columns, *table.keys]
    given = _described(reader)
    if len(given) != len(chosen or wanted):
        raise QueryFailed(
            f"TYPE_MISMATCH: line 1:1: Insert query has {len(given)} expression(s) but expected "
            f"{len(chosen or wanted)} target column(s)"
        )
    names = list(chosen) or [each.name for each in wanted]
    by_name = dict(zip(names, given, strict=True))
    cells = [
        f"CAST({name_of(by_name[each.name].name) if each.name in by_name else 'NULL'} AS {to_duck(each.kind)}) "
        f"AS {name_of(each.name)}"
        for each in wanted
    ]
    reader.engine.execute(f"CREATE OR REPLACE TABLE staged AS SELECT {', '.join(cells)} FROM staged")  # noqa: S608
    return wanted


def unload(reader: Reader, text: str, database: str) -> list[str]:
    """UNLOAD; the addresses of the files."""
    found = re.match(r"UNLOAD\s*\((.*)\)\s*TO\s+'([^']+)'\s*(?:WITH\s*\((.*)\))?\s*\Z", text, WORDS)
    if not found:
        raise QueryFailed("line 1:1: mismatched input. Expecting: UNLOAD (SELECT …) TO 's3://…' WITH (…)")
    target = _target(_pairs(found[3] or ""), found[2])
    if any(True for _ in reader.files.listed(target.location)):
        raise QueryFailed(f"HIVE_PATH_ALREADY_EXISTS: Target directory already exists: {target.location}")
    columns = _stage(reader, parse(found[1]), database)
    return _write(reader, target, columns)


def _with(text: str) -> Mapping[str, str]:
    found = re.match(r"CREATE\s+TABLE\s+(?:IF\s+NOT\s+EXISTS\s+)?\S+\s+WITH\s*\((.*?)\)\s*AS\b", text, WORDS)
    return _pairs(found[1]) if found else {}


def _pairs(text: str) -> Mapping[str, str]:
    return {name.lower(): one or many.replace("'", "").replace(" ", "") for name, one, many in PAIR.findall(text)}


def _target(given: Mapping[str, str], location: str) -> Target:
    layout = {"TEXTFILE": "TEXTFILE", "JSON": "JSON"}.get(given.get("format", "PARQUET").upper(), "PARQUET")
    if given.get("format", "PARQUET").upper() not in {"PARQUET", "JSON", "TEXTFILE"}:
        raise QueryFailed("NOT_SUPPORTED: The sandbox writes PARQUET, JSON and TEXTFILE.")
    if given.get("table_type", "HIVE").upper() != "HIVE":
        raise QueryFailed("NOT_SUPPORTED: The sandbox has no Iceberg tables; leave table_type out.")
    keys = tuple(filter(None, given.get("partitioned_by", "").lower().split(",")))
    compression = given.get("write_compression") or given.get("compression") or given.get("parquet_compression", "")
    location = location.rstrip("/") + "/"
    return Target(location, layout, given.get("field_delimiter", "\x01"), keys, compression.upper())


def _stage(reader: Reader, tree: exp.Expr, database: str) -> list[Column]:
    """Put the rows into a table of the engine, so that they are computed once."""
    prepared = tree.copy()
    sql = reader.prepare(prepared, database)
    reader.run_sql(f"CREATE TABLE staged AS {sql}", tree)
    return _described(reader)


def staged_rows(reader: Reader) -> int:
    """How many rows were written."""
    there = reader.engine.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'staged'").fetchone()[0]
    return int(reader.engine.execute("SELECT count(*) FROM staged").fetchone()[0]) if there else 0


def _described(reader: Reader) -> list[Column]:
    rows = reader.engine.execute("DESCRIBE staged").fetchall()
    return [Column(str(row[0]).lower(), to_hive(str(row[1]))) for row in rows]


def _write(reader: Reader, target: Target, columns: Sequence[Column]) -> list[str]:
    """Write the staged rows as files, and put them into S3."""
    if target.keys and tuple(each.name for each in columns[-len(target.keys) :]) != target.keys:
        raise QueryFailed(
            "HIVE_COLUMN_ORDER_MISMATCH: Partition keys must be the last columns in the table and in the same order "
            f"as the table properties: {list(target.keys)}"
        )
    out = reader.folder / f"out-{uuid.uuid4()}"
    if not reader.engine.execute("SELECT count(*) FROM staged").fetchone()[0]:
        return []
    if target.keys:
        out.mkdir()
    options = [_format(target), *([f"PARTITION_BY ({', '.join(map(name_of, target.keys))})"] if target.keys else [])]
    reader.engine.execute(f"COPY {_rows(target, columns)} TO {quoted(str(out))} ({', '.join(options)})")
    return [
        _put(reader, target, out, path)
        for path in (sorted(out.rglob("*")) if out.is_dir() else [out])
        if path.is_file()
    ]


def _rows(target: Target, columns: Sequence[Column]) -> str:
    if target.layout != "TEXTFILE":
        return "staged"
    cells = [
        f"{name_of(each.name)}"
        if each.name in target.keys
        else f"coalesce(CAST({name_of(each.name)} AS VARCHAR), '\\N') AS {name_of(each.name)}"
        for each in columns
    ]
    return f"(SELECT {', '.join(cells)} FROM staged)"  # noqa: S608


def _format(target: Target) -> str:
    if target.layout == "PARQUET":
        return f"FORMAT parquet, COMPRESSION {PACKED.get(target.compression, 'gzip')}"
    if target.layout == "JSON":
        return "FORMAT json, COMPRESSION gzip" if target.compression != "NONE" else "FORMAT json"
    packed = ", COMPRESSION gzip" if target.compression != "NONE" else ""
    return f"FORMAT csv, HEADER false, DELIMITER {quoted(target.delimiter)}, QUOTE '', ESCAPE ''{packed}"


def _put(reader: Reader, target: Target, out: Path, path: Path) -> str:
    bucket, prefix = s3_place(target.location)
    folders = unquote(str(path.parent.relative_to(out))) + "/" if out not in {path, path.parent} else ""
    ending = ".gz" if target.layout != "PARQUET" and target.compression != "NONE" else ""
    key = f"{prefix}{folders}{uuid.uuid4()}{ending}"
    upload(reader.files.s3, bucket, key, path)
    return f"s3://{bucket}/{key}"


def _register(reader: Reader, table: Table) -> None:
    """Register the partitions that the rows fill."""
    keys = ", ".join(f"CAST({name_of(each.name)} AS VARCHAR)" for each in table.keys)
    rows: list[Any] = reader.engine.execute(f"SELECT DISTINCT {keys} FROM staged").fetchall()  # noqa: S608
    for row in rows:
        path = "/".join(f"{key.name}={value}" for key, value in zip(table.keys, row, strict=True))
        reader.catalog.add_partition(table, tuple(map(str, row)), f"{table.location.rstrip('/')}/{path}")
