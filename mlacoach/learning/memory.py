"""When to see something again: FSRS-6, by the `fsrs` package, on knowledge points.

The rating of an answered question: wrong or guessed is Again, right but unsure or slow is Hard, right and sure is Good.
How long it took alone never makes it Again.
"""

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from math import ceil

from fsrs import Card, Rating, Scheduler

# How probable remembering still is on the day a point comes back; more in the last weeks before the exam.
DESIRED_RETENTION = 0.9
LAST_DAYS = 21
LAST_RETENTION = 0.95
# Slower than 85 of 100 of one's own answers is slow; it takes 20 to tell.
SLOW_FROM = 0.85
LEAST_TIMES = 20


def rating(*, correct: bool, confidence: str | None, slow: bool = False) -> Rating:
    """FSRS's rating of an answer; a learner who says nothing counts as sure."""
    if not correct or confidence == "guess":
        return Rating.Again
    return Rating.Hard if slow or confidence == "unsure" else Rating.Good


def is_slow(seconds: float, before: Sequence[float]) -> bool:
    """Did it take longer than the learner's own 85th percentile (nearest rank)?

    Args:
        seconds: how long it took.
        before: how long the learner's answers of the same kind took before, in seconds; with fewer than 20, nothing
            is slow.
    """
    if len(before) < LEAST_TIMES:
        return False
    return seconds > sorted(before)[ceil(SLOW_FROM * len(before)) - 1]


def desired_retention(days_to_exam: int | None) -> float:
    """What to schedule for, that many days before the exam; None: it has no date.

    Nothing else is due for the exam's sake: a point that comes back after the exam is remembered at .90 or better on
    its day, since recall falls to that only on the day the point is due.
    """
    near = days_to_exam is not None and 0 <= days_to_exam <= LAST_DAYS
    return LAST_RETENTION if near else DESIRED_RETENTION


def reviewed(card: str | None, grade: Rating, now: datetime, exam_on: date | None = None) -> tuple[str, datetime]:
    """Review a point.

    Args:
        card: what this function returned for the point last time, or None if it is new.
        grade: the rating of this review.
        now: the moment of the review, in UTC.
        exam_on: the day of the exam, if it has one.

    Returns:
        The point's memory to keep, and when it is due.
    """
    # `fsrs` reads the clock for what it is not given, so that a new card gets its id and its due date here.
    scheduler = _scheduler(desired_retention((exam_on - now.date()).days if exam_on else None))
    before = Card.from_json(card) if card else Card(card_id=1, due=now)
    after, _ = scheduler.review_card(before, grade, review_datetime=now)
    return after.to_json(), after.due


@lru_cache(maxsize=4)
def _scheduler(retention: float = DESIRED_RETENTION) -> Scheduler:
    # No fuzz: what is due must follow from the log alone. No steps of minutes: sessions are a day apart.
    return Scheduler(desired_retention=retention, learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def recall(card: str, now: datetime) -> float:
    """The probability that the point is remembered now."""
    return _scheduler().get_card_retrievability(Card.from_json(card), current_datetime=now)
