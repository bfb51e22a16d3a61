"""`mlacoach learn`: a lesson is read section by section, left and taken up again, and checked."""

from pathlib import Path

import pexpect
import pytest

from mlacoach.content import Library
from mlacoach.screen.lesson import sections
from tests.program import PATIENCE, Program

# pexpect forks, which Python 3.12 and later remark on in a process with threads, as pytest-xdist's workers are.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
ROOT = Path(__file__).resolve().parent.parent
LESSON = "inference-cost"


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


class Reader:
    """Somebody at a terminal."""

    def __init__(self, program: Program, *words: str) -> None:
        command = program.command("learn", *words)
        environment = {**program.environment(), "COLUMNS": "80"}
        self.child = pexpect.spawn(
            command[0], command[1:], env=environment, dimensions=(24, 80), encoding="utf-8", timeout=PATIENCE
        )

    def sees(self, text: str) -> None:
        self.child.expect_exact(text)

    def types(self, line: str = "") -> None:
        self.child.send(f"{line}\r")

    def ended(self) -> int | None:
        self.child.read()
        self.child.close()
        status: int | None = self.child.exitstatus
        return status


def test_a_lesson_that_is_left_goes_on_where_it_was_left(program: Program, library: Library) -> None:
    count = len(sections(library.lessons[LESSON]))
    first = Reader(program, LESSON)
    first.sees(f"Section 1 of {count}.")
    first.types()
    first.sees(f"Section 2 of {count}.")
    first.types("q")
    assert first.ended() == 0

    again = Reader(program, LESSON)
    again.sees(f"Section 2 of {count}.")
    again.types("b")
    again.sees(f"Section 1 of {count}.")
    again.types("q")
    assert again.ended() == 0
    assert program.rows("SELECT 1 FROM readings") == []


def test_the_end_of_a_lesson_is_kept_and_its_self_check_follows(program: Program, library: Library) -> None:
    count = len(sections(library.lessons[LESSON]))
    reader = Reader(program, LESSON)
    for number in range(1, count + 1):
        reader.sees(f"Section {number} of {count}.")
        reader.types()
    reader.sees("Self-check 1 of 5")
    reader.types("s")
    reader.sees("Self-check 2 of 5")
    reader.types("q")
    assert reader.ended() == 0

    assert program.rows("SELECT lesson, state FROM readings") == [(LESSON, "read")]
    assert program.rows("SELECT key FROM profile WHERE key LIKE 'place-in/%'") == []


def test_a_pipe_gets_the_whole_lesson_as_it_was_written(program: Program, library: Library) -> None:
    told = program.run("learn", LESSON).out

    assert library.lessons[LESSON].text.strip() in told
    assert all(page.url in told for page in library.lessons[LESSON].references)


def test_a_skill_names_its_lessons_and_words_find_them(program: Program, library: Library) -> None:
    by_skill = program.run("learn", "MLA-C02", "3.1.3").out
    teaches = {one.id for one in library.lessons.values() if any(str(ref) == "MLA-C02 3.1.3" for ref in one.skills)}

    assert teaches
    assert {line.split()[0] for line in by_skill.splitlines()} == teaches
    assert LESSON in program.run("learn", "idle", "machines").out
    assert "There is no lesson" in program.run("learn", "xyzzy", code=2).err


def test_alone_it_names_every_lesson_and_comparison(program: Program, library: Library) -> None:
    told = [line.split()[0] for line in program.run("learn").out.splitlines()]

    assert set(told) == library.lessons.keys() | library.comparisons.keys()
