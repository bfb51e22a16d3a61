"""On which days the learner studied, and for how long today."""

from datetime import date, datetime, timedelta

from mlacoach.coach import Coach
from mlacoach.coach.setup import today
from mlacoach.learning import habits


def days_studied(coach: Coach) -> list[date]:
    """Every day on which something was done: the learner's, in their time zone."""
    return sorted({at.astimezone().date() for at in coach.store.answers.active_quarters()})


def streak(coach: Coach) -> int:
    """How many days were studied in a row; one day left out is forgiven."""
    return habits.streak(days_studied(coach), today(coach))


def minutes_on(coach: Coach, day: date) -> float:
    """For how many minutes the learner was at it on a day."""
    activity = coach.store.answers.activity(midnight(day), midnight(day + timedelta(days=1)))
    return habits.active_minutes(activity)


def midnight(day: date) -> datetime:
    """When a day begins for the learner; in summer time too."""
    return datetime(day.year, day.month, day.day).astimezone()
