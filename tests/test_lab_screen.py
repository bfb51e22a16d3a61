"""What a run shows: figures, pictures made of characters, questions, a score; and what is kept of it."""

import ast
import builtins
import dataclasses
import dis
import io
import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mlacoach.cli.report_data import as_report_data
from mlacoach.coach import Coach
from mlacoach.coach.lab import Asking, Event, Finished, Ran, run_lab
from mlacoach.coach.lab.listing import Filter, list_labs
from mlacoach.coach.lab.results import results
from mlacoach.coach.report.drawn import report
from mlacoach.content.lab_code import load_lab_code
from mlacoach.curriculum.labs import SelfCheck
from mlacoach.errors import UnknownId
from mlacoach.labs import Shown
from mlacoach.screen.console import stdout, working
from mlacoach.screen.lab_shown import print_shown
from mlacoach.screen.lab_walk import Walk
from mlacoach.screen.labs import print_lab, print_labs, print_solution, solution_of
from mlacoach.screen.report import lab_lines
from mlacoach.screen.source import print_code

LAB = "s3-data-lake"
QUESTION = SelfCheck("Does it stand?", ("Yes.", "No."), "Yes.", "It was made.")
SMALL = {
    "README.md": "# Small\n\n## 1. Make it\n\nMake it stand.\n",
    "check.py": 'def make_it(aws):\n    "It stands."\n',
    "steps.py": "from mlacoach.labs import Shown\n\n\ndef make_it(aws):\n"
    '    return Shown(text="[b]Made[/b]", metrics={"auc": 0.91}, matrix={("yes", "no"): 3})\n',
}


@pytest.fixture
def small(coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A lab of one step that shows something and asks a question."""
    folder = tmp_path / "small"
    folder.mkdir()
    for name, text in SMALL.items():
        (folder / name).write_text(text, encoding="utf-8")
    facts = dataclasses.replace(
        coach.library.labs[LAB], id="small", folder=folder, weights={}, hints={}, questions={"make_it": (QUESTION,)}
    )
    monkeypatch.setattr(coach.library, "labs", {**coach.library.labs, "small": facts})
    return "small"


def test_what_a_step_shows_is_shown_and_its_metrics_answers_and_score_are_kept(coach: Coach, small: str) -> None:
    seen: list[Event] = []

    def watch(event: Event) -> None:
        seen.append(event)
        if isinstance(event, Asking):
            assert event.answer("No.") is False

    run_lab(coach, small, watch)

    [ran] = [event for event in seen if isinstance(event, Ran)]
    [finished] = [event for event in seen if isinstance(event, Finished)]
    [result] = results(coach)
    assert ran.shown.metrics == {"auc": 0.91}
    assert (finished.score, finished.asked, finished.right, finished.metrics) == (100, 1, 0, {"auc": 0.91})
    assert (result.lab, result.by_hand, result.score, result.asked, result.right) == ("small", False, 100, 1, 0)
    drawn = report(coach)
    day = f"{result.at:%Y-%m-%d}"
    assert lab_lines(drawn) == ["Labs done:", f"  small, {day}, walked through: 100 %, 0 of 1 questions right."]
    assert as_report_data(drawn)["labs"] == [
        {
            "lab": "small",
            "at": result.at.isoformat(),
            "by_hand": False,
            "score": 100,
            "hints": 0,
            "asked": 1,
            "right": 0,
        }
        | {"metrics": {"auc": 0.91}}
    ]
    assert result.metrics == {"auc": 0.91}


def test_a_run_that_was_not_done_to_the_end_is_no_result(coach: Coach, small: str) -> None:
    def leave(_event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_lab(coach, small, leave)

    assert results(coach) == []


def test_tables_figures_bars_curves_and_matrices_are_drawn_within_the_width(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_shown(
        stdout(),
        Shown(
            text="[red]Look[/red]",
            columns=("day", "rows"),
            rows=[("2026-11-02", 200)],
            metrics={"auc": 0.912345678},
            bars={"temperature": 4.0, "humidity": 1.0, "below": -1.0},
            lines={"train": [(1, 0.7), (2, 0.4), (3, 0.3)], "validation": [(1, 0.8), (2, 0.6), (3, 0.6)]},
            measure="loss",
            along="epoch",
            matrix={("yes", "yes"): 40, ("yes", "no"): 3, ("no", "no"): 50},
        ),
    )

    text = capsys.readouterr().out
    lines = text.splitlines()
    assert max(len(line) for line in lines) <= 80
    assert "[red]Look[/red]" in text
    assert "0.912346" in text
    long, short = (next(line for line in lines if line.startswith(name)) for name in ("temperature", "humidity"))
    assert 4 * short.count("█") <= long.count("█") <= 4 * short.count("█") + 4
    assert [line.strip() for line in lines if line.strip() in {"loss", "epoch 1 … 3"}] == ["loss", "epoch 1 … 3"]
    assert "* train   o validation" in text
    assert re.search(r"^yes +3 +40 *$", text, re.MULTILINE)
    assert re.search(r"^no +50 +0 *$", text, re.MULTILINE)


@pytest.mark.parametrize("shown", [Shown(), Shown(lines={"a": []}), Shown(lines={"a": [(1, 1)]}), Shown(bars={"a": 0})])
def test_nothing_and_next_to_nothing_can_be_shown(shown: Shown) -> None:
    print_shown(stdout(), shown)


def test_a_curve_of_one_point_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    print_shown(stdout(), Shown(lines={"best so far": [(1, 0.8695)]}, measure="AUC", along="trial"))

    assert capsys.readouterr().out == "AUC\nbest so far: 0.8695 at trial 1\n"


def test_a_question_is_asked_again_after_what_is_no_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("yes\n3\n0\n2\n"))
    given: list[str] = []

    Walk(stdout(), stdout(), lambda _number: None, asks=True)(
        Asking(QUESTION, lambda option: bool(given.append(option)))
    )

    said = capsys.readouterr().out
    assert given == ["No."]
    assert said.count("Number (Enter leaves it): ") == 4
    assert "Type a number from 1 to 2, not 'yes'." in said


def test_a_question_is_left_where_nobody_can_answer(capsys: pytest.CaptureFixture[str]) -> None:
    Walk(stdout(), stdout(), lambda _number: None)(Asking(QUESTION, lambda _given: True))

    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("which", "is_there"),
    [
        (Filter(service="glue"), True),
        (Filter(service="no such service"), False),
        (Filter(domain=1), True),
        (Filter(domain=2), False),
        (Filter(skill="1.1.2"), True),
        (Filter(exam="MLA-C01", skill="1.1.2"), False),
        (Filter(minutes=10), False),
        (Filter(usd=0.01), True),
        (Filter(usd=0.001), False),
        (Filter(state="done"), False),
        (Filter(state="open"), True),
    ],
)
def test_labs_are_chosen_by_what_they_are(coach: Coach, which: Filter, is_there: bool) -> None:  # noqa: FBT001
    assert (LAB in [lab.id for lab in list_labs(coach, which)]) is is_there


def test_an_unknown_state_names_those_there_are(coach: Coach) -> None:
    with pytest.raises(UnknownId, match="no state called 'begun'"):
        list_labs(coach, Filter(state="begun"))


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
def test_on_a_terminal_of_80_columns_a_step_is_explained_run_checked_and_asked_about() -> None:
    import pexpect  # noqa: PLC0415 - not on Windows

    child = pexpect.spawn(
        sys.executable, ["-m", "mlacoach", "lab", "run", LAB], dimensions=(24, 80), timeout=120, encoding="utf-8"
    )
    for step in (1, 2, 3):
        child.expect(f"Enter to run step {step}")
        child.sendline("")
    child.expect("Done: New objects are encrypted")
    child.expect("Many small objects")
    child.expect("(\\d)\\)  Turn the S3 Bucket Key on")
    number = child.match[1]
    child.expect("Number \\(Enter leaves it\\): ")
    child.sendline(number)
    child.expect("Right\\.")
    child.expect("Enter to run step 4")
    child.sendintr()
    child.expect("Tearing down")
    child.expect("Torn down: 1 thing was")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 130


def on_a_terminal(draw: Callable[[Console], None], width: int = 80) -> str:
    """What a terminal of this width is sent, without colours."""
    screen = Screen()
    draw(Console(file=screen, width=width, force_terminal=True, color_system=None, highlight=False))
    return screen.getvalue()


class Screen(io.StringIO):
    """A terminal that keeps what it is sent."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def test_code_that_is_too_wide_for_a_terminal_goes_on_further_in_and_stays_whole_in_a_pipe() -> None:
    waits = (
        'aws.client("sagemaker").get_waiter("training_job_completed_or_stopped").wait(Name=aws.name("first"), More=1)'
    )
    wide = f"def f(aws):\n    {waits}\n"

    lines = on_a_terminal(lambda console: print_code(console, wide)).splitlines()
    piped = io.StringIO()
    print_code(Console(file=piped, width=80), wide)

    assert max(len(line) for line in lines) <= 80
    assert lines == [
        "def f(aws):",
        '    aws.client("sagemaker").get_waiter(',
        '        "training_job_completed_or_stopped").wait(',
        '        Name=aws.name("first"), More=1)',
    ]
    assert piped.getvalue() == wide
    narrow = on_a_terminal(lambda console: print_code(console, wide), width=20)
    assert '"training_job_completed_or_stopped"' in narrow


@pytest.mark.parametrize(
    ("wide", "drawn"),
    [
        pytest.param(
            'put(Bucket=aws.name("raw"), Key="a key", Tags={"one": "1"})',
            ['put(Bucket=aws.name("raw"),', '    Key="a key", Tags={"one": "1"})'],
            id="at a comma",
        ),
        pytest.param(
            's3.put_object(Bucket=name, Key="a", Body=body)',
            ["s3.put_object(", '    Bucket=name, Key="a", Body=body)'],
            id="at its outermost bracket, if the rest fits",
        ),
        pytest.param(
            's3, data = aws.client("s3"), f"s3://{name}/the/data"',
            ["s3, data = aws.client(", '    "s3"), f"s3://{name}/the/data"'],
            id="within brackets, so that it still runs",
        ),
        pytest.param(
            '{"OutputFormat": "org.apache.HiveIgnoreKeyTextOut"}',
            ['{"OutputFormat":', '    "org.apache.HiveIgnoreKeyTextOut"}'],
            id="no string that fits into a line",
        ),
        pytest.param(
            "if this_is_so and that_is_so_too and more:\n    pass",
            ["if this_is_so and that_is_so_too and \\", "        more:", "    pass"],
            id="what leads to a block further in than the block",
        ),
        pytest.param(
            '    """What is said, of it all, at some length."""',
            ['    """What is said, of it all, at some', '    length."""'],
            id="a docstring as prose",
        ),
        pytest.param(
            "    # What is said of it all at some length.",
            ["    # What is said of it all at some", "    # length."],
            id="a comment as a comment",
        ),
    ],
)
def test_code_is_broken_where_a_person_would_break_it(wide: str, drawn: list[str]) -> None:
    assert on_a_terminal(lambda console: print_code(console, wide), width=40).splitlines() == drawn


def test_the_code_of_labs_is_python_as_a_terminal_shows_it_too(coach: Coach) -> None:
    files = sorted(path for lab in coach.library.labs.values() for path in lab.folder.glob("steps*.py"))[::5]

    drawn = [on_a_terminal(partial(print_code, code=path.read_text(encoding="utf-8"))) for path in files]

    assert len([ast.parse(code) for code in drawn]) > 5


@pytest.mark.parametrize("has_colour", [True, False])
def test_what_takes_a_while_is_said_on_every_terminal_and_in_no_pipe(has_colour: bool) -> None:  # noqa: FBT001
    screen, pipe = Screen(), io.StringIO()

    for file in (screen, pipe):
        with working(Console(file=file, force_terminal=has_colour and file is screen), "Looking …"):
            pass

    assert "Looking …" in screen.getvalue()
    assert pipe.getvalue() == ""


def test_the_next_step_is_named_on_a_terminal_without_colour_too(coach: Coach) -> None:
    lab = coach.library.lab(LAB)
    screen = Screen()

    print_labs(Console(file=screen, width=80, force_terminal=False), [lab], [])
    print_lab(Console(file=screen, width=80, force_terminal=False), lab, "")

    assert "mlacoach lab show LAB" in screen.getvalue()
    assert f"mlacoach lab start {LAB}" in screen.getvalue()
    assert "Skills: MLA-C01 1.1.K4, 1.1.S2, 1.1.S6" in screen.getvalue()


@pytest.mark.parametrize("width", [40, 80])
def test_the_list_and_a_lab_fit_the_width_of_the_terminal(coach: Coach, width: int) -> None:
    lab = coach.library.lab(LAB)
    readme = (lab.folder / "README.md").read_text(encoding="utf-8")

    listed = on_a_terminal(lambda console: print_labs(console, [lab], [LAB]), width)
    text = on_a_terminal(lambda console: print_lab(console, lab, readme), width)

    assert f"{LAB}: Build a small data lake in\nAmazon S3 (45 min, done)" in listed or width == 80
    assert max(len(line.rstrip()) for line in (listed + text).splitlines()) <= width
    assert "10. Register the partition" in text
    assert "The sandbox differs:" in text
    assert text.count("Build a small data lake") == 1
    # The author broke the line after "short name", at 120 columns.
    assert not re.search(r"a short name *\n", text)


def test_a_solution_runs_as_it_is_printed(coach: Coach, capsys: pytest.CaptureFixture[str]) -> None:
    for lab in coach.library.labs.values():
        code = load_lab_code(lab.folder)
        module: dict[str, object] = {"__file__": str(lab.folder / "steps.py")}

        exec(solution_of(code.steps), module)  # noqa: S102 - the lab's own

        for step in code.steps:
            unknown = set(names_of(module[step.name])) - set(module) - set(dir(builtins))
            assert not unknown, (lab.id, step.name)
    print_solution(stdout(), code.steps)
    assert capsys.readouterr().out.rstrip() == solution_of(code.steps).rstrip()


def names_of(function: Any) -> Iterator[str]:  # noqa: ANN401
    """The global names that a function and those within it load."""
    for each in dis.get_instructions(function):
        if each.opname in {"LOAD_GLOBAL", "LOAD_NAME"}:
            yield each.argval
