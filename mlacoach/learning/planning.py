"""How a session's minutes are spent, and what is worth most: points of the exam for a minute of study."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

# What things take before the learner's own pace is known, in minutes, reading the explanation included.
REVIEW_MINUTES, CARD_MINUTES, QUESTION_MINUTES = 1.0, 0.4, 2.0
# Beside the seconds that are logged for an answer: reading why.
EXPLANATION_MINUTES = 0.5

# Reviews may take so much of a session, and more in the last week: then nothing new is learnt for the exam any more.
MOST_REVIEWS = 0.6
MOST_REVIEWS_AT_LAST = 0.85
LAST_WEEK = 7
# Of what the reviews leave, so much goes to new cards.
NEW_CARDS = 0.15
# A lesson is offered if it leaves this many minutes for questions.
BESIDE_A_LESSON = 4.0

# What is worth most is what the learner has wrong, thus the hardest of all for a beginner. Until so many questions were
# answered, those come that tell most of where the learner stands.
PLACEMENT = 20
# The best is drawn from so many, so that no two sessions are alike.
BEST = 5
# A skill that was just asked about is worth this much of what it was: a session stays varied.
AGAIN = 0.5


@dataclass(frozen=True, slots=True)
class Split:
    """Minutes of a session by part."""

    reviews: float
    cards: float
    quiz: float
    lesson: float


def split(minutes: float, due: float, lesson: float, days_left: int | None) -> Split:
    """Divide a session.

    Args:
        minutes: of the session.
        due: minutes that everything due would take.
        lesson: minutes of the lesson that is next; 0 for none.
        days_left: to the exam; None without a date. In its last week nothing new is begun.
    """
    last = days_left is not None and 0 <= days_left <= LAST_WEEK
    reviews = min(due, minutes * (MOST_REVIEWS_AT_LAST if last else MOST_REVIEWS))
    left = minutes - reviews
    cards = 0.0 if last else left * NEW_CARDS
    fits = lesson > 0 and not last and left - cards - lesson >= BESIDE_A_LESSON
    spent = lesson if fits else 0.0
    return Split(reviews, cards, left - cards - spent, spent)


def worth(weights: Mapping[str, float], skills: Sequence[str], right: float) -> float:
    """The points of the exam that learning one thing is worth: its weight, by how probably it is not known yet.

    Args:
        weights: of one thing of each skill: the skill's share of the exam over the number of things that teach it.
        skills: those that the thing serves; each gets an equal part of it.
        right: the probability that the learner has it right already.
    """
    return _share(weights, skills) * (1 - right)


def telling(weights: Mapping[str, float], skills: Sequence[str], knows: float) -> float:
    """What an answer tells of somebody of whom little is known: its points, by how open it is whether they know it.

    Args:
        weights: as for `worth`.
        skills: those that the thing serves.
        knows: the probability that the learner knows it; a lucky guess is no knowledge.
    """
    return _share(weights, skills) * knows * (1 - knows)


def _share(weights: Mapping[str, float], skills: Sequence[str]) -> float:
    known = [weights[skill] for skill in skills if skill in weights]
    return sum(known) / len(known) if known else 0.0


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something that could be asked: its id, its skills, what it is worth."""

    name: str
    skills: tuple[str, ...]
    worth: float


def choose(candidates: Sequence[Candidate], count: int, rng: Random) -> list[str]:
    """Choose what to ask: each time one of the five that are worth most, by lot; a skill that was drawn steps back."""
    left, chosen = list(candidates), list[str]()
    asked: dict[str, int] = {}
    while left and len(chosen) < count:
        pick = rng.choice(best_of(left, _stepped_back(asked)))
        left.remove(pick)
        chosen.append(pick.name)
        for skill in pick.skills:
            asked[skill] = asked.get(skill, 0) + 1
    return chosen


def best_of(candidates: Sequence[Candidate], value: Callable[[Candidate], float]) -> list[Candidate]:
    """The five that are worth most."""
    return sorted(candidates, key=lambda one: (-value(one), one.name))[:BEST]


def _stepped_back(asked: Mapping[str, int]) -> Callable[[Candidate], float]:
    def value(one: Candidate) -> float:
        return one.worth * AGAIN ** max((asked.get(skill, 0) for skill in one.skills), default=0)

    return value
