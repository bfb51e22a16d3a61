"""All content of all packs, by id."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from mlacoach.curriculum.exams import Exam
from mlacoach.curriculum.labs import LabFacts
from mlacoach.curriculum.questions import Case, Question
from mlacoach.curriculum.reading import Flashcard, Lesson, Mistake, Requirement, ServiceNote, Terms
from mlacoach.curriculum.tracks import Item, Track
from mlacoach.errors import UnknownId


@dataclass(slots=True)
class Library:
    """What was found sound in the packs."""

    exams: dict[str, Exam] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    services: dict[str, ServiceNote] = field(default_factory=dict)
    mistakes: dict[str, Mistake] = field(default_factory=dict)
    terms: dict[str, Terms] = field(default_factory=dict)
    requirements: dict[str, Requirement] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    questions: dict[str, Question] = field(default_factory=dict)
    tracks: dict[str, Track] = field(default_factory=dict)
    lessons: dict[str, Lesson] = field(default_factory=dict)
    flashcards: dict[str, Flashcard] = field(default_factory=dict)
    labs: dict[str, LabFacts] = field(default_factory=dict)

    def exam(self, code: str) -> Exam:
        """The exam of this code, in any case of letters.

        Raises:
            UnknownId: there is none; the nearest are named.
        """
        return _get("exam", self.exams, code.upper())

    def question(self, question_id: str) -> Question:
        """The question of this id.

        Raises:
            UnknownId: there is none.
        """
        return _get("question", self.questions, question_id)

    def track(self, track_id: str) -> Track:
        """The track of this id.

        Raises:
            UnknownId: there is none.
        """
        return _get("track", self.tracks, track_id)

    def lab(self, lab_id: str) -> LabFacts:
        """The lab of this id.

        Raises:
            UnknownId: there is none.
        """
        return _get("lab", self.labs, lab_id)

    def item(self, track: Track, item_id: str) -> Item:
        """The item of this id in the track, or of this whole key (track/item) anywhere.

        Raises:
            UnknownId: there is none.
        """
        home, _, name = item_id.rpartition("/")
        where = self.track(home) if home else track
        return _get("item", {item.id: item for item in where.items}, name)


T = TypeVar("T")


def _get(kind: str, known: Mapping[str, T], wanted: str) -> T:
    if wanted not in known:
        raise UnknownId(kind, wanted, known)
    return known[wanted]
