"""Interview questions: what is asked, what a good answer has, what weakens it."""

from dataclasses import dataclass
from datetime import date

from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.questions import Reference

# From what a first call asks to what a whole round is about.
KINDS = ("easy", "moderate", "likely", "behavioural")


@dataclass(frozen=True, slots=True)
class InterviewQuestion:
    """A question to be answered aloud or in writing within `minutes`; `points` are what a good answer has."""

    id: str
    kind: str
    question: str
    minutes: int
    points: tuple[str, ...]
    answer: str
    weakens: tuple[str, ...]
    follow_ups: tuple[str, ...]
    skills: frozenset[SkillRef]
    topics: frozenset[str]
    references: tuple[Reference, ...]
    verified: date

    @property
    def point(self) -> str:
        """The name under which its reviews are kept; no question of the bank has a colon in its name."""
        return f"interview:{self.id}"
