"""What the learner chose, and what they ticked off."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from mlacoach.store.rows import as_moment, as_text, new_id


@dataclass(frozen=True, slots=True)
class Tick:
    """A row of the roadmap's log."""

    item: str
    at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A lesson that was read, when, and for how long."""

    lesson: str
    at: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class PlanChange:
    """What the learner last decided about an item of the plan: moved to a day, skipped, or as planned again."""

    item: str
    at: datetime
    kind: str
    day: date | None


class Profile:
    """The learner's choices, by name."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self) -> Mapping[str, str]:
        """Every choice made."""
        return {row["key"]: row["value"] for row in self._connection.execute("SELECT key, value FROM profile")}

    def put(self, choices: Mapping[str, str | None], now: datetime) -> None:
        """Log these choices, as far as they are new; None forgets one."""
        before = self.all()
        for key, value in choices.items():
            if value != before.get(key):
                self._connection.execute(
                    "INSERT INTO choices (id, at, key, value) VALUES (?, ?, ?, ?)",
                    (new_id(now), as_text(now), key, value),
                )

    def history(self, key: str) -> list[tuple[int, str | None]]:
        """The values that a choice has had, each with the turn from which it held, oldest first."""
        rows = self._connection.execute("SELECT turn, value FROM choices WHERE key = ? ORDER BY turn, id", (key,))
        return [(row["turn"], row["value"]) for row in rows]


class Ticks:
    """What was done on the roadmap. An undo is a row of its own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, item: str, state: str, now: datetime) -> None:
        """Log that an item is done, undone, or its gate passed or skipped."""
        self._connection.execute(
            "INSERT INTO ticks (id, at, item, state) VALUES (?, ?, ?, ?)", (new_id(now), as_text(now), item, state)
        )

    def states(self) -> Mapping[str, str]:
        """The last state of every item that has one, by item key."""
        rows = self._connection.execute("SELECT item, state FROM ticks ORDER BY turn, id")
        return {row["item"]: row["state"] for row in rows}

    def last_not_undone(self) -> str | None:
        """The item that was ticked last among those whose tick still stands."""
        row = self._connection.execute(
            "SELECT item FROM ticks AS tick WHERE state <> 'undone' AND id = (SELECT id FROM ticks "
            "WHERE item = tick.item ORDER BY turn DESC, id DESC LIMIT 1) ORDER BY turn DESC, id DESC LIMIT 1"
        ).fetchone()
        return row["item"] if row else None

    def log(self) -> list[Tick]:
        """Everything that was ticked and unticked, oldest first."""
        rows = self._connection.execute("SELECT item, at, state FROM ticks ORDER BY turn, id")
        return [Tick(row["item"], as_moment(row["at"]), row["state"]) for row in rows]


class Readings:
    """Lessons that were read. An undo is a row of its own."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, lesson: str, state: str, seconds: float, now: datetime) -> None:
        """Log that a lesson was read, or that it counts as unread again."""
        self._connection.execute(
            "INSERT INTO readings (id, at, lesson, state, seconds) VALUES (?, ?, ?, ?, ?)",
            (new_id(now), as_text(now), lesson, state, seconds),
        )

    def all(self) -> Mapping[str, Reading]:
        """The lessons whose last reading stands, by id."""
        rows = self._connection.execute("SELECT lesson, at, state, seconds FROM readings ORDER BY turn, id")
        last = {row["lesson"]: row for row in rows}
        return {
            name: Reading(name, as_moment(row["at"]), row["seconds"])
            for name, row in last.items()
            if row["state"] == "read"
        }


class PlanChanges:
    """What the learner changed in the plan."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, item: str, kind: str, day: date | None, now: datetime) -> None:
        """Log a change: `move` to a day, `skip`, or `restore` what was planned."""
        self._connection.execute(
            "INSERT INTO plan_changes (id, at, item, kind, day) VALUES (?, ?, ?, ?, ?)",
            (new_id(now), as_text(now), item, kind, day.isoformat() if day else None),
        )

    def all(self) -> Mapping[str, PlanChange]:
        """The last change of each item that has one and was not restored since."""
        rows = self._connection.execute("SELECT item, at, kind, day FROM plan_changes ORDER BY turn, id")
        last = {row["item"]: row for row in rows}
        return {
            item: PlanChange(
                item, as_moment(row["at"]), row["kind"], date.fromisoformat(row["day"]) if row["day"] else None
            )
            for item, row in last.items()
            if row["kind"] != "restore"
        }
