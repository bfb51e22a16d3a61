"""The log of answers and reviews, and what is derived from it."""

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from mlacoach.store.rows import as_moment, as_text, id_from, moment_of, new_id

# Every question that was answered. SQLite has no skip scan: GROUP BY would read every answer, this reads one of each.
MET = (
    "WITH RECURSIVE met (question) AS (SELECT min(question) FROM answers UNION ALL "
    "SELECT (SELECT min(question) FROM answers WHERE question > met.question) FROM met "
    "WHERE met.question IS NOT NULL)"
)
# So many rows of the log are lately.
LATELY = 2000
# So far may two of the learner's clocks differ without one of them counting as wrong.
SKEW = timedelta(days=1)


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
    confidence: str | None = None


@dataclass(frozen=True, slots=True)
class TableRow:
    """An answer as a table shows it: `at` is ISO 8601 in UTC, `exam` the form of the sitting that it was given in."""

    at: str
    question: str
    response: tuple[str, ...]
    correct: bool
    seconds: float
    confidence: str | None
    source: str
    exam: str | None


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """The answer to a question that was new to the learner."""

    question: str
    at: datetime
    correct: bool
    seconds: float
    confidence: str | None


@dataclass(frozen=True, slots=True)
class Review:
    """A review of the log. `seconds` are a card's; a question's stand with its `answer`.

    `turn` is its place in the log that all devices share.
    """

    id: str
    point: str
    at: datetime
    rating: int
    seconds: float | None
    answer: str | None
    turn: int


@dataclass(frozen=True, slots=True)
class Remembered:
    """A point, when it is due, and its memory as the scheduler wrote it."""

    point: str
    due: datetime
    card: str


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

    def add_review(
        self, point: str, rating: int, answer: str | None, now: datetime, seconds: float | None = None
    ) -> str:
        """Log a review; its id comes back.

        Args:
            point: what was reviewed.
            rating: FSRS's, 1 (again) to 4 (easy).
            answer: the answer that it came from; None for a card, whose `seconds` are logged here.
            now: when.
            seconds: how long it took, if no answer says so.
        """
        review_id = new_id(now)
        self._connection.execute(
            "INSERT INTO reviews (id, at, point, rating, answer, seconds) VALUES (?, ?, ?, ?, ?, ?)",
            (review_id, as_text(now), point, rating, answer, seconds),
        )
        return review_id

    def take_back(self, row: str, now: datetime) -> None:
        """Take an answer or a review back: it stays in the log, and counts no more."""
        self._connection.execute(
            "INSERT INTO undone (row, at) VALUES (?, ?) ON CONFLICT (row) DO NOTHING", (row, as_text(now))
        )

    def reviews(self, point: str | None = None) -> list[Review]:
        """The reviews that stand, oldest first; of one point, or of all."""
        which, wanted = ("", ()) if point is None else ("WHERE point = ?", (point,))
        rows = self._connection.execute(
            f"SELECT id, point, at, rating, seconds, answer, turn FROM standing_reviews {which} ORDER BY turn, id",  # noqa: S608
            wanted,
        )
        return [Review(**{**dict(row), "at": as_moment(row["at"])}) for row in rows]

    def forget(self, point: str) -> None:
        """Drop what the reviews of a point came to; it has none that stands."""
        self._connection.execute("DELETE FROM memory WHERE point = ?", (point,))

    def memory(self) -> list[Remembered]:
        """Every point with its memory and when it is due, longest overdue first."""
        rows = self._connection.execute("SELECT point, due, card FROM memory ORDER BY due, point")
        return [Remembered(row["point"], as_moment(row["due"]), row["card"]) for row in rows]

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
        """The points that are due, longest overdue first.

        A review that is still to come was logged while the clock was ahead. Nobody knows when it was: it is due.
        """
        rows = self._connection.execute(
            "SELECT point FROM memory WHERE due <= ? OR json_extract(card, '$.last_review') > ? ORDER BY due, point",
            (as_text(now), as_text(now + SKEW)),
        )
        return [row["point"] for row in rows]

    def next_due(self) -> datetime | None:
        """When the next point is due, in the past or the future."""
        row = self._connection.execute("SELECT min(due) AS due FROM memory").fetchone()
        return as_moment(row["due"]) if row["due"] else None

    def began(self) -> datetime | None:
        """When the first thing was done; None before it."""
        row = self._connection.execute(
            "SELECT min(id) AS id FROM (SELECT min(id) AS id FROM answers UNION ALL SELECT min(id) FROM reviews "
            "UNION ALL SELECT min(id) FROM readings UNION ALL SELECT min(id) FROM ticks)"
        ).fetchone()
        return moment_of(row["id"]) if row["id"] else None

    def active(self, moments: Sequence[datetime]) -> list[bool]:
        """Was anything done from each moment until before the next: an answer, card, lesson, tick or step of a lab?"""
        spans = json.dumps(list(pairwise(id_from(moment) for moment in moments)))
        # CASE stops at the first table that has something, OR would look into all.
        looks = " ".join(
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE id >= since AND id < until) THEN 1"  # noqa: S608
            for table in ("answers", "reviews", "readings", "ticks", "lab_events")
        )
        rows = self._connection.execute(
            "WITH spans (since, until) AS (SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') "  # noqa: S608
            f"FROM json_each(?) ORDER BY key) SELECT CASE {looks} ELSE 0 END AS active FROM spans",
            (spans,),
        )
        return [bool(row["active"]) for row in rows]

    def activity(self, start: datetime, end: datetime) -> list[tuple[datetime, float]]:
        """What was finished from `start` until before `end`: when, and how many seconds it took."""
        since, until = id_from(start), id_from(end)
        found: list[tuple[datetime, float]] = []
        for table in ("answers", "reviews", "readings"):
            rows = self._connection.execute(
                f"SELECT at, seconds FROM {table} WHERE id >= ? AND id < ? AND seconds IS NOT NULL",  # noqa: S608
                (since, until),
            )
            found += [(as_moment(row["at"]), row["seconds"]) for row in rows]
        return sorted(found)

    def recent_seconds(self, source: str, count: int = 50) -> list[float]:
        """How long the latest answers of a source took, or the latest cards (source `card`), in seconds.

        What lies further back than the latest 2,000 of the log tells nothing of today.
        """
        table, which = ("reviews", "seconds IS NOT NULL") if source == "card" else ("answers", "source = ?")
        rows = self._connection.execute(
            f"SELECT seconds FROM (SELECT * FROM {table} ORDER BY id DESC LIMIT {LATELY}) WHERE {which} LIMIT ?",  # noqa: S608
            (count,) if source == "card" else (source, count),
        )
        return [row["seconds"] for row in rows]

    def seen(self) -> Mapping[str, datetime]:
        """When each answered question was last answered."""
        rows = self._connection.execute(
            f"{MET} SELECT question, (SELECT max(at) FROM answers WHERE question = met.question) AS at FROM met "  # noqa: S608
            "WHERE question IS NOT NULL"
        )
        return {row["question"]: as_moment(row["at"]) for row in rows}

    def first_seen(self) -> Mapping[str, datetime]:
        """When each answered question was first answered."""
        rows = self._connection.execute("SELECT question, min(at) AS at FROM answers GROUP BY question")
        return {row["question"]: as_moment(row["at"]) for row in rows}

    def missed(self) -> list[str]:
        """The questions whose last answer was wrong."""
        rows = self._connection.execute(
            "SELECT question FROM standing_answers AS answer WHERE correct = 0 AND id = (SELECT id FROM "
            "standing_answers WHERE question = answer.question ORDER BY turn DESC, id DESC LIMIT 1) ORDER BY turn, id"
        )
        return [row["question"] for row in rows]

    def log(self) -> Iterator[LoggedAnswer]:
        """Every answer that stands, oldest first. One that was taken back was met all the same."""
        seen: set[str] = set()
        for row in self._connection.execute(
            "SELECT question, at, correct, seconds, confidence, source, id IN (SELECT row FROM undone) AS undone "
            "FROM answers ORDER BY at, turn, id"
        ):
            question = row["question"]
            if not row["undone"]:
                yield LoggedAnswer(
                    question=question,
                    at=as_moment(row["at"]),
                    correct=bool(row["correct"]),
                    seconds=row["seconds"],
                    source=row["source"],
                    first=question not in seen,
                    confidence=row["confidence"],
                )
            seen.add(question)

    def table(self) -> Iterator[TableRow]:
        """Every answer that stands, with all that is known of it, oldest first."""
        for row in self._connection.execute(
            "SELECT answer.at, question, response, correct, seconds, confidence, source, form AS exam "
            "FROM standing_answers AS answer LEFT JOIN sittings ON sittings.id = answer.sitting "
            "ORDER BY answer.turn, answer.id"
        ):
            yield TableRow(
                **{**dict(row), "response": tuple(json.loads(row["response"])), "correct": bool(row["correct"])}
            )

    def firsts(self) -> list[FirstAnswer]:
        """The first answer to each question, oldest first: what measures ability. One taken back measures nothing."""
        rows = self._connection.execute(
            f"{MET} SELECT question, at, correct, seconds, confidence FROM answers WHERE rowid IN "  # noqa: S608
            "(SELECT (SELECT rowid FROM answers WHERE question = met.question ORDER BY at, turn, id LIMIT 1) FROM met) "
            "AND id NOT IN (SELECT row FROM undone) ORDER BY at, turn, id"
        )
        return [
            FirstAnswer(row["question"], as_moment(row["at"]), bool(row["correct"]), row["seconds"], row["confidence"])
            for row in rows
        ]

    def first_responses(self) -> Mapping[str, tuple[str, ...]]:
        """What was answered first to each question, as part ids."""
        rows = self._connection.execute("SELECT question, response, min(at) FROM answers GROUP BY question")
        return {row["question"]: tuple(json.loads(row["response"])) for row in rows}

    def by_confidence(self) -> list[tuple[str, int, int]]:
        """How sure the learner was, how many such answers were right, and how many there are."""
        rows = self._connection.execute(
            "SELECT confidence, sum(correct) AS correct, count(*) AS given FROM standing_answers "
            "WHERE confidence IS NOT NULL AND response <> '[]' GROUP BY confidence"
        )
        return [(row["confidence"], row["correct"], row["given"]) for row in rows]

    def durations(self) -> list[tuple[str, float]]:
        """The source of every answer that was given, and how many seconds it took."""
        rows = self._connection.execute(
            "SELECT source, seconds FROM standing_answers WHERE response <> '[]' AND seconds > 0"
        )
        return [(row["source"], row["seconds"]) for row in rows]

    def between(self, start: datetime, end: datetime) -> tuple[int, int]:
        """How many answers were given from `start` until before `end`, and how many of them were right."""
        row = self._connection.execute(
            "SELECT count(*) AS given, coalesce(sum(correct), 0) AS correct "
            "FROM standing_answers WHERE at >= ? AND at < ?",
            (as_text(start), as_text(end)),
        ).fetchone()
        return row["given"], row["correct"]
