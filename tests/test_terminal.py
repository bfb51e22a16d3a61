"""Terminals and pipes: what is drawn on them, and what happens when they close, hang up or interrupt."""

import errno
import os
import re
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

import pexpect
import pytest

from mlacoach.content import Library
from mlacoach.curriculum.exams import languages
from tests.program import PATIENCE, Finished, Program, read_question

# pexpect forks, which Python 3.12 and later remark on in a process with threads, as pytest-xdist's workers are.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
ESCAPE = "\x1b"
TALKATIVE = [
    ["--help"],
    ["study"],
    ["exam", "--untimed"],
    ["roadmap"],
    ["report"],
    ["exams"],
    ["init"],
    [],
]


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


class Terminal:
    """A terminal of 100 columns with the program in it."""

    def __init__(self, program: Program, command: list[str], env: Mapping[str, str] | None = None) -> None:
        environment = {**program.environment(env)}
        if not env or "COLUMNS" not in env:
            del environment["COLUMNS"]
        self.child = pexpect.spawn(
            command[0], command[1:], env=environment, dimensions=(50, 100), encoding="utf-8", timeout=PATIENCE
        )

    def end(self) -> Finished:
        """Read to the end."""
        said = self.child.read()
        self.child.close()
        return Finished(self.child.exitstatus or -(self.child.signalstatus or 0), said, "")

    def hang_up(self) -> int:
        """Close the terminal as its window does; how the program left."""
        self.child.ptyproc.fileobj.close()
        self.child.ptyproc.closed = self.child.closed = True
        _, status = os.waitpid(self.child.pid, 0)
        self.child.terminated = self.child.ptyproc.terminated = True
        return os.waitstatus_to_exitcode(status)


def in_terminal(program: Program, words: list[str], env: Mapping[str, str] | None = None) -> Finished:
    """Run in a terminal; whoever sits there ends the input at once."""
    terminal = Terminal(program, program.command(*words), env)
    terminal.child.sendeof()
    return terminal.end()


@pytest.mark.parametrize("words", TALKATIVE, ids=" ".join)
def test_a_pipe_gets_plain_lines(program: Program, words: list[str]) -> None:
    code = 5 if words[:1] == ["exam"] else 0
    run = program.run(*words, code=code)

    assert ESCAPE not in run.out + run.err
    assert run.out


def test_a_terminal_gets_emphasis(program: Program) -> None:
    assert ESCAPE in in_terminal(program, ["exams"]).out


@pytest.mark.parametrize("setting", ["TERM=dumb", "NO_COLOR=1", "MLACOACH_NO_COLOR=1", "MLACOACH_ACCESSIBLE=1"])
@pytest.mark.parametrize("words", [["study"], ["exam", "--untimed"], ["exams"]], ids=" ".join)
def test_a_terminal_that_wants_plain_lines_gets_them(program: Program, words: list[str], setting: str) -> None:
    """Without colour alone the exam has its room, which then has no colour; `--plain` asks for lines."""
    lines = ["--plain"] if words[0] == "exam" and "NO_COLOR" in setting else []
    run = in_terminal(program, [*words, *lines], dict([setting.split("=")]))

    assert ESCAPE not in run.out
    assert len(run.out) > 500


def test_an_empty_no_color_is_none(program: Program) -> None:
    """As the convention says: only a value that is not empty counts."""
    assert ESCAPE in in_terminal(program, ["exams"], {"NO_COLOR": ""}).out


@pytest.mark.parametrize("setting", ["TERM=dumb", "MLACOACH_ACCESSIBLE=1"])
def test_init_asks_without_redrawing_where_lines_are_wanted(program: Program, library: Library, setting: str) -> None:
    terminal = Terminal(program, program.command("init"), dict([setting.split("=")]))
    known = languages(library.exams.values())
    for line in ("Japanese", str(known.index("Japanese") + 1), "", "", "many", "6", "", "", "perhaps", "n", "", ""):
        terminal.child.expect_exact("): ")
        terminal.child.sendline(line)
    run = terminal.end()
    kept = dict(program.rows("SELECT key, value FROM profile"))

    assert ESCAPE not in run.out
    assert (kept["language"], kept["exam"], kept["hours_per_week"]) == ("Japanese", "MLA-C01", "6")
    assert kept["missing"] == "sql"


@pytest.mark.parametrize("words", [["study"], ["exam", "--untimed"], ["roadmap", "--all"], ["exams"], ["report"], []])
def test_lines_fit_into_forty_columns(program: Program, words: list[str]) -> None:
    run = program.run(*words, code=5 if words[:1] == ["exam"] else 0, env={"COLUMNS": "40"})

    assert max(len(line.rstrip()) for line in run.out.splitlines()) <= 40


@pytest.mark.parametrize("words", [["learn", "list"], ["interview", "--list"]])
def test_a_list_breaks_between_words_on_a_terminal_and_is_a_record_a_line_in_a_pipe(
    program: Program, words: list[str]
) -> None:
    records = program.run(*words).out.splitlines()
    shown = in_terminal(program, words, {"COLUMNS": "60", "NO_COLOR": "1"}).out.splitlines()

    assert {len(line) <= 60 for line in shown} == {True}
    assert len(shown) > len(records)
    assert [word for line in shown for word in line.split()] == [word for line in records for word in line.split()]


@pytest.mark.parametrize("columns", ["many", "", "0", "-3", "7.5"])
def test_a_width_that_is_none_is_left_aside(program: Program, columns: str) -> None:
    assert program.run("exams", env={"COLUMNS": columns}).out


def test_a_terminal_that_knows_no_unicode_gets_question_marks(program: Program) -> None:
    """A Windows pipe and a Latin-1 terminal can't show every character of the content."""
    run = program.run("roadmap", "--all", env={"PYTHONIOENCODING": "ascii"})

    assert "? weeks 1 to 2 ?" in run.out


def test_bytes_that_are_no_text_are_no_answer(program: Program) -> None:
    with program.start("study", env={"PYTHONIOENCODING": "utf-8:strict"}) as running:
        running.question()
        running.process.stdin.write(b"\xff\n")

        assert "is no" in running.until_prompt()
        running.finish()


def test_the_end_of_the_input_ends_a_study_session_politely(program: Program) -> None:
    with program.start("study") as running:
        running.ask(running.question().right)
        run = running.finish(code=0)

    assert "Today: 1 of 1 right." in run.out
    assert run.err == ""


def test_the_end_of_the_input_saves_an_exam(program: Program) -> None:
    with program.start("exam", "--timed") as running:
        running.ask(running.question().right)
        run = running.finish(code=5)

    assert run.err.startswith("Saved: 1 of 65 questions are answered. The clock goes on.\nGo on with")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)], ids=str
)
@pytest.mark.parametrize("words", [["study"], ["exam", "--timed"]], ids=" ".join)
def test_a_signal_ends_it_with_everything_kept(
    program: Program, words: list[str], number: signal.Signals, code: int
) -> None:
    with program.start(*words) as running:
        running.ask(running.question().right)
        running.process.send_signal(number)
        run = running.ended()

    assert run.code == code
    assert "Traceback" not in run.err
    (kept,) = program.rows(
        "SELECT count(*) FROM answers UNION ALL SELECT count(*) FROM sitting_events "
        "WHERE kind = 'answer' ORDER BY 1 DESC LIMIT 1"
    )
    assert kept == (1,)


def test_control_c_in_a_terminal_says_that_everything_is_kept(program: Program) -> None:
    terminal = Terminal(program, program.command("study"))
    terminal.child.expect_exact("(h for help): ")
    terminal.child.sendintr()
    run = terminal.end()

    assert run.code == 130
    assert run.out.endswith("Stopped; everything answered is kept.\r\n")


def test_a_closed_terminal_ends_it_with_everything_kept(program: Program) -> None:
    terminal = Terminal(program, program.command("study"), {"COLUMNS": "4000", "TERM": "dumb"})
    terminal.child.expect_exact("(h for help): ")
    terminal.child.sendline(read_question(terminal.child.before.replace("\r", "")).right)
    terminal.child.expect_exact("(h for help): ")

    assert terminal.hang_up() == 143
    assert program.rows("SELECT correct FROM answers") == [(1,)]
    assert list(program.home.glob("bug-*")) == []


def test_it_survives_a_hang_up_that_it_was_told_to_ignore(program: Program, tmp_path: Path) -> None:
    """As under nohup. It ends with its input, and that nobody reads what it says is no bug."""
    left = tmp_path / "left"
    shell = f"trap '' HUP; {shlex.join(program.command('study'))}; echo $? > {shlex.quote(str(left))}.new; "
    shell += f"mv {shlex.quote(str(left))}.new {shlex.quote(str(left))}"
    terminal = Terminal(program, ["sh", "-c", shell])
    terminal.child.expect_exact("(h for help): ")
    terminal.hang_up()

    assert left.read_text() == "143\n"
    assert list(program.home.glob("bug-*")) == []


@pytest.fixture
def closed_pipe() -> Iterator[int]:
    """The end to write to of a pipe that nobody reads any more."""
    read, write = os.pipe()
    os.close(read)
    yield write
    os.close(write)


@pytest.mark.parametrize("words", [["--version"], ["study"], ["exams"], ["exams", "--json"], ["report"]], ids=" ".join)
def test_a_closed_pipe_is_no_fault(program: Program, closed_pipe: int, words: list[str]) -> None:
    process = subprocess.run(
        program.command(*words),
        stdin=subprocess.DEVNULL,
        stdout=closed_pipe,
        stderr=subprocess.PIPE,
        env=program.environment(),
        timeout=PATIENCE,
        check=False,
    )

    assert (process.returncode, process.stderr) == (0, b"")


def test_head_gets_its_line(program: Program) -> None:
    line = f"{shlex.join(program.command('roadmap', '--all'))} | head -1; echo ${{PIPESTATUS[0]}}"
    run = subprocess.run(
        ["/bin/bash", "-c", line], capture_output=True, encoding="utf-8", env=program.environment(), check=True
    )

    assert re.fullmatch(r".*: 0 of \d+ done, .*\n0\n", run.stdout)
    assert run.stderr == ""


def test_a_full_disk_under_the_output_is_said(program: Program) -> None:
    """/dev/full takes nothing, as a full disk does."""
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            program.command("exams", "--json"),
            stdout=full,
            stderr=subprocess.PIPE,
            env=program.environment(),
            encoding="utf-8",
            check=False,
        )

    assert process.returncode == 75
    assert os.strerror(errno.ENOSPC) in process.stderr


def test_json_carries_every_character_through_a_pipe_that_cannot(program: Program) -> None:
    everywhere = program.run("exams", "--json").json
    narrow = program.run("exams", "--json", env={"PYTHONIOENCODING": "ascii"}).json

    assert narrow == everywhere
