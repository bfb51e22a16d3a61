"""Open the learner's file, or say why it can't be opened. Nothing is ever overwritten to make it fit."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from mlacoach.errors import DataDamaged, TryAgain
from mlacoach.store.soundness import forget, is_as_left

# "mlac" in ASCII: tells our files from other people's SQLite files.
APPLICATION_ID = 0x6D6C6163
SQLITE_HEADER = b"SQLite format 3\x00"
BUSY_MS = 5000
# The number of migrations. It stands here because importing them costs 85 ms (sqlite-utils); a test keeps them equal.
LATEST = 6
SEE_DOCTOR = (
    "`mlacoach backup restore` puts the newest sound backup in place and keeps this file; or see `mlacoach doctor`."
)
UNWRITABLE = frozenset(
    {sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN}
)


class Unsound(DataDamaged):
    """Ours, but not to be read any more: what a backup is for."""


def connect(path: Path | str) -> sqlite3.Connection:
    """A connection on which every commit has reached the disk when it returns.

    Transactions are ours to begin: the module's own would commit halves of what belongs together.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=BUSY_MS / 1000)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


@contextmanager
def unhurried(connection: sqlite3.Connection) -> Iterator[None]:
    """What is committed within waits for no disk, some 10 ms, and reaches it with the next commit outside.

    A killed program loses nothing of it; a power cut may lose it whole, and nothing that came before. Within a
    transaction it changes nothing.
    """
    if connection.in_transaction:
        yield
        return
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous = FULL")


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
        raise as_ours(path, error) or Unsound(f"{path} cannot be read: {error}.", SEE_DOCTOR) from error
    except OSError as error:
        raise TryAgain(
            f"{path} cannot be opened: {error.strerror}.", "Check the folder's rights and its space."
        ) from error


def _open(path: Path, now: datetime) -> sqlite3.Connection:
    if not path.exists():
        _create(path)
    refuse_what_is_not_ours(path)
    connection = connect(path)
    try:
        _make_current(path, connection, now)
        # Not before: it writes to the file, and only now we know that the file is for us.
        connection.execute("PRAGMA journal_mode = WAL")
        _refuse_what_is_broken(path, connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _refuse_what_is_broken(path: Path, connection: sqlite3.Connection) -> None:
    damage = None if is_as_left(path) else verdict(connection, "quick_check")
    if damage:
        raise Unsound(f"{path} is damaged: {damage}.", SEE_DOCTOR)


def verdict(connection: sqlite3.Connection, check: str) -> str | None:
    """What `quick_check` (every page) or `integrity_check` (every index too) finds first, in one line; or None."""
    found = str(connection.execute(f"PRAGMA {check}(1)").fetchone()[0])
    return None if found == "ok" else " ".join(found.split())


def _make_current(path: Path, connection: sqlite3.Connection, now: datetime) -> None:
    version = _version(connection)
    if version > LATEST:
        raise DataDamaged(
            f"{path} was written by a newer mlacoach (schema {version}; this one knows {LATEST}).",
            "Upgrade mlacoach, or set MLACOACH_HOME to another folder.",
        )
    if version < LATEST:
        _upgrade(path, connection, now)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _create(path: Path) -> None:
    """Make the file beside its place and move it there whole: a kill leaves no empty file behind."""
    from mlacoach.store.migrations import migrate  # noqa: PLC0415 - sqlite-utils costs 85 ms; once in a life

    with locked(lock_of(path)):
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

    with locked(lock_of(path)):
        # Somebody else may have upgraded while we came here.
        if _version(connection) < LATEST:
            unfinished = path.with_name(f"{path.name}.before.new")
            unfinished.unlink(missing_ok=True)
            back_up(connection, unfinished)
            unfinished.replace(path.with_name(f"{path.stem}-before-{LATEST}-{now:%Y%m%dT%H%M%S}.db"))
            migrate(connection)


def lock_of(path: Path) -> Path:
    """The file that whoever makes, upgrades or replaces the learner's file holds a lock on."""
    return path.with_name(path.name + ".lock")


def refuse_what_is_not_ours(path: Path) -> None:
    """Look at the file's first bytes.

    Raises:
        Unsound: it is empty.
        DataDamaged: it is another program's.
    """
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        raise Unsound(
            f"{path} is empty (0 bytes).",
            "Restore a backup with `mlacoach backup restore`, or delete the file to start afresh.",
        )
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
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
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
        damage = verdict(copy, "integrity_check")
    finally:
        copy.close()
    if damage:
        raise Unsound(f"The backup {target} does not check out: {damage}.", SEE_DOCTOR)


def as_ours(path: Path, error: Exception) -> DataDamaged | TryAgain | None:
    """What an error of SQLite's means for the person at the terminal; None if it is our own mistake."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return TryAgain(f"{path} is locked by another program.", "Close it, or try again in a moment.")
    if code in UNWRITABLE:
        return TryAgain(f"{path} cannot be written: {error}.", "Make room on the disk, or check the folder's rights.")
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        forget(path)
        return Unsound(f"{path} is damaged: {error}.", SEE_DOCTOR)
    return None
