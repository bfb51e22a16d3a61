"""The probability of passing: today, on each day so far, and when it will be enough at the present pace."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from math import ceil, sqrt

import numpy as np

from mlacoach.coach import Coach
from mlacoach.coach.exam.measure import Meter, estimates_of, meter
from mlacoach.coach.setup import today
from mlacoach.curriculum.exams import Exam
from mlacoach.learning import score
from mlacoach.learning.ability import Ability, newcomer
from mlacoach.learning.drift import drifted
from mlacoach.learning.irt import GRID, Array

# The pace is that of the last four weeks, and takes three days to be one.
PACE_DAYS, LEAST_DAYS = 28, 3
READY = 0.9
# Nobody's pace lasts longer.
FURTHEST = 730


@dataclass(frozen=True, slots=True)
class Standpoint(score.Readiness):
    """What first answers said on a day."""

    day: date


@dataclass(frozen=True, slots=True)
class Forecast:
    """When P(pass) reaches .9 at the pace of the last four weeks: the day, with one standard error either way.

    `day` is None where the pace leads nowhere or is not known yet; `per_week` is the ability gained in a week.
    """

    day: date | None
    earliest: date | None
    latest: date | None
    per_week: float | None


@dataclass(frozen=True, slots=True)
class Readiness:
    """Today's standpoint, those of every day with first answers, what they rest on, and the forecast."""

    now: Standpoint
    trend: tuple[Standpoint, ...]
    states: Mapping[str, int]
    forecast: Forecast


def whole_meter(coach: Coach, exam: Exam) -> Meter:
    """A meter of every question of the exam."""
    asked = (question for question in coach.library.catalogue.values() if question.serves(exam.id))
    return meter(exam, asked, estimates_of(coach))


def readiness(coach: Coach, whole: Meter) -> Readiness | None:
    """Follow the ability through the log; None before the first answer.

    Between two days it moves by N(0, .12²) a day (`learning.drift`), so that answers of long ago tell less.
    """
    by_day: dict[date, list[tuple[str, bool]]] = {}
    for first in coach.store.answers.firsts():
        if first.question in whole.places:
            by_day.setdefault(first.at.astimezone().date(), []).append((first.question, first.correct))
    if not by_day:
        return None
    curves = score.passing_curves(whole.score)
    ability, trend, before, count = newcomer(), list[Standpoint](), min(by_day), 0
    for day in sorted(by_day):
        ability = drifted(ability, (day - before).days)
        for name, right in by_day[day]:
            ability = ability.answered(whole.bank.curves.answer(whole.places[name], correct=right))
        count, before = count + len(by_day[day]), day
        trend.append(_standpoint(day, ability, whole, curves, count))
    # A clock that was ahead once may have left days to come in the log.
    ability = drifted(ability, max((today(coach) - before).days, 0))
    now = _standpoint(today(coach), ability, whole, curves, count)
    of_bank = whole.bank.states
    states = Counter(str(of_bank[whole.places[name]]) for answers in by_day.values() for name, _ in answers)
    return Readiness(now, tuple(trend), dict(states.most_common()), forecast(trend, now, ability, curves.usual))


def _standpoint(day: date, ability: Ability, whole: Meter, curves: score.PassingCurves, count: int) -> Standpoint:
    return Standpoint(**asdict(score.readiness(ability, whole.score, curves, count)), day=day)


def forecast(trend: Sequence[Standpoint], now: Standpoint, ability: Ability, passing: Array) -> Forecast:
    """Carry the ability of the last four weeks on in a straight line, least squares through its days."""
    if now.pass_probability >= READY:
        return Forecast(now.day, now.day, now.day, None)
    recent = [one for one in trend if 0 <= (now.day - one.day).days <= PACE_DAYS]
    if len(recent) < LEAST_DAYS:
        return Forecast(None, None, None, None)
    days = np.array([(one.day - now.day).days for one in recent], dtype=np.float64)
    thetas = np.array([one.theta for one in recent])
    spread = float(((days - days.mean()) ** 2).sum())
    slope = float(((days - days.mean()) * (thetas - thetas.mean())).sum() / spread)
    off = thetas - thetas.mean() - slope * (days - days.mean())
    error = sqrt(float((off**2).sum()) / max(len(recent) - 2, 1) / spread)
    missing = _missing(ability, passing)

    def when(pace: float) -> date | None:
        far = missing / pace if pace > 0 else float("inf")
        return now.day + timedelta(days=ceil(far)) if far <= FURTHEST else None

    return Forecast(when(slope), when(slope + error), when(slope - error), slope * 7)


def _missing(ability: Ability, passing: Array) -> float:
    """How much ability is missing until P(pass) is .9, as well as the ability is known now."""
    for step in np.arange(0.0, 2 * GRID[-1], 0.01):
        shifted = np.interp(GRID + step, GRID, passing)
        if float(ability.posterior @ shifted) >= READY:
            return float(step)
    return float("inf")
