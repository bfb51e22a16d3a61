from mlacoach.labs import Shown

BY_MONTH = "SELECT month, count(*) AS trips, sum(late) AS late FROM {} GROUP BY month ORDER BY month"


def make_the_database(aws):
    """A database is a name that tables share."""
    aws.client("glue").create_database(DatabaseInput={"Name": _database(aws)})


def make_the_crawler(aws):
    """Where to look, as whom, and into which database what it finds is written."""
    aws.client("glue").create_crawler(
        Name=aws.name("trips"),
        Role=aws.role_arn,
        DatabaseName=_database(aws),
        Targets={"S3Targets": [{"Path": f"s3://{aws.name('data')}/trips/"}]},
        # What has changed is changed in the catalog; what has gone stays there and is only marked.
        SchemaChangePolicy={"UpdateBehavior": "UPDATE_IN_DATABASE", "DeleteBehavior": "DEPRECATE_IN_DATABASE"},
    )


def run_the_crawler(aws):
    """It runs when it is told to, by a schedule, or by an event; here it is told to."""
    aws.client("glue").start_crawler(Name=aws.name("trips"))
    aws.wait("glue", "get_crawler", lambda found: found["Crawler"]["State"] == "READY", Name=aws.name("trips"))
    table = aws.client("glue").get_table(DatabaseName=_database(aws), Name="trips")["Table"]
    columns = [*table["StorageDescriptor"]["Columns"], *table["PartitionKeys"]]
    return Shown(columns=("column", "type"), rows=[(column["Name"], column["Type"]) for column in columns])


def make_the_work_group(aws):
    """With Enforce… the work group's place and limit hold for everybody, whatever a query says."""
    aws.client("athena").create_work_group(
        Name=aws.name("analysts"),
        Configuration={
            "ResultConfiguration": {"OutputLocation": f"s3://{aws.name('data')}/results/"},
            "EnforceWorkGroupConfiguration": True,
            "PublishCloudWatchMetricsEnabled": True,
            "BytesScannedCutoffPerQuery": 100_000_000,
        },
    )


def ask_for_each_month(aws):
    """`month` is in no file: it is the partition key, and stands in the path."""
    return _shown(aws, BY_MONTH.format("trips"))


def read_one_month_only(aws):
    """A condition on the partition key chooses folders before anything is read."""
    return _shown(
        aws, "SELECT rider, sum(late) AS late FROM trips WHERE month = '2026-09' GROUP BY rider ORDER BY rider"
    )


def turn_it_into_parquet(aws):
    """CREATE TABLE AS: the result of a query becomes files and a table. Partition columns come last."""
    return _shown(
        aws,
        "CREATE TABLE trips_parquet WITH (format = 'PARQUET', partitioned_by = ARRAY['month']) AS "
        "SELECT trip_id, started_at, station, rider, distance_km, minutes, late, month FROM trips",
    )


def read_less(aws):
    """The same question. Of a columnar file only the columns are read that the query names."""
    return _shown(aws, BY_MONTH.format("trips_parquet"))


def take_in_the_new_month(aws):
    """The folder first, then the catalog: for one known folder a statement is quicker than a crawler."""
    bucket, key = aws.name("data"), "trips/month=2026-10/trips.csv"
    aws.client("s3").copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": "incoming/trips.csv"})
    _ask(
        aws,
        "ALTER TABLE trips ADD IF NOT EXISTS PARTITION (month = '2026-10') "
        f"LOCATION 's3://{bucket}/trips/month=2026-10/'",
    )
    return _shown(aws, BY_MONTH.format("trips"))


def _database(aws):
    return aws.name("lake").replace("-", "_")


def _ask(aws, sql):
    athena = aws.client("athena")
    started = athena.start_query_execution(
        QueryString=sql,
        QueryExecutionContext={"Database": _database(aws)},
        WorkGroup=aws.name("analysts"),
    )
    key = started["QueryExecutionId"]
    found = aws.wait(
        "athena",
        "get_query_execution",
        lambda found: found["QueryExecution"]["Status"]["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"},
        QueryExecutionId=key,
    )
    return found["QueryExecution"]


def _shown(aws, sql):
    query = _ask(aws, sql)
    if query["Status"]["State"] != "SUCCEEDED":
        return Shown(text=query["Status"].get("StateChangeReason", "It was cancelled."))
    rows = aws.client("athena").get_query_results(QueryExecutionId=query["QueryExecutionId"])["ResultSet"]["Rows"]
    cells = [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in rows]
    metrics = {"bytes read": query["Statistics"]["DataScannedInBytes"]}
    return Shown(columns=cells[0], rows=cells[1:], metrics=metrics) if cells else Shown(metrics=metrics)
