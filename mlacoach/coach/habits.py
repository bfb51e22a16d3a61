"""On which days the learner studied, and for how long today. Days are theirs: from midnight to midnight, there."""

from datetime import date, datetime, timedelta

from mlacoach.coach import Coach
from mlacoach.coach.setup import today
from mlacoach.learning import habits

# So many days are looked up together.
AT_ONCE = 60


def studied(coach: Coach, day: date) -> bool:
    """Was anything done on that day?"""
    return coach.store.answers.active([midnight(day), midnight(day + timedelta(days=1))])[0]


def streak(coach: Coach) -> int:
    """How many days were studied in a row; one day left out is forgiven."""
    known: dict[date, bool] = {}

    def studied_on(day: date) -> bool:
        if day not in known:
            # Into the past, some weeks at once: a streak of years would ask a thousand times.
            days = [day - timedelta(days=before) for before in reversed(range(AT_ONCE))]
            known.update(zip(days, coach.store.answers.active(_midnights(days)), strict=True))
        return known[day]

    return habits.streak(studied_on, today(coach))


def _midnights(days: list[date]) -> list[datetime]:
    """When each of these days begins, and when the last one ends."""
    return [midnight(day) for day in [*days, days[-1] + timedelta(days=1)]]


def minutes_on(coach: Coach, day: date) -> float:
    """For how many minutes the learner was at it on a day."""
    activity = coach.store.answers.activity(midnight(day), midnight(day + timedelta(days=1)))
    return habits.active_minutes(activity)


def midnight(day: date) -> datetime:
    """When a day begins for the learner; in summer time too."""
    return datetime(day.year, day.month, day.day).astimezone()
