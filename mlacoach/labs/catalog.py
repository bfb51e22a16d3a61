"""What the checks of the labs on data look at: tables of the Data Catalog, queries of Athena, objects in a bucket.

Each says in `NotYet` what is there instead of what should be.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mlacoach.labs.aws import Aws
from mlacoach.labs.steps import NotYet

Found = Mapping[str, Any]
Rows = list[tuple[str, ...]]
# Queries of a work group that a check looks at, the newest first.
MOST_QUERIES = 50


def database(aws: Aws) -> str:
    """The name of the run's database: Athena reads names with underscores only."""
    return aws.name("lake").replace("-", "_")


def the_database(aws: Aws) -> Found:
    """The run's database, as GetDatabase has it.

    Raises:
        NotYet: there is none.
    """
    found = aws.find("glue", "get_database", Name=database(aws))
    if found is None:
        raise NotYet(f"There is no database {database(aws)}.", hint='aws.name("lake"), with _ for each -.')
    return dict(found["Database"])


def table(aws: Aws, name: str, hint: str) -> Found:
    """A table of the run's database, as GetTable has it.

    Raises:
        NotYet: there is none; with this hint.
    """
    found = aws.find("glue", "get_table", DatabaseName=database(aws), Name=name)
    if found is None:
        raise NotYet(f"There is no table {name} in {database(aws)}.", hint=hint)
    return dict(found["Table"])


def columns(found: Found) -> dict[str, str]:
    """The columns of a table with their types, without the partition keys."""
    return {column["Name"]: column["Type"] for column in found["StorageDescriptor"]["Columns"]}


def partition_keys(found: Found) -> list[str]:
    """The names of a table's partition keys."""
    return [key["Name"] for key in found.get("PartitionKeys", ())]


def partitions(aws: Aws, name: str) -> dict[tuple[str, ...], str]:
    """The partitions of a table: their values, with the place of each."""
    found = aws.find("glue", "get_partitions", DatabaseName=database(aws), TableName=name) or {"Partitions": []}
    return {tuple(each["Values"]): str(each["StorageDescriptor"]["Location"]) for each in found["Partitions"]}


def objects(aws: Aws, prefix: str) -> dict[str, int]:
    """The keys below a prefix of the bucket `aws.name("data")` with their sizes; without those of empty objects."""
    found = aws.find("s3", "list_objects_v2", Bucket=aws.name("data"), Prefix=prefix) or {}
    return {each["Key"]: each["Size"] for each in found.get("Contents", ()) if each["Size"]}


def body(aws: Aws, key: str) -> bytes:
    """An object of the bucket `aws.name("data")`.

    Raises:
        NotYet: there is none.
    """
    found = aws.find("s3", "get_object", Bucket=aws.name("data"), Key=key)
    if found is None:
        raise NotYet(f"There is no s3://{aws.name('data')}/{key}.", hint="s3.put_object(…)")
    return bytes(found["Body"].read())


@dataclass(frozen=True, slots=True)
class Query:
    """A query that succeeded: its text, its rows without the header, the bytes that it read."""

    id: str
    text: str
    rows: Rows
    scanned: int


def queries(aws: Aws, work_group: str) -> Iterator[Query]:
    """The queries of a work group that succeeded and gave rows, the newest first."""
    found = aws.find("athena", "list_query_executions", WorkGroup=work_group, MaxResults=MOST_QUERIES) or {}
    for key in found.get("QueryExecutionIds", ()):
        query = (aws.find("athena", "get_query_execution", QueryExecutionId=key) or {})["QueryExecution"]
        if query["Status"]["State"] == "SUCCEEDED" and query["StatementType"] == "DML":
            scanned = query.get("Statistics", {}).get("DataScannedInBytes", 0)
            yield Query(key, query["Query"], _rows(aws, key), scanned)


def _rows(aws: Aws, key: str) -> Rows:
    found = aws.find("athena", "get_query_results", QueryExecutionId=key) or {"ResultSet": {"Rows": []}}
    rows = [tuple(cell.get("VarCharValue", "") for cell in row["Data"]) for row in found["ResultSet"]["Rows"]]
    return rows[1:]


def same_rows(rows: Rows, wanted: Sequence[Sequence[object]]) -> bool:
    """Are these the rows, in order, numbers compared as numbers?"""
    if len(rows) != len(wanted):
        return False
    pairs = [pair for row, want in zip(rows, wanted, strict=True) for pair in _pairs(row, want)]
    return all(_same(cell, want) for cell, want in pairs)


def _pairs(row: Sequence[str], want: Sequence[object]) -> list[tuple[str, object]]:
    return list(zip(row, want, strict=True)) if len(row) == len(want) else [("", "another number of columns")]


def _same(cell: str, want: object) -> bool:
    if not isinstance(want, int | float):
        return cell == want
    try:
        return abs(float(cell) - want) < 0.006  # noqa: PLR2004 - two decimal places, rounded
    except ValueError:
        return False


def parquet(aws: Aws, key: str) -> tuple[dict[str, str], int]:
    """An object of the bucket `aws.name("data")` as Parquet: its columns with DuckDB's types, and how many rows it has.

    Raises:
        NotYet: there is none, or it is no Parquet.
    """
    with _opened(aws, [key]) as found:
        columns = dict(zip(found.columns, map(str, found.types), strict=True))
        return columns, int(found.count("*").fetchall()[0][0])


def parquet_rows(aws: Aws, keys: Sequence[str], *names: str) -> list[tuple[Any, ...]]:
    """The rows of several such objects, of these columns only.

    Raises:
        NotYet: one is not there, is no Parquet, or has no such columns.
    """
    if not keys:
        return []
    with _opened(aws, keys) as found:
        rows: list[tuple[Any, ...]] = found.select(*names).fetchall()
        return rows


@contextmanager
def _opened(aws: Aws, keys: Sequence[str]) -> Iterator[Any]:
    import duckdb  # noqa: PLC0415 - only labs need it

    with TemporaryDirectory() as folder:
        for number, key in enumerate(keys):
            (Path(folder) / f"{number}.parquet").write_bytes(body(aws, key))
        try:
            yield duckdb.connect().read_parquet(f"{folder}/*.parquet", hive_partitioning=False)
        except duckdb.Error:
            raise NotYet(
                f"{keys[0]} is no Parquet, or has other columns.", hint="DESCRIBE tells its columns."
            ) from None
