"""The facts of a lab: what `lab.yaml` says before anything runs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.questions import Reference


@dataclass(frozen=True, slots=True)
class Hint:
    """Help with a step that does not give it away: a nudge, and where it is written."""

    nudge: str
    see: Reference


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """A question about what a step showed; `answer` is one of the options."""

    ask: str
    options: tuple[str, ...]
    answer: str
    why: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """A wrong solution of a step: the function of `wrong.py` that plants it, and what the check then says."""

    do: str
    says: str


@dataclass(frozen=True, slots=True)
class LabFacts:
    """One lab: its folder, what it teaches, how long it takes, and what it costs on a real account.

    `usd_per_run` and `usd_per_hour` are upper bounds in US dollars at the prices of `prices_read`, or all three None
    where nobody has sourced them. `permissions` are the IAM actions that services need through the lab's role. `hints`,
    `questions`, `weights` and `wrong` are by step; a step without a weight has 1.
    """

    id: str
    folder: Path
    title: str
    summary: str
    skills: frozenset[SkillRef]
    topics: frozenset[str]
    minutes: int
    services: tuple[str, ...]
    usd_per_run: float | None
    usd_per_hour: float | None
    prices_read: date | None
    sandbox_differs: tuple[str, ...]
    new_accounts: str | None = None
    lifecycle: str | None = None
    permissions: tuple[str, ...] = ()
    hints: Mapping[str, Hint] = field(default_factory=dict)
    questions: Mapping[str, tuple[SelfCheck, ...]] = field(default_factory=dict)
    weights: Mapping[str, int] = field(default_factory=dict)
    wrong: Mapping[str, tuple[Wrong, ...]] = field(default_factory=dict)
