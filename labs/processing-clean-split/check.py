import ast
import math
from statistics import fmean, pstdev

from mlacoach.labs import NotYet, proofs, trips

PARTS = ("train", "validation", "test")
FIRST_VALIDATION, FIRST_TEST = "2026-09-15", "2026-10-01"
LONGEST = 3600


def put_the_script_in_place(aws):
    """The script that prepares lies in the bucket, and is Python."""
    text = proofs.text(aws, "code/prepare.py")
    try:
        ast.parse(text)
    except SyntaxError as error:
        raise NotYet(f"Line {error.lineno} is no Python: {error.msg}.", hint="python -m py_compile") from None
    if "/opt/ml/processing" not in text:
        raise NotYet("The script knows no place of a processing job.", hint="All lies below /opt/ml/processing.")


def clean_and_split(aws):
    """A job made three tables: sound trips only, each once, earlier ones for training, later ones for the test."""
    job = _job(aws, "prepare")
    if "scikit-learn" not in job["AppSpecification"]["ImageUri"]:
        raise NotYet(
            f"The image is {job['AppSpecification']['ImageUri']}.", hint="…/sagemaker-scikit-learn:1.2-1-cpu-py3"
        )
    if job.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", 86400) > LONGEST:
        raise NotYet("The job may run for a day.", hint="StoppingCondition: MaxRuntimeInSeconds")
    ids = proofs.report(aws, "prepared/report/ids.json")
    sound = _sound()
    for part in PARTS:
        _must_be_the_part(part, ids.get(part, []), sound)
        table = _table(aws, part)
        if [row[0] for row in table] != [sound[each].late for each in ids[part]]:
            raise NotYet(
                f"The first column of {part} is not late.", hint="The label first, rows in the order of ids.json."
            )
    _must_not_know_the_future(aws, ids, sound)
    _must_be_scaled_by_training(aws, ids, sound)


def prove_it(aws):
    """A report says how many rows each part has, that no trip is in two, and where each ends."""
    _job(aws, "prepare")
    report = proofs.report(aws, "reports/split.json")
    sound = _sound()
    if report.get("rows") != {part: len(_belong(part, sound)) for part in PARTS}:
        raise NotYet(f"The report says {report.get('rows')} for rows.", hint='{"train": …, "validation": …, "test": …}')
    if report.get("in_two_parts") != 0:
        raise NotYet(f"The report says {report.get('in_two_parts')} for in_two_parts.", hint="Intersect the ids.")
    for part in PARTS:
        begins = sorted(sound[each].started_at for each in _belong(part, sound))
        if report.get("from_to", {}).get(part) != [begins[0], begins[-1]]:
            raise NotYet(f"The first and the last time of {part} are others.", hint="from_to: started_at, as in raw/")


def treat_new_trips_alike(aws):
    """New trips are encoded with what training learned, a new station included."""
    _job(aws, "prepare")
    new = [
        trip._replace(station="s07") if place % 4 == 0 else trip
        for place, trip in enumerate(trips.trips("2026-11", 12))
    ]
    width = len(_table(aws, "train")[0]) - 1
    table = proofs.table(aws, "prepared/new.csv", width)
    if len(table) != len(new):
        raise NotYet(
            f"new.csv has {len(table)} rows, {len(new)} trips came.", hint="A new station is no reason to drop."
        )
    mean, spread = _scale()
    wanted = [(trip.distance_km - mean) / spread for trip in new]
    if not any(_alike(list(column), wanted) for column in zip(*table, strict=True)):
        raise NotYet("No column is the distance as training scaled it.", hint="encoder.json: mean and deviation")
    foreign = [row for row, trip in zip(table, new, strict=True) if trip.station == "s07"]
    known = [row for row, trip in zip(table, new, strict=True) if trip.station != "s07"]
    if {sum(value == 1 for value in row[-len(trips.STATIONS) :]) for row in foreign} != {0}:
        raise NotYet("s07 is taken for a station of training.", hint="It is none of them: all zeros.")
    if {sum(value == 1 for value in row[-len(trips.STATIONS) :]) for row in known} != {1}:
        raise NotYet("A known station is not one of its columns.", hint="One column for each station, the last six.")


def see_what_leaks(aws):
    """Two figures show what a column would do that is known only afterwards."""
    _job(aws, "prepare")
    report = proofs.report(aws, "reports/leak.json")
    honest, leaky = (proofs.number(report, name, "reports/leak.json") for name in ("without_fee", "with_fee"))
    if not 0.6 < honest < 0.92:
        raise NotYet(f"Without the fee the AUC would be {honest}.", hint="Train on train, judge on validation.")
    if not honest + 0.05 < leaky <= 1:
        raise NotYet(f"With the fee it would be {leaky}.", hint="The fee says nearly whether it was late.")


def see_it_fail(aws):
    """A job failed, and says itself why."""
    found = proofs.newest_processing_job(aws, "broken")
    name = found["ProcessingJobName"]
    if found["ProcessingJobStatus"] != "Failed":
        raise NotYet(f"The job {name} is {found['ProcessingJobStatus']}.", hint="Which arguments does the script need?")
    said = str(proofs.report(aws, "reports/failure.json").get("line", ""))
    log = aws.find("logs", "filter_log_events", logGroupName="/aws/sagemaker/ProcessingJobs", logStreamNamePrefix=name)
    lines = [event["message"].strip() for event in (log or {"events": []})["events"]]
    if not said.strip() or said.strip() not in lines or "error" not in said.lower():
        raise NotYet(f"Its log has no line of an error {said[:60]!r}.", hint="logs.filter_log_events(…)")


def _job(aws, suffix):
    found = proofs.newest_processing_job(aws, suffix)
    if found["ProcessingJobStatus"] != "Completed":
        said = found.get("ExitMessage") or found.get("FailureReason") or "wait until it has ended"
        raise NotYet(f"The job is {found['ProcessingJobStatus']}: {said.rstrip('.')}.", hint="Its log tells more.")
    return found


def _sound():
    """Every trip that should be in one of the parts, by its id."""
    known = {trip.trip_id: trip for month in (*trips.MONTHS, trips.NEXT_MONTH) for trip in trips.trips(month)}
    clean = trips.clean_ids()
    return {key: trip for key, trip in known.items() if key in clean or not key.startswith("202610")}


def _belong(part, sound):
    bounds = {"train": ("", FIRST_VALIDATION), "validation": (FIRST_VALIDATION, FIRST_TEST), "test": (FIRST_TEST, "9")}
    first, last = bounds[part]
    return {key for key, trip in sound.items() if first <= trip.started_at < last}


def _must_be_the_part(part, ids, sound):
    if len(ids) != len(set(ids)):
        raise NotYet(
            f"{part} has {len(ids) - len(set(ids))} trips twice.", hint="Take doubled ones out before the split."
        )
    wanted = _belong(part, sound)
    if set(ids) != wanted:
        more, less = len(set(ids) - wanted), len(wanted - set(ids))
        raise NotYet(f"{part} has {more} trips too many and misses {less}.", hint="Clean, then split by started_at.")


def _table(aws, part):
    key = f"prepared/{part}/{part}.csv"
    width = len(proofs.text(aws, key).partition("\n")[0].split(","))
    return proofs.table(aws, key, width)


def _must_not_know_the_future(aws, ids, sound):
    columns = list(zip(*_table(aws, "test"), strict=True))[1:]
    minutes = [sound[each].minutes for each in ids["test"]]
    fees = [4.0 if sound[each].late and not each.endswith("7") else 0.0 for each in ids["test"]]
    for name, future in (("minutes", minutes), ("the fee", fees)):
        if any(abs(_correlation(column, future)) > 0.97 for column in columns):
            raise NotYet(f"A column tells {name}, which nobody knows when the trip begins.", hint="Leave it out.")


def _must_be_scaled_by_training(aws, ids, sound):
    mean, spread = _scale()
    wanted = [(sound[each].distance_km - mean) / spread for each in ids["test"]]
    columns = [list(column) for column in zip(*_table(aws, "test"), strict=True)]
    if not any(_alike(column, wanted) for column in columns):
        raise NotYet(
            "No column of test is the distance, scaled by training's mean and deviation.", hint="Fit on train."
        )


def _scale():
    sound = _sound()
    distances = [sound[key].distance_km for key in _belong("train", sound)]
    return fmean(distances), pstdev(distances)


def _alike(column, wanted):
    # A deviation with n - 1 is as good as one with n.
    return all(abs(value - want) < 0.004 + 0.001 * abs(want) for value, want in zip(column, wanted, strict=True))


def _correlation(one, other):
    a, b = fmean(one), fmean(other)
    top = sum((x - a) * (y - b) for x, y in zip(one, other, strict=True))
    bottom = math.sqrt(sum((x - a) ** 2 for x in one) * sum((y - b) ** 2 for y in other))
    return top / bottom if bottom else 0.0
