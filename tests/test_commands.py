"""docs/commands.md is the program, every example in it runs, and whatever reports can do so as JSON."""

import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from docs.commands import PAGE, REGENERATE, Example, examples, page
from mlacoach.cli.spec import specification
from mlacoach.coach.sandbox import stop
from mlacoach.content import Library
from mlacoach.sandbox import Sandbox
from tests.in_process import InProcess
from tests.sandbox_clients import account_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ROOT = specification()
COMMANDS = {command.name: command for command in ROOT.walk()}
SHOWN = examples()
LEARNERS, QUESTIONS = 40, 12


def stories() -> Mapping[str, list[tuple[str, Example]]]:
    """The examples by the first word of their command, in the order of the file."""
    found: dict[str, list[tuple[str, Example]]] = {}
    for name, rows in SHOWN.items():
        found.setdefault(name.split(" ")[0], []).extend((name, row) for row in rows)
    return found


def test_the_page_is_what_the_program_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(ROOT, SHOWN), f"docs/commands.md is stale: {REGENERATE}"


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.alone])
def test_every_command_has_an_example(name: str) -> None:
    assert SHOWN.get(name), f"`mlacoach {name}` needs an example in docs/examples.yaml"


def test_no_example_is_of_a_command_that_is_gone() -> None:
    assert set(SHOWN) <= set(COMMANDS)


# Commands that have no --json, and why they need none.
DO = "it does something, and says in a line that it did"
TEXT = "what it prints is a text to be read, or code to be run"
TALK = "a person answers it"
NOT_REPORTING = {
    "": "what it says is in `report --json` and `plan --json`",
    "init": TALK,
    "study": TALK,
    "plan why": "`plan --json` has the reasons of every item",
    **dict.fromkeys(("plan move", "plan skip", "plan restore", "roadmap done", "roadmap undo"), DO),
    **dict.fromkeys(("exam", "exam resume"), TALK),
    **dict.fromkeys(("exam abandon", "lab allow", "lab reset", "lab notebook", "lab start"), DO),
    **dict.fromkeys(("lab run", "lab shell", "sandbox shell", "sandbox run"), TALK),
    **dict.fromkeys(("lab solution", "sandbox env", "sandbox logs", "learn read", "learn decide", "bank sets"), TEXT),
    **dict.fromkeys(("sandbox start", "sandbox stop", "sandbox reset", "sandbox fire"), DO),
    **dict.fromkeys(("sandbox faults set", "sandbox faults clear"), DO),
    "learn": "`learn list` has it",
    **dict.fromkeys(("cohort export", "cohort merge", "bank new", "bank import", "bank report"), DO),
    **dict.fromkeys(("export anki", "export jsonl", "export csv", "export ics"), DO),
    **dict.fromkeys(("project start", "project done"), DO),
    "bank export": "it writes formats of its own, JSON lines among them",
}
# Arguments for which nothing can be offered: words of one's own. Files the shell offers by itself.
FREE = {"words", "day", "steps", "step", "name", "kind", "argument", "places", "milestone", "where"}
NIGHTLY = """
import boto3
boto3.client("events").put_rule(Name="nightly", ScheduleExpression="rate(1 day)")
"""


@pytest.mark.parametrize("name", [name for name, command in COMMANDS.items() if command.alone])
def test_every_command_that_reports_does_so_as_json_too(name: str) -> None:
    has_json = any("--json" in one.flags for one in COMMANDS[name].parameters)
    if name in NOT_REPORTING:
        assert not has_json, f"`mlacoach {name}` has --json, and stands among those without"
        return
    assert has_json, f"`mlacoach {name}` has no --json, and no reason in NOT_REPORTING"
    shown = [one for one in SHOWN.get(name, ()) if "--json" in one.words]
    assert shown, f"`mlacoach {name}` needs an example with --json in docs/examples.yaml"


def test_nothing_is_excused_that_is_gone() -> None:
    assert set(NOT_REPORTING) <= set(COMMANDS)


def test_every_argument_is_completed_or_free() -> None:
    for name, command in COMMANDS.items():
        for one in command.parameters:
            known = one.flags or one.values or one.takes == "path" or one.name in FREE
            assert known, f"`mlacoach {name}`: {one.name} stands neither in VALUES of cli/spec.py nor in FREE"


@pytest.fixture
def program(home: Path, tmp_path: Path, library: Library, monkeypatch: pytest.MonkeyPatch) -> InProcess:
    """A home, and a folder to work in, with a group's answers."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    names = [one.id for one in library.questions.values() if one.serves("MLA-C02")][:QUESTIONS]
    rows = [f"{who},{name},{(who + at) % 3 % 2}" for who in range(LEARNERS) for at, name in enumerate(names)]
    Path("cohort.csv").write_text("\n".join(["learner,question,correct", *rows, ""]))
    Path("nightly.py").write_text(NIGHTLY)
    Path("shared").mkdir()
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    return InProcess(home, now=NOW)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, str]]:
    """What stands in the environment of somebody with an AWS account; it is a sandbox."""
    with Sandbox() as running:
        yield account_of(running.url, tmp_path_factory.mktemp("account"))


@pytest.fixture
def sandboxes(home: Path) -> Iterator[None]:
    """The learner's own sandbox is stopped, whatever became of the test."""
    yield
    stop(home)


@pytest.mark.usefixtures("sandboxes")
@pytest.mark.parametrize("story", stories(), ids=lambda name: name or "mlacoach")
def test_every_example_runs(program: InProcess, story: str, request: pytest.FixtureRequest) -> None:
    for _, example in stories()[story]:
        for path, source in example.given.items():
            Path(path).write_bytes((PAGE.parent.parent / source).read_bytes())
        env = {**example.env, **(request.getfixturevalue("account") if example.aws else {})}
        run = program.run(*example.words, typed=example.typed, code=example.code, env=env)
        if "--json" in example.words:
            assert run.json["schema"].startswith("mlacoach."), example.run
            assert run.json["schema_version"] == 1, example.run
