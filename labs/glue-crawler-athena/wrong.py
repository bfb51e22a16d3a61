BY_MONTH = "SELECT month, count(*), sum(late) FROM {} GROUP BY month ORDER BY month"
TYPED_IN = "SELECT * FROM (VALUES {}) AS t (month, trips, late) ORDER BY month"


def another_name(aws):
    """Nobody looks for it there."""
    aws.client("glue").create_database(DatabaseInput={"Name": _database(aws) + "2"})


def the_whole_bucket(aws):
    """It will take what came in, and its own results, for tables."""
    _crawler(aws, path="")


def into_default(aws):
    """A database that everybody shares."""
    _crawler(aws, database="default")


def a_table_by_hand(aws):
    """The crawler has not run."""
    storage = {"Columns": [{"Name": "trip_id", "Type": "string"}], "Location": f"s3://{aws.name('data')}/trips/"}
    aws.client("glue").create_table(
        DatabaseName=_database(aws), TableInput={"Name": "trips", "StorageDescriptor": storage}
    )


def everybody_where_they_like(aws):
    """A query may write its results elsewhere, and read without limit."""
    _group(aws, EnforceWorkGroupConfiguration=False)


def without_a_limit(aws):
    """One careless query reads everything."""
    _group(aws)


def into_the_trips(aws):
    """Results among the data are data of the next query."""
    _group(aws, ResultConfiguration={"OutputLocation": f"s3://{aws.name('data')}/trips/"})


def no_months(aws):
    """One number for all."""
    _ask(aws, "SELECT count(*), sum(late) FROM trips")


def late_ones_only(aws):
    """Counts no trips that came back in time."""
    _ask(aws, "SELECT month, count(*), sum(late) FROM trips WHERE late = 1 GROUP BY month ORDER BY month")


def typed_in(aws):
    """The figures stand in the query; no file was read."""
    found = aws.client("athena").list_query_executions(WorkGroup=aws.name("analysts"))["QueryExecutionIds"]
    rows = aws.client("athena").get_query_results(QueryExecutionId=found[0])["ResultSet"]["Rows"][1:]
    cells = [[cell["VarCharValue"] for cell in row["Data"]] for row in rows]
    values = ", ".join(f"('{month}', {trips}, {late})" for month, trips, late in cells)
    _ask(aws, TYPED_IN.format(values))


def by_the_time(aws):
    """The right answer, out of all files."""
    _ask(
        aws,
        "SELECT rider, sum(late) FROM trips WHERE substr(CAST(started_at AS varchar), 1, 7) = '2026-09' "
        "GROUP BY rider ORDER BY rider",
    )


def august(aws):
    """Another month."""
    _ask(aws, "SELECT rider, sum(late) FROM trips WHERE month = '2026-08' GROUP BY rider ORDER BY rider")


def as_text(aws):
    """CSV again."""
    _ask(aws, "CREATE TABLE trips_parquet WITH (format = 'TEXTFILE') AS SELECT * FROM trips")


def in_one_heap(aws):
    """Parquet, and no months."""
    _ask(aws, "CREATE TABLE trips_parquet WITH (format = 'PARQUET') AS SELECT * FROM trips")


def one_month_of_it(aws):
    """August is left out."""
    _ask(
        aws,
        "CREATE TABLE trips_parquet WITH (format = 'PARQUET', partitioned_by = ARRAY['month']) AS "
        "SELECT * FROM trips WHERE month = '2026-09'",
    )


def out_of_csv_again(aws):
    """The same answer, at the old price."""
    _ask(aws, BY_MONTH.format("trips"))


def in_another_form(aws):
    """A folder that is no partition: its name has no key."""
    _copy(aws, "trips/2026-10/trips.csv")


def copied_only(aws):
    """The folder is there, the catalog does not know."""
    _copy(aws, "trips/month=2026-10/trips.csv")


def _database(aws):
    return aws.name("lake").replace("-", "_")


def _crawler(aws, path="trips/", database=""):
    aws.client("glue").create_crawler(
        Name=aws.name("trips"),
        Role=aws.role_arn,
        DatabaseName=database or _database(aws),
        Targets={"S3Targets": [{"Path": f"s3://{aws.name('data')}/{path}"}]},
    )


def _group(aws, **changes):
    configuration = {
        "ResultConfiguration": {"OutputLocation": f"s3://{aws.name('data')}/results/"},
        "EnforceWorkGroupConfiguration": True,
        **changes,
    }
    aws.client("athena").create_work_group(Name=aws.name("analysts"), Configuration=configuration)


def _copy(aws, key):
    bucket = aws.name("data")
    aws.client("s3").copy_object(Bucket=bucket, Key=key, CopySource={"Bucket": bucket, "Key": "incoming/trips.csv"})


def _ask(aws, sql):
    started = aws.client("athena").start_query_execution(
        QueryString=sql, QueryExecutionContext={"Database": _database(aws)}, WorkGroup=aws.name("analysts")
    )
    aws.wait(
        "athena",
        "get_query_execution",
        lambda found: found["QueryExecution"]["Status"]["State"] in {"SUCCEEDED", "FAILED", "CANCELLED"},
        QueryExecutionId=started["QueryExecutionId"],
    )
