"""The days on which somebody studied, and for how long."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

# Two things done further apart than this are two sittings.
PAUSE = timedelta(minutes=10)
# A day that is left out breaks no streak; two do.
FORGIVEN = timedelta(days=2)


def streak(days: Iterable[date], today: date) -> int:
    """How many days were studied in a row that ends now; a single day left out is forgiven, and not counted.

    Args:
        days: on which something was done, in the learner's own time zone. Those after today, from a clock that was
            wrong, don't count.
        today: the learner's day.
    """
    count, last = 0, today
    for day in sorted({day for day in days if day <= today}, reverse=True):
        if last - day > FORGIVEN:
            break
        count, last = count + 1, day
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
