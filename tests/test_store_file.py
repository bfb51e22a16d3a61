"""The learner's file: how it is made, upgraded and written."""

import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from mlacoach.store import MEMORY, Store
from mlacoach.store.answers import Answered
from mlacoach.store.database import APPLICATION_ID, LATEST, connect, locked, open_file
from mlacoach.store.migrations import migrations
from mlacoach.store.rows import new_id
from mlacoach.store.sittings import SittingRow

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MAKE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from mlacoach.store import Store
print("start", flush=True)
Store(Path(sys.argv[1]), datetime(2026, 11, 21, tzinfo=UTC)).close()
print("made", flush=True)
"""
TABLES = {
    "choices": "INSERT INTO choices (id, at, key, value) VALUES ('1', 'now', 'hours', x'08')",
    "device": "INSERT INTO device (id, turn) VALUES (x'00', 0)",
    "sync_segments": "INSERT INTO sync_segments (target, name) VALUES (x'00', 'n')",
    "sync_marks": "INSERT INTO sync_marks (target, log, upto) VALUES ('t', 'answers', 'all')",
    "answers": "INSERT INTO answers (id, at, question, response, correct, seconds, source) "
    "VALUES ('1', 'now', 'q', '[]', 'yes', 1.0, 'study')",
    "reviews": "INSERT INTO reviews (id, at, point, rating) VALUES ('1', 'now', 'p', 'good')",
    "memory": "INSERT INTO memory (point, due, card) VALUES ('p', 'now', x'00')",
    "ticks": "INSERT INTO ticks (id, at, item, state) VALUES ('1', 'now', x'00', 'done')",
    "project_events": "INSERT INTO project_events (id, at, project, kind, name, value) "
    "VALUES ('1', 'now', 'p', 'done', 'm', x'00')",
    "celebrations": "INSERT INTO celebrations (id, at, name, text) VALUES ('1', 'now', 'n', x'00')",
    "doubts": "INSERT INTO doubts (id, at, question, text) VALUES ('1', 'now', 'q', x'00')",
    "readings": "INSERT INTO readings (id, at, lesson, state, seconds) VALUES ('1', 'now', 'l', 'read', 'long')",
    "undone": "INSERT INTO undone (row, at) VALUES ('1', x'00')",
    "plan_changes": "INSERT INTO plan_changes (id, at, item, kind) VALUES ('1', 'now', x'00', 'skip')",
    "sittings": "INSERT INTO sittings (id, at, exam, form, seed, paper) VALUES ('1', 'now', 'e', 'f', 'seven', '[]')",
    "sitting_events": "INSERT INTO sitting_events (id, at, sitting, kind) VALUES ('1', x'00', '1', 'show')",
    "lab_runs": "INSERT INTO lab_runs (id, at, lab, version, target, account, region) "
    "VALUES ('1', 'now', x'00', '1', 'sandbox', '1', 'r')",
    "lab_events": "INSERT INTO lab_events (id, at, run, kind, data) VALUES ('1', 'now', '1', x'00', '{}')",
}
ANSWER = "INSERT INTO answers (id, at, question, response, correct, seconds, source) VALUES ('1', 'now', 'q', '[]', {})"
IMPOSSIBLE = [
    ANSWER.format("2, 1.0, 'study'"),
    ANSWER.format("1, -1.0, 'study'"),
    ANSWER.format("1, 1.0, 'dream'"),
    "INSERT INTO reviews (id, at, point, rating) VALUES ('1', 'now', 'p', 5)",
    "INSERT INTO reviews (id, at, point, rating, answer) VALUES ('1', 'now', 'p', 3, 'none')",
    "INSERT INTO ticks (id, at, item, state) VALUES ('1', 'now', 'i', 'half')",
    "INSERT INTO project_events (id, at, project, kind, name, value) VALUES ('1', 'now', 'p', 'half', 'm', '')",
    "INSERT INTO readings (id, at, lesson, state, seconds) VALUES ('1', 'now', 'l', 'skimmed', 1.0)",
    "INSERT INTO readings (id, at, lesson, state, seconds) VALUES ('1', 'now', 'l', 'read', -1.0)",
    "INSERT INTO plan_changes (id, at, item, kind) VALUES ('1', 'now', 'i', 'forget')",
    "INSERT INTO sitting_events (id, at, sitting, kind) VALUES ('1', 'now', 'none', 'show')",
    "INSERT INTO lab_events (id, at, run, kind, data) VALUES ('1', 'now', 'none', 'k', '{}')",
]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mlacoach.db"


def answered(question: str = "question") -> Answered:
    return Answered(question, ("a",), True, 3.0, "sure", "study")


def test_latest_is_the_number_of_migrations(store: Store) -> None:
    """It stands apart so that no start imports them; this keeps the two equal."""
    connection = store._connection  # noqa: SLF001 - what the file says of itself

    assert connection.execute("PRAGMA user_version").fetchone()[0] == LATEST
    assert connection.execute("SELECT count(*) FROM _sqlite_migrations").fetchone()[0] == LATEST
    assert len(migrations._migrations) == LATEST  # noqa: SLF001


def test_a_new_file_is_ours_current_and_durable(file: Path) -> None:
    connection = open_file(file, NOW)
    pragmas = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("application_id", "user_version", "journal_mode", "synchronous", "foreign_keys")
    }
    connection.close()

    assert pragmas == {
        "application_id": APPLICATION_ID,
        "user_version": LATEST,
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
    }


@pytest.mark.parametrize(("kind", "waits"), [("show", False), ("answer", True), ("flag", True), ("submit", True)])
def test_only_a_turned_page_does_not_wait_for_the_disk(file: Path, kind: str, waits: bool) -> None:  # noqa: FBT001
    store = Store(file, NOW)
    store.sittings.begin(SittingRow("one", NOW, "MLA-C02", "standard", 1, None, ("q",), {}, None, None))
    connection = store._connection  # noqa: SLF001 - what the file is told
    told: list[str] = []
    connection.set_trace_callback(told.append)

    store.sittings.add("one", kind, NOW, "q")

    connection.set_trace_callback(None)
    assert ("PRAGMA synchronous = NORMAL" in told[0]) is not waits
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
    assert [event.kind for event in store.sittings.events("one")] == [kind]
    store.close()


def test_a_turned_page_within_a_transaction_is_kept_with_it(file: Path) -> None:
    store = Store(file, NOW)
    store.sittings.begin(SittingRow("one", NOW, "MLA-C02", "standard", 1, None, ("q",), {}, None, None))

    with store.together():
        store.sittings.add("one", "show", NOW, "q")

    assert [event.kind for event in store.sittings.events("one")] == ["show"]
    store.close()


def test_a_second_connection_sees_every_write_at_once(file: Path) -> None:
    store, other = Store(file, NOW), connect(file)

    def counts() -> list[int]:
        tables = ("answers", "reviews", "memory", "ticks", "profile", "sittings", "sitting_events", "lab_events")
        return [other.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables]  # noqa: S608

    seen = []
    key = store.answers.add(answered(), NOW)
    seen.append(counts())
    store.answers.add_review("question", 3, key, NOW)
    seen.append(counts())
    store.answers.remember("question", NOW, "{}")
    seen.append(counts())
    store.ticks.add("track/item", "done", NOW)
    seen.append(counts())
    store.profile.put({"exam": "MLA-C02"}, NOW)
    seen.append(counts())
    store.sittings.begin(SittingRow("1", NOW, "MLA-C02", "standard", 1, None, ("question",), {}, None, None))
    seen.append(counts())
    store.sittings.add("1", "show", NOW, "question")
    seen.append(counts())
    store.close()
    other.close()

    assert seen == [[1] * number + [0] * (8 - number) for number in range(1, 8)]


def test_what_is_written_together_is_seen_whole_or_not_at_all(file: Path) -> None:
    store, other = Store(file, NOW), connect(file)
    with store.together():
        store.answers.add(answered(), NOW)
        during = other.execute("SELECT count(*) FROM answers").fetchone()[0]
    after = other.execute("SELECT count(*) FROM answers").fetchone()[0]

    assert (during, after) == (0, 1)
    store.close()
    other.close()


def _answer_with_rating(store: Store, rating: int) -> None:
    with store.together():
        key = store.answers.add(answered(), NOW)
        store.answers.add_review("question", rating, key, NOW)


def test_what_fails_half_way_leaves_nothing(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        _answer_with_rating(store, 9)

    assert list(store.answers.log()) == []


def _answer_and_press_control_c(store: Store) -> None:
    with store.together():
        store.answers.add(answered(), NOW)
        raise KeyboardInterrupt


def test_an_interrupt_half_way_leaves_nothing(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        _answer_and_press_control_c(store)

    assert list(store.answers.log()) == []


def test_the_first_answers_are_those_that_the_whole_log_says_are_first(store: Store) -> None:
    """They are looked up one by one; the log is read from its beginning."""
    rng = Random(7)
    for number in range(300):
        key = store.answers.add(
            replace(answered(), question=f"q{rng.randrange(40)}"), NOW + timedelta(hours=number // 3)
        )
        if number % 9 == 0:
            store.answers.take_back(key, NOW)

    expected = [(one.question, one.at, one.correct) for one in store.answers.log() if one.first]

    assert [(one.question, one.at, one.correct) for one in store.answers.firsts()] == expected
    assert 20 < len(expected) < 40


def test_a_pace_of_long_ago_is_none_of_today(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlacoach.store.answers.LATELY", 5)
    for number, source in enumerate(["review"] * 3 + ["study"] * 4):
        store.answers.add(replace(answered(), source=source, seconds=float(number)), NOW + timedelta(seconds=number))

    assert store.answers.recent_seconds("study", count=3) == [6.0, 5.0, 4.0]
    assert store.answers.recent_seconds("review") == [2.0]
    assert store.answers.recent_seconds("card") == []


@pytest.mark.parametrize("table", TABLES)
def test_a_value_of_the_wrong_type_is_refused(store: Store, table: str) -> None:
    connection = store._connection  # noqa: SLF001 - past our own functions
    connection.execute("PRAGMA foreign_keys = OFF")

    with pytest.raises(sqlite3.IntegrityError, match="cannot store"):
        connection.execute(TABLES[table])


def test_every_table_is_strict(store: Store) -> None:
    tables = store._connection.execute("PRAGMA table_list").fetchall()  # noqa: SLF001
    ours = {
        row["name"]: row["strict"]
        for row in tables
        if row["type"] == "table" and not row["name"].startswith(("sqlite_", "_sqlite_"))
    }

    assert ours == dict.fromkeys(TABLES, 1)


@pytest.mark.parametrize("statement", IMPOSSIBLE, ids=range(len(IMPOSSIBLE)))
def test_a_row_that_cannot_be_is_refused(store: Store, statement: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="constraint failed"):
        store._connection.execute(statement)  # noqa: SLF001


def test_ids_sort_by_time() -> None:
    ids = [new_id(NOW + timedelta(milliseconds=number)) for number in range(100)]

    assert sorted(ids) == ids
    assert len(set(ids)) == 100


def old_file(file: Path) -> None:
    """A file of ours from before the first migration: as much as there is of an older schema."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("CREATE TABLE keepsake (note TEXT)")
    connection.execute("INSERT INTO keepsake VALUES ('from before')")
    connection.close()


def _read(file: Path, query: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def test_an_old_file_is_backed_up_and_then_upgraded(file: Path) -> None:
    old_file(file)

    store = Store(file, NOW)
    store.answers.add(answered(), NOW)
    store.close()

    (backup,) = file.parent.glob("*-before-*.db")
    assert backup.name == f"mlacoach-before-{LATEST}-20261121T120000.db"
    assert _read(backup, "PRAGMA user_version") == [(0,)]
    assert _read(backup, "SELECT note FROM keepsake") == [("from before",)]
    assert _read(backup, "SELECT name FROM sqlite_master WHERE name = 'answers'") == []
    assert _read(file, "PRAGMA user_version") == [(LATEST,)]
    assert _read(file, "SELECT note FROM keepsake") == [("from before",)]


def test_an_upgrade_happens_once(file: Path) -> None:
    old_file(file)
    Store(file, NOW).close()
    Store(file, NOW + timedelta(days=1)).close()

    assert len(list(file.parent.glob("*-before-*.db"))) == 1


def test_an_upgrade_that_fails_leaves_the_old_file(file: Path) -> None:
    """A table of the new schema is there already, and the migration trips over it."""
    old_file(file)
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("CREATE TABLE memory (mine TEXT)")
    connection.close()

    with pytest.raises(Exception, match="memory"):
        Store(file, NOW)

    assert _read(file, "PRAGMA user_version") == [(0,)]
    assert _read(file, "SELECT count(*) FROM sqlite_master WHERE name IN ('profile', 'answers')") == [(0,)]
    assert _read(file, "SELECT note FROM keepsake") == [("from before",)]


def test_two_that_start_at_once_make_one_file(file: Path) -> None:
    """The one that comes second waits for nothing: it finds the file, or is told to try again."""
    processes = [
        subprocess.Popen([sys.executable, "-c", MAKE, str(file)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    ends = [(process.communicate(timeout=30), process.returncode) for process in processes]

    assert any(code == 0 for _, code in ends)
    for (_, errors), code in ends:
        assert code == 0 or b"Another mlacoach is working on your data." in errors
    assert _read(file, "SELECT count(*) FROM _sqlite_migrations") == [(LATEST,)]


@pytest.mark.parametrize("make", [lambda _: None, old_file], ids=["made", "upgraded"])
def test_a_kill_while_the_file_is_prepared_leaves_no_half_file(tmp_path: Path, make: object) -> None:
    """Ten kills each: the file is not there, or as it was, or whole; and the next start succeeds."""
    rng = Random(7)
    for number in range(10):
        file = tmp_path / str(number) / "mlacoach.db"
        file.parent.mkdir()
        make(file)
        process = subprocess.Popen([sys.executable, "-c", MAKE, str(file)], stdout=subprocess.PIPE)
        process.stdout.readline()
        time.sleep(rng.uniform(0, 0.25))  # this is the draw: nothing is waited for
        process.kill()
        process.communicate()

        if file.exists():
            assert file.stat().st_size > 0
            (version,) = _read(file, "PRAGMA user_version")[0]
            assert version in {0, LATEST}
            assert version or make is old_file
            assert _read(file, "PRAGMA integrity_check") == [("ok",)]
        store = Store(file, NOW)
        assert store.check() is None
        store.answers.add(answered(), NOW)
        store.close()
        if make is old_file:
            assert _read(file, "SELECT note FROM keepsake") == [("from before",)]


def test_a_lock_dies_with_its_process(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    script = (
        "import sys; from pathlib import Path; from mlacoach.store.database import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"held\n"
    process.kill()
    process.communicate()

    with locked(lock):
        pass


def test_writers_take_turns(file: Path) -> None:
    """Two connections that write at the same time wait for each other and lose nothing."""
    Store(file, NOW).close()

    def write(name: str) -> None:
        store = Store(file, NOW)
        for number in range(50):
            with store.together():
                key = store.answers.add(answered(f"{name}-{number}"), NOW)
                store.answers.add_review(f"{name}-{number}", 3, key, NOW)
        store.close()

    threads = [threading.Thread(target=write, args=(name,)) for name in ("one", "two", "three")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert _read(file, "SELECT count(*), count(DISTINCT question) FROM answers") == [(150, 150)]
    assert _read(file, "SELECT count(*) FROM reviews") == [(150,)]


def test_a_store_in_memory_is_the_real_thing(file: Path) -> None:
    Store(file, NOW).close()
    memory = Store(MEMORY, NOW)
    schema = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"

    assert [tuple(row) for row in memory._connection.execute(schema)] == _read(file, schema)  # noqa: SLF001
    memory.close()
