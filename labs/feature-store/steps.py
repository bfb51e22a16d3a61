import csv
import io
import json
from tempfile import NamedTemporaryFile

from mlacoach.labs import Shown

KINDS = {"station": "String", "event_time": "String", "late_share": "Fractional", "trips_a_week": "Integral"}
AS_OF = """
WITH ranked AS (
    SELECT asked.trip_id, features.late_share,
           row_number() OVER (PARTITION BY asked.trip_id ORDER BY features.event_time DESC) AS place
    FROM asked JOIN stations AS features
      ON features.station = asked.station AND features.event_time <= asked.started_at AND NOT features.is_deleted
)
SELECT trip_id, late_share FROM ranked WHERE place = 1 ORDER BY trip_id
"""


def make_the_group(aws):
    """Which feature tells whom, which tells when; a store for asking now, one for everything there ever was."""
    aws.client("sagemaker").create_feature_group(
        FeatureGroupName=aws.name("stations"),
        RecordIdentifierFeatureName="station",
        EventTimeFeatureName="event_time",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": kind} for name, kind in KINDS.items()],
        OnlineStoreConfig={"EnableOnlineStore": True},
        OfflineStoreConfig={
            "S3StorageConfig": {"S3Uri": f"s3://{aws.name('data')}/store"},
            "DataCatalogConfig": {"Catalog": "AwsDataCatalog", "Database": _database(aws), "TableName": "stations"},
        },
        RoleArn=aws.role_arn,
    )
    aws.wait(
        "sagemaker",
        "describe_feature_group",
        lambda found: found["FeatureGroupStatus"] != "Creating",
        FeatureGroupName=aws.name("stations"),
    )


def put_the_history(aws):
    """Records go into both stores with one call; offline they arrive some minutes later."""
    body = aws.client("s3").get_object(Bucket=aws.name("data"), Key="incoming/stations.csv")["Body"].read().decode()
    rows = list(csv.DictReader(io.StringIO(body)))
    for row in rows:
        _put(aws, row)
    _offline(aws, 48)
    return Shown(metrics={"records put": len(rows)})


def read_what_holds_now(aws):
    """One record by its identifier, in milliseconds: what an endpoint does with each request."""
    found = _record(aws, "s03")
    report = {"late_share": float(found["late_share"]), "trips_a_week": int(found["trips_a_week"])}
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/now.json", Body=json.dumps(report))
    return Shown(columns=tuple(found), rows=[tuple(found.values())])


def send_one_that_is_late(aws):
    """Its event time is earlier than what is online, so it changes history only."""
    _put(aws, {"station": "s03", "event_time": "2026-08-12T06:00:00Z", "late_share": 0.44, "trips_a_week": 61})
    _offline(aws, 49)
    return Shown(text=f"Online s03 is still of {_record(aws, 's03')['event_time']}.")


def join_what_was_known_then(aws):
    """For each trip the newest record that is not newer than the trip."""
    started = aws.client("athena").start_query_execution(
        QueryString=AS_OF, QueryExecutionContext={"Database": _database(aws)}, WorkGroup=aws.name("analysts")
    )
    key = started["QueryExecutionId"]
    aws.wait(
        "athena",
        "get_query_execution",
        lambda found: found["QueryExecution"]["Status"]["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"},
        QueryExecutionId=key,
    )
    rows = aws.client("athena").get_query_results(QueryExecutionId=key)["ResultSet"]["Rows"]
    cells = [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in rows]
    return Shown(columns=cells[0], rows=cells[1:6])


def forget_a_station(aws):
    """A soft deletion: nobody reads it online any more, and offline a record says since when."""
    aws.client("sagemaker-featurestore-runtime").delete_record(
        FeatureGroupName=aws.name("stations"),
        RecordIdentifierValueAsString="s06",
        EventTime="2026-10-01T00:00:00Z",
        DeletionMode="SoftDelete",
    )
    _offline(aws, 50)


def _database(aws):
    return aws.name("lake").replace("-", "_")


def _put(aws, row):
    aws.client("sagemaker-featurestore-runtime").put_record(
        FeatureGroupName=aws.name("stations"),
        Record=[{"FeatureName": name, "ValueAsString": str(row[name])} for name in KINDS],
    )


def _record(aws, station):
    found = aws.client("sagemaker-featurestore-runtime").get_record(
        FeatureGroupName=aws.name("stations"), RecordIdentifierValueAsString=station
    )
    return {each["FeatureName"]: each["ValueAsString"] for each in found["Record"]}


def _offline(aws, records):
    """Wait until so many records are in the offline store."""
    s3, bucket, seen = aws.client("s3"), aws.name("data"), {}

    def arrived(found):
        for key in [each["Key"] for each in found.get("Contents", []) if each["Key"].endswith(".parquet")]:
            if key not in seen:
                seen[key] = _events(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        return len(set().union(*seen.values())) >= records

    aws.wait("s3", "list_objects_v2", arrived, Bucket=bucket, Prefix="store/")


def _events(body):
    import duckdb

    with NamedTemporaryFile(suffix=".parquet") as file:
        file.write(body)
        file.flush()
        return set(duckdb.read_parquet(file.name).select("station", "event_time").fetchall())
