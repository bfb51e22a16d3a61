"""A file that was closed and not touched since is opened without reading every page; any other is checked."""

import os
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlacoach.errors import DataDamaged
from mlacoach.store import Store
from mlacoach.store.answers import Answered
from mlacoach.store.soundness import forget, is_as_left

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PAGE = 4096


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A learner's file with a history of several pages."""
    path = tmp_path / "mlacoach.db"
    store = Store(path, NOW)
    with store.together():
        for number in range(200):
            store.answers.add(Answered(f"question-{number}", ("a",), True, 12.5, "sure", "study"), NOW)
    store.close()
    return path


def spoil(path: Path) -> None:
    """Put noise where answers stand."""
    data = bytearray(path.read_bytes())
    data[6 * PAGE : 7 * PAGE] = bytes(255 - byte for byte in data[6 * PAGE : 7 * PAGE])
    path.write_bytes(data)


def grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(PAGE))


def write_from_elsewhere(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("UPDATE answers SET seconds = 1")
    connection.commit()
    connection.close()


def put_another_in_its_place(path: Path) -> None:
    other = path.with_name("other.db")
    Store(other, NOW).close()
    status = path.stat()
    other.replace(path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_file_that_was_closed_is_as_left(file: Path) -> None:
    assert is_as_left(file)

    Store(file, NOW).close()
    assert is_as_left(file)


@pytest.mark.parametrize("change", [spoil, grow, write_from_elsewhere, put_another_in_its_place, forget])
def test_a_file_that_anything_touched_is_not_as_left(change: Callable[[Path], None], file: Path) -> None:
    change(file)

    assert not is_as_left(file)


def test_a_file_that_is_as_left_is_not_read_as_a_whole(file: Path) -> None:
    """Damage that leaves no trace on the file is for `doctor` and backups to find; a start reads what it needs."""
    seen = file.stat()
    spoil(file)
    with pytest.raises(DataDamaged, match="is damaged"):
        Store(file, NOW)

    os.utime(file, ns=(seen.st_atime_ns, seen.st_mtime_ns))
    store = Store(file, NOW)

    assert store.check()
    store.close()


def test_a_program_that_is_killed_leaves_a_file_that_is_checked(file: Path) -> None:
    store = Store(file, NOW)
    store.answers.add(Answered("question-1", ("a",), True, 12.5, "sure", "study"), NOW)
    other = sqlite3.connect(file)
    other.execute("PRAGMA wal_checkpoint(FULL)")

    assert not is_as_left(file)
    other.close()
    store.close()
    assert is_as_left(file)


def test_without_rights_to_note_it_the_file_is_used_all_the_same(file: Path) -> None:
    note = file.with_name(f"{file.name}.left")
    note.unlink()
    note.mkdir()

    store = Store(file, NOW)
    store.close()

    assert not is_as_left(file)
