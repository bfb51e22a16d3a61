"""`mlacoach init`: flags, defaults, and the prompts of a terminal."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pexpect
import pytest

from tests.program import PATIENCE, Program

# pexpect forks, which Python 3.12 and later remark on in a process with threads, as pytest-xdist's workers are.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DOWN, ENTER = "\x1b[B", "\r"


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


def kept(program: Program) -> dict[str, str]:
    return dict(program.rows("SELECT key, value FROM profile"))


def test_without_a_terminal_the_defaults_are_taken(program: Program) -> None:
    run = program.run("init")

    assert kept(program) == {
        "exam": "MLA-C02",
        "language": "English",
        "track": "roadmap-24-weeks",
        "hours_per_week": "8",
    }
    assert run.out.startswith("MLA-C02 in English, 8 hours a week.\n")


def test_flags_are_kept(program: Program) -> None:
    run = program.run(
        "init", "--exam", "MLA-C01", "--language", "Korean", "--exam-date", "2026-12-20", "--hours", "7.5",
        "--track", "certification-10-weeks", "--missing", "python,sql",
    )  # fmt: skip

    assert kept(program) == {
        "exam": "MLA-C01",
        "language": "Korean",
        "exam_date": "2026-12-20",
        "track": "certification-10-weeks",
        "hours_per_week": "7.5",
        "missing": "python sql",
    }
    assert run.out.startswith("MLA-C01 in Korean on 2026-12-20, 7.5 hours a week.\n")
    assert run.out.count("Before you start: ") == 2


@pytest.mark.parametrize(
    ("language", "day", "exam"),
    [
        ("English", "2027-02-15", "MLA-C02"),
        ("Japanese", "2026-12-20", "MLA-C01"),
        ("Japanese", "2027-02-15", "MLA-C02"),
    ],
)
def test_language_and_date_choose_the_exam(program: Program, language: str, day: str, exam: str) -> None:
    program.run("init", "--language", language, "--exam-date", day)

    assert kept(program)["exam"] == exam


def test_a_flag_changes_its_own_choice_only(program: Program) -> None:
    program.run("init", "--exam", "MLA-C01", "--exam-date", "2027-02-15", "--missing", "ml", "--hours", "5")
    before = kept(program)

    program.run("init", "--hours", "6")

    assert kept(program) == {**before, "hours_per_week": "6"}


def test_a_new_language_chooses_the_exam_anew(program: Program) -> None:
    program.run("init")
    program.run("init", "--language", "Japanese")

    assert kept(program)["exam"] == "MLA-C01"


def test_nothing_missing_is_said_as_none(program: Program) -> None:
    program.run("init", "--missing", "python")

    run = program.run("init", "--missing", "none")

    assert kept(program)["missing"] == ""
    assert "Before you start" not in run.out


def test_today_is_not_in_the_past(program: Program) -> None:
    program.run("init", "--exam-date", "2026-11-21")
    program.run("init", "--exam-date", "2026-11-20", code=2)

    assert kept(program)["exam_date"] == "2026-11-21"


def test_it_says_whether_the_plan_fits(program: Program) -> None:
    fits = program.run("init", "--exam-date", "2027-11-20", "--hours", "8").out
    hardly = program.run("init", "--exam-date", "2026-12-19", "--hours", "8").out

    assert "52 weeks are left, 416 hours at your pace; your plan takes 137 to 260: it fits." in fits
    assert "4 weeks are left, 32 hours at your pace; your plan takes 137 to 260: it does not fit." in hardly


class Prompts:
    """`mlacoach init` in a terminal."""

    def __init__(self, program: Program, *words: str) -> None:
        command = program.command("init", *words)
        environment = {**program.environment(), "COLUMNS": "100"}
        self.child = pexpect.spawn(
            command[0], command[1:], env=environment, dimensions=(50, 100), encoding="utf-8", timeout=PATIENCE
        )

    def answer(self, prompt: str, keys: str) -> None:
        self.child.expect_exact(prompt)
        self.child.send(keys)

    def end(self) -> tuple[int, str]:
        said = self.child.read()
        self.child.close()
        return self.child.exitstatus, said


def test_a_terminal_is_asked_and_the_answers_are_kept(program: Program) -> None:
    prompts = Prompts(program)
    prompts.answer("In which language", DOWN + ENTER)
    prompts.answer("When do you sit it?", "2026-12-20" + ENTER)
    prompts.answer("Which exam?", ENTER)
    prompts.answer("How many hours", "\x7f12" + ENTER)
    prompts.answer("Which plan", ENTER)
    for keys in ("y", "n", "y", "n"):
        prompts.answer("(Y/n)", keys)
    code, said = prompts.end()

    assert code == 0
    assert "12 hours a week" in said
    chosen = kept(program)
    assert chosen["language"] != "English"
    assert (chosen["exam"], chosen["exam_date"], chosen["hours_per_week"]) == ("MLA-C01", "2026-12-20", "12")
    assert (chosen["track"], chosen["missing"]) == ("roadmap-24-weeks", "sql computer")


@pytest.mark.parametrize(
    ("date", "no_date", "hours", "no_hours"),
    [
        ("2026-11-20", "2026-11-20 is in the past.", "200", "200 hours a week can't be."),
        ("soon", "'soon' is no date.", "many", "A number, such as 8."),
    ],
)
def test_what_cannot_be_is_said_at_its_prompt(
    date: str, no_date: str, hours: str, no_hours: str, program: Program
) -> None:
    prompts = Prompts(program)
    prompts.answer("In which language", ENTER)
    prompts.answer("When do you sit it?", date + ENTER)
    prompts.answer(no_date, "\x7f" * len(date) + ENTER)
    prompts.answer("Which exam?", ENTER)
    prompts.answer("How many hours", "\x7f" + hours + ENTER)
    prompts.answer(no_hours, "\x7f" * len(hours) + "9" + ENTER)
    prompts.answer("Which plan", ENTER)
    for _ in range(4):
        prompts.answer("(Y/n)", "y")
    code, _ = prompts.end()

    assert code == 0
    assert kept(program)["hours_per_week"] == "9"
    assert "exam_date" not in kept(program)


def test_a_day_can_be_forgotten(program: Program) -> None:
    program.run("init", "--exam-date", "2027-02-15")
    prompts = Prompts(program)
    prompts.answer("In which language", ENTER)
    prompts.answer("2027-02-15", "\x7f" * 10 + ENTER)
    prompts.answer("Which exam?", ENTER)
    prompts.answer("How many hours", ENTER)
    prompts.answer("Which plan", ENTER)
    for _ in range(4):
        prompts.answer("(Y/n)", "y")

    assert prompts.end()[0] == 0
    assert "exam_date" not in kept(program)


def test_control_c_at_any_prompt_keeps_nothing(program: Program) -> None:
    prompts = Prompts(program)
    prompts.answer("In which language", DOWN + ENTER)
    prompts.answer("When do you sit it?", "2027-02-15" + ENTER)
    prompts.answer("Which exam?", "\x03")

    assert prompts.end()[0] == 130
    assert kept(program) == {}


@pytest.mark.parametrize("words", [["--yes"], ["--hours", "6"], ["--missing", "none"]], ids=" ".join)
def test_a_terminal_is_asked_nothing_when_a_flag_was_given(program: Program, words: list[str]) -> None:
    code, said = Prompts(program, *words).end()

    assert code == 0
    assert "In which language" not in said


def test_zero_hours_are_refused_in_a_terminal_too(program: Program) -> None:
    code, said = Prompts(program, "--hours", "0").end()

    assert code == 2
    assert "0 hours a week can't be." in said


def test_the_exam_of_a_learner_without_a_choice_is_what_can_be_sat_today(program: Program) -> None:
    for day, exam in ((NOW - timedelta(days=90), "MLA-C01"), (NOW, "MLA-C02")):
        program.set_clock(day)

        assert f"{exam}. " in program.run().out
