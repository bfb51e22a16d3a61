import json
from pathlib import Path

from mlacoach.labs import Shown

SCRIPT = Path(__file__).parent / "data" / "to_parquet.py"
OVER = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR"}
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


def put_the_script_in_place(aws):
    """A job reads its script from S3 each time it runs."""
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="code/to_parquet.py", Body=SCRIPT.read_bytes())


def make_the_job(aws):
    """Default arguments are given to every run; a run may add some or set others."""
    aws.client("glue").create_job(
        Name=aws.name("to-parquet"),
        Role=aws.role_arn,
        Command={
            "Name": "pythonshell",
            "PythonVersion": "3.9",
            "ScriptLocation": f"s3://{aws.name('data')}/code/to_parquet.py",
        },
        DefaultArguments={
            "--job": aws.name("to-parquet"),
            "--bucket": aws.name("data"),
            # On AWS it is installed before the script begins.
            "--additional-python-modules": "duckdb==1.4.1",
        },
        MaxCapacity=0.0625,
        Timeout=10,
        MaxRetries=0,
    )


def run_it_for_one_month(aws):
    """The month is an argument, so one job serves every month."""
    return _run(aws, "2026-08")


def run_it_again(aws):
    """Runs are repeated by hand, by retries, by schedules: the same input must leave the same output."""
    return _run(aws, "2026-08")


def fill_in_the_rest(aws):
    """One run for each month that is missing."""
    return _run(aws, "2026-09")


def see_it_fail(aws):
    """A month that is not there: the run fails, and its error message is the exception of the script."""
    run = _wait(aws, "2026-12")
    body = json.dumps({"run": run["Id"], "error": run["ErrorMessage"]})
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/failure.json", Body=body)
    return Shown(text=run["ErrorMessage"])


def describe_the_result(aws):
    """You know the schema, because you wrote it: no crawler is needed."""
    glue, place = aws.client("glue"), f"s3://{aws.name('data')}/curated/"
    glue.create_database(DatabaseInput={"Name": _database(aws)})
    glue.create_table(
        DatabaseName=_database(aws),
        TableInput={
            "Name": "curated",
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet"},
            "PartitionKeys": [{"Name": "month", "Type": "string"}, {"Name": "rider", "Type": "string"}],
            "StorageDescriptor": _storage(place),
        },
    )
    glue.batch_create_partition(
        DatabaseName=_database(aws),
        TableName="curated",
        PartitionInputList=[
            {"Values": [month, rider], "StorageDescriptor": _storage(f"{place}month={month}/rider={rider}/")}
            for month in ("2026-08", "2026-09")
            for rider in ("casual", "member")
        ],
    )


def let_it_run_each_month(aws):
    """At three in the morning of each first day, UTC. It is not switched on: the lab ends before."""
    aws.client("glue").create_trigger(
        Name=aws.name("monthly"),
        Type="SCHEDULED",
        Schedule="cron(0 3 1 * ? *)",
        Actions=[{"JobName": aws.name("to-parquet"), "Arguments": {"--month": "2026-10"}}],
        StartOnCreation=False,
    )


def _database(aws):
    return aws.name("lake").replace("-", "_")


def _storage(location):
    return {
        "Columns": [{"Name": name, "Type": kind} for name, kind in COLUMNS.items()],
        "Location": location,
        "InputFormat": f"{PARQUET}.MapredParquetInputFormat",
        "OutputFormat": f"{PARQUET}.MapredParquetOutputFormat",
        "SerdeInfo": {"SerializationLibrary": f"{PARQUET}.serde.ParquetHiveSerDe"},
    }


def _wait(aws, month):
    job = aws.name("to-parquet")
    run = aws.client("glue").start_job_run(JobName=job, Arguments={"--month": month})["JobRunId"]
    found = aws.wait(
        "glue", "get_job_run", lambda found: found["JobRun"]["JobRunState"] in OVER, JobName=job, RunId=run
    )
    return found["JobRun"]


def _run(aws, month):
    run = _wait(aws, month)
    found = aws.client("s3").list_objects_v2(Bucket=aws.name("data"), Prefix=f"curated/month={month}/")
    return Shown(
        text=f"{run['JobRunState']} {run.get('ErrorMessage', '')}".strip(),
        columns=("key", "bytes"),
        rows=[(each["Key"], each["Size"]) for each in found.get("Contents", [])],
    )
