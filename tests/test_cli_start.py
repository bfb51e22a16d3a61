"""Starting: fast, with nothing loaded that is not used; help for everything; a bug of ours said as one."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import mlacoach
from mlacoach.cli.program import SUMMARIES
from tests.program import PATIENCE, Finished, Program

HEAVY = {
    "boto3", "botocore", "moto", "textual", "numpy", "pydantic", "sagemaker", "questionary", "rich", "sqlite_utils",
    "yaml",
}  # fmt: skip
LOADED = """
import sys
from mlacoach.cli import main
try:
    main()
finally:
    print(sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
"""
ROOM = """
import sys
import mlacoach.cli.exam
with mlacoach.cli.exam.without_palette():
    import mlacoach.screen.room
print(sorted(sys.modules))
"""
# One function is replaced before the program runs: nothing of the program knows that it is tested.
BROKEN = """
from mlacoach.coach.study import Planner
from mlacoach.cli import main
def session(self):
    raise ZeroDivisionError("a made-up mistake")
Planner.session = session
main()
"""
COMMANDS = [
    [], *[[name] for name in SUMMARIES],
    ["plan", "show"], ["plan", "why"], ["plan", "move"], ["plan", "skip"], ["plan", "restore"],
    ["roadmap", "done"], ["roadmap", "undo"], ["roadmap", "next"], ["roadmap", "tracks"],
    ["content", "check"], ["content", "stats"], ["content", "coverage"],
    ["exam", "resume"], ["exam", "abandon"], ["exam", "list"], ["exam", "result"], ["exam", "review"],
    ["bank", "calibrate"],
]  # fmt: skip


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


def run_python(program: Program, script: str, *words: str) -> Finished:
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", script, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        env=program.environment(),
        timeout=PATIENCE,
        check=False,
    )
    print(process)  # noqa: T201 - shown when the test fails
    return Finished(process.returncode, process.stdout, process.stderr)


@pytest.mark.parametrize("words", [["--help"], ["--version"], ["-h"]], ids=" ".join)
def test_nothing_heavy_is_loaded_for_help(program: Program, words: list[str]) -> None:
    run = run_python(program, LOADED, *words)

    loaded = set(ast.literal_eval(run.err.splitlines()[-1]))
    assert "typer" in loaded
    assert loaded & HEAVY == set()


@pytest.mark.parametrize("words", [["study"], ["exam", "--untimed"], ["roadmap"]], ids=" ".join)
def test_nothing_is_loaded_for_a_session_that_it_does_not_use(program: Program, words: list[str]) -> None:
    program.run(*words, code=5 if words[0] == "exam" else 0)

    run = run_python(program, LOADED, *words)

    loaded = set(ast.literal_eval(run.err.splitlines()[-1]))
    assert loaded & (HEAVY - {"rich"}) == set()


def test_the_room_opens_without_what_comes_up_later(program: Program) -> None:
    """The palette, the table of the navigator and the editor of the notes are a third of Textual."""
    run = run_python(program, ROOM)

    loaded = set(ast.literal_eval(run.out))
    assert "textual.app" in loaded
    assert not loaded & {"textual.command", "textual.widgets._data_table", "textual.widgets._text_area", "fsrs"}


def test_version_is_the_packages(program: Program) -> None:
    assert program.run("--version").out == f"mlacoach {mlacoach.__version__}\n"


def test_help_lists_every_command_with_its_summary(program: Program) -> None:
    run = program.run("--help")

    for name, summary in SUMMARIES.items():
        assert f"  {name} " in run.out
        assert summary in run.out


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_has_help(program: Program, words: list[str]) -> None:
    run = program.run(*words, "--help")

    assert run.out.startswith(f"Usage: {' '.join(['mlacoach', *words])} ")
    assert not program.home.joinpath("mlacoach.db-wal").exists()


def test_a_bug_of_ours_is_said_as_one_with_its_details_kept(program: Program) -> None:
    run = run_python(program, BROKEN, "study")
    (details,) = program.home.glob("bug-*.txt")

    assert run.code == 70
    assert run.err == (
        "This is a bug in mlacoach: ZeroDivisionError: a made-up mistake\n"
        f"The details are in {details}; please report them.\n"
    )
    assert run.out == ""
    assert details.read_text().startswith("Traceback (most recent call last):\n")
    assert "in session" in details.read_text()


def test_a_bug_whose_details_cannot_be_kept_is_said_with_them(program: Program, tmp_path: Path) -> None:
    """The home can't be made, as a file stands in its way."""
    (tmp_path / "file").write_text("")
    script = BROKEN.replace(
        "main()",
        "import mlacoach.cli.context as context\nfrom pathlib import Path\n"
        f"context.home = lambda: Path({str(tmp_path / 'file')!r})\n"
        "context.database = lambda: Path(__import__('os').environ['MLACOACH_HOME'], 'mlacoach.db')\n"
        "main()",
    )

    run = run_python(program, script, "study")

    assert run.code == 70
    assert "Traceback (most recent call last):" in run.err


def test_without_a_folder_of_ones_own_the_platforms_is_used(tmp_path: Path) -> None:
    """MLACOACH_HOME is an override; XDG's folders hold on Linux without it."""
    script = "from mlacoach.cli import context; print(context.database(), context.cache())"
    environment = {name: value for name, value in os.environ.items() if name != "MLACOACH_HOME"}
    environment |= {"XDG_DATA_HOME": str(tmp_path / "data"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    said = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)

    data, cache = said.stdout.split()
    assert Path(data).name == "mlacoach.db"
    if sys.platform == "linux":
        assert (Path(data).parent, Path(cache)) == (tmp_path / "data" / "mlacoach", tmp_path / "cache" / "mlacoach")
