"""Athena: Trino's SQL over the Glue catalog and S3."""
# ruff: noqa: S608 - queries are what is tested
# ruff: noqa: E501 - and they stay on their lines

import gzip
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from mlacoach.sandbox import athena
from mlacoach.sandbox.athena.executions import OVER, QUERY
from tests.sandbox_clients import client_of, refused
from tests.sandbox_inside import Inside

PATIENCE = 30.0
DENIED = " or requester is not authorized to access requested resources"
SALES = {
    "dt=2026-01-01/a.csv": b"id,x,note\n1,2.5,one\n2,3.5,\\N\n",
    "dt=2026-01-02/a.csv": b'id,x,note\n3,9,"a"\n4,oops,"b"\n',
}
SALES_TABLE = """
CREATE EXTERNAL TABLE IF NOT EXISTS shop.sales (id int, x double COMMENT 'price', note string)
PARTITIONED BY (dt string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ','
STORED AS TEXTFILE LOCATION 's3://lake/sales/' TBLPROPERTIES ('skip.header.line.count'='1')
"""


@dataclass
class Athena:
    """Asks, waits, and reads."""

    inside: Inside
    client: Any
    s3: Any

    def run(self, sql: str, **more: object) -> dict[str, Any]:
        request = {
            "QueryString": sql,
            "QueryExecutionContext": {"Database": "shop"},
            "ResultConfiguration": {"OutputLocation": "s3://lake/results/"},
            **more,
        }
        key = self.client.start_query_execution(**request)["QueryExecutionId"]
        store = self.inside.world.store
        record = store.get(QUERY, key)
        assert record is not None
        store.wait(record, lambda now: now is None or now["Status"]["State"] in OVER, PATIENCE)
        found: dict[str, Any] = self.client.get_query_execution(QueryExecutionId=key)["QueryExecution"]
        return found

    def done(self, sql: str, **more: object) -> dict[str, Any]:
        found = self.run(sql, **more)
        assert found["Status"]["State"] == "SUCCEEDED", found["Status"]
        return found

    def rows(self, sql: str, **more: object) -> list[list[str | None]]:
        key = self.done(sql, **more)["QueryExecutionId"]
        answer = self.client.get_query_results(QueryExecutionId=key)["ResultSet"]["Rows"]
        return [[each.get("VarCharValue") for each in row["Data"]] for row in answer]

    def values(self, sql: str, **more: object) -> list[list[str | None]]:
        return self.rows(sql, **more)[1:]

    def reason(self, sql: str, **more: object) -> str:
        status = self.run(sql, **more)["Status"]
        assert status["State"] == "FAILED", status
        assert status["AthenaError"]["ErrorMessage"] == status["StateChangeReason"]
        return str(status["StateChangeReason"])

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket="lake", Key=key, Body=body)

    def get(self, url: str) -> bytes:
        body: bytes = self.s3.get_object(Bucket="lake", Key=url.removeprefix("s3://lake/"))["Body"].read()
        return body


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Athena]:
    with Inside(tmp_path_factory.mktemp("world"), athena.register) as inside:
        lake = Athena(inside, client_of(inside.url, "athena"), client_of(inside.url, "s3"))
        lake.s3.create_bucket(Bucket="lake")
        for key, body in SALES.items():
            lake.put(f"sales/{key}", body)
        lake.done("CREATE DATABASE shop")
        lake.done(SALES_TABLE)
        lake.done("MSCK REPAIR TABLE sales")
        yield lake


def test_csv_with_partitions(lake: Athena) -> None:
    rows = lake.rows("SELECT dt, count(*) AS n, sum(x) AS total, count(note) FROM sales GROUP BY dt ORDER BY dt")
    assert rows == [["dt", "n", "total", "_col3"], ["2026-01-01", "2", "6.0", "1"], ["2026-01-02", "2", "9.0", "2"]]
    # LazySimpleSerDe keeps quotes, and what is no number is NULL.
    assert lake.values("SELECT x, note FROM sales WHERE id = 4") == [[None, '"b"']]


def test_the_result_file_is_what_athena_writes(lake: Athena) -> None:
    found = lake.done("SELECT id, x, note FROM sales WHERE dt = '2026-01-01' ORDER BY id")
    location = found["ResultConfiguration"]["OutputLocation"]
    assert location == f"s3://lake/results/{found['QueryExecutionId']}.csv"
    assert lake.get(location) == b'"id","x","note"\n"1","2.5","one"\n"2","3.5",\n'
    assert lake.get(location + ".metadata")
    assert (found["StatementType"], found["WorkGroup"]) == ("DML", "primary")


def test_partitions_that_the_where_clause_leaves_out_are_not_scanned(lake: Athena) -> None:
    sizes = {key: len(body) for key, body in SALES.items()}
    everything = lake.done("SELECT * FROM sales")["Statistics"]["DataScannedInBytes"]
    one = lake.done("SELECT * FROM sales s WHERE s.dt = '2026-01-02' AND id > 0")["Statistics"]["DataScannedInBytes"]
    assert (everything, one) == (sum(sizes.values()), sizes["dt=2026-01-02/a.csv"])
    either = "SELECT * FROM sales WHERE dt = '2026-01-02' OR id = 1"
    assert [row[0] for row in lake.values(either + " ORDER BY id")] == ["1", "3", "4"]


def test_types_of_the_answer(lake: Athena) -> None:
    sql = """SELECT 1 AS i, CAST(2 AS bigint) AS b, 1e10 AS d, 'a' AS s, true AS t, DATE '2026-01-02' AS day,
        TIMESTAMP '2026-01-02 03:04:05' AS ts, ARRAY[1, 2] AS a, MAP(ARRAY['k'], ARRAY[1]) AS m,
        CAST(ROW(1, 'x') AS ROW(p integer, q varchar)) AS r, CAST(1.5 AS decimal(4, 2)) AS dec, 7 / 2 AS half, NULL AS n"""
    key = lake.done(sql)["QueryExecutionId"]
    answer = lake.client.get_query_results(QueryExecutionId=key)["ResultSet"]
    kinds = {each["Name"]: each["Type"] for each in answer["ResultSetMetadata"]["ColumnInfo"]}
    values = dict(zip(kinds, [each.get("VarCharValue") for each in answer["Rows"][1]["Data"]], strict=True))
    assert kinds | {"n": ""} == {
        "i": "integer", "b": "bigint", "d": "double", "s": "varchar", "t": "boolean", "day": "date", "ts": "timestamp",
        "a": "array", "m": "map", "r": "row", "dec": "decimal", "half": "integer", "n": "",
    }  # fmt: skip
    assert values == {
        "i": "1", "b": "2", "d": "1.0E10", "s": "a", "t": "true", "day": "2026-01-02", "ts": "2026-01-02 03:04:05.000",
        "a": "[1, 2]", "m": "{k=1}", "r": "{p=1, q=x}", "dec": "1.50", "half": "3", "n": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("sql", "value"),
    [
        ("date_format(timestamp '2026-03-04 05:06:07', '%Y-%m')", "2026-03"),
        ("date_diff('day', date '2026-01-01', date '2026-01-31')", "30"),
        ("element_at(split('a,b', ','), 2)", "b"),
        ("json_extract_scalar('{\"k\": 5}', '$.k')", "5"),
        ("regexp_like('abc', 'b.')", "true"),
        ("approx_distinct(v)", "3"),
        ("count_if(v > 1)", "2"),
        ("max_by(w, v)", "c"),
        ("cardinality(array_agg(v))", "3"),
        ("try_cast('x' AS integer)", None),
        ("coalesce(nullif(max(v), 3), 7)", "7"),
        ("reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s)", "6"),
        ("sum(v) / count(*)", "2"),
        ("sum(v) / 4.0", "1.5"),
        ("element_at(map_agg(w, v), 'b')", "2"),
    ],
)
def test_functions_of_trino(lake: Athena, sql: str, value: str | None) -> None:
    assert lake.values(f"SELECT {sql} FROM (VALUES (1, 'a'), (2, 'b'), (3, 'c')) AS t(v, w)")[0] == [value]


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT nope FROM sales", "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved" + DENIED),
        ("SELECT id\nFROM sales s\nWHERE s.price > 1", "COLUMN_NOT_FOUND: line 3:7: Column 'price' cannot be resolved" + DENIED),
        ("SELECT * FROM missing", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.shop.missing' does not exist"),
        ("SELECT * FROM other.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'other' does not exist"),
        ("SELECT foo_bar(id) FROM sales", "FUNCTION_NOT_FOUND: line 1:8: Function 'foo_bar' not registered"),
        ("SELECT id, count(*) FROM sales", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'id' must be an aggregate expression or appear in GROUP BY clause"),
        ("SELECT * FROM sales WHERE dt = 20260101", "TYPE_MISMATCH: line 1:30: Cannot apply operator: varchar = integer"),
        ("SELECT * FROM sales WHERE id = 'a'", "TYPE_MISMATCH: line 1:30: Cannot apply operator: integer = varchar(1)"),
        ("SELECT 1 / (id - id) FROM sales", "DIVISION_BY_ZERO: Division by zero"),
        ("SELECT CAST(note AS integer) FROM sales WHERE id = 1", "INVALID_CAST_ARGUMENT: Cannot cast 'one' to INT"),
        ("SHOW PARTITIONS missing", "FAILED: SemanticException [Error 10001]: Table not found shop.missing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_trinos_words(lake: Athena, sql: str, reason: str) -> None:
    assert lake.reason(sql) == reason


def test_what_athena_refuses_at_once(lake: Athena) -> None:
    start = lake.client.start_query_execution
    place = {"OutputLocation": "s3://lake/results/"}
    code, said = refused(start, QueryString="SELECT 1")
    assert (code, said.partition(".")[0]) == ("InvalidRequestException", "No output location provided")
    assert refused(start, QueryString="SELEC 1", ResultConfiguration=place)[1].startswith(
        "line 1:1: mismatched input 'SELEC'"
    )
    assert refused(start, QueryString="SELECT a FORM b c", ResultConfiguration=place)[1].startswith(
        "line 1:15: mismatched"
    )
    gone = {"OutputLocation": "s3://no-such-bucket-here/"}
    assert refused(start, QueryString="SELECT 1", ResultConfiguration=gone)[1].endswith(
        "output bucket no-such-bucket-here"
    )
    assert refused(start, QueryString="SELECT 1", WorkGroup="none")[1] == "WorkGroup none is not found."
    assert refused(lake.client.get_query_execution, QueryExecutionId="a")[1] == "QueryExecution a was not found"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        'SELECT * FROM "/etc/passwd"',
        "SELECT * FROM read_csv('https://example.com/a.csv')",
        "WITH a AS (SELECT 1) SELECT * FROM duckdb_secrets() CROSS JOIN read_blob('/etc/hosts')",
    ],
)
def test_a_query_sees_no_files_but_its_tables(lake: Athena, sql: str) -> None:
    assert "root:" not in lake.reason(sql)


@pytest.mark.parametrize(
    "sql", ["ATTACH 'a.db'", "COPY (SELECT 1) TO 'x.csv'", "INSTALL httpfs", "SET threads = 1", "PRAGMA x"]
)
def test_duckdbs_own_statements_are_none_of_athenas(lake: Athena, sql: str) -> None:
    place = {"OutputLocation": "s3://lake/results/"}
    assert (
        refused(lake.client.start_query_execution, QueryString=sql, ResultConfiguration=place)[0]
        == "InvalidRequestException"
    )


def test_json_lines(lake: Athena) -> None:
    lines = [{"a": 1, "deep": {"b": [1, 2]}, "Word": "x"}, {"a": "no number", "word": None}]
    lake.put("json/a.json.gz", gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    lake.done("""CREATE EXTERNAL TABLE j (a int, deep struct<b:array<int>>)
        ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://lake/json/'""")
    assert lake.values("SELECT a, deep.b[2], deep FROM j") == [["1", "2", "{b=[1, 2]}"], [None, None, None]]


def test_quoted_csv(lake: Athena) -> None:
    lake.put("quoted/a.csv", b'name;n\n"Smith; John";"1"\n"say ""hi""";2\n')
    lake.done("""CREATE EXTERNAL TABLE q (name string, n string)
        ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde'
        WITH SERDEPROPERTIES ('separatorChar'=';', 'quoteChar'='"')
        LOCATION 's3://lake/quoted/' TBLPROPERTIES ('skip.header.line.count'='1')""")
    assert lake.values("SELECT * FROM q") == [["Smith; John", "1"], ['say "hi"', "2"]]


def test_parquet_scans_only_the_columns_that_are_used(lake: Athena, tmp_path: Any) -> None:  # noqa: ANN401
    file = tmp_path / "a.parquet"
    duckdb.sql(
        f"COPY (SELECT range::INTEGER AS small, hash(range)::VARCHAR AS large FROM range(5000)) TO '{file}' (FORMAT parquet)"
    )
    lake.put("parquet/a.parquet", file.read_bytes())
    lake.done(
        "CREATE EXTERNAL TABLE p (small int, large string, later double) STORED AS PARQUET LOCATION 's3://lake/parquet'"
    )
    assert lake.values("SELECT sum(small), count(later) FROM p") == [["12497500", "0"]]
    small = lake.done("SELECT max(small) FROM p")["Statistics"]["DataScannedInBytes"]
    large = lake.done("SELECT max(large) FROM p")["Statistics"]["DataScannedInBytes"]
    everything = lake.done("SELECT * FROM p")["Statistics"]["DataScannedInBytes"]
    assert 0 < small < large < everything == file.stat().st_size
    lake.done("CREATE EXTERNAL TABLE wrong (small string) STORED AS PARQUET LOCATION 's3://lake/parquet'")
    assert lake.reason("SELECT small FROM wrong").startswith(
        "HIVE_BAD_DATA: Field small's type INTEGER in parquet file"
    )


def test_create_table_as_and_insert(lake: Athena) -> None:
    sql = """CREATE TABLE copied WITH (format = 'PARQUET', external_location = 's3://lake/copied/',
        partitioned_by = ARRAY['dt']) AS SELECT id, x, dt FROM sales"""
    found = lake.done(sql)
    assert found["SubstatementType"] == "CREATE_TABLE_AS_SELECT"
    assert lake.get(found["Statistics"]["DataManifestLocation"]).startswith(b"s3://lake/copied/dt=2026-01-01/")
    assert lake.values("SELECT dt, count(*) FROM copied GROUP BY 1 ORDER BY 1") == [
        ["2026-01-01", "2"],
        ["2026-01-02", "2"],
    ]
    lake.done("INSERT INTO copied SELECT 9, 1.5, '2026-01-03'")
    lake.done("INSERT INTO copied (dt, id) VALUES ('2026-01-03', 10)")
    assert lake.values("SELECT id, x FROM copied WHERE dt = '2026-01-03' ORDER BY id") == [["9", "1.5"], ["10", None]]
    assert [row[0] for row in lake.rows("SHOW PARTITIONS copied")] == [
        "dt=2026-01-01",
        "dt=2026-01-02",
        "dt=2026-01-03",
    ]
    assert lake.reason(sql).startswith("TABLE_ALREADY_EXISTS")
    assert lake.reason(sql.replace("copied WITH", "again WITH")).startswith("HIVE_PATH_ALREADY_EXISTS")


@pytest.mark.parametrize("layout", ["TEXTFILE", "JSON"])
def test_other_formats_are_written_and_read(lake: Athena, layout: str) -> None:
    name = f"as_{layout.lower()}"
    delimiter = ", field_delimiter = ','" if layout == "TEXTFILE" else ""
    lake.done(f"CREATE TABLE {name} WITH (format = '{layout}'{delimiter}) AS SELECT id, note FROM sales WHERE id < 3")
    lake.done(f"INSERT INTO {name} VALUES (7, 'new')")
    assert lake.values(f"SELECT * FROM {name} ORDER BY id") == [["1", "one"], ["2", None], ["7", "new"]]


def test_unload(lake: Athena) -> None:
    lake.done("UNLOAD (SELECT id FROM sales) TO 's3://lake/unloaded/' WITH (format = 'PARQUET')")
    keys = [each["Key"] for each in lake.s3.list_objects_v2(Bucket="lake", Prefix="unloaded/")["Contents"]]
    lake.done("CREATE EXTERNAL TABLE u (id int) STORED AS PARQUET LOCATION 's3://lake/unloaded/'")
    assert (len(keys), lake.values("SELECT sum(id) FROM u")) == (1, [["10"]])


def test_views(lake: Athena) -> None:
    lake.done("CREATE OR REPLACE VIEW dear AS SELECT id, x * 2 AS twice FROM sales WHERE x > 3")
    lake.done("CREATE OR REPLACE VIEW dear AS SELECT id, x * 3 AS thrice FROM sales WHERE x > 3")
    lake.done("CREATE VIEW dearest AS SELECT max(thrice) AS top FROM dear")
    assert lake.values('SELECT top FROM "awsdatacatalog"."shop"."dearest"') == [["27.0"]]
    assert lake.rows("SHOW VIEWS") == [["dear"], ["dearest"]]
    lake.done("DROP VIEW dear")
    assert lake.reason("SELECT * FROM dearest").startswith("TABLE_NOT_FOUND")


def test_partitions_by_hand(lake: Athena) -> None:
    lake.put("elsewhere/b.csv", b"id,x,note\n50,1,z\n")
    lake.done(SALES_TABLE.replace("shop.sales", "hand"))
    assert lake.values("SELECT * FROM hand") == []
    add = "ALTER TABLE hand ADD IF NOT EXISTS PARTITION (dt = '2026-02-01') LOCATION 's3://lake/elsewhere/' PARTITION (dt='2026-01-01')"
    lake.done(add)
    lake.done(add)
    assert [row[0] for row in lake.values("SELECT id FROM hand ORDER BY id")] == ["1", "2", "50"]
    assert lake.reason(add.replace("IF NOT EXISTS", "")).endswith("Partition already exists: dt=2026-02-01)")
    lake.done("ALTER TABLE hand DROP PARTITION (dt = '2026-02-01')")
    assert lake.rows("SHOW PARTITIONS hand") == [["dt=2026-01-01"]]
    found = lake.rows("MSCK REPAIR TABLE hand")
    assert found[1] == ["Repair: Added partition to metastore hand:dt=2026-01-02"]


def test_show_and_describe(lake: Athena) -> None:
    assert ["shop"] in lake.rows("SHOW DATABASES")
    assert ["sales"] in lake.rows("SHOW TABLES IN shop 's*'")
    described = [row[0].split() for row in lake.rows("DESCRIBE sales") if row[0]]
    assert described[:4] == [["id", "int"], ["x", "double"], ["note", "string"], ["dt", "string"]]
    created = "\n".join(row[0] or "" for row in lake.rows("SHOW CREATE TABLE sales"))
    assert "`x` double" in created
    assert "'s3://lake/sales/'" in created
    lake.done("ALTER TABLE sales ADD COLUMNS (extra string)")
    assert lake.values("SELECT extra FROM sales WHERE id = 1") == [[None]]


def test_dropping(lake: Athena) -> None:
    lake.done("CREATE DATABASE brief")
    lake.done("CREATE TABLE brief.t AS SELECT 1 AS a")
    assert lake.reason("DROP DATABASE brief").endswith("Database brief is not empty.)")
    lake.done("DROP TABLE brief.t")
    lake.done("DROP TABLE IF EXISTS brief.t")
    assert lake.reason("DROP TABLE brief.t").endswith("Table not found brief.t")
    lake.done("DROP DATABASE brief CASCADE")
    assert ["brief"] not in lake.rows("SHOW DATABASES")


def test_parameters_and_prepared_statements(lake: Athena) -> None:
    assert lake.values("SELECT id FROM sales WHERE dt = ? AND x > ?", ExecutionParameters=["'2026-01-01'", "3"]) == [
        ["2"]
    ]
    assert lake.reason("SELECT ?").endswith("Incorrect number of parameters: expected 1 but found 0")
    lake.done("PREPARE by_id FROM SELECT x FROM sales WHERE id = ?")
    assert lake.values("EXECUTE by_id USING 1") == [["2.5"]]
    assert lake.values("EXECUTE by_id", ExecutionParameters=["2"]) == [["3.5"]]
    stored = lake.client.get_prepared_statement(StatementName="by_id", WorkGroup="primary")["PreparedStatement"]
    assert stored["QueryStatement"] == "SELECT x FROM sales WHERE id = ?"
    lake.done("DEALLOCATE PREPARE by_id")
    assert lake.client.list_prepared_statements(WorkGroup="primary")["PreparedStatements"] == []


def test_pages_of_results(lake: Athena) -> None:
    key = lake.done("SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n) ORDER BY n")["QueryExecutionId"]
    pages = list(lake.client.get_paginator("get_query_results").paginate(QueryExecutionId=key))
    values = [row["Data"][0]["VarCharValue"] for page in pages for row in page["ResultSet"]["Rows"]]
    assert ([len(page["ResultSet"]["Rows"]) for page in pages], values[0], values[-1]) == (
        [1000, 1000, 501],
        "n",
        "2500",
    )


def test_work_groups(lake: Athena) -> None:
    own = {"ResultConfiguration": {"OutputLocation": "s3://lake/own/"}, "BytesScannedCutoffPerQuery": 10_000_000}
    lake.client.create_work_group(Name="team", Configuration=own, Tags=[{"Key": "a", "Value": "b"}])
    found = lake.done("SELECT * FROM sales", WorkGroup="team")
    assert found["ResultConfiguration"]["OutputLocation"].startswith("s3://lake/own/")
    assert lake.client.list_query_executions(WorkGroup="team")["QueryExecutionIds"] == [found["QueryExecutionId"]]
    arn = "arn:aws:athena:us-east-1:123456789012:workgroup/team"
    assert lake.client.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    lake.client.update_work_group(WorkGroup="team", State="DISABLED")
    assert (
        refused(lake.client.start_query_execution, QueryString="SELECT 1", WorkGroup="team")[1]
        == "WorkGroup team is disabled."
    )
    assert refused(lake.client.delete_work_group, WorkGroup="team")[1] == "WorkGroup team is not empty"
    lake.client.delete_work_group(WorkGroup="team", RecursiveDeleteOption=True)
    assert [each["Name"] for each in lake.client.list_work_groups()["WorkGroups"]] == ["primary"]


def test_a_query_that_scans_too_much_is_cancelled(lake: Athena) -> None:
    buffer = io.BytesIO()
    buffer.write(b"id\n" + b"1234567890\n" * 1_000_000)
    lake.put("large/a.csv", buffer.getvalue())
    lake.done(
        "CREATE EXTERNAL TABLE large (id bigint) LOCATION 's3://lake/large/' TBLPROPERTIES ('skip.header.line.count'='1')"
    )
    lake.client.create_work_group(Name="thrifty", Configuration={"BytesScannedCutoffPerQuery": 10_000_000})
    status = lake.run("SELECT count(*) FROM large", WorkGroup="thrifty")["Status"]
    assert (status["State"], status["StateChangeReason"]) == ("CANCELLED", "Bytes scanned limit was exceeded")
    assert lake.values("SELECT count(*), max(id) FROM large") == [["1000000", "1234567890"]]


def test_a_query_can_be_stopped(lake: Athena) -> None:
    endless = "SELECT count(*) FROM UNNEST(sequence(1, 100000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 100000)) AS b(y) WHERE sqrt(x + y) > 1e9"
    place = {"OutputLocation": "s3://lake/results/"}
    key = lake.client.start_query_execution(QueryString=endless, ResultConfiguration=place)["QueryExecutionId"]
    record = lake.inside.world.store.get(QUERY, key)
    assert record is not None
    lake.inside.world.store.wait(record, lambda now: now is not None and now["Status"]["State"] == "RUNNING", PATIENCE)
    assert refused(lake.client.get_query_results, QueryExecutionId=key)[1].endswith("Current state: RUNNING")
    lake.client.stop_query_execution(QueryExecutionId=key)
    found = lake.client.get_query_execution(QueryExecutionId=key)["QueryExecution"]["Status"]
    assert (found["State"], found["StateChangeReason"]) == ("CANCELLED", "Query cancelled by user")
    # The engine itself has ended, not the record alone.
    lake.inside.world.store.wait(record, lambda now: now is not None and now.private["run"] is None, PATIENCE)
    ended = lake.inside.world.store.get(QUERY, key)
    assert ended is not None
    assert ended.private["run"] is None


def test_the_catalog_through_athena(lake: Athena) -> None:
    found = lake.client.get_table_metadata(CatalogName="AwsDataCatalog", DatabaseName="shop", TableName="sales")[
        "TableMetadata"
    ]
    assert [each["Name"] for each in found["PartitionKeys"]] == ["dt"]
    names = [each["Name"] for each in lake.client.list_databases(CatalogName="AwsDataCatalog")["DatabaseList"]]
    assert "shop" in names
    asked = {"CatalogName": "AwsDataCatalog", "DatabaseName": "none"}
    assert refused(lake.client.get_database, **asked)[0] == "MetadataException"
