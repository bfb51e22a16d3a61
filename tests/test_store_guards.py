"""Files that are not to be used: each refused in a line with a remedy, none changed by a byte."""

import os
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mlacoach.coach.doctor import examine
from mlacoach.content import own_pack
from mlacoach.errors import DataDamaged, MlacoachError, TryAgain
from mlacoach.store import Store
from mlacoach.store.answers import Answered
from mlacoach.store.database import APPLICATION_ID, LATEST, locked
from tests.program import Program

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PAGE = 4096
# Root may write everywhere; without these capabilities it is held to a folder's rights as everybody is.
WITHOUT_ROOT = """
import ctypes, os, sys
for capability in (1, 2):
    ctypes.CDLL(None).prctl(24, capability)
os.execv(sys.argv[1], sys.argv[1:])
"""


def used_file(path: Path, answers: int = 200) -> None:
    """A learner's file with a history of several pages."""
    store = Store(path, NOW)
    for number in range(answers):
        with store.together():
            key = store.answers.add(Answered(f"question-{number}", ("a",), True, 12.5, "sure", "study"), NOW)
            store.answers.add_review(f"question-{number}", 3, key, NOW)
    store.close()


def truncated(path: Path) -> None:
    used_file(path)
    path.write_bytes(path.read_bytes()[: 9 * PAGE])


def cut_within_the_header(path: Path) -> None:
    used_file(path)
    path.write_bytes(path.read_bytes()[:50])


def with_a_page_of_noise(path: Path) -> None:
    used_file(path)
    data = bytearray(path.read_bytes())
    data[4 * PAGE : 5 * PAGE] = bytes(255 - byte for byte in data[4 * PAGE : 5 * PAGE])
    path.write_bytes(data)


def newer(path: Path) -> None:
    used_file(path)
    _run_sql(path, "PRAGMA user_version = 99")


def newer_without_a_log_file(path: Path) -> None:
    used_file(path)
    _run_sql(path, "PRAGMA journal_mode = DELETE", "PRAGMA user_version = 99")


def of_another_program(path: Path) -> None:
    _run_sql(path, "CREATE TABLE bookmarks (url TEXT)", "PRAGMA application_id = 1234")


def of_a_program_without_an_id(path: Path) -> None:
    _run_sql(path, "CREATE TABLE answers (id TEXT)", "INSERT INTO answers VALUES ('mine')")


def empty(path: Path) -> None:
    path.touch()


def text(path: Path) -> None:
    path.write_text("These are my notes about the exam.\n" * 50)


def _run_sql(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement).fetchall()
    connection.close()


@dataclass(frozen=True)
class Case:
    make: Callable[[Path], None]
    says: str
    remedy: str


CASES = [
    Case(truncated, "is damaged", "mlacoach doctor"),
    Case(cut_within_the_header, "", "MLACOACH_HOME"),
    Case(with_a_page_of_noise, "is damaged", "mlacoach doctor"),
    Case(newer, f"newer mlacoach (schema 99; this one knows {LATEST})", "Upgrade mlacoach"),
    Case(newer_without_a_log_file, f"newer mlacoach (schema 99; this one knows {LATEST})", "Upgrade mlacoach"),
    Case(of_another_program, "belongs to another program (application id 1234)", "MLACOACH_HOME"),
    Case(of_a_program_without_an_id, "belongs to another program (application id 0)", "MLACOACH_HOME"),
    Case(empty, "is empty (0 bytes)", "Restore a backup"),
    Case(text, "is no SQLite file", "MLACOACH_HOME"),
]
NAMES = [case.make.__name__ for case in CASES]


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, fresh=True)


@pytest.fixture
def file(home: Path) -> Path:
    home.mkdir(exist_ok=True)
    return home / "mlacoach.db"


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_file_that_cannot_be_used_is_left_as_it_is(program: Program, case: Case) -> None:
    case.make(program.database)
    before = program.database.read_bytes()

    run = program.run("study", code=6)

    what, remedy = run.err.splitlines()
    assert str(program.database) in what
    assert case.says in what
    assert case.remedy in remedy
    assert program.database.read_bytes() == before
    assert run.out == ""


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_doctor_finds_it_and_says_what_to_do(file: Path, case: Case) -> None:
    case.make(file)
    before = file.read_bytes()

    check = next(check for check in examine(file, [own_pack()], NOW) if check.name == "data")

    assert check.level == "fault"
    assert case.says in check.says
    assert check.try_this
    # Doctor is where one is sent; it can't send one on to itself.
    assert "mlacoach doctor" not in check.try_this
    assert file.read_bytes() == before


def test_doctor_leaves_with_1_on_a_fault_and_with_0_when_all_is_well(program: Program) -> None:
    well = program.run("doctor", code=0)
    program.database.unlink()
    truncated(program.database)

    ill = program.run("doctor", code=1)

    assert "   ok  data:" in well.out
    assert "fault  data:" in ill.out
    assert "→" in ill.out


def test_doctor_agrees_with_itself_in_json(program: Program) -> None:
    text(program.database)

    checks = {check["name"]: check for check in program.run("doctor", "--json", code=1).json["checks"]}

    assert checks["data"]["level"] == "fault"
    assert "MLACOACH_HOME" in checks["data"]["try_this"]
    assert checks["content"]["level"] == "ok"


def test_doctor_finds_an_index_that_lost_its_rows(file: Path) -> None:
    """Opening looks at the pages only; doctor reads every index against its table."""
    used_file(file)
    connection = sqlite3.connect(file, isolation_level=None)
    (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'memory_by_due'").fetchone()
    connection.execute("INSERT INTO memory VALUES ('point', '2026-11-22T12:00:00.000+00:00', '{}')")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    data = bytearray(file.read_bytes())
    page = slice((root - 1) * PAGE, root * PAGE)
    data[page] = bytes(data[page]).replace(b"2026-11-22", b"2027-11-22")
    file.write_bytes(data)

    check = next(check for check in examine(file, [own_pack()], NOW) if check.name == "data")

    assert check.level == "fault"
    assert "memory_by_due" in check.says


def test_doctor_names_the_newest_backup_that_is_sound(file: Path) -> None:
    used_file(file.with_name("mlacoach-before-1-20260901T080000.db"))
    truncated(file.with_name("mlacoach-before-1-20261001T080000.db"))
    truncated(file)

    check = next(check for check in examine(file, [own_pack()], NOW) if check.name == "data")

    assert "mlacoach-before-1-20260901T080000.db" in check.try_this
    assert "20261001" not in check.try_this


def test_doctor_sends_nobody_to_a_backup_who_has_to_upgrade(file: Path) -> None:
    used_file(file.with_name("mlacoach-before-1-20260901T080000.db"))
    newer(file)

    check = next(check for check in examine(file, [own_pack()], NOW) if check.name == "data")

    assert check.try_this.startswith("Upgrade mlacoach")


def test_doctor_has_nothing_moved_away_that_is_only_locked(file: Path) -> None:
    used_file(file.with_name("mlacoach-before-1-20260901T080000.db"))
    with locked(file.with_name("mlacoach.db.lock")):
        check = next(check for check in examine(file, [own_pack()], NOW) if check.name == "data")

    assert check.level == "fault"
    assert check.try_this == "Try again in a moment."


def test_doctor_notes_a_folder_that_is_synchronised(tmp_path: Path) -> None:
    checks = list(examine(tmp_path / "Dropbox" / "mlacoach" / "mlacoach.db", [own_pack()], NOW))

    assert [check.level for check in checks if check.name == "place"] == ["note"]


def test_doctor_names_faulty_content(program: Program, tmp_path: Path) -> None:
    (tmp_path / "pack" / "question_bank" / "1-data").mkdir(parents=True)
    (tmp_path / "pack" / "question_bank" / "1-data" / "half.yaml").write_text("kind: multiple-choice\n")

    run = program.run("--pack", str(tmp_path / "pack"), "doctor", code=1)

    assert "fault  content:" in run.out
    assert "half.yaml" in run.out


def test_a_file_that_somebody_makes_at_this_moment_is_to_be_tried_again(program: Program) -> None:
    with locked(program.database.with_name("mlacoach.db.lock")):
        run = program.run("study", code=75)

    assert run.err == "Another mlacoach is working on your data.\nTry again in a moment.\n"
    assert not program.database.exists()


def test_a_file_that_somebody_upgrades_at_this_moment_is_to_be_tried_again(program: Program) -> None:
    used_file(program.database, 1)
    _run_sql(program.database, "PRAGMA user_version = 0")
    before = program.database.read_bytes()

    with locked(program.database.with_name("mlacoach.db.lock")):
        program.run("study", code=75)

    assert program.database.read_bytes() == before


def test_an_answer_that_cannot_be_written_is_no_bug_of_ours(program: Program) -> None:
    """Another program holds the file for longer than we wait."""
    with program.start("study") as running:
        shown = running.question()
        other = sqlite3.connect(program.database, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        running.type(shown.right)
        run = running.ended()
        other.close()

    assert run.code == 75
    assert run.err.splitlines()[0] == f"{program.database} is locked by another program."
    assert "Right." not in run.out
    assert program.rows("SELECT * FROM answers") == []


@pytest.mark.skipif(sys.platform != "linux", reason="takes its rights from root as Linux does")
@pytest.mark.parametrize("exists", [False, True], ids=["without a file", "with a file"])
def test_a_folder_that_cannot_be_written_is_said(program: Program, exists: bool) -> None:  # noqa: FBT001
    if exists:
        used_file(program.database, 1)
    program.home.chmod(0o555)
    try:
        run = _without_root(program, "study")
        doctor = _without_root(program, "doctor")
    finally:
        program.home.chmod(0o755)

    assert run[0] == 75
    assert str(program.database) in run[2].splitlines()[0]
    assert "rights" in run[2].splitlines()[1]
    assert doctor[0] == 1
    assert "fault  place:" in doctor[1]


def _without_root(program: Program, *words: str) -> tuple[int, str, str]:
    import subprocess  # noqa: PLC0415

    command = program.command(*words)
    if os.geteuid() == 0:
        command = [sys.executable, "-c", WITHOUT_ROOT, *command]
    run = subprocess.run(command, capture_output=True, encoding="utf-8", env=program.environment(), check=False)
    print(run)  # noqa: T201 - shown when the test fails
    return run.returncode, run.stdout, run.stderr


def test_a_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")

    with pytest.raises(TryAgain, match="cannot be opened"):
        Store(tmp_path / "notes" / "mlacoach.db", NOW)

    assert (tmp_path / "notes").read_text() == "mine"


@pytest.mark.parametrize("case", CASES, ids=NAMES)
def test_a_refused_file_is_let_go(file: Path, case: Case) -> None:
    """Nothing of ours keeps it open: it can be moved away, on Windows too."""
    case.make(file)

    with pytest.raises(DataDamaged):
        Store(file, NOW)

    assert sorted(path.name for path in file.parent.iterdir() if path.suffix not in {".lock", ".left"}) == [file.name]


def test_a_page_of_noise_anywhere_is_never_taken_for_data(file: Path) -> None:
    """Every page in turn; a page of a table's text may pass, but nothing may crash or be changed."""
    used_file(file)
    sound = file.read_bytes()
    for page in range(len(sound) // PAGE):
        data = bytearray(sound)
        data[page * PAGE : (page + 1) * PAGE] = os.urandom(PAGE)
        file.write_bytes(data)

        with pytest.raises(MlacoachError):
            Store(file, NOW)

        assert file.read_bytes() == data


def test_our_mark_is_in_the_file(file: Path) -> None:
    used_file(file, 1)

    assert file.read_bytes()[68:72] == APPLICATION_ID.to_bytes(4, "big") == b"mlac"
