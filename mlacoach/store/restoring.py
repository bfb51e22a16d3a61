"""Put a backup in the learner's file's place: whole or not at all, and what was there is kept."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from mlacoach.errors import DataDamaged, TryAgain
from mlacoach.store.backups import REPLACED, Backup, copied, read_only, verify, writing
from mlacoach.store.database import Unsound, back_up, connect, lock_of, locked, refuse_what_is_not_ours, verdict
from mlacoach.store.soundness import forget
from mlacoach.store.whole_file import fsync_file, fsync_folder

# What SQLite keeps beside a file in use. Left beside another file, it would be taken for that one's.
BESIDE = ("-wal", "-shm")
# SQLite's copying waits a quarter of a second each time.
MOST_WAITS = 20


def restore(database: Path, backup: Backup, now: datetime) -> Backup | None:
    """Put a backup in place; the copy of what was there comes back, or None if nothing was.

    Raises:
        DataDamaged: the backup is not sound or is newer, or the file in its place is another program's.
        TryAgain: another mlacoach is at work, or the disk refuses. Everything is as it was.
    """
    fault = verify(backup).fault
    if fault:
        raise DataDamaged(f"{backup.path} cannot be restored: {fault}.", "`mlacoach backup verify` names sound ones.")
    with writing(database):
        database.parent.mkdir(parents=True, exist_ok=True)
        with locked(lock_of(database)):
            forget(database)
            if _is_usable(database):
                return _copy_into(database, backup, now)
            return _put_in_place(database, backup, now)


def _is_usable(database: Path) -> bool:
    """May SQLite write into the file? It can't if it is damaged, or not there.

    Raises:
        DataDamaged: it is another program's.
    """
    if not database.exists():
        return False
    try:
        refuse_what_is_not_ours(database)
        with closing(connect(database)) as connection:
            return verdict(connection, "integrity_check") is None
    except (Unsound, sqlite3.DatabaseError):
        return False


def _copy_into(database: Path, backup: Backup, now: datetime) -> Backup:
    """Within one transaction of SQLite's, which whoever has the file open sees as a whole."""
    with closing(connect(database)) as live, closing(read_only(backup.path)) as source:
        kept = copied(lambda path: back_up(live, path), database, now, REPLACED)
        source.backup(live, progress=_patience())
        return kept


def _patience() -> Callable[[int, int, int], None]:
    waits = 0

    def told(status: int, _remaining: int, _total: int) -> None:
        nonlocal waits
        waits += status in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
        if waits > MOST_WAITS:
            raise TryAgain("Another program is writing to your data.", "Close it, then try again.")

    return told


def _put_in_place(database: Path, backup: Backup, now: datetime) -> Backup | None:
    """For a file that SQLite can't write into: the new one is made beside it and moved to its place."""
    kept = _set_aside(database, now)
    unfinished = database.with_name(f"{database.name}.new")
    try:
        shutil.copyfile(backup.path, unfinished)
        fsync_file(unfinished)
        for ending in BESIDE:
            database.with_name(database.name + ending).unlink(missing_ok=True)
        unfinished.replace(database)
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    fsync_folder(database.parent)
    return kept


def _set_aside(database: Path, now: datetime) -> Backup | None:
    """Copy the bytes of a file that SQLite does not read, with what stands beside it."""
    there = [ending for ending in ("", *BESIDE) if database.with_name(database.name + ending).exists()]
    if not there:
        return None

    def copy(path: Path) -> None:
        path.touch()
        if "" in there:
            shutil.copyfile(database, path)

    kept = copied(copy, database, now, REPLACED)
    for ending in there:
        if ending:
            beside = kept.path.with_name(kept.path.name + ending)
            shutil.copyfile(database.with_name(database.name + ending), beside)
            fsync_file(beside)
    return kept
