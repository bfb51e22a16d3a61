"""The whole report."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from mlacoach.coach import Coach
from mlacoach.coach.exam.measure import Meter
from mlacoach.coach.exam.results import Result, results
from mlacoach.coach.habits import midnight, minutes_on, streak
from mlacoach.coach.lab.results import LabResult
from mlacoach.coach.lab.results import results as lab_results
from mlacoach.coach.report.criteria import THRESHOLD, Criterion, Measured, criteria, ticked_criteria
from mlacoach.coach.report.habits import Retention, Timing, confidence, retention, timing
from mlacoach.coach.report.mastery import Masteries, masteries
from mlacoach.coach.report.readiness import Readiness, readiness, whole_meter
from mlacoach.coach.report.tasks import TaskShare, task_shares
from mlacoach.coach.report.weak import Area, weak_areas
from mlacoach.coach.roadmap import Progress, progress
from mlacoach.coach.setup import Profile, profile, today
from mlacoach.coach.standing import Standing, standing
from mlacoach.curriculum.exams import Exam
from mlacoach.errors import UsageFault
from mlacoach.learning.mastery import Share

DAYS = 28
KEY = "threshold"


@dataclass(frozen=True, slots=True)
class Day:
    """What was done on a day of the learner's: answers, those that were right, and minutes."""

    day: date
    given: int
    right: int
    minutes: float


@dataclass(frozen=True, slots=True)
class Sat:
    """An exam that was sat; what it alone predicts, or None where every question had been met before."""

    result: Result
    score: float | None
    low: float | None
    high: float | None
    pass_probability: float | None


@dataclass(frozen=True, slots=True)
class Met:
    """How much of the content was met: each of and out of."""

    questions: tuple[int, int]
    cards: tuple[int, int]
    lessons: tuple[int, int]
    labs: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Report:
    """Everything the report says; `labs` has the last run of each lab that was done."""

    learner: Profile
    exam: Exam
    at: datetime
    threshold: float
    readiness: Readiness | None
    standing: Standing
    masteries: Masteries
    areas: tuple[Area, ...]
    retention: Retention
    confidence: Mapping[str, Share]
    timing: Timing
    tasks: tuple[TaskShare, ...]
    exams: tuple[Sat, ...]
    labs: tuple[LabResult, ...]
    met: Met
    roadmap: Progress
    criteria: tuple[Criterion, ...]
    ticked: tuple[tuple[str, bool], ...]
    due: int
    streak: int
    days: tuple[Day, ...]

    @property
    def total(self) -> Share:
        """First answers to all questions of the exam."""
        return sum((row.share for row in self.tasks), Share(0, 0))


def report(coach: Coach, exam: str | None = None) -> Report:
    """Draw up the report, for the learner's exam or another one.

    Raises:
        UnknownId: there is no such exam.
    """
    learner = profile(coach)
    chosen = coach.library.exam(exam) if exam else learner.exam
    whole, where, walked = whole_meter(coach, chosen), standing(coach, chosen), progress(coach, learner.track)
    ready, kept, shown = readiness(coach, whole), retention(coach), masteries(where)
    ended = results(coach)
    sat = [result for result in ended if result.row.exam == chosen.id]
    designs = [result for result in ended if result.plan.architect and result.row.form == "standard"]
    threshold = threshold_of(coach)
    chance = ready.now.pass_probability if ready else None
    seen = Measured(chance, shown, kept, sat, walked, threshold / 100, designs[-1] if designs else None)
    return Report(
        learner=learner,
        exam=chosen,
        at=coach.now(),
        threshold=threshold,
        readiness=ready,
        standing=where,
        masteries=shown,
        areas=tuple(weak_areas(coach, where)) if where.known else (),
        retention=kept,
        confidence=confidence(coach),
        timing=timing(coach, chosen),
        tasks=tuple(task_shares(coach, chosen)),
        exams=tuple(_sat(result, whole) for result in sat),
        labs=tuple({result.lab: result for result in lab_results(coach)}.values()),
        met=_met(coach, chosen),
        roadmap=walked,
        criteria=tuple(criteria(coach, seen)),
        ticked=tuple(ticked_criteria(coach, walked)),
        due=len(coach.store.answers.due(coach.now())),
        streak=streak(coach),
        days=tuple(_days(coach)),
    )


def threshold_of(coach: Coach) -> float:
    """The share, in per cent, that the learner counts as ready."""
    return float(coach.store.profile.all().get(KEY, THRESHOLD))


def keep_threshold(coach: Coach, threshold: float) -> None:
    """Keep another threshold, in per cent.

    Raises:
        UsageFault: it is no share.
    """
    if not 0 < threshold <= 100:  # noqa: PLR2004 - per cent
        raise UsageFault(f"{threshold:g} % is no share to reach.", "Give more than 0 and at most 100, such as 85.")
    coach.store.profile.put({KEY: f"{threshold:g}"}, coach.now())


def _sat(result: Result, whole: Meter) -> Sat:
    known = [answer for answer in result.evidence if answer[0] in whole.places]
    if not known:
        return Sat(result, None, None, None, None)
    told = whole.readiness(known)
    return Sat(result, told.score, told.low, told.high, told.pass_probability)


def _met(coach: Coach, exam: Exam) -> Met:
    library, store = coach.library, coach.store
    seen = store.answers.seen()
    asked = [one.id for one in library.catalogue.values() if one.serves(exam.id)]
    cards = {row.point for row in store.answers.memory()}
    sides = [side.point for card in library.flashcards.values() for side in card.sides]
    return Met(
        questions=(sum(name in seen for name in asked), len(asked)),
        cards=(sum(point in cards for point in sides), len(sides)),
        lessons=(len(store.readings.all().keys() & library.lessons.keys()), len(library.lessons)),
        labs=(len(set(store.lab_runs.completed()) & library.labs.keys()), len(library.labs)),
    )


def _days(coach: Coach) -> list[Day]:
    """The last days, oldest first, each from midnight to midnight in the learner's time zone."""
    days = []
    for back in range(DAYS - 1, -1, -1):
        day = today(coach) - timedelta(days=back)
        given, right = coach.store.answers.between(midnight(day), midnight(day + timedelta(days=1)))
        days.append(Day(day, given, right, minutes_on(coach, day)))
    return days
