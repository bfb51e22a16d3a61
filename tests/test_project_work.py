"""Working on projects: a folder to begin in, what is reached, what a machine sees of it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mlacoach.cli import project as command
from mlacoach.coach import Coach
from mlacoach.coach.project.checking import OK, WRONG, Finding, check
from mlacoach.coach.project.progress import (
    DONE,
    OPEN,
    UNDER_WAY,
    keep_figures,
    log_start,
    mark,
    progress,
    progress_of,
    unmark,
)
from mlacoach.coach.project.starting import start
from mlacoach.errors import MlacoachError, UnknownId, UsageFault
from mlacoach.store.projects import ProjectEvent
from tests.conftest import Clock
from tests.program import Program

PROJECT = "drift-watch"


def finish(coach: Coach, project: str) -> None:
    for milestone in coach.library.projects[project].milestones:
        mark(coach, project, milestone.id, "")


def test_a_project_begins_open_and_is_done_when_its_last_milestone_is(coach: Coach, clock: Clock) -> None:
    milestones = [one.id for one in coach.library.projects[PROJECT].milestones]
    assert progress_of(coach, PROJECT).state == OPEN

    for milestone in milestones:
        clock.now += timedelta(days=1)
        one = mark(coach, PROJECT, milestone, f"see {milestone}.md")

    assert (one.state, one.finished, one.next) == (DONE, clock.now, None)
    assert one.proved[milestones[0]].note == f"see {milestones[0]}.md"
    back = unmark(coach, PROJECT, milestones[1])
    assert (back.state, back.next and back.next.id) == (UNDER_WAY, milestones[1])


def test_the_log_keeps_everything_and_the_last_word_counts(coach: Coach) -> None:
    keep_figures(coach, PROJECT, {"false_alarms": "9"})
    keep_figures(coach, PROJECT, {"false_alarms": "2"})
    mark(coach, PROJECT, "measures", "")
    unmark(coach, PROJECT, "measures")

    assert progress_of(coach, PROJECT).figures == {"false_alarms": "2"}
    assert [(event.kind, event.name) for event in coach.store.project_events.all()] == [
        ("figure", "false_alarms"), ("figure", "false_alarms"), ("done", "measures"), ("undone", "measures")
    ]  # fmt: skip


def test_what_does_not_exist_is_refused_and_nothing_is_kept(coach: Coach) -> None:
    with pytest.raises(UnknownId, match="drift-wach"):
        mark(coach, "drift-wach", "measures", "")
    with pytest.raises(UnknownId, match="mesures"):
        mark(coach, PROJECT, "mesures", "")
    with pytest.raises(UnknownId, match="speed"):
        keep_figures(coach, PROJECT, {"false_alarms": "1", "speed": "2"})

    assert coach.store.project_events.all() == []


def test_milestones_that_left_the_content_count_no_more(coach: Coach, clock: Clock) -> None:
    coach.store.project_events.add(ProjectEvent(PROJECT, clock.now, "done", "of-an-older-release", ""))
    coach.store.project_events.add(ProjectEvent("gone", clock.now, "done", "measures", ""))

    assert progress_of(coach, PROJECT).proved == {}
    assert all(one.state == OPEN for one in progress(coach))


def test_a_start_lays_out_brief_rubric_and_starter_files(coach: Coach, tmp_path: Path) -> None:
    begun = start(coach, PROJECT, tmp_path / "mine")

    assert set(begun.written) == {"BRIEF.md", "RUBRIC.md", "drift.py", "tests/test_drift.py"}
    brief = (tmp_path / "mine" / "BRIEF.md").read_text(encoding="utf-8")
    assert "## Watch out" in brief
    assert "mlacoach lab run model-monitor-drift" in brief
    assert "`false_alarms`" in brief
    rubric = (tmp_path / "mine" / "RUBRIC.md").read_text(encoding="utf-8")
    # The heading, its line, three criteria.
    assert rubric.count("\n|") == 5
    assert progress_of(coach, PROJECT).folder == (tmp_path / "mine").resolve()
    assert progress_of(coach, PROJECT).state == UNDER_WAY


def test_hidden_starter_files_come_along(coach: Coach, tmp_path: Path) -> None:
    start(coach, "inference-api-capstone", tmp_path)

    assert {".dockerignore", ".gitignore", ".github"} <= {path.name for path in tmp_path.iterdir()}
    assert not list(tmp_path.rglob("__pycache__"))


def test_a_second_start_overwrites_nothing(coach: Coach, tmp_path: Path) -> None:
    start(coach, PROJECT, tmp_path)
    (tmp_path / "drift.py").write_text("mine = True\n")
    (tmp_path / "BRIEF.md").unlink()

    again = start(coach, PROJECT, tmp_path)

    assert (tmp_path / "drift.py").read_text() == "mine = True\n"
    assert again.written == ("BRIEF.md",)
    assert "drift.py" in again.kept


def test_a_file_is_no_folder_to_start_in(coach: Coach, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("mine")

    with pytest.raises(UsageFault):
        start(coach, PROJECT, tmp_path / "taken")
    assert (tmp_path / "taken").read_text() == "mine"


def looked_at(coach: Coach, folder: Path, project: str = PROJECT) -> list[Finding]:
    return check(coach.library.projects[project], folder, tests=False)


def wrong(findings: list[Finding]) -> list[str]:
    return [f"{one.about}: {one.sentence}" for one in findings if one.state == WRONG]


def test_files_that_a_milestone_needs_are_looked_for(coach: Coach, tmp_path: Path) -> None:
    start(coach, PROJECT, tmp_path)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "threshold.md").write_text("0.12, as 99 of 100 quiet days stay below it.")
    (tmp_path / "notes" / "runbook.md").touch()

    findings = looked_at(coach, tmp_path)

    assert Finding("measures", OK, "drift.py is there.") in findings
    assert Finding("threshold", OK, "notes/threshold.md is there.") in findings
    assert wrong(findings) == [
        "captured: evidence/report.json is missing or empty.",
        "alarm: notes/runbook.md is missing or empty.",
    ]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("broken.yaml", "a: [1,", "yaml: broken.yaml is no YAML"),
        ("broken.json", "{", "json: broken.json is no JSON"),
        ("broken.py", "def x(:\n", "python: broken.py is no Python"),
        ("README.md", "TODO: say what it is", "readme: README.md has 1 places"),
        ("keys.txt", "key AKIA" + "ABCDEFGHIJKLMNOP", "secrets: keys.txt holds an AWS access key"),
        (".env", "aws_secret_access_key = " + "a" * 40, "secrets: .env holds an AWS secret key"),
        ("deep/id.pem", "-----BEGIN RSA PRIVATE" + " KEY-----", "secrets: deep/id.pem holds a private key"),
    ],
)
def test_what_is_broken_or_secret_is_seen(coach: Coach, tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)

    assert any(line.startswith(says) for line in wrong(looked_at(coach, tmp_path)))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("template.yaml", b"A: !Ref B\nC: !GetAtt [D, E]\n"),
        ("two.yaml", b"a: 1\n---\nb: 2\n"),
        ("list.yaml", b"- 1\n- {[1]: 2}\n"),
        ("empty.yml", b""),
        ("picture.py", b"\x89PNG\xff\xfe"),
        (".venv/lib/broken.py", b"def x(:"),
        ("__pycache__/broken.py", b"def x(:"),
    ],
)
def test_what_belongs_to_other_tools_is_left_in_peace(coach: Coach, tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(content)

    assert not [line for line in wrong(looked_at(coach, tmp_path)) if "missing or empty" not in line]


def test_a_link_out_of_the_folder_is_not_followed(coach: Coach, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "broken.py").write_text("def x(:\n")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "link").symlink_to(outside, target_is_directory=True)

    assert not [line for line in wrong(looked_at(coach, tmp_path / "mine")) if "python" in line]


# The commands, in this process: a process of its own costs half a second each.


def run(home: Path, *words: str) -> Result:
    Program(home)
    return CliRunner().invoke(command.app, list(words))


def test_the_list_names_every_project_with_its_state(home: Path, coach: Coach) -> None:
    rows = json.loads(run(home, "list", "--json").stdout)["projects"]
    portfolio = run(home, "list", "--kind", "portfolio").stdout

    assert {row["id"] for row in rows} == set(coach.library.projects)
    assert {row["state"] for row in rows} == {"open"}
    assert "house-prices" in portfolio
    assert "drift-watch" not in portfolio


def test_a_project_is_shown_started_checked_and_done(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "work"
    assert "Watch out" in run(home, "show", PROJECT).stdout
    assert isinstance(run(home, "check", PROJECT).exception, UsageFault)

    assert "4 files" in run(home, "start", PROJECT, str(folder)).stdout
    checked = run(home, "check", PROJECT, "--json")
    assert isinstance(checked.exception, MlacoachError)
    assert {one["state"] for one in json.loads(checked.stdout)["findings"]} == {"ok", "wrong"}

    done = run(home, "done", PROJECT, "measures", "--note", "all green", "--figure", "false_alarms=2")
    assert "1 of 4 milestones" in done.stdout
    shown = json.loads(run(home, "show", PROJECT, "--json").stdout)["project"]
    assert shown["milestones"][0]["note"] == "all green"
    assert shown["figures"]["false_alarms"] == "2"
    assert "0 of 4" in run(home, "done", PROJECT, "measures", "--undo").stdout


@pytest.mark.parametrize(
    "words", [["done", PROJECT], ["done", PROJECT, "--figure", "false_alarms"], ["list", "--kind", "hobby"]]
)
def test_words_that_do_not_fit_are_refused(home: Path, words: list[str]) -> None:
    assert isinstance(run(home, *words).exception, UsageFault)


def test_a_wrong_figure_keeps_the_milestone_open(home: Path) -> None:
    refused = run(home, "done", PROJECT, "measures", "--figure", "speed=1")

    assert isinstance(refused.exception, UnknownId)
    assert json.loads(run(home, "show", PROJECT, "--json").stdout)["project"]["milestones"][0]["reached"] is None


def test_the_last_milestone_is_celebrated_on_stderr(home: Path, coach: Coach) -> None:
    for milestone in coach.library.projects[PROJECT].milestones:
        last = run(home, "done", PROJECT, milestone.id)

    assert "Milestone! Project finished: Notice that the world has changed." in last.stderr
    assert "Milestone!" not in last.stdout


def test_a_started_folder_is_remembered_as_a_whole_path(
    coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    log_start(coach, PROJECT, Path("here"))

    assert progress_of(coach, PROJECT).folder == tmp_path / "here"
