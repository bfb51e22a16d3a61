"""Backups: whole, checked, thinned out as they grow old, and put in place without losing what was there."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlacoach.coach.exchange import write_log
from mlacoach.coach.sync import open_place, push
from mlacoach.errors import DataDamaged, TryAgain, UnknownId, UsageFault
from mlacoach.store import Store
from mlacoach.store.backups import MADE, REPLACED, UPGRADE, create, find, for_today, listed, to_keep, verify
from mlacoach.store.database import LATEST, connect, lock_of, locked
from mlacoach.store.restoring import restore
from tests.devices import NOW, Device, rows, state, studied

PAGE = 4096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mlacoach.db"


@pytest.fixture
def device(file: Path) -> Iterator[Device]:
    device = studied(Device(Store(file, NOW)), 1)
    yield device
    device.store.close()


def says(file: Path) -> dict[str, object]:
    store = Store(file, NOW)
    try:
        assert store.check() is None
        return state(store)
    finally:
        store.close()


def test_a_backup_holds_what_there_was_and_is_sound(device: Device, file: Path) -> None:
    before, answers = state(device.store), len(rows(device.store, "answers")["answers"])

    backup = create(device.store, NOW)
    device.do("answer", 1)
    seen = verify(backup)

    assert (seen.fault, seen.schema, seen.answers) == (None, LATEST, answers)
    assert listed(file) == [backup]
    assert [path.name for path in backup.path.parent.iterdir()] == [backup.path.name]
    assert says(backup.path) == before


def test_twelve_days_ten_weeks_and_nine_months_are_kept() -> None:
    days = [datetime(2026, 11, 21, 20, tzinfo=UTC) - timedelta(days=number) for number in range(500)]

    kept = sorted(to_keep(days), reverse=True)

    sundays = [day for day in days if day.isoweekday() == 7]
    month_ends = [day for day in days if (day + timedelta(days=1)).day == 1]
    # Of this week and this month the newest is today.
    assert kept == sorted({*days[:12], *sundays[:9], *month_ends[:8]}, reverse=True)


@given(
    st.lists(st.integers(0, 24 * 400), min_size=1, max_size=60, unique=True).map(
        lambda hours: [NOW + timedelta(hours=hour) for hour in hours]
    )
)
def test_the_newest_is_always_kept_and_thinning_again_takes_nothing(moments: list[datetime]) -> None:
    kept = to_keep(moments)

    assert max(moments) in kept
    assert to_keep(sorted(kept)) == kept
    assert len(kept) <= 12 + 10 + 9 + 24


def test_a_year_of_days_leaves_few_files_and_touches_no_other_kind(device: Device, file: Path) -> None:
    folder = file.parent / "backups"
    folder.mkdir()
    for number in range(365):
        (folder / f"{NOW - timedelta(days=number + 1):%Y%m%dT%H%M%S}000Z.db").write_bytes(b"x")
    before_upgrade = file.with_name("mlacoach-before-5-20260101T000000.db")
    others = (folder / "20260101T000000000Z-replaced.db", folder / "notes.db", before_upgrade)
    for other in others:
        other.write_bytes(b"x")

    create(device.store, NOW)

    assert len([one for one in listed(file) if one.kind == MADE]) == 28
    assert all(other.exists() for other in others)
    assert [one.kind for one in listed(file) if one.kind != MADE] == [REPLACED, UPGRADE]


def test_what_a_kill_left_of_a_copy_is_cleared_away_later(device: Device, file: Path) -> None:
    folder = file.parent / "backups"
    folder.mkdir()
    for name in ("20261101T080000000Z.1.new", "20261101T080000000Z.1.new-journal"):
        (folder / name).write_bytes(b"half")
    now = datetime.now(UTC)

    create(device.store, now)
    assert len(list(folder.iterdir())) == 3
    create(device.store, now + timedelta(hours=2))

    assert all(path.suffix == ".db" for path in folder.iterdir())


def test_the_first_of_a_day_is_made_once_something_was_done(device: Device, file: Path) -> None:
    empty = Store(file.with_name("other.db"), NOW)

    first, second, next_day = (for_today(device.store, NOW + timedelta(hours=hours)) for hours in (0, 5, 24))
    nothing = for_today(empty, NOW)
    empty.close()

    assert first
    assert next_day
    assert (second, nothing) == (None, None)
    assert listed(file) == [first, next_day]


def test_a_clock_that_was_ahead_keeps_no_day_without_a_backup(device: Device) -> None:
    for_today(device.store, NOW + timedelta(days=3000))

    assert for_today(device.store, NOW)
    assert for_today(device.store, NOW + timedelta(days=1))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: 9 * PAGE])


def noise(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4 * PAGE : 6 * PAGE] = bytes(255 - byte for byte in data[4 * PAGE : 6 * PAGE])
    path.write_bytes(data)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("my notes" * 100)


def newer(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"PRAGMA user_version = {LATEST + 1}")
    connection.close()


def orphaned(path: Path) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DELETE FROM answers")
    connection.close()


@pytest.mark.parametrize("spoil", [cut, noise, emptied, text, newer, orphaned])
def test_a_backup_that_is_not_to_be_used_is_named_and_never_restored(
    device: Device, file: Path, spoil: Callable[[Path], None]
) -> None:
    sound, bad = create(device.store, NOW), create(device.store, NOW + timedelta(days=1))
    spoil(bad.path)
    before = state(device.store)

    assert verify(bad).fault
    with pytest.raises(DataDamaged, match="cannot be restored"):
        restore(file, bad, NOW)
    assert state(device.store) == before
    assert find(file, None) == sound


def test_restoring_brings_back_what_there_was_and_keeps_what_there_is(device: Device, file: Path) -> None:
    before = state(device.store)
    backup = create(device.store, NOW)
    device.do("answer", 1)
    device.do("choose", 7)
    after = state(device.store)

    kept = restore(file, backup, NOW)

    assert kept
    # Whoever has the file open sees it at once, and goes on.
    assert state(device.store) == before
    device.do("tick", 1)
    device.store.close()
    assert says(kept.path) == after
    assert kept.kind == REPLACED
    restore(file, kept, NOW + timedelta(minutes=1))
    assert says(file) == after


@pytest.mark.parametrize("spoil", [cut, noise, emptied])
def test_a_damaged_file_is_replaced_and_kept(device: Device, file: Path, spoil: Callable[[Path], None]) -> None:
    before = state(device.store)
    backup = create(device.store, NOW)
    device.store.close()
    spoil(file)
    damaged = file.read_bytes()
    with pytest.raises(DataDamaged) as caught:
        Store(file, NOW)
    assert "`mlacoach backup restore`" in caught.value.try_this

    kept = restore(file, backup, NOW)

    assert kept
    assert kept.path.read_bytes() == damaged
    assert says(file) == before


def test_what_lies_beside_a_file_that_is_gone_is_not_taken_for_the_backups(device: Device, file: Path) -> None:
    """SQLite would play a log that another file left behind into the one that takes its place."""
    backup = create(device.store, NOW)
    before = state(device.store)
    device.do("answer", 1)
    log = file.with_name("mlacoach.db-wal").read_bytes()
    device.store.close()
    file.unlink()
    file.with_name("mlacoach.db-wal").write_bytes(log)

    kept = restore(file, backup, NOW)

    assert says(file) == before
    assert kept
    assert kept.path.with_name(f"{kept.path.name}-wal").read_bytes() == log


def test_another_programs_file_is_not_replaced(device: Device, file: Path) -> None:
    backup = create(device.store, NOW)
    device.store.close()
    text(file)

    with pytest.raises(DataDamaged, match="is no SQLite file"):
        restore(file, backup, NOW)

    assert file.read_text().startswith("my notes")


def test_nothing_is_restored_while_another_mlacoach_upgrades(device: Device, file: Path) -> None:
    backup = create(device.store, NOW)
    before = state(device.store)

    with locked(lock_of(file)), pytest.raises(TryAgain, match="Another mlacoach"):
        restore(file, backup, NOW)

    assert state(device.store) == before


def test_a_file_that_somebody_writes_to_is_not_waited_for_for_ever(
    device: Device, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlacoach.store.restoring.MOST_WAITS", 1)
    monkeypatch.setattr("mlacoach.store.database.BUSY_MS", 10)
    backup = create(device.store, NOW)
    other = connect(file)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(TryAgain):
        restore(file, backup, NOW)

    other.close()
    assert state(device.store)["answers"]


def test_an_older_backup_is_upgraded_when_it_is_opened(device: Device, file: Path) -> None:
    device.store.close()
    older = file.with_name("older.db")
    connection = sqlite3.connect(older, isolation_level=None)
    connection.execute("PRAGMA application_id = 0x6D6C6163")
    connection.close()

    restore(file, find(file, str(older)), NOW)

    assert says(file)["answers"] == []


def test_a_backup_is_found_by_name_by_path_or_as_the_newest_sound_one(device: Device, file: Path) -> None:
    backup = create(device.store, NOW)
    elsewhere = file.with_name("elsewhere.db")
    elsewhere.write_bytes(backup.path.read_bytes())

    assert find(file, backup.path.stem) == find(file, backup.path.name) == find(file, None) == backup
    assert find(file, str(elsewhere)).path == elsewhere
    with pytest.raises(UnknownId, match="no backup called"):
        find(file, "20260101T000000000Z")
    backup.path.unlink()
    with pytest.raises(UsageFault, match="There is no sound backup"):
        find(file, None)


# The file is open before the disk is full, as in a session.
ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from mlacoach import cli
from mlacoach.coach.exchange import read_log, write_log
from mlacoach.coach.sync import open_place, pull, push
from mlacoach.errors import MlacoachError
from mlacoach.store import Store
from mlacoach.store.backups import create, find
from mlacoach.store.restoring import restore
from tests.devices import NOW
home = Path(sys.argv[1])
store = Store(home / "mlacoach.db", NOW)
for act in (
    lambda: create(store, NOW), lambda: restore(store.path, find(store.path, str(home / "other.db")), NOW),
    lambda: write_log(store, home / "log.jsonl", NOW), lambda: read_log(store, home / "other.jsonl"),
    lambda: push(store, open_place(str(home / "empty")), NOW), lambda: pull(store, open_place(str(home / "shared"))),
):
    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, resource.RLIM_INFINITY))
    try:
        act()
        code = 0
    except MlacoachError as error:
        code = cli._fault(error)
    except Exception as error:
        code = cli._unforeseen(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    print(code, flush=True)
store.close()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_disk_that_is_full_is_said_and_leaves_nothing_half(device: Device, file: Path) -> None:
    """No file may grow beyond 3,000 bytes: less than any of these writes."""
    home = file.parent
    other = studied(Device(Store(home / "other.db", NOW)), 2, 200)
    write_log(other.store, home / "other.jsonl", NOW)
    for name in ("shared", "empty"):
        (home / name).mkdir()
    push(other.store, open_place(str(home / "shared")), NOW)
    other.store.close()
    for number in range(100):
        device.do("tick", number)
    before = state(device.store)
    device.store.close()
    there = names(home)

    run = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, str(home)], capture_output=True, encoding="utf-8", check=False
    )
    print(run)  # noqa: T201 - shown when the test fails

    assert run.stdout.split() == ["75"] * 6
    assert run.stderr.count("Make room on the disk") == 6
    assert names(home) - there <= {"empty/mlacoach-sync.json", "empty/segments", "backups", "mlacoach.db.lock"}
    assert says(file) == before


def names(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
