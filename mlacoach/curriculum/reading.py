"""What is read rather than answered: lessons, flashcards, notes on services, corrected mistakes, requirements."""

from dataclasses import dataclass
from datetime import date

from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.questions import Reference

# What may answer a requirement.
NEEDS = ("curriculum", "lesson", "lab", "question", "flashcard", "exam", "report", "feature")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A lesson in Markdown. `goals` are what one can do afterwards, `questions` the self-check."""

    id: str
    title: str
    goals: tuple[str, ...]
    skills: frozenset[SkillRef]
    topics: frozenset[str]
    minutes: int
    questions: tuple[str, ...]
    verified: date
    references: tuple[Reference, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Flashcard:
    """One fact to keep. With `reverse` it is asked from the back as well, as a point of its own."""

    id: str
    deck: str
    front: str
    back: str
    skills: frozenset[SkillRef]
    topics: frozenset[str]
    references: tuple[Reference, ...]
    verified: date
    reverse: bool = False

    @property
    def sides(self) -> tuple["CardSide", ...]:
        """The points of memory that it makes: one, or two where it is asked from the back as well."""
        front = CardSide(f"card:{self.id}", self, self.front, self.back)
        if not self.reverse:
            return (front,)
        return (front, CardSide(f"card:{self.id}:back", self, self.back, self.front))


@dataclass(frozen=True, slots=True)
class CardSide:
    """A card from one of its sides: the point of memory, what is shown, and what is to be known."""

    point: str
    card: Flashcard
    asks: str
    answer: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Names in code formatting that AWS's service models don't have: metrics, manifests, variables of one source."""

    id: str
    source: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """What widely read study plans get wrong, and the fact."""

    id: str
    says: str
    fact: str
    rows: tuple[str, ...]
    certainty: str

    def __str__(self) -> str:
        return f"The roadmap says {self.says}; in fact {self.fact}."


@dataclass(frozen=True, slots=True)
class Requirement:
    """A row of what the product was asked to teach and do, with the needs that answer it (of `NEEDS`)."""

    id: str
    kind: str
    needs: tuple[str, ...]
    text: str
