"""What to do next: skills by the points of the exam that an hour with them is expected to bring."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mlacoach.coach import Coach
from mlacoach.coach.standing import SkillStanding, Standing
from mlacoach.curriculum.exams import SkillRef
from mlacoach.learning.planning import CARD_MINUTES, QUESTION_MINUTES

# Whoever works through what there is on a skill is taken to halve what is missing there: an assumption, the same for
# every skill, so that it moves the figures and not their order.
CLOSES = 0.5
# Less time than this changes nothing, in hours.
LEAST_HOURS = 0.25
FEW_CARDS = 3


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do: lesson, cards, quiz, lab or reviews; in words, and as a command."""

    kind: str
    text: str
    command: str


@dataclass(frozen=True, slots=True)
class Area:
    """A skill, and what is to be gained: `gain` per cent of the exam in `hours`; the next of the `actions` is first."""

    row: SkillStanding
    gain: float
    hours: float
    actions: tuple[Action, ...]

    @property
    def per_hour(self) -> float:
        """Per cent of the exam's points to be gained in an hour."""
        return self.gain / self.hours


@dataclass(frozen=True, slots=True)
class _Open:
    """What there is on a skill that the learner has not met."""

    lessons: list[str]
    lesson_minutes: int
    cards: int
    questions: int
    labs: list[str]
    lab_minutes: int


def weak_areas(coach: Coach, where: Standing) -> list[Area]:
    """Every skill, that first in which an hour brings most."""
    material = _material(coach, where)
    areas = [_area(row, material[row.skill.id]) for row in where.skills.values()]
    return sorted(areas, key=lambda one: (-one.per_hour, one.row.skill.id))


def _area(row: SkillStanding, left: _Open) -> Area:
    minutes = left.lesson_minutes + left.lab_minutes + left.cards * CARD_MINUTES + left.questions * QUESTION_MINUTES
    return Area(row, row.at_stake * CLOSES, max(minutes / 60, LEAST_HOURS), tuple(_actions(row.skill.id, left)))


def _actions(skill: str, left: _Open) -> list[Action]:
    study = f"mlacoach study --topic {skill} --only"
    actions = []
    if left.lessons:
        actions.append(Action("lesson", f"read “{left.lessons[0]}”", f"{study} lesson"))
    if left.cards >= FEW_CARDS:
        actions.append(Action("cards", f"learn {left.cards} cards", f"{study} cards"))
    if left.questions:
        actions.append(Action("quiz", f"answer {left.questions} new questions", f"{study} quiz"))
    if left.labs:
        actions.append(Action("lab", f"do the lab {left.labs[0]}", f"mlacoach lab run {left.labs[0]}"))
    return actions or [Action("reviews", "go through its questions again", f"mlacoach exam --skill {skill}")]


def _material(coach: Coach, where: Standing) -> dict[str, _Open]:
    store, library, exam = coach.store, coach.library, where.exam.id
    met = {row.point for row in store.answers.memory()} | set(store.answers.seen())
    read, done = store.readings.all(), set(store.lab_runs.completed())
    cards = {point.point: one.skills for one in library.flashcards.values() for point in one.sides}
    questions = {name: one.skills for name, one in library.catalogue.items()}
    counted_cards, counted_questions = (_count(all_of, met, exam) for all_of in (cards, questions))
    found = {}
    for skill in where.skills:
        ref = SkillRef(exam, skill)
        lessons = [one for one in library.lessons.values() if ref in one.skills and one.id not in read]
        labs = [one for one in library.labs.values() if ref in one.skills and one.id not in done]
        found[skill] = _Open(
            [one.title for one in lessons],
            sum(one.minutes for one in lessons),
            counted_cards.get(skill, 0),
            counted_questions.get(skill, 0),
            [one.id for one in labs],
            sum(one.minutes for one in labs),
        )
    return found


def _count(things: Mapping[str, Iterable[SkillRef]], met: set[str], exam: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, skills in things.items():
        for ref in skills:
            if name not in met and ref.exam == exam:
                counts[ref.skill] = counts.get(ref.skill, 0) + 1
    return counts
