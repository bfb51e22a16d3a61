"""The log as it goes to other devices and comes from them: everything of the learner's, merged by union.

A row has one id on every device and is never changed, so that a union is the same in whatever order it is made.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from mlacoach.errors import DataDamaged
from mlacoach.store.jsonl import Row
from mlacoach.store.vetting import fault_of

# Every table that is the learner's, parents before children. A test fails when a new table is in neither list.
LOGS = (
    *("choices", "sittings", "answers", "reviews", "undone", "ticks", "readings", "plan_changes", "doubts"),
    *("sitting_events", "lab_runs", "lab_events", "project_events", "celebrations"),
)
# Tables of this copy of the file only: worked out from the log, or about the file itself.
OWN = ("memory", "device", "sync_segments", "sync_marks")
# Whoever takes the same row back twice, on two devices, took it back the first time.
_ON_CONFLICT = {"undone": "ON CONFLICT (row) DO UPDATE SET at = min(at, excluded.at)"}


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge brought: new rows by table, and the points of memory that have to be worked out anew."""

    rows: Mapping[str, int]
    points: frozenset[str]


class Exchange:
    """What goes out and comes in. The caller holds the transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def device(self) -> str:
        """The name of this copy of the file."""
        return str(self._connection.execute("SELECT id FROM device").fetchone()["id"])

    def rows(self, after: Mapping[str, int] | None = None) -> Iterator[Row]:
        """Every row of the log in an order that all devices share; or those written after these marks."""
        for table in LOGS:
            order = "row" if table == "undone" else "turn, id"
            since = (after or {}).get(table, 0)
            found = self._connection.execute(
                f"SELECT * FROM {table} WHERE rowid > ? ORDER BY {order}",  # noqa: S608 - a table of ours
                (since,),
            )
            for row in found:
                yield Row(table, dict(row))

    def marks(self) -> dict[str, int]:
        """How far each table has been written."""
        return {table: self._one(f"SELECT coalesce(max(rowid), 0) FROM {table}") for table in LOGS}  # noqa: S608

    def merge(self, rows: Iterable[Row]) -> Merged:
        """Take in the rows that are not here yet.

        Raises:
            DataDamaged: one of them cannot be; the caller rolls everything back.
        """
        before = self.marks()
        columns = {table: self._columns(table) for table in LOGS}
        # Children may come before their parents; who has none at the end is refused.
        self._connection.execute("PRAGMA defer_foreign_keys = ON")
        for row in rows:
            fault = fault_of(row, columns[row.table]) if row.table in columns else "is of a table that there is not"
            fault = fault or self._insert(row)
            if fault:
                raise DataDamaged(f"{row.source}: line {row.line} {fault}.", "Nothing was taken in. Take another copy.")
        self._refuse_orphans()
        self._connection.execute(
            f"UPDATE device SET turn = max(turn, {', '.join(_last_turn(table) for table in LOGS if table != 'undone')})"  # noqa: S608
        )
        after = self.marks()
        brought = Counter({table: after[table] - before[table] for table in LOGS})
        return Merged(+brought, self._touched(before))

    def _insert(self, row: Row) -> str | None:
        """Insert a row unless it is here; what is wrong with it, or None."""
        try:
            self._connection.execute(_insertion(row.table, tuple(row.values)), tuple(row.values.values()))
        except (sqlite3.IntegrityError, OverflowError, UnicodeEncodeError) as error:
            return f"cannot be: {error}"
        return None

    def _refuse_orphans(self) -> None:
        orphan = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if orphan:
            raise DataDamaged(
                f"Rows of {orphan['table']} belong to others that are missing.",
                "Nothing was taken in. Take a whole copy, or push anew from the device that it came from.",
            )

    def _touched(self, before: Mapping[str, int]) -> frozenset[str]:
        """The points whose reviews, or whose exam's day at the time, are others now."""
        rows = self._connection.execute(
            """SELECT point FROM reviews WHERE rowid > :reviews
            UNION SELECT point FROM reviews JOIN undone ON undone.row IN (reviews.id, reviews.answer)
                AND undone.rowid > :undone
            UNION SELECT point FROM reviews WHERE turn >
                (SELECT min(turn) FROM choices WHERE key = 'exam_date' AND rowid > :choices)""",
            {name: before[name] for name in ("reviews", "undone", "choices")},
        )
        return frozenset(row["point"] for row in rows)

    def _columns(self, table: str) -> frozenset[str]:
        return frozenset(row["name"] for row in self._connection.execute(f"PRAGMA table_info({table})"))

    def _one(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0])

    def segments(self, target: str) -> frozenset[str]:
        """The segments of a place for synchronising that this file holds already."""
        rows = self._connection.execute("SELECT name FROM sync_segments WHERE target = ?", (target,))
        return frozenset(row["name"] for row in rows)

    def at_target(self, target: str) -> dict[str, int]:
        """How far our own tables are at that place; nothing of what is not named."""
        rows = self._connection.execute("SELECT log, upto FROM sync_marks WHERE target = ?", (target,))
        return {row["log"]: row["upto"] for row in rows}

    def note(self, target: str, names: Iterable[str], upto: Mapping[str, int]) -> None:
        """Remember that these segments are here and at that place, and our tables there up to these marks."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO sync_segments (target, name) VALUES (?, ?)", [(target, name) for name in names]
        )
        self._connection.executemany(
            "INSERT INTO sync_marks (target, log, upto) VALUES (?, ?, ?) "
            "ON CONFLICT (target, log) DO UPDATE SET upto = excluded.upto",
            [(target, table, last) for table, last in upto.items()],
        )

    def forget(self, target: str) -> None:
        """Forget what was at a place: something of it is gone."""
        for table in ("sync_segments", "sync_marks"):
            self._connection.execute(f"DELETE FROM {table} WHERE target = ?", (target,))  # noqa: S608


@cache
def _insertion(table: str, names: tuple[str, ...]) -> str:
    return (
        f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))}) "  # noqa: S608 - vetted names
        f"{_ON_CONFLICT.get(table, 'ON CONFLICT (id) DO NOTHING')}"
    )


def _last_turn(table: str) -> str:
    return f"(SELECT coalesce(max(turn), 0) FROM {table})"  # noqa: S608
