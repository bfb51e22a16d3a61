"""When to see something again: FSRS-6, by the `fsrs` package, on knowledge points.

The rating of an answered question: wrong or guessed is Again, right but unsure is Hard, right and sure is Good.
How long it took alone never makes it Again.
"""

from datetime import datetime

from fsrs import Card, Rating, Scheduler

DESIRED_RETENTION = 0.9


def rating(*, correct: bool, confidence: str | None) -> Rating:
    """FSRS's rating of an answer; a learner who says nothing counts as sure."""
    if not correct or confidence == "guess":
        return Rating.Again
    return Rating.Hard if confidence == "unsure" else Rating.Good


def reviewed(card: str | None, grade: Rating, now: datetime) -> tuple[str, datetime]:
    """Review a point.

    Args:
        card: what this function returned for the point last time, or None if it is new.
        grade: the rating of this review.
        now: the moment of the review, in UTC.

    Returns:
        The point's memory to keep, and when it is due.
    """
    # `fsrs` reads the clock for what it is not given, so that a new card gets its id and its due date here.
    scheduler = _scheduler()
    before = Card.from_json(card) if card else Card(card_id=1, due=now)
    after, _ = scheduler.review_card(before, grade, review_datetime=now)
    return after.to_json(), after.due


def _scheduler() -> Scheduler:
    # No fuzz: what is due must follow from the log alone. No steps of minutes: sessions are a day apart.
    return Scheduler(desired_retention=DESIRED_RETENTION, learning_steps=(), relearning_steps=(), enable_fuzzing=False)


def recall(card: str, now: datetime) -> float:
    """The probability that the point is remembered now."""
    return _scheduler().get_card_retrievability(Card.from_json(card), current_datetime=now)
