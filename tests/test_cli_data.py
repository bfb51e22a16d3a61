"""The commands for a learner's data, called in this process: what they say, and with what they leave."""

import csv
from datetime import timedelta
from pathlib import Path

import pytest

from mlacoach.cli import context
from mlacoach.coach import Coach
from mlacoach.coach.answers_csv import guarded, write_answers
from mlacoach.coach.doctor import examine
from mlacoach.content import Library
from mlacoach.store import Store, backups
from mlacoach.store.answers import Answered
from tests.calling import Run, caller
from tests.devices import NOW, Device, studied
from tests.program import Program


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setattr(context, "clock", lambda: NOW + timedelta(days=1))
    return caller(monkeypatch, capsys)


@pytest.fixture
def file(home: Path) -> Path:
    """A learner's file with a history."""
    Program(home, fresh=True)  # has the content parsed, once for all tests
    device = studied(Device(Store(home / "mlacoach.db", NOW)), 1)
    device.store.close()
    return home / "mlacoach.db"


def test_backups_are_made_listed_verified_and_restored(run: Run, file: Path) -> None:
    created = run("backup", "create", "--json").json
    listed = run("backup", "list", "--json").json["backups"]
    verified = run("backup", "verify", "--json").json["backups"]
    restored = run("backup", "restore", created["name"], "--yes", "--json").json

    assert created["schema"] == "mlacoach.backup-create"
    assert [one["name"] for one in listed] == [created["name"]]
    assert (verified[0]["fault"], verified[0]["kind"]) == (None, "made")
    assert verified[0]["answers"] > 0
    assert restored["restored"] == created["path"]
    assert Path(restored["kept"]).exists()
    assert "sound" in run("backup", "verify").out
    assert "replaced" in run("backup", "list").out
    assert file.exists()


def test_nothing_is_restored_unasked(run: Run, file: Path) -> None:
    run("backup", "create")
    before = file.read_bytes()

    assert "--yes" in run("backup", "restore", code=2).err
    assert file.read_bytes() == before


def test_a_backup_that_is_not_sound_is_named_and_leaves_with_six(run: Run, file: Path) -> None:
    path = Path(run("backup", "create", "--json").json["path"])
    path.write_bytes(path.read_bytes()[:5000])

    ended = run("backup", "verify", code=6)

    assert f"{path.stem}: " in ended.out
    assert "1 of 1 backups are not sound." in ended.err
    assert run("backup", "restore", path.stem, "--yes", code=6).err.startswith(f"{path} cannot be restored")
    assert file.exists()


def test_without_a_backup_there_is_nothing_to_list_or_restore(run: Run) -> None:
    assert "There are no backups yet." in run("backup", "list").err
    assert "There is no sound backup." in run("backup", "restore", "--yes", code=2).err
    assert "There is no backup called 'x'." in run("backup", "verify", "x", code=2).err


def test_doctor_names_the_newest_backup_and_what_puts_it_in_place(run: Run, file: Path) -> None:
    path = run("backup", "create", "--json").json["path"]
    file.write_bytes(file.read_bytes()[:9000])

    check = next(check for check in examine(file, [], NOW) if check.name == "data")

    assert path in check.try_this
    assert "`mlacoach backup restore`" in check.try_this


def test_the_log_goes_out_and_comes_in(run: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "mine.jsonl"

    written = run("export", str(log)).err
    same = run("export", "jsonl", str(tmp_path / "same")).err
    monkeypatch.setenv("MLACOACH_HOME", str(tmp_path / "second"))
    new = run("import", str(log), "--json").json["rows"]
    again = run("import", str(log)).out

    assert written.split()[0] == same.split()[0] == str(sum(new.values()))
    assert new["answers"] > 0
    assert again == "New here: nothing.\n"
    assert "There is no file" in run("import", "none.jsonl", code=2).err
    assert file.exists()


def test_a_folder_carries_what_is_new(run: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()

    pushed = run("sync", "push", str(shared), "--json").json
    monkeypatch.setenv("MLACOACH_HOME", str(tmp_path / "second"))
    pulled = run("sync", "pull", str(shared), "--json").json

    assert pushed["rows"] == pulled["rows"]
    assert (pushed["schema"], pulled["schema"]) == ("mlacoach.sync-push", "mlacoach.sync-pull")
    assert run("sync", "push", str(shared)).out == "Pushed: nothing.\n"
    assert "There is no folder" in run("sync", "pull", str(tmp_path / "stick"), code=1).err
    assert file.exists()


def test_the_first_command_of_a_day_leaves_a_backup(run: Run, file: Path) -> None:
    run("roadmap", "next")
    run("roadmap", "next")

    assert [one.kind for one in backups.listed(file)] == ["made"]


def test_a_backup_that_cannot_be_made_fails_no_command(run: Run, file: Path) -> None:
    (file.parent / "backups").write_text("in the way")

    ended = run("roadmap", "next")

    assert ended.out
    assert "Today's backup could not be made: " in ended.err


def test_answers_become_a_table_in_which_nothing_is_a_formula(coach: Coach, library: Library, tmp_path: Path) -> None:
    question = next(iter(library.questions.values()))
    for name in (question.id, "=1+1", "@SUM(A1)", "+x", "-x"):
        row = coach.store.answers.add(Answered(name, ("a", "b"), True, 12.5, "sure", "study"), coach.now())
    coach.store.answers.take_back(row, coach.now())

    count = write_answers(coach, tmp_path / "answers.csv")
    with (tmp_path / "answers.csv").open(encoding="utf-8-sig", newline="") as file:
        sheet = list(csv.DictReader(file))

    assert count == len(sheet) == 4
    assert [one["question"] for one in sheet] == [question.id, "'=1+1", "'@SUM(A1)", "'+x"]
    assert sheet[0]["skills"].split() == sorted(ref.skill for ref in question.skills)
    assert (sheet[0]["response"], sheet[0]["correct"], sheet[0]["seconds"]) == ("a b", "1", "12.5")
    assert [guarded(cell) for cell in ("a=b", "\t=1", "\r=1", 5, "")] == ["a=b", "'\t=1", "'\r=1", "5", ""]


def test_a_table_or_a_calendar_is_written_by_command(run: Run, file: Path, tmp_path: Path) -> None:
    assert "answers written" in run("export", "csv", str(tmp_path / "a.csv")).err
    assert "events written" in run("export", "ics", str(tmp_path / "p.ics")).err
    assert (tmp_path / "p.ics").read_bytes().startswith(b"BEGIN:VCALENDAR")
    assert file.exists()
