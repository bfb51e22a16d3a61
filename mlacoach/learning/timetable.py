"""Which work on which day: a plan that is filled from today on, so that it is right again whenever it is drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

# Less than this is not worth beginning an item for on a day, in hours.
CRUMB = 0.05


@dataclass(frozen=True, slots=True)
class Work:
    """Something to do: how many hours it takes, and where in the track it stands (`place`, in the track's weeks).

    `on` is a day it must not begin before, and comes first on; `needed` says that the exam asks for it.
    """

    key: str
    hours: float
    place: float
    on: date | None = None
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    """Work with its first and its last day."""

    key: str
    hours: float
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class Timetable:
    """The work by its days, and what does not fit, the exam's own last of all.

    `needed` and `available` are hours, of all the work and of all the days; `available` is None without an end.
    """

    placed: tuple[Placed, ...]
    left_out: tuple[str, ...]
    needed: float
    available: float | None

    @property
    def slack(self) -> float | None:
        """Hours to spare, below 0 if they are missing; None without an end."""
        return None if self.available is None else self.available - self.needed


def timetable(work: Iterable[Work], first: date, last: date | None, hours_a_day: float) -> Timetable:
    """Place the work from `first` to `last`, both included, in the track's order; None: until it is done.

    Where it does not fit, what the exam does not ask for is left out first, the latest of it before the earlier.
    """
    queue = sorted(work, key=lambda one: (one.place, one.key))
    needed = sum(one.hours for one in queue)
    days = None if last is None else max((last - first).days + 1, 0)
    available = None if days is None else days * hours_a_day
    kept = queue if available is None else _that_fits(queue, available)
    placed, late = _filled(kept, first, last, hours_a_day)
    names = {one.key for one in kept} - late
    left_out = tuple(one.key for one in queue if one.key not in names)
    return Timetable(tuple(one for one in placed if one.key in names), left_out, needed, available)


def _that_fits(queue: Sequence[Work], available: float) -> list[Work]:
    over = sum(one.hours for one in queue) - available
    dropped: set[str] = set()
    for one in sorted(queue, key=lambda one: (one.needed, -one.place)):
        if over <= CRUMB:
            break
        dropped.add(one.key)
        over -= one.hours
    return [one for one in queue if one.key not in dropped]


def _filled(queue: Sequence[Work], first: date, last: date | None, hours_a_day: float) -> tuple[list[Placed], set[str]]:
    """Day after day: what must begin that day, then the next of the track. What is unfinished at the end is late."""
    left, day, room = list(queue), first, hours_a_day
    placed: dict[str, Placed] = {}
    while left and (last is None or day <= last):
        work = next((one for one in left if one.on and one.on <= day), None) or next(
            (one for one in left if one.on is None), None
        )
        if work is None or room <= CRUMB:
            day, room = day + timedelta(days=1), hours_a_day
            continue
        hours = min(work.hours, room)
        begun = placed.get(work.key, Placed(work.key, 0.0, day, day))
        placed[work.key] = replace(begun, hours=begun.hours + hours, end=day)
        room -= hours
        place = left.index(work)
        left[place : place + 1] = [replace(work, hours=work.hours - hours)] if work.hours - hours > CRUMB else []
    return sorted(placed.values(), key=lambda one: (one.start, one.end)), {one.key for one in left}
