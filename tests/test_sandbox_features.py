"""Feature groups: records online by identifier and time, all of their history offline, where Athena reads it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mlacoach.sandbox import athena, features, glue
from mlacoach.sandbox.assemble import control
from mlacoach.sandbox.engines import Engines
from tests.sandbox_clients import ROLE, client_of, refused
from tests.sandbox_jobs import BUCKET, Lab

FEATURES = [("customer", "String"), ("when", "String"), ("spent", "Fractional"), ("visits", "Integral")]
PATIENCE = 30.0


def register(engines: Engines) -> None:
    for part in (control, athena, glue, features):
        part.register(engines)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("features"), register)
    yield lab
    lab.close()


@pytest.fixture(scope="module")
def runtime(lab: Lab) -> Any:  # noqa: ANN401
    return client_of(lab.inside.url, "sagemaker-featurestore-runtime")


def create(lab: Lab, name: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """A feature group, once it has been made."""
    request: dict[str, Any] = {
        "FeatureGroupName": name, "RecordIdentifierFeatureName": "customer", "EventTimeFeatureName": "when",
        "FeatureDefinitions": [{"FeatureName": each, "FeatureType": kind} for each, kind in FEATURES],
        "OnlineStoreConfig": {"EnableOnlineStore": True}, "RoleArn": ROLE,
    }  # fmt: skip
    lab.sagemaker.create_feature_group(**{**request, **more})
    record = lab.world.store.get("FeatureGroup", name)
    assert record is not None
    lab.world.store.wait(record, lambda now: now is None or now["FeatureGroupStatus"] != "Creating", PATIENCE)
    found: dict[str, Any] = lab.sagemaker.describe_feature_group(FeatureGroupName=name)
    return found


def record(customer: object = None, when: object = None, spent: object = None, visits: object = None) -> list[Any]:
    values = {"customer": customer, "when": when, "spent": spent, "visits": visits}
    return [{"FeatureName": name, "ValueAsString": str(v)} for name, v in values.items() if v is not None]


def shown(answer: dict[str, Any]) -> dict[str, str]:
    return {each["FeatureName"]: each["ValueAsString"] for each in answer.get("Record", [])}


def test_the_latest_event_is_online_and_what_is_not_sound_is_refused(lab: Lab, runtime: Any) -> None:  # noqa: ANN401
    create(lab, "online")
    runtime.put_record(FeatureGroupName="online", Record=record("a", "2026-01-02T00:00:00Z", 2.5, 2))
    runtime.put_record(FeatureGroupName="online", Record=record("a", "2026-01-01T00:00:00Z", 1.5, 1))
    got = runtime.get_record(FeatureGroupName="online", RecordIdentifierValueAsString="a")
    assert shown(got) == {"customer": "a", "when": "2026-01-02T00:00:00Z", "spent": "2.5", "visits": "2"}
    got = runtime.get_record(FeatureGroupName="online", RecordIdentifierValueAsString="a", FeatureNames=["visits"])
    assert shown(got) == {"visits": "2"}
    assert "Record" not in runtime.get_record(FeatureGroupName="online", RecordIdentifierValueAsString="b")
    ask = runtime.put_record
    for bad, said in (
        (record("a", "2026-01-02", 1), "must be in the format"),
        (record("a", "2026-01-02T00:00:00Z", "much"), "not of the type Fractional"),
        (record("a", "2026-01-02T00:00:00Z", 1, 1.5), "not of the type Integral"),
        (record(None, "2026-01-02T00:00:00Z"), "RecordIdentifierFeatureName"),
        (record("a"), "EventTimeFeatureName"),
        ([*record("a", "2026-01-02T00:00:00Z"), {"FeatureName": "age", "ValueAsString": "1"}], "[age]"),
        ([*record("a", "2026-01-02T00:00:00Z"), *record("b")], "more than once"),
    ):
        code, message = refused(ask, FeatureGroupName="online", Record=bad)
        assert code == "ValidationError"
        assert said in message
    assert "no OfflineStore" in refused(ask, FeatureGroupName="online", Record=record("a", "2026-01-02T00:00:00Z"),
                                        TargetStores=["OfflineStore"])[1]  # fmt: skip
    code, message = refused(runtime.get_record, FeatureGroupName="nobody", RecordIdentifierValueAsString="a")
    assert (code, "can't find a FeatureGroup" in message) == ("ResourceNotFound", True)


def test_soft_and_hard_deletes_and_lifetimes(lab: Lab, runtime: Any) -> None:  # noqa: ANN401
    create(lab, "lives", OnlineStoreConfig={"EnableOnlineStore": True, "TtlDuration": {"Unit": "Days", "Value": 2}})
    now = datetime.now(UTC)

    def at(days: int) -> str:
        return (now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")

    def put(name: str, when: str, **more: Any) -> None:  # noqa: ANN401
        runtime.put_record(FeatureGroupName="lives", Record=record(name, when, 1), **more)

    def get(name: str) -> dict[str, Any]:
        found: dict[str, Any] = runtime.get_record(
            FeatureGroupName="lives", RecordIdentifierValueAsString=name, ExpirationTimeResponse="Enabled"
        )
        return found

    put("a", at(-1))
    assert get("a")["ExpiresAt"] == at(1)
    put("old", at(-3))
    assert "Record" not in get("old")
    put("old", at(-3), TtlDuration={"Unit": "Weeks", "Value": 1})
    assert get("old")["ExpiresAt"] == at(4)
    delete = {"FeatureGroupName": "lives", "RecordIdentifierValueAsString": "a"}
    runtime.delete_record(**delete, EventTime=at(0))
    put("a", at(-1))
    assert "Record" not in get("a")
    assert runtime.list_records(FeatureGroupName="lives")["RecordIdentifiers"] == ["old"]
    every = runtime.list_records(FeatureGroupName="lives", IncludeSoftDeletedRecords=True)
    assert every["RecordIdentifiers"] == ["a", "old"]
    runtime.delete_record(**delete, EventTime=at(0), DeletionMode="HardDelete")
    put("a", at(-1))
    assert shown(get("a"))["customer"] == "a"


def test_batches_say_what_was_missing_and_updates_change_single_features(lab: Lab, runtime: Any) -> None:  # noqa: ANN401
    create(lab, "batch")
    when = "2026-01-02T00:00:00.250Z"
    entries = [{"FeatureGroupName": "batch", "Record": record(name, when, 1, 1)} for name in "ab"]
    entries += [{"FeatureGroupName": "batch", "Record": record("c", "never")}]
    told = runtime.batch_write_record(Entries=entries)
    assert [error["Entry"] for error in told["Errors"]] == entries[2:]
    asked = {"FeatureGroupName": "batch", "RecordIdentifiersValueAsString": ["a", "b", "c"], "FeatureNames": ["spent"]}
    nobody = {"FeatureGroupName": "nobody", "RecordIdentifiersValueAsString": ["a"]}
    told = runtime.batch_get_record(Identifiers=[asked, nobody])
    assert [(one["RecordIdentifierValueAsString"], shown(one)) for one in told["Records"]] == [
        ("a", {"spent": "1"}), ("b", {"spent": "1"}),
    ]  # fmt: skip
    assert [error["ErrorCode"] for error in told["Errors"]] == ["ResourceNotFound"]
    runtime.update_record(
        FeatureGroupName="batch", RecordIdentifierValueAsString="a", Features=record(when=when, visits=9)
    )
    got = runtime.get_record(FeatureGroupName="batch", RecordIdentifierValueAsString="a")
    assert shown(got) == {"customer": "a", "when": when, "spent": "1", "visits": "9"}
    first = runtime.list_records(FeatureGroupName="batch", MaxResults=1)
    rest = runtime.list_records(FeatureGroupName="batch", MaxResults=1, NextToken=first["NextToken"])
    assert (first["RecordIdentifiers"], rest["RecordIdentifiers"], "NextToken" in rest) == (["a"], ["b"], False)


class Athena:
    def __init__(self, lab: Lab) -> None:
        self.client = client_of(lab.inside.url, "athena")

    def rows(self, query: str) -> list[list[str | None]]:
        place = {"OutputLocation": f"s3://{BUCKET}/athena/"}
        query_id = self.client.start_query_execution(QueryString=query, ResultConfiguration=place)["QueryExecutionId"]
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            state = self.client.get_query_execution(QueryExecutionId=query_id)["QueryExecution"]["Status"]
            if state["State"] not in {"QUEUED", "RUNNING"}:
                break
        assert state["State"] == "SUCCEEDED", state
        rows = self.client.get_query_results(QueryExecutionId=query_id)["ResultSet"]["Rows"][1:]
        return [[cell.get("VarCharValue") for cell in row["Data"]] for row in rows]


def test_the_offline_store_keeps_all_history_and_athena_travels_in_time(lab: Lab, runtime: Any) -> None:  # noqa: ANN401
    place = {"S3StorageConfig": {"S3Uri": f"s3://{BUCKET}/store"}}
    found = create(lab, "Off-line", OfflineStoreConfig=place)
    config = found["OfflineStoreConfig"]
    created = int(found["CreationTime"].timestamp())
    url = f"s3://{BUCKET}/store/123456789012/sagemaker/us-east-1/offline-store/Off-line-{created}/data"
    assert config["S3StorageConfig"]["ResolvedOutputS3Uri"] == url
    assert found["OfflineStoreStatus"] == {"Status": "Active"}
    table = f'"{config["DataCatalogConfig"]["Database"]}"."{config["DataCatalogConfig"]["TableName"]}"'
    days = ["2026-01-01T10:00:00Z", "2026-01-02T11:00:00Z", "2026-01-03T12:00:00Z"]
    for number, when in enumerate(days):
        runtime.put_record(FeatureGroupName="Off-line", Record=record("a", when, number + 0.5, number))
    runtime.delete_record(
        FeatureGroupName="Off-line", RecordIdentifierValueAsString="a", EventTime="2026-01-04T00:00:00Z"
    )
    lab.sagemaker.update_feature_group(
        FeatureGroupName="Off-line", FeatureAdditions=[{"FeatureName": "Age", "FeatureType": "Integral"}]
    )
    more = [*record("b", "2026-01-02T11:30:00Z"), {"FeatureName": "Age", "ValueAsString": "41"}]
    runtime.put_record(FeatureGroupName="Off-line", Record=more)
    reader = Athena(lab)
    end = time.monotonic() + PATIENCE
    while reader.rows(f"SELECT count(*) FROM {table}") != [["5"]]:  # noqa: S608
        assert time.monotonic() < end
    keys = [key for key in lab.keys("store/") if "/year=2026/month=01/day=02/hour=11/" in key]
    assert keys
    assert all(key.endswith(".parquet") for key in keys)
    rows = reader.rows(
        f"SELECT customer, \"when\", spent, visits, age, is_deleted FROM {table} WHERE day >= '02' "  # noqa: S608
        'AND write_time >= api_invocation_time ORDER BY "when"'
    )
    assert rows == [
        ["a", days[1], "1.5", "1", None, "false"],
        ["b", "2026-01-02T11:30:00Z", None, None, "41", "false"],
        ["a", days[2], "2.5", "2", None, "false"],
        ["a", "2026-01-04T00:00:00Z", None, None, None, "true"],
    ]
    travelled = reader.rows(
        "WITH events(customer, at) AS (VALUES ('a', '2026-01-02T23:00:00Z'), ('a', '2026-01-01T10:00:00Z')), "  # noqa: S608
        "ranked AS (SELECT e.at, f.spent, row_number() OVER (PARTITION BY e.customer, e.at "
        f'ORDER BY f."when" DESC) AS place FROM events e JOIN {table} f '
        'ON f.customer = e.customer AND f."when" <= e.at AND NOT f.is_deleted) '
        "SELECT at, spent FROM ranked WHERE place = 1 ORDER BY at"
    )
    assert travelled == [["2026-01-01T10:00:00Z", "0.5"], ["2026-01-02T23:00:00Z", "1.5"]]


def test_a_group_whose_bucket_is_not_there_fails_to_be_created(lab: Lab, runtime: Any) -> None:  # noqa: ANN401
    found = create(lab, "lost", OfflineStoreConfig={"S3StorageConfig": {"S3Uri": "s3://no-such-bucket-here/x"}})
    assert found["FeatureGroupStatus"] == "CreateFailed"
    assert "404" in found["FailureReason"]
    code, message = refused(runtime.put_record, FeatureGroupName="lost", Record=record("a", "2026-01-02T00:00:00Z"))
    assert (code, "CreateFailed" in message) == ("ValidationError", True)
    given = {"FeatureGroupName": "none", "RecordIdentifierFeatureName": "customer", "EventTimeFeatureName": "when"}
    kinds = [{"FeatureName": each, "FeatureType": kind} for each, kind in FEATURES]
    assert "At least one" in refused(lab.sagemaker.create_feature_group, **given, FeatureDefinitions=kinds)[1]
