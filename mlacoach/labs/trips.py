"""The data of the labs on data: trips with hired bicycles, made by chance that a seed repeats.

Nothing of it is anybody's: every number comes from the formulas below.
"""

import io
import json
import math
from collections.abc import Iterable, Sequence
from csv import writer
from random import Random
from typing import NamedTuple

from mlacoach.labs.aws import Aws

HEADER = ("trip_id", "started_at", "station", "rider", "distance_km", "minutes", "late")
STATIONS = ("s01", "s02", "s03", "s04", "s05", "s06")
RIDERS = ("member", "casual")
MONTHS = ("2026-08", "2026-09")
NEXT_MONTH = "2026-10"
PER_MONTH = 400
DAYS = 28
SEED = 20261101
MISSING, NEGATIVE, STRANGE, DOUBLED = 9, 4, 3, 6


class Trip(NamedTuple):
    """One trip; `late` is 1 where the bicycle came back after the hour that was paid for."""

    trip_id: str
    started_at: str
    station: str
    rider: str
    distance_km: float
    minutes: float
    late: int


def trips(month: str, count: int = PER_MONTH) -> list[Trip]:
    """The trips of a month such as `2026-08`, the same on every computer, in order of time.

    Args:
        month: year and month.
        count: how many.
    """
    chance = Random(f"{SEED} {month}")
    begins = sorted(
        f"{month}-{chance.randint(1, DAYS):02} {_hour(chance):02}:{chance.randint(0, 59):02}:00" for _ in range(count)
    )
    return [_trip(chance, f"{month.replace('-', '')}-{place:04}", begin) for place, begin in enumerate(begins, 1)]


def _hour(chance: Random) -> int:
    # Two peaks: the way to work and the way back.
    return min(23, max(0, round(chance.choice((chance.gauss(8, 1.5), chance.gauss(17.5, 2))))))


def _trip(chance: Random, trip_id: str, begin: str) -> Trip:
    station = chance.choice(STATIONS)
    rider = chance.choices(RIDERS, (7, 3))[0]
    distance = round(max(0.4, chance.lognormvariate(1.2, 0.6)), 2)
    minutes = round(distance * (4.2 if rider == "member" else 6.5) + abs(chance.gauss(0, 4)) + 1, 1)
    score = (minutes - 42) / 7 + (0.8 if rider == "casual" else 0) + (0.6 if station in {"s05", "s06"} else 0)
    late = chance.random() < 1 / (1 + math.exp(-score))
    return Trip(trip_id, begin, station, rider, distance, minutes, int(late))


def dirty_trips() -> list[tuple[object, ...]]:
    """October's trips as they came in, with faults; no trip has two.

    `MISSING` are without minutes, `NEGATIVE` have a distance below zero, `STRANGE` a rider that nobody knows, and
    `DOUBLED` come a second time at the end.
    """
    chance = Random(f"{SEED} dirty")
    good = trips(NEXT_MONTH)
    picked = chance.sample(range(len(good)), MISSING + NEGATIVE + STRANGE + DOUBLED)
    missing, negative = picked[:MISSING], picked[MISSING : MISSING + NEGATIVE]
    strange = picked[MISSING + NEGATIVE : MISSING + NEGATIVE + STRANGE]
    rows: list[tuple[object, ...]] = []
    for place, trip in enumerate(good):
        faults: dict[str, object] = {"minutes": ""} if place in missing else {}
        faults |= {"distance_km": -trip.distance_km} if place in negative else {}
        faults |= {"rider": "visitor"} if place in strange else {}
        rows.append(tuple({**trip._asdict(), **faults}.values()))
    return [*rows, *(rows[place] for place in sorted(picked[-DOUBLED:]))]


def clean_ids() -> set[str]:
    """The ids of the trips that `dirty_trips` left as they were."""
    sound = [row for row in dirty_trips() if row[5] != "" and row[3] in RIDERS and float(str(row[4])) > 0]
    return {str(row[0]) for row in sound}


def csv(rows: Iterable[Sequence[object]], header: Sequence[str] = HEADER) -> str:
    """Rows as CSV, with a header unless it is empty."""
    text = io.StringIO()
    lines = writer(text, lineterminator="\n")
    if header:
        lines.writerow(header)
    lines.writerows(rows)
    return text.getvalue()


def lines_of_json(rows: Iterable[Trip]) -> list[str]:
    """Each trip as one line of JSON."""
    return [json.dumps(row._asdict()) for row in rows]


def give_trips(aws: Aws) -> None:
    """The bucket `aws.name("data")`: two months below `trips/month=…/`, a third that came later below `incoming/`."""
    s3, bucket = aws.client("s3"), aws.name("data")
    s3.create_bucket(Bucket=bucket)
    for month in MONTHS:
        s3.put_object(Bucket=bucket, Key=f"trips/month={month}/trips.csv", Body=csv(trips(month)))
    s3.put_object(Bucket=bucket, Key="incoming/trips.csv", Body=csv(trips(NEXT_MONTH)))
