"""What the learner knows of each skill today: estimated from first answers, less what was forgotten since."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache

from mlacoach.coach import Coach
from mlacoach.content import Library
from mlacoach.curriculum.exams import Domain, Exam, Skill, SkillRef, Task
from mlacoach.curriculum.questions import QuestionFacts
from mlacoach.curriculum.reading import CardSide
from mlacoach.learning.mastery import Z90
from mlacoach.learning.memory import recall
from mlacoach.learning.priors import GUESSING
from mlacoach.learning.skills import Curve, Given, Normal, SkillAbilities, level_curve, skill_abilities
from mlacoach.store import calibration

# What is asked of a skill that has no question.
UNKNOWN = level_curve(3, GUESSING["multiple-choice"])


@dataclass(frozen=True, slots=True)
class SkillStanding:
    """One skill.

    `weight` is its part of the exam's points, in per cent; `right` the share of its questions to be expected right
    today, from `low` to `high` with 90 %; `recall` how probably its points are
    still remembered (1 where there are none); `answered` counts first answers.
    """

    domain: Domain
    task: Task
    skill: Skill
    weight: float
    ability: Normal
    right: float
    low: float
    high: float
    recall: float
    answered: int

    @property
    def at_stake(self) -> float:
        """The part of the exam's points, in per cent, that is expected to be lost here."""
        return self.weight * (1 - self.right)


@dataclass(frozen=True, slots=True)
class Standing:
    """Every skill of the exam, by its id; `answers` is how many first answers it rests on."""

    exam: Exam
    answers: int
    abilities: SkillAbilities
    skills: Mapping[str, SkillStanding]
    curves: Mapping[str, Curve] = field(repr=False)

    @property
    def known(self) -> bool:
        """Was anything answered at all?"""
        return self.answers > 0

    def right(self, question: QuestionFacts) -> float:
        """The probability that the learner has this question right."""
        own = [self.skills[name].ability for name in skills_of(question.skills, self.exam) if name in self.skills]
        if not own:
            return self.curves[question.id].right(self.abilities.general.mean, self.abilities.general.variance)
        mean = sum(one.mean for one in own) / len(own)
        return self.curves[question.id].right(mean, max(one.variance for one in own))

    def knows(self, question: QuestionFacts) -> float:
        """The probability that the learner knows the answer, lucky guesses left out."""
        chance = self.curves[question.id].c
        return (self.right(question) - chance) / (1 - chance)

    def weakest_tasks(self) -> tuple[str, ...]:
        """The ids of the tasks, those first in which most of the exam's points are expected to be lost."""
        lost: defaultdict[str, float] = defaultdict(float)
        for row in self.skills.values():
            lost[row.task.id] += row.at_stake
        return tuple(sorted(lost, key=lambda task: (-lost[task], task)))


def skills_of(refs: Iterable[SkillRef], exam: Exam) -> tuple[str, ...]:
    """The ids of those skills that are the exam's, in order."""
    return _skills_of(frozenset(refs), exam.id)


# Many questions share their skills, and a session is planned by those of all.
@lru_cache(maxsize=4096)
def _skills_of(refs: frozenset[SkillRef], exam: str) -> tuple[str, ...]:
    return tuple(sorted(ref.skill for ref in refs if ref.exam == exam))


def standing(coach: Coach, exam: Exam) -> Standing:
    """Estimate where the learner stands in every skill of the exam."""
    curves = _curves(coach)
    questions, now = coach.library.catalogue, coach.now()
    given, answered = [], defaultdict[str, int](int)
    for first in coach.store.answers.firsts():
        own = skills_of(questions[first.question].skills, exam) if first.question in questions else ()
        for name in own:
            answered[name] += 1
        days = (now - first.at) / timedelta(days=1)
        given += [Given(curves[first.question], own, first.correct, days)] if own else []
    abilities = skill_abilities(list(exam.skills), given)
    rows = _rows(coach, exam, abilities, curves, answered)
    return Standing(exam, len(given), abilities, {row.skill.id: row for row in rows}, curves)


def _rows(
    coach: Coach, exam: Exam, abilities: SkillAbilities, curves: Mapping[str, Curve], answered: Mapping[str, int]
) -> list[SkillStanding]:
    recalls, by_skill = _recalls(coach, exam), _by_skill(coach, exam)
    rows = []
    for domain, task, skill in _all_skills(exam):
        ability, kept = abilities.skills[skill.id], recalls.get(skill.id, 1.0)
        own = [curves[name] for name in by_skill.get(skill.id, ())] or [UNKNOWN]
        low, right, high = (_forgotten(share, kept, own) for share in _expected(ability, own))
        # The blueprint weighs domains only; the rest is taken to be even.
        weight = domain.weight / len(domain.tasks) / len(task.skills)
        count = answered.get(skill.id, 0)
        rows.append(SkillStanding(domain, task, skill, weight, ability, right, low, high, kept, count))
    return rows


def _all_skills(exam: Exam) -> Iterator[tuple[Domain, Task, Skill]]:
    return ((domain, task, skill) for domain in exam.domains for task in domain.tasks for skill in task.skills)


def _curves(coach: Coach) -> dict[str, Curve]:
    kept = calibration.read(coach.home)
    estimates = kept.items if kept else {}
    curves = {}
    for question in coach.library.catalogue.values():
        known, guessing = estimates.get(question.id), GUESSING[question.kind]
        curves[question.id] = (
            Curve(known.a, known.b, known.se_b, guessing) if known else level_curve(question.difficulty, guessing)
        )
    return curves


def _by_skill(coach: Coach, exam: Exam) -> dict[str, list[str]]:
    by_skill: defaultdict[str, list[str]] = defaultdict(list)
    for question in coach.library.catalogue.values():
        for name in skills_of(question.skills, exam):
            by_skill[name].append(question.id)
    return by_skill


def _recalls(coach: Coach, exam: Exam) -> dict[str, float]:
    """How probably the points of each skill are remembered, on average."""
    now, found = coach.now(), defaultdict[str, list[float]](list)
    for point in coach.store.answers.memory():
        kept = recall(point.card, now)
        for name in skills_of(_skills_of_point(coach.library, point.point), exam):
            found[name].append(kept)
    return {name: sum(values) / len(values) for name, values in found.items()}


def _skills_of_point(library: Library, point: str) -> Iterable[SkillRef]:
    """The skills of a question or of a card's side; none if it is gone. Only the cards that were shown are built."""
    question = library.catalogue.get(point)
    if question is not None:
        return question.skills
    side = side_of(library, point)
    return side.card.skills if side else ()


def side_of(library: Library, point: str) -> CardSide | None:
    """The side of a card that is this point of memory; None if it is gone, or the point is a question's."""
    kind, _, rest = point.partition(":")
    card = library.flashcards.get(rest.partition(":")[0]) if kind == "card" else None
    return next((side for side in card.sides if side.point == point), None) if card else None


def _expected(ability: Normal, curves: list[Curve]) -> tuple[float, float, float]:
    """The share right of somebody at the low end, in the middle, at the high end of the 90 % interval."""
    # Until a cohort has answered, the questions of a skill share a handful of curves.
    counts = Counter(curves)

    def share(theta: float, variance: float = 0.0) -> float:
        return sum(count * curve.right(theta, variance) for curve, count in counts.items()) / len(curves)

    width = Z90 * ability.se
    return share(ability.mean - width), share(ability.mean, ability.variance), share(ability.mean + width)


def _forgotten(right: float, kept: float, curves: list[Curve]) -> float:
    """What is left of a share right when only part of it is remembered: the rest is guessed."""
    guessing = sum(curve.c for curve in curves) / len(curves)
    return guessing + (right - guessing) * kept
