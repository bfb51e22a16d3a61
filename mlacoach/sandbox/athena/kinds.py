"""Types: Hive's in the catalog, DuckDB's in the engine, Trino's in the answers."""

import re

INTEGERS = frozenset({"tinyint", "smallint", "integer", "bigint"})
# DuckDB's names; whatever is not here is the same in Trino, in lower case.
TRINO = {
    "FLOAT": "float",
    "HUGEINT": "bigint",
    "UBIGINT": "bigint",
    "UINTEGER": "bigint",
    "UHUGEINT": "bigint",
    "BLOB": "varbinary",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "TIMESTAMP_NS": "timestamp",
    "TIMESTAMP_S": "timestamp",
    "TIMESTAMP_MS": "timestamp",
    '"NULL"': "unknown",
    "NULL": "unknown",
    "UUID": "varchar",
}
HIVE = {"integer": "int", "varchar": "string", "varbinary": "binary", "unknown": "string", "json": "string"}
PRECISION = re.compile(r"decimal\((\d+),\s*(\d+)\)")


def to_duck(hive: str) -> str:
    """DuckDB's name of a Hive type."""
    from sqlglot import exp  # noqa: PLC0415 - slow to import

    return exp.DataType.build(hive, dialect="hive").sql("duckdb")


def to_trino(duck: str) -> str:
    """The name that GetQueryResults shows for a DuckDB type."""
    if duck.endswith("]"):
        return "array"
    for prefix, name in (("STRUCT", "row"), ("MAP", "map"), ("DECIMAL", "decimal"), ("TIME WITH", "time")):
        if duck.startswith(prefix):
            return name
    return TRINO.get(duck, duck.lower())


def to_hive(duck: str) -> str:
    """The Hive type with which a DuckDB type is written into the catalog."""
    if duck.endswith("]"):
        return f"array<{to_hive(duck[: duck.rindex('[')])}>"
    if duck.startswith(("STRUCT", "MAP")):
        from sqlglot import exp  # noqa: PLC0415 - slow to import

        return exp.DataType.build(duck, dialect="duckdb").sql("hive").lower().replace(" ", "")
    if duck.startswith("DECIMAL"):
        return duck.lower().replace(" ", "")
    name = to_trino(duck)
    return "timestamp" if name.startswith("timestamp") else HIVE.get(name, name)


def column_info(name: str, duck: str) -> dict[str, object]:
    """A row of ResultSetMetadata."""
    kind = to_trino(duck)
    precision, scale = _precision(kind, duck)
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": name,
        "Label": name,
        "Type": kind,
        "Precision": precision,
        "Scale": scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": kind == "varchar",
    }


def _precision(kind: str, duck: str) -> tuple[int, int]:
    found = PRECISION.match(duck.lower())
    if found:
        return int(found[1]), int(found[2])
    known = {"varchar": 2147483647, "double": 17, "float": 17, "integer": 10, "bigint": 19, "smallint": 5, "tinyint": 3}
    known |= {"timestamp": 3}
    return known.get(kind, 0), 0
