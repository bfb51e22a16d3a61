"""Projects: what to build, the milestones that prove it, and how it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.questions import Reference

# From an evening's work to what a whole course leads to.
KINDS = ("mini", "hands-on", "portfolio", "capstone")


@dataclass(frozen=True, slots=True)
class ProjectMilestone:
    """A step that can be shown. `proof` is what shows it; `files` are patterns of what must then be in the folder."""

    id: str
    title: str
    proof: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing by which a project is judged; the weights of a rubric make 100."""

    name: str
    weight: int
    excellent: str
    enough: str
    too_little: str


@dataclass(frozen=True, slots=True)
class Project:
    """A project.

    Attributes:
        id: the name of its folder.
        folder: where its `brief.md` and its `starter/` stand.
        kind: one of `KINDS`.
        title: what is built.
        summary: one or two sentences for somebody who chooses.
        hours: the learner's.
        skills: of the exams.
        topics: what it is about besides.
        milestones: in order.
        lessons: ids of what to read before.
        labs: ids of what to practise before.
        figures: what the learner measures, by the name that `resume` uses.
        rubric: how it is judged.
        cost: what it costs on a real account, in words.
        usd: the most it should cost in US dollars; 0 where nothing real is needed.
        teardown: what must be gone at the end, in the order in which to remove it.
        resume: bullets with {figure} in them.
        deliverables: what there is at the end.
        references: official pages.
        verified: when the facts were last looked up.
        lifecycle: what became of a service that it could have used.
    """

    id: str
    folder: Path
    kind: str
    title: str
    summary: str
    hours: float
    skills: frozenset[SkillRef]
    topics: frozenset[str]
    milestones: tuple[ProjectMilestone, ...]
    lessons: tuple[str, ...]
    labs: tuple[str, ...]
    figures: Mapping[str, str]
    rubric: tuple[Criterion, ...]
    cost: str
    usd: float
    teardown: tuple[str, ...]
    resume: tuple[str, ...]
    deliverables: tuple[str, ...]
    references: tuple[Reference, ...]
    verified: date
    lifecycle: str | None = None

    @property
    def starter(self) -> Path:
        """The files that the learner begins with; the folder may not be there."""
        return self.folder / "starter"
