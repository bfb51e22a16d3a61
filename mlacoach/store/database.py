"""Open the learner's file, or say why it can't be opened. Nothing is ever overwritten to make it fit."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from mlacoach.errors import DataDamaged, TryAgain

# "mlac" in ASCII: tells our files from other people's SQLite files.
APPLICATION_ID = 0x6D6C6163
SQLITE_HEADER = b"SQLite format 3\x00"
BUSY_MS = 5000
# The number of migrations. It stands here because importing them costs 85 ms (sqlite-utils); a test keeps them equal.
LATEST = 2


def connect(path: Path | str) -> sqlite3.Connection:
    """A connection on which every commit has reached the disk when it returns.

    Transactions are ours to begin: the module's own would commit halves of what belongs together.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def open_file(path: Path, now: datetime) -> sqlite3.Connection:
    """Open the learner's file, made or upgraded if need be.

    Raises:
        DataDamaged: the file is empty, foreign, damaged, or was written by a newer mlacoach.
        TryAgain: another mlacoach is upgrading it, or the disk refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _open(path, now)
    except sqlite3.DatabaseError as error:
        raise _as_ours(path, error) from error
    except OSError as error:
        raise TryAgain(
            f"{path} cannot be opened: {error.strerror}.", "Check the folder's rights and its space."
        ) from error


def _open(path: Path, now: datetime) -> sqlite3.Connection:
    if not path.exists():
        _create(path)
    _refuse_what_is_not_ours(path)
    connection = connect(path)
    version = _version(connection)
    if version > LATEST:
        connection.close()
        raise DataDamaged(
            f"{path} was written by a newer mlacoach (schema {version}; this one knows {LATEST}).",
            "Upgrade mlacoach, or set MLACOACH_HOME to another folder.",
        )
    if version < LATEST:
        _upgrade(path, connection, now)
    damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        connection.close()
        raise sqlite3.DatabaseError(str(damage))
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _create(path: Path) -> None:
    """Make the file beside its place and move it there whole: a kill leaves no empty file behind."""
    from mlacoach.store.migrations import migrate  # noqa: PLC0415 - sqlite-utils costs 85 ms; once in a life

    with locked(_lock_of(path)):
        if path.exists():
            return
        unfinished = path.with_name(path.name + ".new")
        unfinished.unlink(missing_ok=True)
        connection = sqlite3.connect(unfinished, isolation_level=None)
        try:
            migrate(connection)
        finally:
            connection.close()
        unfinished.replace(path)


def _upgrade(path: Path, connection: sqlite3.Connection, now: datetime) -> None:
    from mlacoach.store.migrations import migrate  # noqa: PLC0415 - sqlite-utils costs 85 ms; once a release

    with locked(_lock_of(path)):
        # Somebody else may have upgraded while we came here.
        if _version(connection) < LATEST:
            back_up(connection, path.with_name(f"{path.stem}-before-{LATEST}-{now:%Y%m%dT%H%M%S}.db"))
            migrate(connection)


def _lock_of(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _refuse_what_is_not_ours(path: Path) -> None:
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        raise DataDamaged(f"{path} is empty (0 bytes).", "Restore a backup, or delete the file to start afresh.")
    if not header.startswith(SQLITE_HEADER):
        raise DataDamaged(f"{path} is no SQLite file.", "Move it away, or set MLACOACH_HOME to another folder.")
    application = int.from_bytes(header[68:72], "big")
    if application != APPLICATION_ID:
        raise DataDamaged(
            f"{path} belongs to another program (application id {application}).",
            "Move it away, or set MLACOACH_HOME to another folder.",
        )


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock that dies with the process, on every system: SQLite's own, on a file of no content.

    Raises:
        TryAgain: somebody else holds it.
    """
    lock = sqlite3.connect(path, isolation_level=None, timeout=0)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise TryAgain("Another mlacoach is working on your data.", "Try again in a moment.") from error
        yield
    finally:
        lock.close()


def back_up(connection: sqlite3.Connection, target: Path) -> None:
    """Copy the whole database, also while it is in use, and make sure that the copy is sound.

    Raises:
        DataDamaged: the copy does not check out.
    """
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
        sound = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    finally:
        copy.close()
    if sound != "ok":
        raise DataDamaged(f"The backup {target} does not check out: {sound}.", "Run `mlacoach doctor`.")


def _as_ours(path: Path, error: sqlite3.DatabaseError) -> DataDamaged | TryAgain:
    if "locked" in str(error) or "busy" in str(error):
        return TryAgain(f"{path} is locked by another program.", "Close it, or try again in a moment.")
    if "full" in str(error) or "disk I/O" in str(error) or "readonly" in str(error):
        return TryAgain(f"{path} cannot be written: {error}.", "Make room on the disk, or check its rights.")
    return DataDamaged(f"{path} is damaged: {error}.", "Run `mlacoach doctor`; it names the newest sound backup.")
