"""The log of answers and reviews, and what is derived from it."""

import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from mlacoach.store.rows import as_moment, as_text, new_id


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to be logged: `seconds` is how long it took, `confidence` sure, unsure, guess or None."""

    question: str
    response: tuple[str, ...]
    correct: bool
    seconds: float
    confidence: str | None
    source: str
    sitting: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedAnswer:
    """An answer of the log, without what was answered. `first` says that the question was new to the learner."""

    question: str
    at: datetime
    correct: bool
    seconds: float
    source: str
    first: bool


class Answers:
    """Answers, reviews, and the memory derived from the reviews."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, answered: Answered, now: datetime) -> str:
        """Log an answer; its id comes back."""
        answer_id = new_id(now)
        self._connection.execute(
            "INSERT INTO answers (id, at, question, response, correct, seconds, confidence, source, sitting) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                answer_id,
                as_text(now),
                answered.question,
                json.dumps(answered.response),
                int(answered.correct),
                answered.seconds,
                answered.confidence,
                answered.source,
                answered.sitting,
            ),
        )
        return answer_id

    def add_review(self, point: str, rating: int, answer: str, now: datetime) -> None:
        """Log a review: FSRS's rating, 1 (again) to 4 (easy), and the answer it came from."""
        self._connection.execute(
            "INSERT INTO reviews (id, at, point, rating, answer) VALUES (?, ?, ?, ?, ?)",
            (new_id(now), as_text(now), point, rating, answer),
        )

    def remember(self, point: str, due: datetime, card: str) -> None:
        """Keep what the reviews of a point come to."""
        self._connection.execute(
            "INSERT INTO memory (point, due, card) VALUES (?, ?, ?) "
            "ON CONFLICT (point) DO UPDATE SET due = excluded.due, card = excluded.card",
            (point, as_text(due), card),
        )

    def card(self, point: str) -> str | None:
        """The memory of a point, as the scheduler wrote it."""
        row = self._connection.execute("SELECT card FROM memory WHERE point = ?", (point,)).fetchone()
        return row["card"] if row else None

    def due(self, now: datetime) -> list[str]:
        """The points that are due, longest overdue first."""
        rows = self._connection.execute("SELECT point FROM memory WHERE due <= ? ORDER BY due", (as_text(now),))
        return [row["point"] for row in rows]

    def next_due(self) -> datetime | None:
        """When the next point is due, in the past or the future."""
        row = self._connection.execute("SELECT min(due) AS due FROM memory").fetchone()
        return as_moment(row["due"]) if row["due"] else None

    def seen(self) -> Mapping[str, datetime]:
        """When each answered question was last answered."""
        rows = self._connection.execute("SELECT question, max(at) AS at FROM answers GROUP BY question")
        return {row["question"]: as_moment(row["at"]) for row in rows}

    def first_seen(self) -> Mapping[str, datetime]:
        """When each answered question was first answered."""
        rows = self._connection.execute("SELECT question, min(at) AS at FROM answers GROUP BY question")
        return {row["question"]: as_moment(row["at"]) for row in rows}

    def missed(self) -> list[str]:
        """The questions whose last answer was wrong."""
        rows = self._connection.execute(
            "SELECT question FROM answers AS answer WHERE correct = 0 AND rowid = "
            "(SELECT max(rowid) FROM answers WHERE question = answer.question)"
        )
        return [row["question"] for row in rows]

    def log(self) -> Iterator[LoggedAnswer]:
        """Every answer, oldest first."""
        seen: set[str] = set()
        for row in self._connection.execute(
            "SELECT question, at, correct, seconds, source FROM answers ORDER BY rowid"
        ):
            question = row["question"]
            yield LoggedAnswer(
                question=question,
                at=as_moment(row["at"]),
                correct=bool(row["correct"]),
                seconds=row["seconds"],
                source=row["source"],
                first=question not in seen,
            )
            seen.add(question)

    def between(self, start: datetime, end: datetime) -> tuple[int, int]:
        """How many answers were given from `start` until before `end`, and how many of them were right."""
        row = self._connection.execute(
            "SELECT count(*) AS given, coalesce(sum(correct), 0) AS correct FROM answers WHERE at >= ? AND at < ?",
            (as_text(start), as_text(end)),
        ).fetchone()
        return row["given"], row["correct"]
