"""A file of schema 4 becomes one that can be shared between devices, with every row and every order it had."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from mlacoach.coach.exchange import read_log, write_log
from mlacoach.store import Store
from mlacoach.store.database import LATEST
from mlacoach.store.exchange import LOGS
from tests import old_file
from tests.devices import NOW, Device, rows, state


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("old") / "mlacoach.db"
    old_file.make(path)
    return path


@pytest.fixture
def file(old: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(old, tmp_path / "mlacoach.db"))


def values(path: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY rowid").fetchall()  # noqa: S608


def test_every_row_is_as_it_was(file: Path) -> None:
    before = {table: values(file, table) for table in old_file.TABLES}
    chosen = sorted(values(file, "profile"))

    Store(file, NOW).close()

    for table in old_file.TABLES:
        width = len(before[table][0])
        assert [row[:width] for row in values(file, table)] == before[table]
        assert len(before[table]) > 0
    with closing(sqlite3.connect(file)) as connection:
        assert sorted(connection.execute("SELECT key, value, at FROM profile")) == chosen
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA user_version").fetchone() == (LATEST,)


def test_the_order_in_which_rows_were_written_holds(file: Path) -> None:
    """Also of those that were written in the same millisecond, or while the clock was set back."""
    store = Store(file, NOW)

    (sitting,) = store.sittings.all()
    assert [event.kind for event in store.sittings.events(sitting.id)] == ["show", "answer", "submit"]
    assert store.ticks.states() == {"track/item": "undone"}
    assert [review.rating for review in store.answers.reviews("q1")] == [1, 3]
    assert store.answers.missed() == []
    store.ticks.add("track/item", "done", NOW)
    assert store.ticks.states() == {"track/item": "done"}
    store.close()


def test_a_run_of_before_is_still_this_machines_to_settle(file: Path) -> None:
    store = Store(file, NOW)

    assert [run.lab for run in store.lab_runs.unsettled()] == ["a-lab"]
    store.close()


def test_two_copies_that_are_upgraded_apart_from_each_other_are_one_log(old: Path, tmp_path: Path) -> None:
    """A learner who copied the file to a second machine, by hand, before there was a way to synchronise."""
    copies = [Store(Path(shutil.copy(old, tmp_path / f"{name}.db")), NOW) for name in "ab"]
    first, second = (Device(store) for store in copies)
    first.do("tick", 1)

    write_log(first.store, tmp_path / "log", NOW)
    brought = read_log(second.store, tmp_path / "log")

    assert dict(brought) == {"ticks": 1}
    assert rows(first.store, *LOGS) == rows(second.store, *LOGS)
    assert state(first.store)["states"] == state(second.store)["states"]
    for store in copies:
        store.close()
