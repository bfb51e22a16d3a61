import ast

from mlacoach.labs import NotYet, catalog, proofs, trips

SCRIPT = "code/to_parquet.py"
FIRST, SECOND = trips.MONTHS
LONGEST = 60
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
READS_ARGUMENTS = ("getResolvedOptions", "argparse", "argv")


def put_the_script_in_place(aws):
    """The script lies in the bucket and is Python."""
    text = proofs.text(aws, SCRIPT)
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise NotYet(
            f"Line {error.lineno} of the script is no Python: {error.msg}.", hint="python -m py_compile"
        ) from None
    if not any(word in text for word in READS_ARGUMENTS):
        raise NotYet("The script reads no arguments.", hint="from awsglue.utils import getResolvedOptions")


def make_the_job(aws):
    """A Python shell job of the smallest size runs the script, and not for ever."""
    job = _job(aws)
    if job["Command"]["Name"] != "pythonshell":
        raise NotYet(f"The job is a {job['Command']['Name']} job.", hint='Command: "Name": "pythonshell"')
    wanted = f"s3://{aws.name('data')}/{SCRIPT}"
    if job["Command"].get("ScriptLocation") != wanted:
        raise NotYet(f"It runs {job['Command'].get('ScriptLocation')}, not {wanted}.", hint="ScriptLocation")
    if job.get("MaxCapacity") != 0.0625:
        raise NotYet(f"It takes {job.get('MaxCapacity')} DPU.", hint="A sixteenth is enough: MaxCapacity=0.0625")
    if not 0 < job.get("Timeout", 2880) <= LONGEST:
        raise NotYet(
            f"It may run for {job.get('Timeout', 2880)} minutes.", hint=f"Timeout, in minutes: {LONGEST} at most"
        )


def run_it_for_one_month(aws):
    """August lies in Parquet, a folder for each kind of rider, no trip lost or doubled."""
    _succeeded(aws, FIRST, 1)
    _must_be_whole(aws, FIRST)


def run_it_again(aws):
    """A second run of the same month leaves the same trips, not twice as many."""
    _succeeded(aws, FIRST, 2)
    _must_be_whole(aws, FIRST)


def fill_in_the_rest(aws):
    """September is there as well, and August still is."""
    _succeeded(aws, SECOND, 1)
    for month in trips.MONTHS:
        _must_be_whole(aws, month)


def see_it_fail(aws):
    """A run for a month without data failed, and you have read why."""
    failed = [run for run in _runs(aws) if run["JobRunState"] == "FAILED" and _month(run) not in trips.MONTHS]
    if not failed:
        raise NotYet("No run has failed for want of data.", hint="start_job_run(…) for a month that is not there.")
    said = str(proofs.report(aws, "reports/failure.json").get("error", "")).strip()
    if said not in {run.get("ErrorMessage", "") for run in failed} or not said:
        raise NotYet(f"The report says {said[:60]!r}, the run something else.", hint="ErrorMessage of get_job_run(…)")


def describe_the_result(aws):
    """The table curated tells Athena of the Parquet files and of all four partitions."""
    catalog.the_database(aws)
    table = catalog.table(aws, "curated", hint="glue.create_table(…), a crawler, or Athena's DDL")
    storage = table["StorageDescriptor"]
    readers = (storage.get("InputFormat", ""), storage.get("SerdeInfo", {}).get("SerializationLibrary", ""))
    if not all("parquet" in reader.lower() for reader in readers):
        raise NotYet("The table does not read Parquet.", hint="InputFormat and SerDe below …ql.io.parquet")
    place = f"s3://{aws.name('data')}/curated"
    if storage.get("Location", "nowhere").rstrip("/") != place:
        raise NotYet(f"The table lies at {storage.get('Location', 'no place')}, not at {place}/.", hint="Location")
    if catalog.partition_keys(table) != ["month", "rider"]:
        raise NotYet(f"Its partition keys are {catalog.partition_keys(table)}.", hint="As the folders: month, rider")
    wrong = [name for name, kind in COLUMNS.items() if catalog.columns(table).get(name) != kind]
    if wrong:
        said = catalog.columns(table).get(wrong[0], "not there")
        raise NotYet(f"The column {wrong[0]} is {said}.", hint=f"In the files it is {COLUMNS[wrong[0]]}.")
    _must_have_all_partitions(aws, place)


def let_it_run_each_month(aws):
    """A trigger will start the job once a month."""
    found = aws.find("glue", "get_trigger", Name=aws.name("monthly"))
    if found is None:
        raise NotYet(f"There is no trigger {aws.name('monthly')}.", hint="glue.create_trigger(…)")
    trigger = found["Trigger"]
    started = [action.get("JobName") for action in trigger["Actions"]]
    if started != [aws.name("to-parquet")]:
        raise NotYet(f"It starts {started}.", hint="Actions: the name of the job")
    if not _is_monthly(trigger.get("Schedule", "")):
        raise NotYet(f"Its schedule is {trigger.get('Schedule', 'none')}: not once a month.", hint="cron(0 3 1 * ? *)")


def _is_monthly(schedule):
    """Minute, hour and day are fixed; month, day of the week and year are any."""
    fields = schedule.removeprefix("cron(").removesuffix(")").split()
    if not schedule.startswith("cron(") or len(fields) != 6 or not all(field.isdigit() for field in fields[:2]):
        return False
    day, month, weekday, year = fields[2:]
    return (day.isdigit() or day == "L") and month in {"*", "1/1", "*/1", "1-12"} and weekday == "?" and year == "*"


def _must_have_all_partitions(aws, place):
    found = catalog.partitions(aws, "curated")
    for month, rider in [(month, rider) for month in trips.MONTHS for rider in trips.RIDERS]:
        said = found.get((month, rider))
        if said is None:
            raise NotYet(f"The partition {month}/{rider} is missing.", hint="One for each month and rider.")
        # A partition that lies at the table's own place would give every trip four times.
        if said.rstrip("/") != f"{place}/month={month}/rider={rider}":
            raise NotYet(f"The partition {month}/{rider} lies at {said}.", hint="Each partition has a Location too.")


def _month(run):
    return run.get("Arguments", {}).get("--month")


def _job(aws):
    found = aws.find("glue", "get_job", JobName=aws.name("to-parquet"))
    if found is None:
        raise NotYet(f"There is no job {aws.name('to-parquet')}.", hint="glue.create_job(…)")
    return found["Job"]


def _runs(aws):
    _job(aws)
    found = aws.find("glue", "get_job_runs", JobName=aws.name("to-parquet")) or {"JobRuns": []}
    return found["JobRuns"]


def _succeeded(aws, month, least):
    runs = [run for run in _runs(aws) if _month(run) == month]
    good = [run for run in runs if run["JobRunState"] == "SUCCEEDED"]
    if len(good) < least:
        said = f"; the last is {runs[0]['JobRunState']} {runs[0].get('ErrorMessage', '')}".rstrip(" .") if runs else ""
        raise NotYet(f"{len(good)} runs for {month} have succeeded{said}.", hint='Arguments={"--month": …}')


def _must_be_whole(aws, month):
    for rider in trips.RIDERS:
        prefix = f"curated/month={month}/rider={rider}/"
        keys = list(catalog.objects(aws, prefix))
        if not keys:
            raise NotYet(f"Nothing lies below {prefix}.", hint="The log of the run tells what it wrote.")
        wanted = sorted(trip.trip_id for trip in trips.trips(month) if trip.rider == rider)
        found = sorted(row[0] for row in catalog.parquet_rows(aws, keys, "trip_id"))
        if len(found) != len(wanted):
            raise NotYet(f"{prefix} holds {len(found)} trips, not {len(wanted)}.", hint="Replace, not add.")
        if found != wanted:
            raise NotYet(f"Not every trip below {prefix} is of {month} and {rider}, once.", hint="Look at the trip_id.")
        if any("rider" in catalog.parquet(aws, key)[0] for key in keys):
            raise NotYet("rider stands in the files as well as in the path.", hint="Leave it out of the files.")
