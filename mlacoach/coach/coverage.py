"""Which of the requirements are covered by something that exists. A promise covers nothing."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from mlacoach.content import Library
from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.reading import NEEDS, Requirement
from mlacoach.curriculum.tracks import Item

# The commands that show somebody where they stand or what they did.
REPORTING = frozenset({"report", "portfolio", "milestones"})
# A topic or a skill is practised in a lab, which shows and checks it; a project only asks for it. Where the item itself
# is to build something, the topic is building.
TAUGHT = frozenset({"topic", "skill"})


@dataclass(frozen=True, slots=True)
class Open:
    """A requirement with the needs that nothing answers yet."""

    requirement: Requirement
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many rows are wholly covered, by need (rows that have it, rows where it is covered), and what is open."""

    rows: int
    by_need: Mapping[str, tuple[int, int]]
    open: tuple[Open, ...]

    @property
    def covered(self) -> int:
        """Rows of which every need is covered."""
        return self.rows - len(self.open)


@dataclass(slots=True)
class _Tagged:
    skills: set[SkillRef]
    topics: set[str]

    def meets(self, item: Item) -> bool:
        return bool(self.skills & item.skills or self.topics & item.topics)


def coverage(library: Library, commands: Iterable[str]) -> Coverage:
    """Hold every requirement against the content and the program's commands."""
    answered = _answered(library, frozenset(commands))
    counts = dict.fromkeys(NEEDS, (0, 0))
    still_open = []
    for row in library.requirements.values():
        missing = tuple(need for need in row.needs if need not in answered.get(row.id, set()))
        for need in row.needs:
            rows, covered = counts[need]
            counts[need] = (rows + 1, covered + (need not in missing))
        if missing:
            still_open.append(Open(row, missing))
    return Coverage(len(library.requirements), counts, tuple(still_open))


def _answered(library: Library, commands: frozenset[str]) -> dict[str, set[str]]:
    """The needs that are answered, by requirement."""
    questions = _tags((question.skills, question.topics) for question in library.catalogue.values())
    cards = _tags((card.skills, card.topics) for card in library.flashcards.values())
    lessons = _tags((frozenset[SkillRef](), lesson.topics) for lesson in library.lessons.values())
    answered: dict[str, set[str]] = {}
    for item in _items(library):
        needs = {"curriculum"}
        needs |= {"question"} if questions.meets(item) else set()
        needs |= {"flashcard"} if cards.meets(item) else set()
        needs |= {"lesson"} if lessons.meets(item) or library.lessons.keys() & set(item.lessons) else set()
        needs |= {"lab"} if library.labs.keys() & set(item.labs) else set()
        named = commands & set(item.commands)
        needs |= {"feature"} if named else set()
        needs |= {"exam"} & named
        needs |= {"report"} if named & REPORTING else set()
        built = bool(library.projects.keys() & set(item.projects))
        for row in item.covers:
            practised = built and (item.kind == "project" or not _taught(library, row))
            answered.setdefault(row, set()).update(needs | ({"lab"} if practised else set()))
    # A phase or a track as a whole answers what the roadmap shows of it: its place, its weeks and hours.
    shown = {"curriculum", "feature"} if "roadmap" in commands else {"curriculum"}
    for row in _whole(library):
        answered.setdefault(row, set()).update(shown)
    return answered


def _taught(library: Library, row: str) -> bool:
    requirement = library.requirements.get(row)
    return requirement is None or requirement.kind in TAUGHT


def _whole(library: Library) -> Iterator[str]:
    """The rows that tracks and phases cover as a whole."""
    for track in library.tracks.values():
        yield from track.covers
        for phase in track.phases:
            yield from phase.covers


def _items(library: Library) -> Iterator[Item]:
    return (item for track in library.tracks.values() for item in track.items)


def _tags(pairs: Iterable[tuple[frozenset[SkillRef], frozenset[str]]]) -> _Tagged:
    tagged = _Tagged(set(), set())
    for skills, topics in pairs:
        tagged.skills |= skills
        tagged.topics |= topics
    return tagged
