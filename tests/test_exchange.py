"""Everything of the learner's goes into one file and out of it again; two copies are merged by union."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlacoach.coach.exchange import read_log, write_log
from mlacoach.errors import DataDamaged, TryAgain, UsageFault
from mlacoach.store import Store
from mlacoach.store.database import LATEST
from mlacoach.store.exchange import LOGS, OWN
from mlacoach.store.jsonl import Row, read, write
from mlacoach.store.vetting import JSON_COLUMNS, NAMED
from tests.devices import ACTIONS, NOW, Device, rows, state, studied

DONE = st.lists(st.tuples(st.sampled_from(list(ACTIONS)), st.integers(0, 59)), max_size=25)


def test_every_table_is_the_learners_or_this_copys() -> None:
    """Decide upon a new table: LOGS, with `migrations.ordered`, if it goes to other devices, or OWN."""
    store = Device().store
    tables = {
        row["name"]
        for row in store._connection.execute("PRAGMA table_list")  # noqa: SLF001
        if row["type"] == "table" and not row["name"].startswith(("sqlite_", "_sqlite_"))
    }

    assert tables == {*LOGS, *OWN}
    assert set(JSON_COLUMNS) | NAMED <= set(LOGS)


def test_every_table_of_the_learners_has_rows_in_these_tests_and_a_turn() -> None:
    filled = rows(studied(Device(), 1).store, *LOGS)

    assert all(filled.values())
    store = studied(Device(), 1).store
    for table in set(LOGS) - {"undone"}:
        turns = [row[0] for row in store._connection.execute(f"SELECT turn FROM {table} ORDER BY rowid")]  # noqa: S608, SLF001
        assert turns == sorted(set(turns))
        assert turns[0] > 0


@pytest.fixture(scope="session")
def folders(tmp_path_factory: pytest.TempPathFactory) -> pytest.TempPathFactory:
    return tmp_path_factory


def exported(store: Store, path: Path) -> Path:
    write_log(store, path, NOW)
    return path


@settings(max_examples=20, deadline=None)
@given(done=DONE)
def test_what_goes_out_comes_in_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, done: list[tuple[str, int]]
) -> None:
    here, there, folder = Device(), Device(), tmp_path_factory.mktemp("round-trip")
    for kind, number in done:
        here.do(kind, number)

    brought = read_log(there.store, exported(here.store, folder / "a.jsonl"))
    again = read_log(there.store, folder / "a.jsonl")

    assert state(there.store) == state(here.store)
    assert sum(brought.values()) == sum(len(each) for each in rows(here.store, *LOGS).values())
    assert not again
    assert (
        exported(there.store, folder / "b.jsonl").read_bytes().splitlines()[1:-1]
        == ((folder / "a.jsonl").read_bytes().splitlines()[1:-1])
    )


def test_two_copies_make_the_same_whichever_is_taken_in_first(tmp_path: Path) -> None:
    one, two = studied(Device(), 1), studied(Device(now=NOW + timedelta(minutes=1)), 2)
    files = exported(one.store, tmp_path / "1"), exported(two.store, tmp_path / "2")
    third, fourth = Device(), Device()
    for device, order in ((third, files), (fourth, files[::-1])):
        for file in order:
            read_log(device.store, file)
    read_log(one.store, files[1])
    read_log(two.store, files[0])

    assert state(one.store) == state(two.store) == state(third.store) == state(fourth.store)
    assert len(rows(one.store, "answers")["answers"]) > len(rows(studied(Device(), 1).store, "answers")["answers"])


def test_what_is_done_after_a_merge_comes_after_all_that_came_with_it(tmp_path: Path) -> None:
    """The other device's clock is an hour ahead; what is undone here afterwards stays undone on both."""
    ahead, here = Device(now=NOW + timedelta(hours=1)), Device()
    ahead.store.ticks.add("track/item", "done", ahead.now)
    read_log(here.store, exported(ahead.store, tmp_path / "ahead"))
    here.store.ticks.add("track/item", "undone", here.now)
    read_log(ahead.store, exported(here.store, tmp_path / "here"))

    assert here.store.ticks.states() == ahead.store.ticks.states() == {"track/item": "undone"}


def test_an_answer_that_both_took_back_was_taken_back_once(tmp_path: Path) -> None:
    one, two = Device(), Device()
    one.do("answer", 1)
    read_log(two.store, exported(one.store, tmp_path / "first"))
    two.jump(1)
    for device in (one, two):
        device.do("undo", 0)
    files = exported(one.store, tmp_path / "one"), exported(two.store, tmp_path / "two")
    read_log(two.store, files[0])
    read_log(one.store, files[1])

    assert state(one.store) == state(two.store)
    assert [row[1] for row in rows(one.store, "undone")["undone"]] == ["2026-11-21T12:00:02.000+00:00"]
    assert state(one.store)["memory"] == []


def test_a_run_in_another_devices_sandbox_is_not_ours_to_settle(tmp_path: Path) -> None:
    """Its sandbox is not on this machine, which must not be taken for its end."""
    there, here = Device(), Device()
    there.do("practise", 0)
    there.do("practise", 3)
    read_log(here.store, exported(there.store, tmp_path / "log"))

    assert [row.target for row in there.store.lab_runs.unsettled()] == ["sandbox", "aws"]
    assert [row.target for row in here.store.lab_runs.unsettled()] == ["aws"]
    assert len(here.store.lab_runs.all()) == 2


def newer(lines: list[bytes]) -> list[bytes]:
    return [lines[0].replace(f'"version":{LATEST}'.encode(), f'"version":{LATEST + 1}'.encode()), *lines[1:]]


def impossible(*rows: Row) -> Callable[[list[bytes]], list[bytes]]:
    return lambda _: write(rows, "a-device", NOW).splitlines(keepends=True)


def row(table: str, **values: str | float | None) -> Row:
    own = {"id": "0" * 28, "at": "2026-11-21T12:00:00.000+00:00", "turn": 7}
    return Row(table, {**own, **values})


TICK = {"item": "track/item", "state": "done"}
REFUSED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "newer": (newer, "was written by a newer mlacoach"),
    "empty": (lambda _: [], "holds no data of mlacoach"),
    "foreign": (lambda _: [b"at,question\n", b"1,2\n"], "holds no data of mlacoach"),
    "other json": (lambda _: [b"[]\n"], "holds no data of mlacoach"),
    "cut within a line": (lambda lines: [*lines[:5], lines[5][:9]], "is no JSON"),
    "cut between lines": (lambda lines: lines[:5], "is not whole, or was edited"),
    "a line less": (lambda lines: [*lines[:5], *lines[6:]], "is not whole, or was edited"),
    "edited": (lambda lines: [line.replace(b"12.5", b"12.6") for line in lines], "is not whole, or was edited"),
    "an unknown table": (impossible(row("secrets")), "line 2 is of a table that there is not"),
    "our own table": (impossible(row("device")), "line 2 is of a table that there is not"),
    "an unknown column": (impossible(row("ticks", **TICK, colour="red")), "has the column colour"),
    "no such state": (impossible(row("ticks", item="track/item", state="half")), "CHECK constraint"),
    "a wrong type": (impossible(row("ticks", **{**TICK, "item": None})), "cannot be"),
    "an id without a time": (impossible(row("ticks", **TICK, id="mine")), "has an id that is none"),
    "no moment": (impossible(row("ticks", **TICK, at="yesterday")), "has no time"),
    "a local time": (impossible(row("ticks", **TICK, at="2026-11-21T12:00:00.000")), "has no time"),
    "no turn": (impossible(row("ticks", **TICK, turn=None)), "has no place in the order"),
    "a turn that ends all": (impossible(row("ticks", **TICK, turn=(1 << 63) - 1)), "has no place in the order"),
    "a number too large": (impossible(row("choices", key="k", value=1 << 70)), "cannot be"),
    "no JSON within": (
        impossible(row("lab_runs", lab="l", version="1", target="aws", account="1", region="r"),
                   row("lab_events", run="0" * 28, kind="k", data="{")),
        "has no JSON in data",
    ),
    "a child without its parent": (
        impossible(row("sitting_events", sitting="1" * 28, kind="show")), "belong to others that are missing",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "says"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_is_not_whole_and_ours_is_refused_and_changes_nothing(
    spoil: Callable[[list[bytes]], list[bytes]], says: str, tmp_path: Path
) -> None:
    here = studied(Device(), 1)
    before = state(here.store)
    lines = exported(studied(Device(), 2).store, tmp_path / "log").read_bytes().splitlines(keepends=True)
    (tmp_path / "log").write_bytes(b"".join(spoil(lines)))

    with pytest.raises(DataDamaged) as caught:
        read_log(here.store, tmp_path / "log")

    assert says in caught.value.what
    assert caught.value.try_this
    assert state(here.store) == before
    here.do("answer", 1)


def test_a_row_that_cannot_be_takes_the_good_ones_before_it_along(tmp_path: Path) -> None:
    there = studied(Device(), 2)
    good = list(there.store.exchange.rows())
    (tmp_path / "log").write_bytes(write([*good, row("ticks", item="track/item", state="half")], "a-device", NOW))
    here = Device()

    with pytest.raises(DataDamaged, match=f"line {len(good) + 2}"):
        read_log(here.store, tmp_path / "log")

    assert not any(rows(here.store, *LOGS).values())


def test_numbers_that_are_none_are_refused() -> None:
    body = json.dumps({"schema": "mlacoach.learner", "version": LATEST}).encode() + b'\n{"answers":{"seconds":NaN}}\n'
    end = json.dumps({"rows": 1, "sha256": hashlib.sha256(body).hexdigest()}).encode()

    with pytest.raises(DataDamaged, match="line 2 is no JSON"):
        read(body + end, "a file")


def test_a_file_that_is_not_there_or_cannot_be_written_is_said(tmp_path: Path) -> None:
    store = studied(Device(), 1).store

    with pytest.raises(UsageFault, match="There is no file"):
        read_log(store, tmp_path / "none")
    with pytest.raises(UsageFault, match="There is no file"):
        read_log(store, tmp_path)
    with pytest.raises(TryAgain, match="cannot be written: No such file"):
        write_log(store, tmp_path / "none" / "log", NOW)
    assert list(tmp_path.iterdir()) == []
