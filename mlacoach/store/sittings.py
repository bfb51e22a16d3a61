"""Exams that were sat: the paper as it was laid, and the log of what was done with it."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mlacoach.store.database import unhurried
from mlacoach.store.rows import as_moment, as_text, new_id

# After one of these a sitting takes nothing more.
ENDINGS = ("submit", "expire", "abandon")


@dataclass(frozen=True, slots=True)
class SittingRow:
    """A sitting. `paper` are the question ids in order; `deadline` None means untimed; `ended` is how, or None.

    `plan` is what it was laid from, as `coach.exam.plans` wrote it.
    """

    id: str
    at: datetime
    exam: str
    form: str
    seed: int
    deadline: datetime | None
    paper: tuple[str, ...]
    plan: Mapping[str, Any]
    ended: str | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class SittingEvent:
    """Something that was done: an answer (value: its part ids), a flag, a question shown, an end."""

    at: datetime
    kind: str
    question: str | None
    value: tuple[str, ...]


class Sittings:
    """Sittings and their events."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self, row: SittingRow) -> None:
        """Log that a sitting began."""
        deadline = as_text(row.deadline) if row.deadline else None
        self._connection.execute(
            "INSERT INTO sittings (id, at, exam, form, seed, deadline, paper, plan) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.id,
                as_text(row.at),
                row.exam,
                row.form,
                row.seed,
                deadline,
                json.dumps(row.paper),
                json.dumps(dict(row.plan), sort_keys=True),
            ),
        )

    def add(
        self, sitting: str, kind: str, now: datetime, question: str | None = None, value: tuple[str, ...] = ()
    ) -> None:
        """Log something done in a sitting. A page that was turned reaches the disk with whatever is done there next."""
        with unhurried(self._connection) if kind == "show" else nullcontext():
            self._connection.execute(
                "INSERT INTO sitting_events (id, at, sitting, kind, question, value) VALUES (?, ?, ?, ?, ?, ?)",
                (new_id(now), as_text(now), sitting, kind, question, json.dumps(value)),
            )

    def events(self, sitting: str) -> list[SittingEvent]:
        """Everything done in a sitting, in order."""
        rows = self._connection.execute(
            "SELECT at, kind, question, value FROM sitting_events WHERE sitting = ? ORDER BY turn, id", (sitting,)
        )
        return [
            SittingEvent(as_moment(row["at"]), row["kind"], row["question"], tuple(json.loads(row["value"])))
            for row in rows
        ]

    def all(self) -> list[SittingRow]:
        """Every sitting, oldest first."""
        ends = self._ends()
        return [self._row(row, ends) for row in self._connection.execute("SELECT * FROM sittings ORDER BY turn, id")]

    def open(self) -> SittingRow | None:
        """The sitting that was begun last and has not ended."""
        unfinished = [sitting for sitting in self.all() if sitting.ended is None]
        return unfinished[-1] if unfinished else None

    def flagged(self) -> list[str]:
        """The questions whose last flag, in any sitting, still stands."""
        rows = self._connection.execute(
            "SELECT question FROM sitting_events AS event WHERE kind = 'flag' AND id = (SELECT id FROM sitting_events "
            "WHERE question = event.question AND kind IN ('flag', 'unflag') ORDER BY turn DESC, id DESC LIMIT 1) "
            "ORDER BY turn, id"
        )
        return [row["question"] for row in rows]

    def _ends(self) -> Mapping[str, tuple[str, datetime]]:
        rows = self._connection.execute(
            # A sitting that two devices ended apart from each other ended when the first of them did.
            "SELECT sitting, kind, at FROM sitting_events WHERE kind IN ('submit', 'expire', 'abandon') "
            "ORDER BY turn DESC, id DESC"
        )
        return {row["sitting"]: (row["kind"], as_moment(row["at"])) for row in rows}

    @staticmethod
    def _row(row: sqlite3.Row, ends: Mapping[str, tuple[str, datetime]]) -> SittingRow:
        ended, ended_at = ends.get(row["id"], (None, None))
        return SittingRow(
            id=row["id"],
            at=as_moment(row["at"]),
            exam=row["exam"],
            form=row["form"],
            seed=row["seed"],
            deadline=as_moment(row["deadline"]) if row["deadline"] else None,
            paper=tuple(json.loads(row["paper"])),
            plan=json.loads(row["plan"]),
            ended=ended,
            ended_at=ended_at,
        )
