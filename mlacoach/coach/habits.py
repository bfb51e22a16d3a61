"""On which days the learner studied, and for how long today. Days are theirs: from midnight to midnight, there."""

from datetime import date, datetime, timedelta

from mlacoach.coach import Coach
from mlacoach.coach.setup import today
from mlacoach.learning import habits


def studied(coach: Coach, day: date) -> bool:
    """Was anything done on that day?"""
    return coach.store.answers.active(midnight(day), midnight(day + timedelta(days=1)))


def streak(coach: Coach) -> int:
    """How many days were studied in a row; one day left out is forgiven."""
    return habits.streak(lambda day: studied(coach, day), today(coach))


def minutes_on(coach: Coach, day: date) -> float:
    """For how many minutes the learner was at it on a day."""
    activity = coach.store.answers.activity(midnight(day), midnight(day + timedelta(days=1)))
    return habits.active_minutes(activity)


def midnight(day: date) -> datetime:
    """When a day begins for the learner; in summer time too."""
    return datetime(day.year, day.month, day.day).astimezone()
