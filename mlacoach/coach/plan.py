"""The dated plan: the open items of the track, laid over the days to the exam, from today and from what is known."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from mlacoach.coach import Coach
from mlacoach.coach.roadmap import progress
from mlacoach.coach.setup import Profile, profile, today
from mlacoach.coach.standing import Standing, skills_of, standing
from mlacoach.curriculum.reading import Mistake
from mlacoach.curriculum.tracks import Item, Track
from mlacoach.errors import UsageFault
from mlacoach.learning.timetable import Placed, Work, timetable
from mlacoach.store.learner import PlanChange

# Of every day's time, so much goes to reviews and questions: `mlacoach study` plans it.
REVIEWS = 0.25
# An item whose skills are known so well takes this part of its hours.
KNOWN, KNOWN_TAKES = 0.85, 0.5
# Whole practice exams so many days before the day, with the time to go through their answers; on the last days
# nothing new.
PRACTICE_DAYS, PRACTICE_HOURS = (14, 7), 3.0
REST_DAYS = 2
# Which of the corrected mistakes of a track are sums of hours and weeks.
ABOUT_TIME = re.compile(r"\b(hours?|weeks?)\b")

Changes = Mapping[str, PlanChange]


@dataclass(frozen=True, slots=True)
class Entry:
    """Something planned: its days, its hours, and why they are so many. `item` is None for a practice exam."""

    title: str
    item: Item | None
    placed: Placed
    reasons: tuple[str, ...]

    @property
    def key(self) -> str:
        """Its name for ever: the item's key, or that of the practice exam."""
        return self.placed.key


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan from `day` on.

    `needed` and `available` are hours for items; `done_hours` were ticked so far, `expected_hours` is what the pace of
    the set-up makes since the first day studied; `sums` are what the track gets wrong about its own hours and weeks.
    """

    learner: Profile
    day: date
    entries: tuple[Entry, ...]
    left_out: tuple[Item, ...]
    skipped: tuple[Item, ...]
    needed: float
    available: float | None
    done_hours: float
    expected_hours: float
    sums: tuple[Mistake, ...]

    @property
    def slack(self) -> float | None:
        """Hours to spare, below 0 if they are missing; None without an exam date."""
        return None if self.available is None else self.available - self.needed

    @property
    def ends(self) -> date:
        """The last day with anything on it."""
        return max((one.placed.end for one in self.entries), default=self.day)


def plan(coach: Coach) -> Plan:
    """Draw the plan from today: of what is open now, at what is known now."""
    learner, day = profile(coach), today(coach)
    where, walked, changes = (
        standing(coach, learner.exam),
        progress(coach, learner.track),
        coach.store.plan_changes.all(),
    )
    items = {item.key: item for item in learner.track.items if not walked.done(item) and item.kind != "resource"}
    skipped = [item for item in items.values() if item.key in changes and changes[item.key].kind == "skip"]
    hours = {item.key: hours_of(coach, item, where) for item in items.values() if item not in skipped}
    work = [_work(learner, items[key], told, changes) for key, (told, _) in hours.items()]
    table = timetable([*work, *_practice(learner, day)], day, _last_day(learner, day), _a_day(learner))
    return Plan(
        learner=learner,
        day=day,
        entries=tuple(
            _entry(one, items, {key: why for key, (_, why) in hours.items()}, changes) for one in table.placed
        ),
        left_out=tuple(items[key] for key in table.left_out if key in items),
        skipped=tuple(skipped),
        needed=table.needed,
        available=table.available,
        done_hours=walked.hours_done(),
        expected_hours=_expected_hours(coach, learner, day),
        sums=tuple(_sums(coach.library.mistakes, learner.track)),
    )


def hours_of(coach: Coach, item: Item, where: Standing) -> tuple[float, tuple[str, ...]]:
    """The hours that an item takes this learner, and why."""
    hours, reasons = item.hours, [f"the track gives it {item.hours:g} h"]
    rows = [where.skills[name] for name in skills_of(item.skills, where.exam) if name in where.skills]
    if any(row.answered for row in rows) and sum(row.right for row in rows) / len(rows) >= KNOWN:
        hours *= KNOWN_TAKES
        reasons.append(f"half of that, as you are expected to have {KNOWN:.0%} of it right already")
    lessons, labs, read = coach.library.lessons, coach.library.labs, coach.store.readings.all()
    minutes = sum(lessons[name].minutes for name in item.lessons if name in lessons and name not in read)
    minutes += sum(labs[name].minutes for name in item.labs if name in labs)
    if minutes / 60 > hours:
        hours = minutes / 60
        reasons.append(f"its lessons and labs alone take {minutes} minutes")
    return hours, tuple(reasons)


def _work(learner: Profile, item: Item, hours: float, changes: Changes) -> Work:
    change = changes.get(item.key)
    needed = any(ref.exam == learner.exam.id for ref in item.skills) or item.kind == "exam"
    return Work(item.key, hours, _place(learner.track, item), change.day if change else None, needed)


def _place(track: Track, item: Item) -> float:
    """Where an item stands in the track's weeks: so a phase that runs alongside others is spread among them."""
    phase = track.phase_of(item)
    before = sum(other.hours for other in phase.items[: phase.items.index(item)])
    whole = sum(other.hours for other in phase.items) or 1.0
    first, last = phase.weeks
    return first + (last - first + 1) * before / whole


def _practice(learner: Profile, day: date) -> Iterator[Work]:
    for number, before in enumerate(PRACTICE_DAYS, start=1):
        on = learner.exam_date - timedelta(days=before) if learner.exam_date else None
        if on and on > day:
            # Placed first, so that it is the last to be left out.
            yield Work(f"practice-exam-{number}", PRACTICE_HOURS, 0.0, on)


def _last_day(learner: Profile, day: date) -> date | None:
    """The last day for items: some before the exam; None without one, or when it is over."""
    if learner.exam_date is None or learner.exam_date < day:
        return None
    return learner.exam_date - timedelta(days=1 + REST_DAYS)


def _a_day(learner: Profile) -> float:
    return learner.hours_per_week / 7 * (1 - REVIEWS)


def _entry(placed: Placed, items: Mapping[str, Item], hours: Mapping[str, tuple[str, ...]], changes: Changes) -> Entry:
    item = items.get(placed.key)
    if item is None:
        why = "a whole form under the clock, with an hour for its answers"
        return Entry("Practice exam: `mlacoach exam --timed`", None, placed, (why,))
    moved = changes.get(item.key)
    reasons = hours[item.key] + ((f"you moved it to {moved.day}",) if moved else ())
    return Entry(item.title, item, placed, reasons)


def _expected_hours(coach: Coach, learner: Profile, day: date) -> float:
    began = coach.store.answers.began()
    first = began.astimezone().date() if began else day
    return max((day - first) / timedelta(weeks=1), 0.0) * learner.hours_per_week * (1 - REVIEWS)


def _sums(mistakes: Mapping[str, Mistake], track: Track) -> Iterator[Mistake]:
    """The corrected mistakes of a track that are about its hours and weeks."""
    named = [*track.mistakes]
    for phase in track.phases:
        named += phase.mistakes
        named += [name for item in phase.items for name in item.mistakes]
    for name in dict.fromkeys(named):
        if name in mistakes and ABOUT_TIME.search(mistakes[name].says):
            yield mistakes[name]


def what_to_do(coach: Coach, drawn: Plan) -> list[str]:
    """What would help where the plan does not fit; nothing where it does."""
    if drawn.slack is None or drawn.available is None or drawn.slack >= 0 or drawn.learner.exam_date is None:
        return []
    days = max((drawn.learner.exam_date - drawn.day).days - REST_DAYS, 1)
    share = 1 - REVIEWS
    hours = drawn.needed / share / (days / 7)
    later = drawn.day + timedelta(days=drawn.needed / _a_day(drawn.learner) + 1 + REST_DAYS)
    room = drawn.available
    shorter = [one.id for one in coach.library.tracks.values() if sum(item.hours for item in one.items) <= room]
    found = [f"study {hours:.1f} hours a week instead of {drawn.learner.hours_per_week:g}", f"sit the exam on {later}"]
    found += [f"take a shorter track: {', '.join(shorter)}"] if shorter else []
    return [*found, "skip items (`mlacoach plan skip ID`)"]


def change(coach: Coach, item_id: str, kind: str, day: date | None = None) -> Item:
    """Move an item to a day, skip it, or restore what the track says.

    Raises:
        UnknownId: there is no such item.
        UsageFault: the day is over, or not before the exam.
    """
    learner = profile(coach)
    item = coach.library.item(learner.track, item_id)
    if day and day < today(coach):
        raise UsageFault(f"{day} is in the past.", "Give a day from today on.")
    if day and learner.exam_date and day >= learner.exam_date:
        raise UsageFault(f"{day} is not before the exam on {learner.exam_date}.", "Give a day before it.")
    coach.store.plan_changes.add(item.key, kind, day, coach.now())
    return item
