"""The strict shape of `curriculum/exams/<CODE>.yaml`."""

from datetime import date
from typing import Annotated

from pydantic import Field, StringConstraints

from mlacoach.content.schema import Certainty, Id, Kind, Strict, Text

FactId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]


class FactFile(Strict):
    """One fact with its source."""

    id: FactId
    value: Text | int | list[Text]
    source: Text
    certainty: Certainty
    note: Text | None = None


class FormFile(Strict):
    """A form of the exam."""

    questions: Annotated[int, Field(ge=1)]
    scored: Annotated[int, Field(ge=1)]
    minutes: Annotated[int, Field(ge=1)]
    kinds: Annotated[list[Kind], Field(min_length=1)]


class SittingFile(Strict):
    """When and in which languages a form can be taken."""

    form: Id
    languages: Annotated[list[Text], Field(min_length=1)]
    first_day: date | None = None
    last_day: date | None = None
    certainty: Certainty
    source: Text
    note: Text | None = None


class SkillFile(Strict):
    """A skill of a task."""

    id: Annotated[str, StringConstraints(pattern=r"^\d\.\d\.[KS]?\d+$")]
    text: Text
    source: Text
    names: list[Text] = []
    becomes: list[Text] = []
    removed: bool = False
    new: bool = False


class TaskFile(Strict):
    """A task statement."""

    id: Annotated[str, StringConstraints(pattern=r"^\d\.\d$")]
    name: Text
    source: Text
    skills: Annotated[list[SkillFile], Field(min_length=1)]


class DomainFile(Strict):
    """A domain with its weight."""

    id: Annotated[str, StringConstraints(pattern=r"^\d$")]
    name: Text
    weight: Annotated[int, Field(ge=1, le=100)]
    source: Text
    tasks: Annotated[list[TaskFile], Field(min_length=1)]


class InScopeFile(Strict):
    """A service the guide lists."""

    name: Text
    category: Text


class ExamFile(Strict):
    """A whole exam."""

    name: Text
    guide: Text
    pass_mark: int
    successor: Text | None = None
    facts: Annotated[list[FactFile], Field(min_length=1)]
    forms: Annotated[dict[Id, FormFile], Field(min_length=1)]
    sittings: Annotated[list[SittingFile], Field(min_length=1)]
    domains: Annotated[list[DomainFile], Field(min_length=1)]
    services: list[InScopeFile] = []
    services_note: Text
