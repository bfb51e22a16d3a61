"""From questions and answers to what they measure: the one place where content meets the engine in `learning`."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from mlacoach.coach import Coach
from mlacoach.coach.exam.prediction import DomainVerdict, Prediction
from mlacoach.coach.exam.results import Result
from mlacoach.content import Library
from mlacoach.curriculum.exams import Exam
from mlacoach.curriculum.questions import QuestionFacts
from mlacoach.learning.ability import Ability, newcomer
from mlacoach.learning.domains import DomainAbilities, domain_abilities
from mlacoach.learning.forms import domain_of
from mlacoach.learning.irt import Array
from mlacoach.learning.items import ItemBank, expert_bank
from mlacoach.learning.score import CUT, Readiness, TrueScore, passing_curves, readiness, true_score
from mlacoach.store import calibration
from mlacoach.store.calibration import ItemEstimate

EVEN = 0.5


@dataclass(frozen=True, eq=False)
class Meter:
    """The questions of an exam as the engine sees them; `places` are their indices in the bank."""

    exam: Exam
    bank: ItemBank
    places: Mapping[str, int]
    weights: Array
    score: TrueScore

    @property
    def cut(self) -> float:
        """The ability at which the true score reaches the assumed cut."""
        return self.score.theta_at(CUT)

    def ability(self, answers: Iterable[tuple[str, bool]]) -> Ability:
        """What answers say, each a question id and whether it was right; unknown questions are left out."""
        ability = newcomer()
        for name, right in answers:
            if name in self.places:
                ability = ability.answered(self.bank.curves.answer(self.places[name], correct=right))
        return ability

    def readiness(self, answers: Sequence[tuple[str, bool]]) -> Readiness:
        """Where somebody stands after these answers."""
        known = [answer for answer in answers if answer[0] in self.places]
        return readiness(self.ability(known), self.score, passing_curves(self.score), len(known))

    def domains(self, answers: Sequence[tuple[str, bool]]) -> DomainAbilities:
        """The ability in each domain, all estimated together."""
        known = [(self.places[name], right) for name, right in answers if name in self.places]
        items = np.array([place for place, _ in known], dtype=np.intp)
        correct = np.array([right for _, right in known], dtype=np.bool_)
        return domain_abilities(self.bank, items, correct, len(self.exam.domains))


Estimates = Mapping[str, ItemEstimate]
# Where no cohort has answered, the authors' levels are all there is.
NONE: Estimates = {}


def meter(exam: Exam, questions: Iterable[QuestionFacts], estimates: Estimates = NONE) -> Meter:
    """A meter of these questions, all of which serve the exam.

    Args:
        exam: whose domains and weights.
        questions: what it knows.
        estimates: what a cohort's answers say of some of them; the others have their authors' levels.
    """
    ordered = sorted(questions, key=lambda question: question.id)
    domains = {domain.id: number for number, domain in enumerate(exam.domains)}
    bank = expert_bank(
        [question.difficulty for question in ordered],
        [question.kind for question in ordered],
        [domains[domain_of(question, exam.id)] for question in ordered],
    )
    weights = np.array([domain.weight for domain in exam.domains], dtype=np.float64)
    weights /= weights.sum()
    places = {question.id: number for number, question in enumerate(ordered)}
    bank = _as_answered(bank, places, estimates)
    return Meter(exam, bank, places, weights, true_score(bank, weights))


def _as_answered(bank: ItemBank, places: Mapping[str, int], estimates: Estimates) -> ItemBank:
    """The bank with what a cohort's answers say."""
    a, mu_b, sd_b, n = bank.a.copy(), bank.mu_b.copy(), bank.sd_b.copy(), bank.n.copy()
    for name, place in places.items():
        known = estimates.get(name)
        if known:
            a[place], mu_b[place], sd_b[place], n[place] = known.a, known.b, known.se_b, known.n
    return replace(bank, a=a, mu_b=mu_b, sd_b=sd_b, n=n)


def estimates_of(coach: Coach) -> Estimates:
    """What a cohort's answers say, as `mlacoach bank calibrate` kept it."""
    kept = calibration.read(coach.home)
    return kept.items if kept else NONE


def predicted(coach: Coach, result: Result) -> Prediction | None:
    """What a sitting predicts of the exam; None if every question had been met before, or it is of no exam."""
    return predict(coach.library, result.exam, result.evidence, estimates_of(coach))


def predict(
    library: Library, exam: Exam, answers: Sequence[tuple[str, bool]], estimates: Estimates = NONE
) -> Prediction | None:
    """Predict the exam from answers to questions met for the first time; None without any, or without a pass mark."""
    if not exam.pass_mark:
        return None
    asked = (question for question in library.catalogue.values() if question.serves(exam.id))
    whole = meter(exam, asked, estimates)
    known = [answer for answer in answers if answer[0] in whole.places]
    if not known:
        return None
    abilities = whole.domains(known)
    verdicts = []
    for number, domain in enumerate(exam.domains):
        above = NormalDist(float(abilities.theta[number]), float(abilities.se[number])).cdf(whole.cut)
        verdicts.append(DomainVerdict(domain.id, meets=above < EVEN, sure=max(above, 1 - above)))
    states = Counter(whole.bank.states[whole.places[name]] for name, _ in known)
    ready = whole.readiness(known)
    return Prediction(
        score=ready.score,
        low=ready.low,
        high=ready.high,
        pass_probability=ready.pass_probability,
        if_harder=ready.if_harder,
        if_easier=ready.if_easier,
        answers=ready.answers,
        states={str(state): count for state, count in states.most_common()},
        domains=tuple(verdicts),
    )
