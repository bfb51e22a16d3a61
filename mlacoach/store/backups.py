"""Backups: whole copies of the learner's file, checked when they are made."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from mlacoach.errors import DataDamaged, UnknownId, UsageFault
from mlacoach.store import Store, whole_file
from mlacoach.store.database import LATEST, as_ours, refuse_what_is_not_ours, verdict
from mlacoach.store.whole_file import fsync_file, fsync_folder

FOLDER = "backups"
# The newest of so many days, weeks and months that have one are kept.
DAYS, WEEKS, MONTHS = 12, 10, 9
MADE, REPLACED, UPGRADE = "made", "replaced", "upgrade"
# A file of 100,000 answers has a sixth of this; beyond it a command would be held up for seconds.
LARGEST_DAILY = 256 * 1024 * 1024
# Nobody writes to a copy for so long.
ABANDONED_SECONDS = 3600
_ENDINGS = {MADE: "Z.db", REPLACED: "Z-replaced.db"}
_OWN = re.compile(r"(?P<at>\d{8}T\d{9})Z(?P<replaced>-replaced)?\.db")
_BESIDE = re.compile(r".+-before-\d+-(?P<at>\d{8}T\d{6})\.db")


@dataclass(frozen=True, slots=True)
class Backup:
    """A copy. `kind` says why: `made` by command or for the day, `upgrade` before one, `replaced` by a restore."""

    path: Path
    at: datetime
    kind: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What a copy is worth. `fault` says why it can't be used, or is None; `answers` are how many it holds."""

    backup: Backup
    fault: str | None
    schema: int = 0
    answers: int = 0


def listed(database: Path) -> list[Backup]:
    """Every copy, oldest first, sound or not."""
    beside = _found(database.parent.glob(f"{database.stem}-before-*.db"), _BESIDE, "%Y%m%dT%H%M%S")
    own = _found((database.parent / FOLDER).glob("*.db"), _OWN, "%Y%m%dT%H%M%S%f")
    return sorted((*beside, *own), key=lambda backup: (backup.at, backup.path.name))


def _found(paths: Iterable[Path], pattern: re.Pattern[str], form: str) -> Iterator[Backup]:
    for path in paths:
        known = pattern.fullmatch(path.name)
        if known:
            kind = UPGRADE if pattern is _BESIDE else REPLACED if known["replaced"] else MADE
            at = datetime.strptime(known["at"], form).replace(tzinfo=UTC)
            yield Backup(path, at, kind, path.stat().st_size)


def find(database: Path, wanted: str | None) -> Backup:
    """The copy of that name or path; without one, the newest that is sound and was no file that a restore replaced.

    Raises:
        UnknownId, UsageFault: there is none.
    """
    backups = listed(database)
    if wanted is None:
        usable = (one for one in reversed(backups) if one.kind != REPLACED and verify(one).fault is None)
        newest = next(usable, None)
        if newest is None:
            raise UsageFault("There is no sound backup.", "`mlacoach backup list` shows what there is.")
        return newest
    for backup in backups:
        if wanted in {backup.path.name, backup.path.stem}:
            return backup
    path = Path(wanted).expanduser()
    if path.is_file():
        status = path.stat()
        return Backup(path, datetime.fromtimestamp(status.st_mtime, UTC), MADE, status.st_size)
    raise UnknownId("backup", wanted, [backup.path.stem for backup in backups])


def verify(backup: Backup) -> Verified:
    """Read every page of a copy. It is opened for reading only, so that nothing is made beside it."""
    try:
        refuse_what_is_not_ours(backup.path)
        with closing(read_only(backup.path)) as copy:
            damage = verdict(copy, "integrity_check")
            schema = int(copy.execute("PRAGMA user_version").fetchone()[0])
            if damage is None and copy.execute("PRAGMA foreign_key_check").fetchone():
                damage = "rows belong to others that are missing"
            if damage is None and schema > LATEST:
                damage = f"written by a newer mlacoach (schema {schema}; this one knows {LATEST})"
            answers = copy.execute("SELECT count(*) FROM answers").fetchone()[0] if schema and not damage else 0
    except DataDamaged as error:
        return Verified(backup, error.what)
    except (sqlite3.DatabaseError, OSError) as error:
        return Verified(backup, f"cannot be read: {error}")
    return Verified(backup, damage, schema, answers)


def read_only(path: Path) -> sqlite3.Connection:
    """A connection to a file that nobody writes to."""
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def create(store: Store, now: datetime) -> Backup:
    """Copy the learner's file, check the copy, and thin older ones out.

    Raises:
        TryAgain: it cannot be written; nothing is left of it.
        DataDamaged: the copy does not check out.
    """
    made = copied(store.back_up, store.path, now, MADE)
    thin(store.path, now)
    return made


def copied(copy: Callable[[Path], None], database: Path, now: datetime, kind: str) -> Backup:
    """Have a copy made beside its place, and move it there when it is whole."""
    folder = database.parent / FOLDER
    stamp = f"{now.astimezone(UTC):%Y%m%dT%H%M%S}{now.microsecond // 1000:03d}"
    path = folder / f"{stamp}{_ENDINGS[kind]}"
    unfinished = path.with_suffix(f".{os.getpid()}.new")
    with writing(path):
        folder.mkdir(exist_ok=True)
        unfinished.unlink(missing_ok=True)
        try:
            copy(unfinished)
            fsync_file(unfinished)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
        fsync_folder(folder)
        return Backup(path, now, kind, path.stat().st_size)


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say what a disk refuses, and what SQLite says of it."""
    try:
        with whole_file.writing(path):
            yield
    except sqlite3.DatabaseError as error:
        raise as_ours(path, error) or error from error


def thin(database: Path, now: datetime) -> None:
    """Delete the copies that no day, week or month needs; only those that were `made`, and what kills left of some."""
    made = [backup for backup in listed(database) if backup.kind == MADE]
    kept = to_keep([backup.at for backup in made])
    for backup in made:
        if backup.at not in kept:
            backup.path.unlink(missing_ok=True)
    for path in (database.parent / FOLDER).glob("*.new*"):
        if now.timestamp() - path.stat().st_mtime > ABANDONED_SECONDS:
            path.unlink(missing_ok=True)


def to_keep(moments: Sequence[datetime]) -> frozenset[datetime]:
    """The newest of each of the last 12 days, 10 weeks and 9 months that have one, and all of the newest day."""
    newest_first = sorted(moments, reverse=True)
    newest_day = {at for at in newest_first if at.date() == newest_first[0].date()}
    return frozenset(
        newest_day
        | _newest(newest_first, lambda at: (at.date(),), DAYS)
        | _newest(newest_first, lambda at: at.isocalendar()[:2], WEEKS)
        | _newest(newest_first, lambda at: (at.year, at.month), MONTHS)
    )


def _newest(
    newest_first: Iterable[datetime], span: Callable[[datetime], tuple[object, ...]], count: int
) -> set[datetime]:
    kept: dict[tuple[object, ...], datetime] = {}
    for at in newest_first:
        kept.setdefault(span(at), at)
    return set(list(kept.values())[:count])


def for_today(store: Store, now: datetime) -> Backup | None:
    """The day's first backup, once something was done; None where there is one already, or the file is too large.

    Raises:
        TryAgain, DataDamaged: as `create`.
    """
    with writing(store.path):
        if store.answers.began() is None or store.path.stat().st_size > LARGEST_DAILY:
            return None
        day = now.astimezone(UTC).date()
        if any(backup.kind == MADE and backup.at.date() == day for backup in listed(store.path)):
            return None
    return create(store, now)
