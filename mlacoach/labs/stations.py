"""What is known of stations week by week, for the lab on features: made by chance that a seed repeats."""

from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from mlacoach.labs.trips import SEED, STATIONS

HEADER = ("station", "event_time", "late_share", "trips_a_week")
FIRST_MONDAY = datetime(2026, 8, 3, 6)  # noqa: DTZ001 - written with a Z
WEEKS = 8
TRIPS = 20
FORM = "%Y-%m-%dT%H:%M:%SZ"


class Known(NamedTuple):
    """What is known of a station from a time on."""

    station: str
    event_time: str
    late_share: float
    trips_a_week: int


# It was measured in August and came weeks later.
LATE = Known("s03", "2026-08-12T06:00:00Z", 0.44, 61)


def history() -> list[Known]:
    """Each Monday at six, for each station."""
    chance = Random(f"{SEED} stations")
    return [
        Known(station, when.strftime(FORM), round(chance.uniform(0.05, 0.35), 3), chance.randint(20, 90))
        for when in (FIRST_MONDAY + timedelta(weeks=week) for week in range(WEEKS))
        for station in STATIONS
    ]


def asked() -> list[tuple[str, str, str]]:
    """Trips of a training set: id, station, beginning. The first begins while `LATE` holds."""
    chance = Random(f"{SEED} asked")
    rows = [("t-00", "s03", "2026-08-13T08:15:00Z")]
    for number in range(1, TRIPS):
        when = FIRST_MONDAY + timedelta(minutes=chance.randint(60, WEEKS * 7 * 24 * 60))
        rows.append((f"t-{number:02}", chance.choice(STATIONS), when.strftime(FORM)))
    return rows


def known_then(station: str, when: str) -> Known:
    """What was known of a station at a time, as the format sorts by time."""
    past = [each for each in (*history(), LATE) if each.station == station and each.event_time <= when]
    return max(past, key=lambda each: each.event_time)


def newest(station: str) -> Known:
    """What is known of a station now."""
    return max((each for each in history() if each.station == station), key=lambda each: each.event_time)
