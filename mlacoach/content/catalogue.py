"""What choosing questions goes by, as columns: most questions are of a few kinds and share their skills and topics."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.questions import Case, QuestionFacts

T = TypeVar("T")
COLUMNS = ("id", "kind", "difficulty", "cognitive")


def columns_of(questions: Iterable[QuestionFacts]) -> dict[str, Any]:
    """The facts as plain data; what many questions share stands in it once, numbered."""
    rows = list(questions)
    columns: dict[str, Any] = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
    columns["case"] = [row.case.id if row.case else None for row in rows]
    skills, columns["skills"] = _numbered(row.skills for row in rows)
    topics, columns["topics"] = _numbered(row.topics for row in rows)
    return columns | {"skill_sets": [sorted(one) for one in skills], "topic_sets": [sorted(one) for one in topics]}


def facts_of(columns: Mapping[str, Any], cases: Mapping[str, Case]) -> dict[str, QuestionFacts]:
    """The facts that `columns_of` wrote, by the question's id."""
    skills = [frozenset(SkillRef(exam, skill) for exam, skill in one) for one in columns["skill_sets"]]
    topics = [frozenset(one) for one in columns["topic_sets"]]
    rows = zip(*(columns[name] for name in (*COLUMNS, "case", "skills", "topics")), strict=True)
    return {
        name: QuestionFacts(
            id=name,
            kind=kind,
            difficulty=difficulty,
            cognitive=cognitive,
            case=cases[case] if case else None,
            skills=skills[own_skills],
            topics=topics[own_topics],
        )
        for name, kind, difficulty, cognitive, case, own_skills, own_topics in rows
    }


def _numbered(sets: Iterable[frozenset[T]]) -> tuple[list[frozenset[T]], list[int]]:
    """Each set once, and which of them stands in each place."""
    places: dict[frozenset[T], int] = {}
    numbers = [places.setdefault(one, len(places)) for one in sets]
    return list(places), numbers
