"""How far the learner is with each project. The log is append-only; everything here is read from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from mlacoach.coach import Coach
from mlacoach.curriculum.projects import Project, ProjectMilestone
from mlacoach.errors import UnknownId
from mlacoach.store.projects import ProjectEvent

OPEN, UNDER_WAY, DONE = "open", "under way", "done"


@dataclass(frozen=True, slots=True)
class Proved:
    """A milestone that was reached: when, and what the learner says of it."""

    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Progress:
    """A project with what was done of it. `folder` is where it was last started, `figures` what was measured."""

    project: Project
    folder: Path | None = None
    proved: Mapping[str, Proved] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)

    @property
    def next(self) -> ProjectMilestone | None:
        """The first milestone that is not reached."""
        return next((one for one in self.project.milestones if one.id not in self.proved), None)

    @property
    def state(self) -> str:
        """One of `OPEN`, `UNDER_WAY`, `DONE`."""
        if self.next is None:
            return DONE
        return UNDER_WAY if self.folder or self.proved else OPEN

    @property
    def finished(self) -> datetime | None:
        """When its last milestone was reached; None while one is open."""
        return max(one.at for one in self.proved.values()) if self.state == DONE else None


def progress(coach: Coach) -> list[Progress]:
    """Every project there is, by kind and id."""
    events: dict[str, list[ProjectEvent]] = {}
    for event in coach.store.project_events.all():
        events.setdefault(event.project, []).append(event)
    return [_replayed(coach.library.projects[name], events.get(name, [])) for name in sorted(coach.library.projects)]


def progress_of(coach: Coach, project_id: str) -> Progress:
    """One project.

    Raises:
        UnknownId: there is none of this id.
    """
    project = coach.library.project(project_id)
    events = [event for event in coach.store.project_events.all() if event.project == project_id]
    return _replayed(project, events)


def mark(coach: Coach, project_id: str, milestone_id: str, note: str) -> Progress:
    """Log that a milestone is reached, with what proves it.

    Raises:
        UnknownId: there is no such project or milestone.
    """
    _log(coach, project_id, "done", _milestone(coach, project_id, milestone_id).id, note)
    return progress_of(coach, project_id)


def unmark(coach: Coach, project_id: str, milestone_id: str) -> Progress:
    """Log that a milestone is open again.

    Raises:
        UnknownId: there is no such project or milestone.
    """
    _log(coach, project_id, "undone", _milestone(coach, project_id, milestone_id).id, "")
    return progress_of(coach, project_id)


def keep_figures(coach: Coach, project_id: str, figures: Mapping[str, str]) -> Progress:
    """Keep what was measured; all or nothing.

    Raises:
        UnknownId: the project asks for no such figure.
    """
    known = coach.library.project(project_id).figures
    for name in figures:
        if name not in known:
            raise UnknownId("figure", name, known)
    for name, value in figures.items():
        _log(coach, project_id, "figure", name, value)
    return progress_of(coach, project_id)


def log_start(coach: Coach, project_id: str, folder: Path) -> None:
    """Log where a project was started."""
    _log(coach, project_id, "start", "", str(folder.resolve()))


def _log(coach: Coach, project_id: str, kind: str, name: str, value: str) -> None:
    coach.store.project_events.add(ProjectEvent(project_id, coach.now(), kind, name, value))


def _milestone(coach: Coach, project_id: str, milestone_id: str) -> ProjectMilestone:
    milestones = {one.id: one for one in coach.library.project(project_id).milestones}
    if milestone_id not in milestones:
        raise UnknownId("milestone", milestone_id, milestones)
    return milestones[milestone_id]


def _replayed(project: Project, events: list[ProjectEvent]) -> Progress:
    folder: Path | None = None
    proved: dict[str, Proved] = {}
    figures: dict[str, str] = {}
    for event in events:
        if event.kind == "start":
            folder = Path(event.value)
        elif event.kind == "done":
            proved[event.name] = Proved(event.at, event.value)
        elif event.kind == "undone":
            proved.pop(event.name, None)
        else:
            figures[event.name] = event.value
    # A milestone or a figure may have left the content since.
    ids = {one.id for one in project.milestones}
    kept = {name: one for name, one in proved.items() if name in ids}
    known = {name: value for name, value in figures.items() if name in project.figures}
    return Progress(project, folder, kept, known)
