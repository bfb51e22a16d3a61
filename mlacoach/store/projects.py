"""What was done of projects, and which milestones were celebrated. Both logs are only ever added to."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from mlacoach.store.rows import as_moment, as_text, new_id


@dataclass(frozen=True, slots=True)
class ProjectEvent:
    """Something done with a project.

    `kind` is `start` (value: the folder), `done` (name: a milestone, value: what proves it), `undone` (name: the
    milestone) or `figure` (name: which, value: what was measured).
    """

    project: str
    at: datetime
    kind: str
    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Celebration:
    """A milestone that was told to the learner; `name` is what it is known by."""

    name: str
    at: datetime
    text: str


class ProjectEvents:
    """The log of the projects."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, event: ProjectEvent) -> None:
        """Log what was done."""
        self._connection.execute(
            "INSERT INTO project_events (id, at, project, kind, name, value) VALUES (?, ?, ?, ?, ?, ?)",
            (new_id(event.at), as_text(event.at), event.project, event.kind, event.name, event.value),
        )

    def all(self) -> list[ProjectEvent]:
        """Everything that was done, oldest first."""
        rows = self._connection.execute("SELECT project, at, kind, name, value FROM project_events ORDER BY turn, id")
        return [ProjectEvent(**{**dict(row), "at": as_moment(row["at"])}) for row in rows]


class Celebrations:
    """The milestones that were celebrated."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, name: str, text: str, now: datetime) -> None:
        """Log that a milestone was told."""
        self._connection.execute(
            "INSERT INTO celebrations (id, at, name, text) VALUES (?, ?, ?, ?)", (new_id(now), as_text(now), name, text)
        )

    def all(self) -> list[Celebration]:
        """Each milestone when it was first told, oldest first."""
        rows = self._connection.execute("SELECT name, at, text FROM celebrations ORDER BY turn DESC, id DESC")
        first = {row["name"]: Celebration(row["name"], as_moment(row["at"]), row["text"]) for row in rows}
        return sorted(first.values(), key=lambda one: (one.at, one.name))
