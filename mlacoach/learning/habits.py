"""The days on which somebody studied, and for how long."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta

# Two things done further apart than this are two sittings.
PAUSE = timedelta(minutes=10)
# A day that is left out breaks no streak; two do.
FORGIVEN = timedelta(days=2)


def streak(studied: Callable[[date], bool], today: date) -> int:
    """How many days were studied in a row that ends now; a single day left out is forgiven, and not counted.

    Args:
        studied: was something done on a day? Asked of one day after another, into the past.
        today: the learner's day.
    """
    count, last, day = 0, today, today
    while last - day <= FORGIVEN:
        if studied(day):
            count, last = count + 1, day
        day -= timedelta(days=1)
    return count


def active_minutes(done: Iterable[tuple[datetime, float]]) -> float:
    """The minutes that somebody was at it.

    Args:
        done: what was done: when it was finished, and how many seconds it took. Between two things less than ten
            minutes apart the learner was reading; longer pauses don't count.
    """
    total, before = timedelta(), None
    for at, seconds in sorted(done):
        took = timedelta(seconds=seconds)
        if before is not None and at - before < PAUSE:
            took = at - before
        total += min(took, at - before) if before is not None and at > before else took
        before = at
    return total / timedelta(minutes=1)
