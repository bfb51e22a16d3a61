"""What the families of data services let a lab send: whose part a query is, what it makes, what is refused."""

import pytest

from mlacoach.cloud.calls import creates, part_of, why_not
from mlacoach.cloud.journal import Entry, Resource
from mlacoach.cloud.journaling import CallRefused, Journaling
from mlacoach.cloud.names import RunNames

ASK = ("athena", "StartQueryExecution")
NAMES = RunNames("lake", "0123456789")


def asked(sql: str) -> dict[str, object]:
    return {"QueryString": sql, "QueryExecutionContext": {"Database": "ours"}, "WorkGroup": "group"}


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("SELECT 1", ()),
        ("CREATE TABLE Copy WITH (format = 'PARQUET') AS SELECT * FROM t", ("ours/copy",)),
        ("create external table if not exists `raw` (a int)", ("ours/raw",)),
        ("CREATE OR REPLACE VIEW seen AS SELECT 1", ("ours/seen",)),
        ("INSERT INTO t SELECT a.b FROM a", ()),
    ],
)
def test_a_query_that_makes_a_table_is_journalled_as_one(sql: str, made: tuple[str, ...]) -> None:
    assert tuple(each.name for each in creates(ASK, asked(sql))) == made


def test_a_query_is_part_of_its_work_group_and_one_that_changes_of_the_database_too() -> None:
    group, database = Resource("athena-work-group", "group"), Resource("glue-database", "ours")
    assert part_of(ASK, asked("SELECT * FROM theirs.t")) == (group,)
    assert part_of(ASK, asked("ALTER TABLE t ADD PARTITION (a = 'b')")) == (group, database)


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE DATABASE more",
        "drop schema ours",
        "CREATE TABLE theirs.t AS SELECT 1",
        'DROP TABLE IF EXISTS "theirs"."t"',
        "INSERT INTO theirs.t SELECT 1",
        "MSCK REPAIR TABLE theirs.t",
    ],
)
def test_a_query_that_would_change_another_database_is_refused(sql: str) -> None:
    assert why_not(ASK, asked(sql))


def test_queries_that_only_name_other_tables_to_read_them_are_sent() -> None:
    for sql in ("INSERT INTO t SELECT x.a FROM theirs.t AS x", "CREATE TABLE t AS SELECT a.b FROM theirs.a"):
        assert why_not(ASK, asked(sql)) == ""


class _Apis:
    """What API Gateway says there is, without a network."""

    def get_paginator(self, _operation: str) -> "_Apis":
        return self

    def paginate(self) -> list[dict[str, list[dict[str, str]]]]:
        return [{"Items": [{"ApiId": "a1", "Name": NAMES.name("api")}, {"ApiId": "b2", "Name": "theirs"}]}]


def test_an_api_that_a_request_names_by_its_id_is_ours_by_its_name() -> None:
    entries: list[Entry] = []
    journaling = Journaling(NAMES, entries.append, lambda _service: _Apis())
    journaling.adopt([Resource("http-api", NAMES.name("api"))])
    call = ("apigatewayv2", "CreateRoute")

    for owner in part_of(call, {"ApiId": "a1"}):
        journaling._must_be_ours(call, owner)  # noqa: SLF001 - the rule itself
    for other in ("b2", "none"):
        with pytest.raises(CallRefused):
            journaling._must_be_ours(call, part_of(call, {"ApiId": other})[0])  # noqa: SLF001
