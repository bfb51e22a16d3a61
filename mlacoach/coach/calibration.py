"""Calibrate the questions from a cohort's answers: read, estimate, compare with the authors' levels, keep."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np

from mlacoach.coach import Coach
from mlacoach.content.cohort import CohortAnswer, CohortFault, read_cohort
from mlacoach.curriculum.questions import Question
from mlacoach.errors import MlacoachError
from mlacoach.learning.calibrate import MISFIT_FROM, SLOPE_FROM, Calibration, calibrate
from mlacoach.learning.irt import Array
from mlacoach.learning.items import CALIBRATED_FROM, LEVEL_MEANS, PROVISIONAL_FROM, expert_bank, state_of
from mlacoach.store import calibration as kept
from mlacoach.store.calibration import ItemEstimate, StoredCalibration

# With fewer, how able the cohort is and how hard its questions are can't be told apart.
LEAST_LEARNERS = 30
LEAST_QUESTIONS = 10


@dataclass(frozen=True, slots=True)
class Moved:
    """A question before and after: its author's level, where that level lies, and the estimate.

    `slope_known` says whether its slope rests on answers; else it is the prior's and nothing to show.
    """

    question: str
    level: int
    expected: float
    estimate: ItemEstimate
    state: str
    slope_known: bool

    @property
    def by(self) -> float:
        """How far the difficulty moved."""
        return self.estimate.b - self.expected

    @property
    def misfit(self) -> bool:
        """Do its answers stay away from its curve? With few answers, chance alone takes them there."""
        return self.slope_known and self.estimate.misfit > MISFIT_FROM


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a cohort's answers came to.

    `unknown` and `foundations` count the answers that were left out, by question: the bank has no such question, or
    it is one of no exam. `items` are all that were answered, those first that moved most. `correlation` is between the
    levels and the estimates, None where there is none.
    """

    stored: StoredCalibration
    items: tuple[Moved, ...]
    unknown: Mapping[str, int]
    foundations: Mapping[str, int]
    correlation: float | None
    rmsd: float
    converged: bool

    @property
    def states(self) -> Mapping[str, int]:
        """How many questions are now in which state."""
        return Counter(item.state for item in self.items)

    @property
    def misfits(self) -> list[Moved]:
        """The questions whose answers stay away from their curves, the worst first."""
        return sorted((item for item in self.items if item.misfit), key=lambda item: -item.estimate.misfit)


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The answers that count, and those that do not."""

    learners: list[str]
    questions: list[Question]
    answers: list[CohortAnswer]
    unknown: Counter[str]
    foundations: Counter[str]

    @property
    def responses(self) -> Array:
        """1 right, 0 wrong, nan not asked; shape (learners, questions)."""
        row = {name: number for number, name in enumerate(self.learners)}
        column = {question.id: number for number, question in enumerate(self.questions)}
        table = np.full((len(row), len(column)), np.nan)
        for answer in self.answers:
            table[row[answer.learner], column[answer.question]] = answer.correct
        return table


def calibrate_from(coach: Coach, path: Path) -> Calibrated | Sequence[CohortFault]:
    """Estimate the questions from a cohort's file; its faults if it has any. Nothing is kept.

    Raises:
        MlacoachError: too few answers.
    """
    cohort = read_cohort(path)
    if cohort.faults:
        return cohort.faults
    told = _sorted(coach, cohort.answers)
    _check_size(told)
    bank = expert_bank(
        [question.difficulty for question in told.questions],
        [question.kind for question in told.questions],
        # Difficulty is one scale over all domains.
        [0] * len(told.questions),
    )
    with np.errstate(invalid="ignore"):  # where all levels are the same there is no correlation
        found = calibrate(told.responses, bank)
    estimates = {question.id: _estimate(found, place) for place, question in enumerate(told.questions)}
    stored = StoredCalibration(
        at=coach.now(),
        file=path.name,
        sha256=cohort.sha256,
        learners=len(told.learners),
        answers=len(told.answers),
        mean=found.mean,
        sd=found.sd,
        items=estimates,
    )
    items = [_moved(question, estimates[question.id]) for question in told.questions]
    return Calibrated(
        stored=stored,
        items=tuple(sorted(items, key=lambda item: (-abs(item.by), item.question))),
        unknown=told.unknown,
        foundations=told.foundations,
        correlation=found.link.correlation if isfinite(found.link.correlation) else None,
        rmsd=found.link.rmsd,
        converged=found.fit.converged,
    )


def keep(coach: Coach, calibrated: Calibrated) -> Path:
    """Put it in force, in place of the last; the file it is in."""
    return kept.write(coach.home, calibrated.stored)


def _sorted(coach: Coach, answers: Sequence[CohortAnswer]) -> _Sorted:
    bank = coach.library.questions
    serving = {name for name, one in bank.items() if any(one.serves(exam) for exam in coach.library.exams)}
    counting = [answer for answer in answers if answer.question in serving]
    return _Sorted(
        learners=sorted({answer.learner for answer in counting}),
        questions=[bank[name] for name in sorted({answer.question for answer in counting})],
        answers=counting,
        unknown=Counter(answer.question for answer in answers if answer.question not in bank),
        foundations=Counter(
            answer.question for answer in answers if answer.question in bank and answer.question not in serving
        ),
    )


def _check_size(told: _Sorted) -> None:
    if len(told.learners) < LEAST_LEARNERS or len(told.questions) < LEAST_QUESTIONS:
        raise MlacoachError(
            f"Too few to calibrate from: {len(told.learners)} learners and {len(told.questions)} questions of an exam.",
            f"It takes {LEAST_LEARNERS} learners and {LEAST_QUESTIONS} questions at least; a question is provisional "
            f"from {PROVISIONAL_FROM} answers, calibrated from {CALIBRATED_FROM}.",
        )


def _estimate(found: Calibration, place: int) -> ItemEstimate:
    fit = found.fit
    return ItemEstimate(
        a=float(fit.a[place]),
        b=float(fit.b[place]),
        se_a=float(fit.se_a[place]),
        se_b=float(fit.se_b[place]),
        n=int(fit.n[place]),
        misfit=float(fit.misfit[place]),
    )


def _moved(question: Question, estimate: ItemEstimate) -> Moved:
    return Moved(
        question=question.id,
        level=question.difficulty,
        expected=float(LEVEL_MEANS[question.difficulty - 1]),
        estimate=estimate,
        state=str(state_of(estimate.n)),
        slope_known=estimate.n >= SLOPE_FROM,
    )
