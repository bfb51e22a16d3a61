"""Lab runs and their journal: an intent is durable before anything is created."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from mlacoach.store.rows import as_moment, as_text, new_id

_COLUMNS = "id, at, lab, version, target, account, region, profile"


@dataclass(frozen=True, slots=True)
class LabRunRow:
    """One run of a lab, with the place it ran in."""

    id: str
    at: datetime
    lab: str
    version: str
    target: str
    account: str
    region: str
    profile: str | None


@dataclass(frozen=True, slots=True)
class LabEvent:
    """Something that happened in a run; `data` belongs to its kind."""

    at: datetime
    kind: str
    data: Mapping[str, str]


class LabRuns:
    """Runs and their events."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self, run: LabRunRow) -> None:
        """Log that a run began, before anything of it exists."""
        self._connection.execute(
            """INSERT INTO lab_runs (id, at, lab, version, target, account, region, profile, device)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, (SELECT id FROM device))""",
            (run.id, as_text(run.at), run.lab, run.version, run.target, run.account, run.region, run.profile),
        )

    def add(self, run: str, kind: str, data: Mapping[str, str], now: datetime) -> None:
        """Log an event of a run; when this returns it is on the disk."""
        self._connection.execute(
            "INSERT INTO lab_events (id, at, run, kind, data) VALUES (?, ?, ?, ?, ?)",
            (new_id(now), as_text(now), run, kind, json.dumps(dict(data), sort_keys=True)),
        )

    def events(self, run: str) -> list[LabEvent]:
        """Everything that happened in a run, in order."""
        rows = self._connection.execute("SELECT at, kind, data FROM lab_events WHERE run = ? ORDER BY turn, id", (run,))
        return [LabEvent(as_moment(row["at"]), row["kind"], json.loads(row["data"])) for row in rows]

    def all(self) -> list[LabRunRow]:
        """Every run, oldest first."""
        rows = self._connection.execute(f"SELECT {_COLUMNS} FROM lab_runs ORDER BY id")  # noqa: S608
        return [_run(row) for row in rows]

    def unsettled(self) -> list[LabRunRow]:
        """The runs whose last verdict is not clean, or that have none, oldest first.

        What runs in another device's sandbox is out of our sight, and for that device to settle.
        """
        rows = self._connection.execute(
            f"""SELECT {_COLUMNS} FROM lab_runs
            WHERE (target = 'aws' OR device IS NULL OR device = (SELECT id FROM device)) AND COALESCE((
                SELECT json_extract(data, '$.verdict') FROM lab_events
                WHERE run = lab_runs.id AND kind = 'verdict'
                ORDER BY lab_events.turn DESC, lab_events.id DESC LIMIT 1), '') <> 'clean'
            ORDER BY id"""  # noqa: S608
        )
        return [_run(row) for row in rows]

    def has_unsettled(self, target: str) -> bool:
        """Is there such a run on this target?"""
        return any(run.target == target for run in self.unsettled())

    def completed(self) -> list[str]:
        """The labs of which every step was done in one run, in the order in which they first were."""
        rows = self._connection.execute(
            """SELECT lab FROM lab_runs JOIN lab_events ON run = lab_runs.id AND kind = 'completed'
            GROUP BY lab ORDER BY MIN(lab_events.turn), lab"""
        )
        return [row["lab"] for row in rows]


def _run(row: sqlite3.Row) -> LabRunRow:
    return LabRunRow(**{**dict(row), "at": as_moment(row["at"])})
