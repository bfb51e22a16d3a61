"""Glue: crawlers that look, jobs that run, data quality that is measured."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
import pytest

from mlacoach.sandbox import athena, glue
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.glue import job_runs
from mlacoach.sandbox.glue.crawlers import CRAWLER
from mlacoach.sandbox.glue.dqdl import parse
from mlacoach.sandbox.glue.job_runs import OVER, RUN
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.telling import Event
from tests.sandbox_clients import ROLE, client_of, refused
from tests.sandbox_inside import Inside

PATIENCE = 30.0


@dataclass
class Glue:
    """Starts, waits, and reads."""

    inside: Inside
    client: Any
    s3: Any
    logs: Any
    told: list[Event]

    def put(self, key: str, body: bytes) -> None:
        self.s3.put_object(Bucket="lake", Key=key, Body=body)

    def wait(self, kind: str, key: str, member: str, states: frozenset[str]) -> Record:
        store = self.inside.world.store
        record = store.get(kind, key)
        assert record is not None
        now = store.wait(record, lambda now: now is None or now[member] in states, PATIENCE)
        assert now is not None
        assert now[member] in states
        return now

    def crawl(self, name: str, path: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        if not self.inside.world.store.get(CRAWLER, name):
            target = {"Path": path, **more.pop("target", {})}
            self.client.create_crawler(
                Name=name, Role=ROLE, DatabaseName="crawled", Targets={"S3Targets": [target]}, **more
            )
        self.client.start_crawler(Name=name)
        self.wait(CRAWLER, name, "State", frozenset({"READY"}))
        found: dict[str, Any] = self.client.get_crawler(Name=name)["Crawler"]
        return found

    def table(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.client.get_table(DatabaseName="crawled", Name=name)["Table"]
        return found

    def columns(self, name: str) -> dict[str, str]:
        return {each["Name"]: each["Type"] for each in self.table(name)["StorageDescriptor"]["Columns"]}

    def run(self, name: str, script: str, arguments: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        self.put(f"scripts/{name}.py", script.encode())
        command = {"Name": "pythonshell", "ScriptLocation": f"s3://lake/scripts/{name}.py", **more.pop("command", {})}
        self.client.create_job(Name=name, Role=ROLE, Command=command, **more)
        key = self.client.start_job_run(JobName=name, Arguments=arguments or {})["JobRunId"]
        self.wait(RUN, f"{name}/{key}", "JobRunState", OVER)
        found: dict[str, Any] = self.client.get_job_run(JobName=name, RunId=key)["JobRun"]
        return found

    def lines(self, group: str, stream: str) -> list[str]:
        return [
            each["message"] for each in self.logs.get_log_events(logGroupName=group, logStreamName=stream)["events"]
        ]


def _register(engines: Engines) -> None:
    athena.register(engines)
    glue.register(engines)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Glue]:
    with Inside(tmp_path_factory.mktemp("world"), _register) as inside:
        told: list[Event] = []
        inside.world.events.subscribe(told.append)
        clients = (client_of(inside.url, each) for each in ("glue", "s3", "logs"))
        found = Glue(inside, *clients, told)
        found.s3.create_bucket(Bucket="lake")
        yield found


def test_a_crawler_finds_csv_with_its_header_and_partitions(aws: Glue) -> None:
    for year in ("2025", "2026"):
        aws.put(f"sales/year={year}/a.csv", b"Id,Price,Note\n1,2.5,a\n2,3,b\n")
    found = aws.crawl("sales", "s3://lake/sales/", TablePrefix="raw_")
    assert (found["State"], found["LastCrawl"]["Status"]) == ("READY", "SUCCEEDED")
    table = aws.table("raw_sales")
    assert aws.columns("raw_sales") == {"id": "bigint", "price": "double", "note": "string"}
    assert table["PartitionKeys"] == [{"Name": "year", "Type": "string"}]
    assert (table["Parameters"]["classification"], table["Parameters"]["skip.header.line.count"]) == ("csv", "1")
    partitions = aws.client.get_partitions(DatabaseName="crawled", TableName="raw_sales")["Partitions"]
    assert sorted(each["Values"] for each in partitions) == [["2025"], ["2026"]]
    metrics = aws.client.get_crawler_metrics(CrawlerNameList=["sales"])["CrawlerMetricsList"][0]
    assert (metrics["TablesCreated"], metrics["TablesUpdated"]) == (1, 0)
    assert [each.detail["state"] for each in aws.told if each.detail.get("crawlerName") == "sales"] == [
        "Started",
        "Succeeded",
    ]


def test_a_second_crawl_adds_columns_and_partitions(aws: Glue) -> None:
    aws.put("grow/day=1/a.json", b'{"a": 1}\n')
    aws.crawl("grow", "s3://lake/grow")
    aws.put("grow/day=2/a.json.gz", gzip.compress(b'{"a": 2.5, "b": {"c": ["x"]}, "d": true}\n'))
    aws.crawl("grow", "s3://lake/grow")
    assert aws.columns("grow") == {"a": "double", "b": "struct<c:array<string>>", "d": "boolean"}
    assert len(aws.client.get_partitions(DatabaseName="crawled", TableName="grow")["Partitions"]) == 2
    assert [each["State"] for each in aws.client.list_crawls(CrawlerName="grow")["Crawls"]] == [
        "COMPLETED",
        "COMPLETED",
    ]


def test_folders_of_different_schemas_are_tables_of_their_own(aws: Glue, tmp_path: Any) -> None:  # noqa: ANN401
    file = tmp_path / "a.parquet"
    duckdb.sql(
        f"COPY (SELECT 1::INTEGER AS id, DATE '2026-01-01' AS day, [1.5::DOUBLE] AS list) TO '{file}' (FORMAT parquet)"
    )
    aws.put("mixed/facts/a.parquet", file.read_bytes())
    aws.put("mixed/names/a.csv", b"x|y\nu|v\n")
    aws.put("mixed/skip/a.csv", b"1,2\n")
    aws.crawl("mixed", "s3://lake/mixed/", target={"Exclusions": ["skip/**"]})
    assert aws.columns("facts") == {"id": "int", "day": "date", "list": "array<double>"}
    # All text: nothing tells a header from data.
    assert aws.columns("names") == {"col0": "string", "col1": "string"}
    assert aws.table("names")["StorageDescriptor"]["SerdeInfo"]["Parameters"]["field.delim"] == "|"
    assert refused(aws.client.get_table, DatabaseName="crawled", Name="skip")[0] == "EntityNotFoundException"


def test_folders_of_one_schema_without_names_are_partitions(aws: Glue) -> None:
    for month in ("01", "02"):
        aws.put(f"plain/{month}/a.csv", b"n,t\n1,x\n")
    aws.crawl("plain", "s3://lake/plain")
    assert [each["Name"] for each in aws.table("plain")["PartitionKeys"]] == ["partition_0"]


def test_a_custom_classifier(aws: Glue) -> None:
    aws.put("odd/a.txt", b"a~b\nc~d\n")
    rule = {"Name": "tilde", "Delimiter": "~", "ContainsHeader": "PRESENT", "Header": ["one", "two"]}
    aws.client.create_classifier(CsvClassifier=rule)
    aws.crawl("odd", "s3://lake/odd", Classifiers=["tilde"])
    assert aws.columns("odd") == {"one": "string", "two": "string"}


def test_what_a_crawler_refuses(aws: Glue) -> None:
    target = {"S3Targets": [{"Path": "s3://lake-that-is-not/x"}]}
    asked = {"Name": "lost", "Role": ROLE, "DatabaseName": "crawled", "Targets": target}
    assert refused(aws.client.create_crawler, **asked | {"Role": "nobody"})[1].startswith("Service is unable to assume")
    found = aws.crawl("lost", "s3://lake-that-is-not/x")
    assert (found["LastCrawl"]["Status"], found["LastCrawl"]["ErrorMessage"]) == (
        "FAILED",
        "HIVE_METASTORE_ERROR: The specified bucket does not exist: lake-that-is-not",
    )
    assert refused(aws.client.create_crawler, **asked)[0] == "AlreadyExistsException"
    assert refused(aws.client.stop_crawler, Name="lost")[0] == "CrawlerNotRunningException"
    assert refused(aws.client.start_crawler, Name="none")[0] == "EntityNotFoundException"
    aws.client.delete_crawler(Name="lost")
    assert "lost" not in aws.client.list_crawlers()["CrawlerNames"]


def test_a_python_shell_job_works_as_its_role(aws: Glue) -> None:
    script = """
import os, sys, boto3
from awsglue.utils import getResolvedOptions
given = getResolvedOptions(sys.argv, ["bucket", "times"])
s3 = boto3.client("s3")
body = s3.get_object(Bucket=given["bucket"], Key="scripts/works.py")["Body"].read()
s3.put_object(Bucket=given["bucket"], Key="made.txt", Body=str(len(body) * int(given["times"])).encode())
print("I am", boto3.client("sts").get_caller_identity()["Arn"])
"""
    found = aws.run("works", script, {"--times": "2"}, DefaultArguments={"--bucket": "lake", "--times": "1"})
    assert found["JobRunState"] == "SUCCEEDED", found
    assert aws.s3.get_object(Bucket="lake", Key="made.txt")["Body"].read() == str(2 * len(script)).encode()
    lines = aws.lines("/aws-glue/python-jobs/output", found["Id"])
    assert lines[0].startswith(
        "I am arn:aws:sts::123456789012:assumed-role/mlacoach-sandbox/GlueJobRunnerSession-works"
    )
    assert any(each.detail == {"jobName": "works", "severity": "INFO", "state": "SUCCEEDED", "jobRunId": found["Id"],
                               "message": "Job run succeeded"} for each in aws.told)  # fmt: skip


def test_a_script_that_fails(aws: Glue) -> None:
    found = aws.run("fails", "print('before')\nraise ValueError('no such column')\n")
    assert (found["JobRunState"], found["ErrorMessage"]) == ("FAILED", "ValueError: no such column")
    assert "before" in aws.lines("/aws-glue/python-jobs/error", found["Id"])
    assert aws.run("exits", "import sys; sys.exit(3)")["ErrorMessage"] == "Command failed with exit code 3"
    asks = "import sys\nfrom awsglue.utils import getResolvedOptions\ngetResolvedOptions(sys.argv, ['x'])\n"
    assert aws.run("asks", asks)["ErrorMessage"].startswith("awsglue.utils.GlueArgumentError: the following arguments")
    lost = aws.run("lost", "", command={"ScriptLocation": "s3://lake/scripts/none.py"})
    assert (
        lost["ErrorMessage"]
        == "LAUNCH ERROR | File s3://lake/scripts/none.py does not exist. Please refer logs for details."
    )


def test_a_job_that_takes_too_long(aws: Glue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_runs, "MINUTE", 0.5)
    found = aws.run("slow", "import time; time.sleep(60)", Timeout=1)
    assert (found["JobRunState"], found["ErrorMessage"]) == ("TIMEOUT", "Job run timed out after 1 minutes.")


def test_one_run_at_a_time_and_stop(aws: Glue) -> None:
    aws.put("scripts/long.py", b"import time; time.sleep(60)")
    command = {"Name": "pythonshell", "ScriptLocation": "s3://lake/scripts/long.py"}
    aws.client.create_job(Name="long", Role=ROLE, Command=command)
    key = aws.client.start_job_run(JobName="long")["JobRunId"]
    aws.wait(RUN, f"long/{key}", "JobRunState", frozenset({"RUNNING"}))
    code, said = refused(aws.client.start_job_run, JobName="long")
    assert (code, said) == ("ConcurrentRunsExceededException", "Concurrent runs exceeded for long")
    aws.client.batch_stop_job_run(JobName="long", JobRunIds=[key])
    aws.wait(RUN, f"long/{key}", "JobRunState", frozenset({"STOPPED"}))
    again = aws.client.batch_stop_job_run(JobName="long", JobRunIds=[key])
    assert again["Errors"][0]["JobRunId"] == key
    assert [each["JobRunState"] for each in aws.client.get_job_runs(JobName="long")["JobRuns"]] == ["STOPPED"]


def test_a_spark_job_says_what_it_needs(aws: Glue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_runs, "find_spec", lambda _name: None)
    found = aws.run("spark", "", command={"Name": "glueetl"})
    assert found["JobRunState"] == "FAILED"
    assert "pip install pyspark" in found["ErrorMessage"]


@pytest.fixture(scope="module")
def table(aws: Glue) -> Glue:
    rows = [{"id": n, "x": n / 2, "code": "ab"[n % 2], "hole": n if n < 8 else None} for n in range(10)]
    aws.put("quality/a.json", "\n".join(map(json.dumps, rows)).encode())
    aws.put("codes/a.json", b'{"code": "a"}\n{"code": "c"}\n')
    aws.crawl("quality", "s3://lake/quality")
    aws.crawl("codes", "s3://lake/codes")
    return aws


def source(name: str) -> dict[str, Any]:
    return {"GlueTable": {"DatabaseName": "crawled", "TableName": name}}


def evaluate(aws: Glue, name: str, rules: str) -> dict[str, Any]:
    aws.client.create_data_quality_ruleset(Name=name, Ruleset=rules)
    key = aws.client.start_data_quality_ruleset_evaluation_run(
        DataSource=source("quality"), Role=ROLE, RulesetNames=[name], AdditionalDataSources={"known": source("codes")}
    )["RunId"]
    aws.wait("GlueQualityRun", key, "Status", frozenset({"SUCCEEDED", "FAILED"}))
    run = aws.client.get_data_quality_ruleset_evaluation_run(RunId=key)
    assert run["Status"] == "SUCCEEDED", run
    found: dict[str, Any] = aws.client.get_data_quality_result(ResultId=run["ResultIds"][0])
    return found


RULES = {
    "RowCount = 10": ("PASS", 10.0),
    "RowCount between 10 and 20": ("FAIL", 10.0),
    'IsComplete "id"': ("PASS", 1.0),
    'IsComplete "hole"': ("FAIL", 0.8),
    'Completeness "hole" >= 0.8': ("PASS", 0.8),
    'Completeness "hole" > 0.8': ("FAIL", 0.8),
    'IsUnique "id"': ("PASS", 1.0),
    'IsUnique "code"': ("FAIL", 0.0),
    'Uniqueness "id" > 0.9': ("PASS", 1.0),
    'IsPrimaryKey "id"': ("PASS", 1.0),
    'ColumnValues "x" between -1 and 5': ("PASS", 1.0),
    'ColumnValues "x" < 2': ("FAIL", 0.4),
    'ColumnValues "x" < 2 with threshold > 0.3': ("PASS", 0.4),
    'ColumnValues "code" in ["a", "b"]': ("PASS", 1.0),
    'ColumnValues "code" in ["a"]': ("FAIL", 0.5),
    'ColumnValues "code" matches "[ab]"': ("PASS", 1.0),
    'ColumnValues "hole" != NULL': ("FAIL", 0.8),
    'Mean "x" between 2 and 3': ("PASS", 2.25),
    'StandardDeviation "x" < 1': ("FAIL", 1.4361406616345072),
    'Sum "id" = 45': ("PASS", 45.0),
    'ColumnExists "id"': ("PASS", None),
    'ColumnExists "none"': ("FAIL", None),
    'ColumnDataType "id" = "INTEGER"': ("PASS", 1.0),
    'ColumnDataType "code" = "DATE"': ("FAIL", 0.0),
    'ColumnLength "code" = 1': ("PASS", 1.0),
    "ColumnCount = 4": ("PASS", 4.0),
    'CustomSql "select count(*) from primary where x > 1" = 7': ("PASS", 7.0),
    'CustomSql "select max(x) from primary" < 1': ("FAIL", 4.5),
    'ReferentialIntegrity "code" "known.code" = 0.5': ("PASS", 0.5),
    'IsComplete "hole" where "id < 8"': ("PASS", 1.0),
    '(IsComplete "id") and (IsUnique "code")': ("FAIL", 1.0),
    '(IsUnique "code") or (RowCount > 5)': ("PASS", 0.0),
    'Entropy "x" > 1': ("ERROR", None),
}


def test_rules_are_measured(table: Glue) -> None:
    found = evaluate(table, "all", "Rules = [\n" + ",\n".join(RULES) + "\n]")
    seen = {
        each["EvaluatedRule"]: (each["Result"], next(iter(each["EvaluatedMetrics"].values()), None))
        for each in found["RuleResults"]
    }
    assert seen == RULES
    assert found["Score"] == pytest.approx(sum(result == "PASS" for result, _ in RULES.values()) / len(RULES))
    assert found["RuleResults"][3]["EvaluationMessage"] == "Value: 0.8 does not meet the constraint requirement!"
    assert found["RuleResults"][2]["EvaluatedMetrics"] == {"Column.id.Completeness": 1.0}


@pytest.mark.parametrize(
    "text", ["", "Rules = []", "Rules = [ IsComplete ", 'Rules = [ IsComplete "a" IsUnique ]', "Rules = [ ; ]"]
)
def test_what_is_no_ruleset_is_refused(aws: Glue, text: str) -> None:
    with pytest.raises(ValueError, match="Parsing Error"):
        parse(text)
    code, said = refused(aws.client.create_data_quality_ruleset, Name="bad", Ruleset=text or " ")
    assert (code, said.partition(".")[0]) == ("InvalidInputException", "Failed to parse the DQDL ruleset")


def test_recommended_rules_are_met(table: Glue) -> None:
    key = table.client.start_data_quality_rule_recommendation_run(DataSource=source("quality"), Role=ROLE)["RunId"]
    table.wait("GlueQualityAdvice", key, "Status", frozenset({"SUCCEEDED", "FAILED"}))
    text = table.client.get_data_quality_rule_recommendation_run(RunId=key)["RecommendedRuleset"]
    assert 'IsComplete "id"' in text
    assert 'ColumnValues "code" in ["a", "b"]' in text
    assert evaluate(table, "advised", text)["Score"] == 1.0
