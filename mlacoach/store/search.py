"""A full-text index of the bank in a file that can be made again: SQLite's FTS5, ranked by BM25."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

# A hit in the stem says more than one in a reason.
_WEIGHTS = "0, 8, 4, 1"


@dataclass(frozen=True, slots=True)
class Document:
    """What is searched of a question."""

    id: str
    stem: str
    parts: str
    reasons: str


class SearchIndex:
    """The index, which holds as long as `stamp` does."""

    def __init__(self, path: Path | None) -> None:
        """Open or make the file; None keeps the index in memory."""
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path or ":memory:", isolation_level=None)

    def hold(self, documents: Sequence[Document]) -> None:
        """Make the index anew if it is of other documents."""
        texts = (f"{one.id}\0{one.stem}\0{one.parts}\0{one.reasons}" for one in documents)
        stamp = str(crc32("\0".join(texts).encode()))
        if not self._is_of(stamp):
            self._fill(stamp, documents)

    def _is_of(self, stamp: str) -> bool:
        """Was the index made of these documents?"""
        with suppress(sqlite3.DatabaseError):
            return bool(self._connection.execute("SELECT 1 FROM made_of WHERE stamp = ?", (stamp,)).fetchone())
        return False

    def _fill(self, stamp: str, documents: Iterable[Document]) -> None:
        """Make the index anew, whole or not at all."""
        with closing(self._connection.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            for table in ("made_of", "bank"):
                cursor.execute(f"DROP TABLE IF EXISTS {table}")
            cursor.execute("CREATE TABLE made_of (stamp TEXT NOT NULL) STRICT")
            cursor.execute(
                "CREATE VIRTUAL TABLE bank USING fts5(id UNINDEXED, stem, parts, reasons, tokenize = 'porter')"
            )
            rows = ((one.id, one.stem, one.parts, one.reasons) for one in documents)
            cursor.executemany("INSERT INTO bank VALUES (?, ?, ?, ?)", rows)
            cursor.execute("INSERT INTO made_of VALUES (?)", (stamp,))
            cursor.execute("COMMIT")

    def search(self, words: str, limit: int) -> list[str]:
        """The ids of the documents that have every word (or, if there are none, any), the best first."""
        wanted = ['"' + word.replace('"', '""') + '"' for word in words.split()]
        for joiner in (" AND ", " OR "):
            found = self._ids(joiner.join(wanted), limit) if wanted else []
            if found:
                return found
        return []

    def _ids(self, query: str, limit: int) -> list[str]:
        rows = self._connection.execute(
            f"SELECT id FROM bank WHERE bank MATCH ? ORDER BY bm25(bank, {_WEIGHTS}), id LIMIT ?",  # noqa: S608 - ours
            (query, limit),
        )
        return [row[0] for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
