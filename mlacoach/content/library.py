"""All content of all packs, by id."""

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mlacoach.content.faults import Fault
from mlacoach.curriculum.exams import Domain, Exam
from mlacoach.curriculum.questions import Case, Question, QuestionFacts
from mlacoach.errors import UnknownId

if TYPE_CHECKING:  # each is imported with the first record of its kind: see `build`
    from mlacoach.curriculum.comparing import Comparison
    from mlacoach.curriculum.interviewing import InterviewQuestion
    from mlacoach.curriculum.labs import LabFacts
    from mlacoach.curriculum.projects import Project
    from mlacoach.curriculum.reading import Flashcard, Lesson, Mistake, Requirement, Terms
    from mlacoach.curriculum.services import ServiceNote
    from mlacoach.curriculum.tracks import Item, Track


@dataclass(slots=True)
class Library:
    """What was found sound in the packs.

    Whoever goes through all questions to choose some goes through `catalogue`: `questions` builds each that it is
    asked for. `facts` are what the catalogue shows if they are kept apart from the questions.
    """

    exams: MutableMapping[str, Exam] = field(default_factory=dict)
    topics: MutableMapping[str, str] = field(default_factory=dict)
    services: MutableMapping[str, "ServiceNote"] = field(default_factory=dict)
    mistakes: MutableMapping[str, "Mistake"] = field(default_factory=dict)
    terms: MutableMapping[str, "Terms"] = field(default_factory=dict)
    architect: MutableMapping[str, Domain] = field(default_factory=dict)
    requirements: MutableMapping[str, "Requirement"] = field(default_factory=dict)
    cases: MutableMapping[str, Case] = field(default_factory=dict)
    questions: MutableMapping[str, Question] = field(default_factory=dict)
    tracks: MutableMapping[str, "Track"] = field(default_factory=dict)
    lessons: MutableMapping[str, "Lesson"] = field(default_factory=dict)
    comparisons: MutableMapping[str, "Comparison"] = field(default_factory=dict)
    interviews: MutableMapping[str, "InterviewQuestion"] = field(default_factory=dict)
    flashcards: MutableMapping[str, "Flashcard"] = field(default_factory=dict)
    labs: MutableMapping[str, "LabFacts"] = field(default_factory=dict)
    projects: MutableMapping[str, "Project"] = field(default_factory=dict)
    templates: MutableMapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, QuestionFacts] | None = field(default=None, compare=False, repr=False)

    @property
    def catalogue(self) -> Mapping[str, QuestionFacts]:
        """What choosing questions goes by, by their ids, in their order."""
        return self.questions if self.facts is None else self.facts

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

    def track(self, track_id: str) -> "Track":
        """The track of this id.

        Raises:
            UnknownId: there is none.
        """
        return _get("track", self.tracks, track_id)

    def lesson(self, lesson_id: str) -> "Lesson":
        """The lesson of this id.

        Raises:
            UnknownId: there is none.
        """
        return _get("lesson", self.lessons, lesson_id)

    def comparison(self, comparison_id: str) -> "Comparison":
        """The comparison of this id.

        Raises:
            UnknownId: there is none.
        """
        return _get("comparison", self.comparisons, comparison_id)

    def interview_question(self, question_id: str) -> "InterviewQuestion":
        """The interview question of this id.

        Raises:
            UnknownId: there is none.
        """
        return _get("interview question", self.interviews, question_id)

    def lab(self, lab_id: str) -> "LabFacts":
        """The lab of this id.

        Raises:
            UnknownId: there is none.
        """
        return _get("lab", self.labs, lab_id)

    def project(self, project_id: str) -> "Project":
        """The project of this id.

        Raises:
            UnknownId: there is none.
        """
        return _get("project", self.projects, project_id)

    def item(self, track: "Track", item_id: str) -> "Item":
        """The item of this id in the track, or of this whole key (track/item) anywhere.

        Raises:
            UnknownId: there is none.
        """
        home, _, name = item_id.rpartition("/")
        where = self.track(home) if home else track
        return _get("item", {item.id: item for item in where.items}, name)


@dataclass(slots=True)
class Loaded:
    """What loading found. `sources` tells where each record stands, by (kind, id)."""

    library: Library = field(default_factory=Library)
    faults: list[Fault] = field(default_factory=list)
    sources: Mapping[tuple[str, str], Path] = field(default_factory=dict)


T = TypeVar("T")


def _get(kind: str, known: Mapping[str, T], wanted: str) -> T:
    if wanted not in known:
        raise UnknownId(kind, wanted, known)
    return known[wanted]
