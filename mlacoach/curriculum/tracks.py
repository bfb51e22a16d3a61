"""Study tracks: phases of items, each with what it links to and which requirements it covers."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.questions import QuestionFacts


@dataclass(frozen=True, slots=True)
class Item:
    """Something to do.

    `key` is track/id, unique everywhere; `hours` are the learner's; `gate` is how many questions a checkpoint asks
    before the next phase opens (0: no gate).
    """

    id: str
    key: str
    title: str
    kind: str
    hours: float
    skills: frozenset[SkillRef] = frozenset()
    topics: frozenset[str] = frozenset()
    lessons: tuple[str, ...] = ()
    labs: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    url: str | None = None
    note: str | None = None
    mistakes: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    gate: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of weeks (first and last) with the least and most hours it takes."""

    id: str
    title: str
    weeks: tuple[int, int]
    hours: tuple[float, float]
    items: tuple[Item, ...]
    covers: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Track:
    """A whole plan of study."""

    id: str
    title: str
    summary: str
    weeks: int
    hours: tuple[float, float]
    phases: tuple[Phase, ...]
    covers: tuple[str, ...] = ()
    mistakes: tuple[str, ...] = ()

    @property
    def items(self) -> Iterator[Item]:
        """Every item, in order."""
        return (item for phase in self.phases for item in phase.items)

    def phase_of(self, item: Item) -> Phase:
        """The phase that the item stands in."""
        return next(phase for phase in self.phases if item in phase.items)


def concerns(question: QuestionFacts, item: Item, design: AbstractSet[str]) -> bool:
    """Is the question about what the item is about?

    One on the design of whole systems, which has a topic of `design`, waits for an item that has this topic too: a
    first look at networks is not yet an architecture.
    """
    shared = question.topics & item.topics
    if shared and question.topics & design:
        shared &= design
    return bool(shared or question.skills & item.skills)
