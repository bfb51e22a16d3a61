"""What choosing questions goes by, as columns: most questions are of a few kinds and share their skills and topics."""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
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
    filled = {name: columns[name] for name in COLUMNS} | {
        "case": [cases[case] if case else None for case in columns["case"]],
        "skills": [skills[own] for own in columns["skills"]],
        "topics": [topics[own] for own in columns["topics"]],
    }
    return dict(zip(filled["id"], _records(filled), strict=True))


def _records(columns: Mapping[str, Sequence[Any]]) -> list[QuestionFacts]:
    """The facts, filled column by column: a bank of 5,000 so takes a quarter of the time that its `__init__` takes."""
    records = [object.__new__(QuestionFacts) for _ in columns["id"]]
    for field in fields(QuestionFacts):
        # The slot itself may be written; the class is frozen for everybody else.
        deque(map(getattr(QuestionFacts, field.name).__set__, records, columns[field.name]), maxlen=0)
    return records


def _numbered(sets: Iterable[frozenset[T]]) -> tuple[list[frozenset[T]], list[int]]:
    """Each set once, and which of them stands in each place."""
    places: dict[frozenset[T], int] = {}
    numbers = [places.setdefault(one, len(places)) for one in sets]
    return list(places), numbers
