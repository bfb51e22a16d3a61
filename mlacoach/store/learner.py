"""What the learner chose, and what they ticked off."""

import sqlite3
from collections.abc import Mapping
from datetime import datetime

from mlacoach.store.rows import as_text, new_id


class Profile:
    """The learner's choices, by name."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self) -> Mapping[str, str]:
        """Every choice made."""
        return {row["key"]: row["value"] for row in self._connection.execute("SELECT key, value FROM profile")}

    def put(self, choices: Mapping[str, str | None], now: datetime) -> None:
        """Keep these choices; None forgets one."""
        for key, value in choices.items():
            if value is None:
                self._connection.execute("DELETE FROM profile WHERE key = ?", (key,))
            else:
                self._connection.execute(
                    "INSERT INTO profile (key, value, at) VALUES (?, ?, ?) "
                    "ON CONFLICT (key) DO UPDATE SET value = excluded.value, at = excluded.at",
                    (key, value, as_text(now)),
                )


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
        rows = self._connection.execute("SELECT item, state FROM ticks ORDER BY rowid")
        return {row["item"]: row["state"] for row in rows}

    def last_not_undone(self) -> str | None:
        """The item that was ticked last among those whose tick still stands."""
        row = self._connection.execute(
            "SELECT item FROM ticks AS tick WHERE state <> 'undone' AND rowid = "
            "(SELECT max(rowid) FROM ticks WHERE item = tick.item) ORDER BY rowid DESC LIMIT 1"
        ).fetchone()
        return row["item"] if row else None
