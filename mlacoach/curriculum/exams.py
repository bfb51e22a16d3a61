"""Exams as data: facts with their sources, sittings, forms, domains, tasks and skills."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple


class SkillRef(NamedTuple):
    """A skill of one exam, such as MLA-C02 1.1.7."""

    exam: str
    skill: str

    def __str__(self) -> str:
        return f"{self.exam} {self.skill}"

    @property
    def task(self) -> str:
        """The task statement the skill stands under: 1.1 for 1.1.K2 and for 1.1.7."""
        domain, task, _ = self.skill.split(".", 2)
        return f"{domain}.{task}"

    @property
    def domain(self) -> str:
        """The domain the skill stands under: 1 for 1.1.7."""
        return self.skill.split(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact about an exam. `certainty` is high for a page of AWS, medium for other pages, low for hearsay."""

    id: str
    value: str | int | tuple[str, ...]
    source: str
    certainty: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of an exam: `scored` of `questions` count, in `minutes`; `kinds` are the kinds of question it uses."""

    questions: int
    scored: int
    minutes: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sitting:
    """When an exam can be taken, in which languages and which form. A day of None is not known or open."""

    form: str
    languages: tuple[str, ...]
    first_day: date | None
    last_day: date | None
    certainty: str
    source: str
    note: str = ""

    def open_on(self, day: date) -> bool:
        """Can the exam be taken on this day?"""
        begun = self.first_day is None or self.first_day <= day
        return begun and (self.last_day is None or day <= self.last_day)


@dataclass(frozen=True, slots=True)
class Skill:
    """A numbered skill (C02) or a knowledge or skill bullet (C01) of an exam guide, in our own short words.

    `becomes` are the skills of the successor that ask the same; `removed` says that the successor dropped it;
    `new` that its predecessor did not have it.
    """

    id: str
    text: str
    source: str
    names: tuple[str, ...] = ()
    becomes: tuple[str, ...] = ()
    removed: bool = False
    new: bool = False


@dataclass(frozen=True, slots=True)
class Task:
    """A task statement with its skills."""

    id: str
    name: str
    source: str
    skills: tuple[Skill, ...]


@dataclass(frozen=True, slots=True)
class Domain:
    """A content domain; `weight` is its share of the scored questions in per cent.

    `topic` is what its questions carry where the packs have no skills of the exam.
    """

    id: str
    name: str
    weight: int
    source: str
    tasks: tuple[Task, ...]
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Service:
    """An AWS service that the exam guide lists as in scope."""

    name: str
    category: str


@dataclass(frozen=True)
class Exam:
    """One exam: what is known about it and what it asks."""

    id: str
    name: str
    guide: str
    pass_mark: int
    facts: tuple[Fact, ...]
    forms: Mapping[str, Form]
    sittings: tuple[Sitting, ...]
    domains: tuple[Domain, ...]
    services: tuple[Service, ...]
    services_note: str
    successor: str | None = None

    @property
    def tasks(self) -> Iterator[Task]:
        """Every task statement, in the order of the guide."""
        return (task for domain in self.domains for task in domain.tasks)

    @cached_property
    def skills(self) -> Mapping[str, Skill]:
        """Every skill by its id, in the order of the guide."""
        return {skill.id: skill for task in self.tasks for skill in task.skills}

    @property
    def weights(self) -> Mapping[str, int]:
        """The share of each domain in per cent, by domain id."""
        return {domain.id: domain.weight for domain in self.domains}

    def fact(self, fact_id: str) -> Fact | None:
        """The fact of this id, or None."""
        return next((fact for fact in self.facts if fact.id == fact_id), None)


@dataclass(frozen=True, slots=True)
class Advice:
    """Which exam to sit: its sitting, whether that is open on the day asked for, and why."""

    exam: Exam
    sitting: Sitting
    open: bool
    reason: str


def advise(exams: Iterable[Exam], language: str, day: date) -> Advice | None:
    """Choose the exam for somebody who sits it in `language` on `day`; None if no exam offers the language.

    A form that is open on the day is best, a standard form before a beta; otherwise the next one to open.
    """
    offered = [(exam, sitting) for exam in exams for sitting in exam.sittings if language in sitting.languages]
    open_now = [pair for pair in offered if pair[1].open_on(day)]
    if open_now:
        exam, sitting = max(open_now, key=lambda pair: (pair[1].form != "beta", pair[0].id))
        return Advice(exam, sitting, open=True, reason=_open_reason(exam, sitting, language, day))
    later = [pair for pair in offered if pair[1].first_day is not None and pair[1].first_day > day]
    if not later:
        return None
    exam, sitting = min(later, key=lambda pair: (pair[1].first_day or day, pair[0].id))
    reason = f"No exam in {language} can be taken on {day}; {exam.id} opens on {sitting.first_day}."
    return Advice(exam, sitting, open=False, reason=reason)


def _open_reason(exam: Exam, sitting: Sitting, language: str, day: date) -> str:
    what = f"{exam.id} ({sitting.form} form)"
    until = f", until {sitting.last_day}" if sitting.last_day else ""
    return f"On {day} {what} is what can be taken in {language}{until}."


def languages(exams: Iterable[Exam]) -> list[str]:
    """Every language in which an exam is or will be offered, in the order of the data."""
    return list(dict.fromkeys(name for exam in exams for sitting in exam.sittings for name in sitting.languages))
