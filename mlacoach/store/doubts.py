"""What a learner doubts about a question; authors see it when they lint."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from mlacoach.store.rows import as_moment, as_text, new_id


@dataclass(frozen=True, slots=True)
class Doubt:
    """What somebody said about a question, and when."""

    question: str
    text: str
    at: datetime


class Doubts:
    """The doubts, which are only ever added to."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, question: str, text: str, now: datetime) -> None:
        """Keep a doubt."""
        self._connection.execute(
            "INSERT INTO doubts (id, at, question, text) VALUES (?, ?, ?, ?)",
            (new_id(now), as_text(now), question, text),
        )

    def all(self) -> list[Doubt]:
        """Every doubt, the oldest first."""
        rows = self._connection.execute("SELECT at, question, text FROM doubts ORDER BY turn, id")
        return [Doubt(row["question"], row["text"], as_moment(row["at"])) for row in rows]
