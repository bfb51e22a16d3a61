import csv
import io
import json

KINDS = {"station": "String", "event_time": "String", "late_share": "Fractional", "trips_a_week": "Integral"}


def all_text(aws):
    """A share is no text."""
    _group(aws, dict.fromkeys(KINDS, "String"))


def online_only(aws):
    """Nothing to train on."""
    _group(aws, KINDS, offline=False)


def in_a_shared_database(aws):
    """The one that Feature Store takes when nobody names one."""
    _group(aws, KINDS, catalog=False)


def the_first_week(aws):
    """Six of forty-eight."""
    for row in _rows(aws)[:6]:
        _put(aws, row)


def the_first_monday(aws):
    """From the file, not from the store."""
    row = _rows(aws)[2]
    _report(aws, float(row["late_share"]), int(row["trips_a_week"]))


def as_text(aws):
    """As the store answers it."""
    row = _rows(aws)[-4]
    _report(aws, row["late_share"], row["trips_a_week"])


def nothing_new(aws):
    """The record that is online already; that is not late."""
    body = json.dumps({"late_share": 0.44})
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="store/by-hand.json", Body=body)


def what_holds_now(aws):
    """Each trip gets the newest record of its station, also one of after the trip."""
    _ask(
        aws,
        "WITH now AS (SELECT station, max_by(late_share, event_time) AS late_share FROM stations GROUP BY station) "
        "SELECT trip_id, late_share FROM asked JOIN now ON now.station = asked.station ORDER BY trip_id",
    )


def all_that_was_known(aws):
    """Several rows for each trip."""
    _ask(
        aws,
        "SELECT trip_id, late_share FROM asked JOIN stations ON stations.station = asked.station "
        "AND event_time <= started_at ORDER BY trip_id",
    )


def another_station(aws):
    """s05 is no less alive."""
    body = json.dumps({"forgotten": "s06"})
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/forgotten.json", Body=body)


def _group(aws, kinds, *, offline=True, catalog=True):
    store = {"S3StorageConfig": {"S3Uri": f"s3://{aws.name('data')}/store"}}
    if not catalog:
        store["DisableGlueTableCreation"] = True
    elif offline:
        database = aws.name("lake").replace("-", "_")
        store["DataCatalogConfig"] = {"Catalog": "AwsDataCatalog", "Database": database, "TableName": "wrong"}
    aws.client("sagemaker").create_feature_group(
        FeatureGroupName=aws.name("stations"),
        RecordIdentifierFeatureName="station",
        EventTimeFeatureName="event_time",
        FeatureDefinitions=[{"FeatureName": name, "FeatureType": kind} for name, kind in kinds.items()],
        OnlineStoreConfig={"EnableOnlineStore": True},
        RoleArn=aws.role_arn,
        **({"OfflineStoreConfig": store} if offline else {}),
    )
    aws.wait(
        "sagemaker",
        "describe_feature_group",
        lambda found: found["FeatureGroupStatus"] != "Creating",
        FeatureGroupName=aws.name("stations"),
    )


def _rows(aws):
    body = aws.client("s3").get_object(Bucket=aws.name("data"), Key="incoming/stations.csv")["Body"].read().decode()
    return list(csv.DictReader(io.StringIO(body)))


def _put(aws, row):
    aws.client("sagemaker-featurestore-runtime").put_record(
        FeatureGroupName=aws.name("stations"),
        Record=[{"FeatureName": name, "ValueAsString": row[name]} for name in KINDS],
    )


def _report(aws, share, count):
    body = json.dumps({"late_share": share, "trips_a_week": count})
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/now.json", Body=body)


def _ask(aws, sql):
    database = aws.name("lake").replace("-", "_")
    started = aws.client("athena").start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": database}, WorkGroup=aws.name("analysts")
    )
    aws.wait(
        "athena",
        "get_query_execution",
        lambda found: found["QueryExecution"]["Status"]["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"},
        QueryExecutionId=started["QueryExecutionId"],
    )
