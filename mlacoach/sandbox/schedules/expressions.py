"""Schedule expressions of EventBridge: rate(5 minutes), cron(0 10 ? * MON-FRI *), at(2027-01-01T10:00:00).

The fields of a cron expression, and what each may hold, are those of the EventBridge Scheduler user guide,
"Schedule types".
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache

SHAPE = re.compile(r"(rate|cron|at)\((.+)\)")
RATE = re.compile(r"([1-9]\d*) (minute|hour|day)(s?)")
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()  # noqa: SIM905 - a list of names
DAYS = "SUN MON TUE WED THU FRI SAT".split()  # noqa: SIM905
NUMBERS: Mapping[str, int] = {name: number for names in (MONTHS, DAYS) for number, name in enumerate(names, 1)}
FIELDS = 6
LAST_YEAR = 2199
# No expression that ever comes true waits longer than from one 29th of February to the next across 1900 or 2100.
FARTHEST_DAYS = 8 * 366


class Malformed(ValueError):
    """This is no schedule expression."""


@dataclass(frozen=True, slots=True)
class Cron:
    """A cron expression, read: which years, months, days, hours and minutes it means."""

    years: frozenset[int]
    months: frozenset[int]
    is_day: Callable[[date], bool]
    hours: frozenset[int]
    minutes: frozenset[int]


def next_time(expression: str, after: datetime, zone: tzinfo = UTC) -> datetime | None:
    """When it is due next.

    Args:
        expression: `rate(…)`, `cron(…)` or `at(…)`.
        after: an aware moment; a rate counts from it.
        zone: in which the hours of cron and at are meant.

    Returns:
        The first moment later than `after`, in UTC, or None where there is none.

    Raises:
        Malformed: it is no such expression.
    """
    found = SHAPE.fullmatch(expression)
    if not found:
        raise Malformed(expression)
    kind, inner = found.groups()
    if kind == "rate":
        return after + _period(inner)
    if kind == "at":
        moment = _at(inner, zone)
        return moment if moment > after else None
    return _next(_cron(inner), after.astimezone(zone))


def _period(text: str) -> timedelta:
    found = RATE.fullmatch(text)
    if not found or (found[1] == "1") == bool(found[3]):
        raise Malformed(text)
    return timedelta(**{f"{found[2]}s": int(found[1])})


def _at(text: str, zone: tzinfo) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=zone).astimezone(UTC)
    except ValueError as error:
        raise Malformed(text) from error


def _next(cron: Cron, after: datetime) -> datetime | None:
    for ahead in range(FARTHEST_DAYS):
        day = after.date() + timedelta(days=ahead)
        if day.year in cron.years and day.month in cron.months and cron.is_day(day):
            for hour in sorted(cron.hours):
                for minute in sorted(cron.minutes):
                    moment = datetime(day.year, day.month, day.day, hour, minute, tzinfo=after.tzinfo)
                    if moment > after:
                        return moment.astimezone(UTC)
    return None


@cache
def _cron(text: str) -> Cron:
    fields = text.split()
    # Of the day of the month and the day of the week, one must be left open.
    if len(fields) != FIELDS or (fields[2] == "?") == (fields[4] == "?"):
        raise Malformed(text)
    minutes, hours, day, months, week_day, years = fields
    return Cron(
        years=_numbers(years, 1970, LAST_YEAR),
        months=_numbers(months, 1, 12),
        is_day=_day_of_month(day) if week_day == "?" else _day_of_week(week_day),
        hours=_numbers(hours, 0, 23),
        minutes=_numbers(minutes, 0, 59),
    )


def _numbers(field: str, least: int, most: int) -> frozenset[int]:
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = least if first == "*" else _number(first)
        # A lone number with a step goes on to the end.
        end = most if first == "*" or (step and not last) else _number(last or first)
        every = _number(step) if step else 1
        if not (least <= begin <= end <= most and every):
            raise Malformed(field)
        found.update(range(begin, end + 1, every))
    return frozenset(found)


def _number(text: str) -> int:
    if text.upper() in NUMBERS:
        return NUMBERS[text.upper()]
    if not text.isdecimal():
        raise Malformed(text)
    return int(text)


def _day_of_month(field: str) -> Callable[[date], bool]:
    if field == "L":
        return lambda day: day.day == _last(day)
    if field in {"LW", "WL"}:
        return lambda day: day == _weekday_near(day, _last(day))
    if field.endswith("W"):
        wanted = _number(field[:-1])
        return lambda day: wanted <= _last(day) and day == _weekday_near(day, wanted)
    numbers = _numbers(field, 1, 31)
    return lambda day: day.day in numbers


def _day_of_week(field: str) -> Callable[[date], bool]:
    if "#" in field:
        name, _, place = field.partition("#")
        wanted, nth = _number(name), _number(place)
        return lambda day: _week_day(day) == wanted and (day.day - 1) // 7 + 1 == nth
    if field.upper() == "L":
        return lambda day: _week_day(day) == len(DAYS)
    if field.upper().endswith("L"):
        wanted = _number(field[:-1])
        return lambda day: _week_day(day) == wanted and day.day > _last(day) - 7
    numbers = _numbers(field, 1, 7)
    return lambda day: _week_day(day) in numbers


def _week_day(day: date) -> int:
    """1 is Sunday, as in these expressions."""
    return day.isoweekday() % 7 + 1


def _last(day: date) -> int:
    return monthrange(day.year, day.month)[1]


def _weekday_near(day: date, wanted: int) -> date:
    """The Monday to Friday that lies nearest to a day of the month, within the month."""
    target = day.replace(day=wanted)
    if target.isoweekday() == 6:  # noqa: PLR2004 - Saturday
        return target - timedelta(days=1) if wanted > 1 else target + timedelta(days=2)
    if target.isoweekday() == 7:  # noqa: PLR2004 - Sunday
        return target + timedelta(days=1) if wanted < _last(day) else target - timedelta(days=2)
    return target
