"""What the log makes of memory: worked out from the reviews anew, the same on every device."""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import date

from fsrs import Rating

from mlacoach.coach.setup import EXAM_DATE
from mlacoach.learning.memory import reviewed
from mlacoach.store import Store


def relearn(store: Store, points: Iterable[str]) -> None:
    """Work out these points' memory from their reviews; the caller holds the transaction.

    Each review is scheduled for the day that the exam had then, as it was when it was logged.
    """
    history = store.profile.history(EXAM_DATE)
    turns = [turn for turn, _ in history]
    for point in points:
        card: str | None = None
        for one in store.answers.reviews(point):
            place = bisect_left(turns, one.turn)
            day = history[place - 1][1] if place else None
            card, due = reviewed(card, Rating(one.rating), one.at, date.fromisoformat(day) if day else None)
            store.answers.remember(point, due, card)
        if card is None:
            store.answers.forget(point)
