import json

ADDS = """
import sys, uuid, boto3
from pathlib import Path
from awsglue.utils import getResolvedOptions
given = getResolvedOptions(sys.argv, ["job", "bucket", "month"])
s3 = boto3.client("s3")
for each in s3.list_objects_v2(Bucket=given["bucket"], Prefix=f"curated/month={given['month']}/")["Contents"]:
    key = each["Key"].replace("part-0", f"part-{uuid.uuid4().hex}")
    s3.copy_object(Bucket=given["bucket"], Key=key, CopySource={"Bucket": given["bucket"], "Key": each["Key"]})
"""
COLUMNS = {
    "trip_id": "string",
    "started_at": "timestamp",
    "station": "string",
    "distance_km": "double",
    "minutes": "double",
    "late": "int",
    "hour": "int",
    "speed_kmh": "double",
}
PARQUET = "org.apache.hadoop.hive.ql.io.parquet"


def no_python(aws):
    """A sentence."""
    _put(aws, "code/to_parquet.py", "turn it into Parquet, please")


def without_arguments(aws):
    """Always the same month."""
    _put(aws, "code/to_parquet.py", "print('2026-08')")


def with_spark(aws):
    """Ten workers for twenty kilobytes."""
    _job(aws, command="glueetl")


def a_whole_unit(aws):
    """Sixteen times as much as it needs."""
    _job(aws, MaxCapacity=1.0)


def for_two_days(aws):
    """A script that hangs is paid for until then."""
    _job(aws, Timeout=2880)


def it_fails(aws):
    """An exception."""
    _run(aws, "from awsglue.utils import getResolvedOptions\nraise ValueError('no')\n", "2026-08")


def it_adds(aws):
    """The second run lays its files beside those of the first."""
    _run(aws, ADDS, "2026-08")


def written_by_hand(aws):
    """Nobody ran anything for September."""
    _put(aws, "curated/month=2026-09/rider=member/part-0.parquet", "PAR1")


def made_up(aws):
    """A report without a look."""
    _run(aws, "from awsglue.utils import getResolvedOptions\nraise ValueError('no')\n", "2026-12")
    _put(aws, "reports/failure.json", json.dumps({"error": "Something went wrong"}))


def of_another_failure(aws):
    """The message is a run's, of a month that is there."""
    _run(aws, "from awsglue.utils import getResolvedOptions\nraise ValueError('another')\n", "2026-08")
    runs = aws.client("glue").get_job_runs(JobName=aws.name("to-parquet"))["JobRuns"]
    said = next(run["ErrorMessage"] for run in runs if "another" in run.get("ErrorMessage", ""))
    _put(aws, "reports/failure.json", json.dumps({"error": said}))


def as_text(aws):
    """CSV's SerDe for Parquet's files."""
    _table(aws, serde="org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe")


def all_strings(aws):
    """Parquet's types are in the files; a table that says otherwise fails when it is read."""
    _table(aws, columns=dict.fromkeys(COLUMNS, "string"))


def no_partitions(aws):
    """A table that answers with no rows."""
    _table(aws)


def all_at_one_place(aws):
    """The storage of the table, copied four times: each partition would read all files."""
    _table(aws)
    glue, database = aws.client("glue"), aws.name("lake").replace("-", "_")
    storage = glue.get_table(DatabaseName=database, Name="curated")["Table"]["StorageDescriptor"]
    glue.batch_create_partition(
        DatabaseName=database,
        TableName="curated",
        PartitionInputList=[
            {"Values": [month, rider], "StorageDescriptor": storage}
            for month in ("2026-08", "2026-09")
            for rider in ("casual", "member")
        ],
    )


def once_a_year(aws):
    """The fourth field is the month."""
    _trigger(aws, "cron(0 3 1 1 ? *)", aws.name("to-parquet"))


def each_hour(aws):
    """Seven hundred times as often."""
    _trigger(aws, "cron(0 * * * ? *)", aws.name("to-parquet"))


def another_job(aws):
    """It starts something that is not there."""
    _trigger(aws, "cron(0 3 1 * ? *)", aws.name("another"))


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)


def _job(aws, command="pythonshell", **changes):
    given = {"MaxCapacity": 0.0625, "Timeout": 10, **changes}
    aws.client("glue").create_job(
        Name=aws.name("to-parquet"),
        Role=aws.role_arn,
        Command={"Name": command, "ScriptLocation": f"s3://{aws.name('data')}/code/to_parquet.py"},
        **given,
    )


def _run(aws, script, month):
    """Run another script in the place of the right one, and put that back."""
    s3, glue, job = aws.client("s3"), aws.client("glue"), aws.name("to-parquet")
    right = s3.get_object(Bucket=aws.name("data"), Key="code/to_parquet.py")["Body"].read()
    _put(aws, "code/to_parquet.py", script)
    run = glue.start_job_run(JobName=job, Arguments={"--month": month})["JobRunId"]
    aws.wait(
        "glue",
        "get_job_run",
        lambda found: found["JobRun"]["JobRunState"] in {"SUCCEEDED", "FAILED"},
        JobName=job,
        RunId=run,
    )
    _put(aws, "code/to_parquet.py", right)


def _table(aws, serde=f"{PARQUET}.serde.ParquetHiveSerDe", columns=COLUMNS):
    glue, database = aws.client("glue"), aws.name("lake").replace("-", "_")
    glue.create_database(DatabaseInput={"Name": database})
    storage = {
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()],
        "Location": f"s3://{aws.name('data')}/curated/",
        "InputFormat": f"{PARQUET}.MapredParquetInputFormat",
        "OutputFormat": f"{PARQUET}.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": serde},
    }
    keys = [{"Name": "month", "Type": "string"}, {"Name": "rider", "Type": "string"}]
    glue.create_table(
        DatabaseName=database,
        TableInput={"Name": "curated", "PartitionKeys": keys, "StorageDescriptor": storage},
    )


def _trigger(aws, schedule, job):
    aws.client("glue").create_trigger(
        Name=aws.name("monthly"), Type="SCHEDULED", Schedule=schedule, Actions=[{"JobName": job}]
    )
