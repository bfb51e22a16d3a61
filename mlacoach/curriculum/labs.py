"""The facts of a lab: what `lab.yaml` says before anything runs."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mlacoach.curriculum.exams import SkillRef


@dataclass(frozen=True, slots=True)
class LabFacts:
    """One lab: its folder, what it teaches, how long it takes, and what it costs on a real account.

    `usd_per_run` and `usd_per_hour` are upper bounds in US dollars at the prices of `prices_read`.
    """

    id: str
    folder: Path
    title: str
    summary: str
    skills: frozenset[SkillRef]
    topics: frozenset[str]
    minutes: int
    services: tuple[str, ...]
    usd_per_run: float
    usd_per_hour: float
    prices_read: date
    sandbox_differs: tuple[str, ...]
    new_accounts: str | None = None
