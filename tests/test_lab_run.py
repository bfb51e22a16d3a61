"""A whole run, as the learner has it: walked through, logged, torn down; and what is said about it afterwards."""

import dataclasses
import os
import signal
import sys
from pathlib import Path

import pytest

from mlacoach.cloud import Mark
from mlacoach.coach import Coach
from mlacoach.coach.lab import (
    Asking,
    Checked,
    Ending,
    Event,
    Finished,
    How,
    Starting,
    StepShown,
    TornDown,
    done_labs,
    history,
    list_labs,
    run_lab,
    settle,
    unfinished_runs,
)
from mlacoach.errors import LabNotClean, MlacoachError, UnknownId, UsageFault
from mlacoach.labs import Done, Missing, Step
from mlacoach.sandbox.client import own_key
from mlacoach.screen.console import stdout
from mlacoach.screen.lab_walk import Walk
from mlacoach.screen.labs import print_lab
from mlacoach.store.database import locked
from mlacoach.store.lab_runs import LabRunRow
from tests.program import Finished as Left
from tests.program import Program

LAB = "s3-data-lake"
ROOT = Path(__file__).resolve().parent.parent

SMALL = {
    "README.md": "# Small\n\n## 1. Make it\n\nMake it stand.\n",
    "check.py": """
from mlacoach.labs import NotYet

def make_it(aws):
    "It stands."
    if aws.find("s3", "head_bucket", Bucket=aws.name("raw")) is None:
        raise NotYet("It does not stand.", hint="Make it.")
""",
    "steps.py": """
def make_it(aws):
    aws.client("s3").create_bucket(Bucket=aws.name("raw"))
""",
}


def kinds(coach: Coach, run: str) -> list[str]:
    return [event.kind for event in coach.store.lab_runs.events(run)]


def last_run(coach: Coach) -> LabRunRow:
    return coach.store.lab_runs.all()[-1]


def verdict(coach: Coach) -> str:
    [*_, last] = [e for e in coach.store.lab_runs.events(last_run(coach).id) if e.kind == "verdict"]
    return last.data["verdict"]


@pytest.fixture
def small(coach: Coach, tmp_path: Path) -> Path:
    """A lab of one step beside the real ones."""
    folder = tmp_path / "small"
    folder.mkdir()
    for name, text in SMALL.items():
        (folder / name).write_text(text, encoding="utf-8")
    facts = dataclasses.replace(coach.library.labs[LAB], id="small", folder=folder)
    coach.library.labs["small"] = facts
    return folder


@pytest.fixture(autouse=True)
def _own_labs(coach: Coach, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coach.library, "labs", dict(coach.library.labs))


def test_a_run_walks_through_every_step_and_ends_clean(coach: Coach) -> None:
    seen: list[Event] = []

    row = run_lab(coach, LAB, seen.append)

    shown = [event for event in seen if isinstance(event, StepShown)]
    steps = [type(event) for event in seen if not isinstance(event, Asking)]
    assert steps == [Starting, *[StepShown, Checked] * 10, Finished, Ending, TornDown]
    assert all(isinstance(event.outcome, Done) for event in seen if isinstance(event, Checked))
    assert shown[0].step.code.startswith("def make_the_bucket(aws):")
    assert kinds(coach, row.id)[-1] == "verdict"
    assert kinds(coach, row.id).count("step-done") == 10
    assert verdict(coach) == "clean"
    assert done_labs(coach) == [LAB]
    assert unfinished_runs(coach) == []
    assert list((coach.home / "lab-runs").iterdir()) == []

    asked = [event.question.options for event in seen if isinstance(event, Asking)]
    questions = coach.library.lab(LAB).questions
    written = [question.options for step in shown for question in questions.get(step.step.name, ())]
    assert [set(options) for options in asked] == [set(options) for options in written]
    assert asked != written, "the right one must not always stand where it was written"


def test_the_journal_is_in_the_store_in_order(coach: Coach, small: Path) -> None:
    row = run_lab(coach, "small", lambda _event: None)

    marks = [kind for kind in kinds(coach, row.id) if kind in set(Mark)]
    assert marks == ["intent", "done", "deleted", "verified"]
    assert small.is_dir()
    logged = " ".join(str(event.data) for event in coach.store.lab_runs.events(row.id))
    assert own_key() not in logged


def test_there_is_no_lab_of_another_name(coach: Coach) -> None:
    with pytest.raises(UnknownId, match="There is no lab called 's3-data-lak'") as caught:
        run_lab(coach, "s3-data-lak", lambda _event: None)

    assert LAB in caught.value.try_this
    assert LAB in [lab.id for lab in list_labs(coach)]


@pytest.mark.parametrize("error", [KeyboardInterrupt, BrokenPipeError])
def test_whoever_interrupts_a_run_leaves_it_torn_down(coach: Coach, error: type[BaseException]) -> None:
    def leave(event: Event) -> None:
        if isinstance(event, StepShown) and event.number == 3:
            raise error

    with pytest.raises(error):
        run_lab(coach, LAB, leave)

    assert verdict(coach) == "clean"
    assert kinds(coach, last_run(coach).id).count("verified") == 1
    assert done_labs(coach) == []


@pytest.mark.usefixtures("small")
def test_a_step_that_fails_is_torn_down_and_said(coach: Coach, small: Path) -> None:
    (small / "steps.py").write_text(SMALL["steps.py"] + "    raise ZeroDivisionError\n", encoding="utf-8")

    with pytest.raises(ZeroDivisionError):
        run_lab(coach, "small", lambda _event: None)

    assert verdict(coach) == "clean"


def test_a_step_whose_check_does_not_pass_is_a_fault_of_the_lab(coach: Coach, small: Path) -> None:
    (small / "steps.py").write_text("def make_it(aws): pass\n", encoding="utf-8")

    with pytest.raises(MlacoachError, match=r"make_it ran, but its check does not pass\. Not yet: It does not stand"):
        run_lab(coach, "small", lambda _event: None)

    assert verdict(coach) == "clean"
    assert done_labs(coach) == []


def test_what_a_lab_is_given_is_made_first_and_torn_down_too(coach: Coach, small: Path) -> None:
    given = 'def given(aws): aws.client("s3").create_bucket(Bucket=aws.name("given"))'
    (small / "given.py").write_text(given, encoding="utf-8")
    seen: list[Event] = []

    run_lab(coach, "small", seen.append)

    assert isinstance(seen[-1], TornDown)
    assert [resource.name.rpartition("-")[2] for resource in seen[-1].gone] == ["raw", "given"]


def test_what_is_left_is_listed_and_the_exit_code_is_4(coach: Coach, small: Path) -> None:
    def tamper(event: Event) -> None:
        if isinstance(event, Checked):
            data = {"service": "s3", "operation": "CreateBucket", "kind": "s3-bucket", "name": "not-ours"}
            coach.store.lab_runs.add(last_run(coach).id, Mark.INTENT, data, coach.now())

    with pytest.raises(LabNotClean, match="s3-bucket not-ours: its name does not carry the run") as caught:
        run_lab(coach, "small", tamper)

    assert caught.value.exit_code == 4
    assert verdict(coach) == "dirty"
    assert small.is_dir()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_run_whose_sandbox_died_is_clean_by_nature(coach: Coach, small: Path) -> None:
    def kill_the_sandbox(event: Event) -> None:
        if isinstance(event, Checked):
            [ready] = [e for e in coach.store.lab_runs.events(last_run(coach).id) if e.kind == "sandbox-ready"]
            os.kill(int(ready.data["pid"]), signal.SIGKILL)

    run_lab(coach, "small", kill_the_sandbox)

    assert verdict(coach) == "clean"
    assert small.is_dir()


def abandoned(coach: Coach, **changes: object) -> LabRunRow:
    row = LabRunRow("0" * 28, coach.now(), LAB, "0", "sandbox", "123456789012", "us-east-1", None)
    row = dataclasses.replace(row, **changes)  # type: ignore[arg-type]
    coach.store.lab_runs.begin(row)
    return row


def test_a_run_that_was_killed_is_said_to_be_clean_once_and_logged(coach: Coach) -> None:
    row = abandoned(coach)

    [settled] = settle(coach)

    assert (settled.run, settled.state) == (row, "clean")
    assert "its sandbox with it: nothing is left" in settled.because
    assert settle(coach) == []
    assert unfinished_runs(coach) == []
    assert [old.because for old in history(coach)] == [settled.because]


def test_a_run_in_another_window_is_left_alone(coach: Coach) -> None:
    row = abandoned(coach)
    folder = coach.home / "lab-runs"
    folder.mkdir(parents=True)

    with locked(folder / f"{row.id}.lock"):
        assert [(run.run, run.state) for run in settle(coach)] == [(row, "running")]
        assert unfinished_runs(coach) == [row]

    assert unfinished_runs(coach) == []


def test_a_run_on_a_real_account_is_never_clean_by_nature(coach: Coach) -> None:
    row = abandoned(coach, target="aws")

    assert unfinished_runs(coach) == [row]


def test_two_runs_at_once_are_two(coach: Coach, small: Path) -> None:
    inner: list[Event] = []

    def run_another(event: Event) -> None:
        if isinstance(event, StepShown) and not inner:
            run_lab(coach, "small", inner.append)

    outer = run_lab(coach, "small", run_another)

    assert isinstance(inner[-1], TornDown)
    assert {run.state for run in history(coach)} == {"clean"}
    assert kinds(coach, outer.id).count("verified") == 1
    assert small.is_dir()


# --- what is drawn ---


@pytest.mark.parametrize("text", ["s3[0] [/bold] :smile: [red]", "\\[x]", "[link=x]"])
def test_content_is_never_taken_for_markup(text: str, coach: Coach, capsys: pytest.CaptureFixture[str]) -> None:
    step = Step("odd", text, lambda _aws: None, lambda _aws: None, f"def odd(aws):  # {text}\n")
    lab = dataclasses.replace(coach.library.lab(LAB), title=text, summary=text, sandbox_differs=(text,))
    walk = Walk(stdout(), stdout(), lambda _number: None)

    print_lab(stdout(), lab, text)
    for event in (StepShown(1, 1, step), Checked(Missing(step, text, text))):
        walk(event)

    assert capsys.readouterr().out.count(text) == 8


# --- through the command ---


def mlacoach(*words: str, code: int = 0, **env: str) -> Left:
    return Program(Path(os.environ["MLACOACH_HOME"])).run(*words, code=code, env=env)


def test_lab_run_works_in_a_pipe_without_a_question(home: Path) -> None:
    ran = mlacoach("lab", "run", LAB, COLUMNS="40", NO_COLOR="1", TERM="dumb")

    assert "\x1b" not in ran.out + ran.err
    assert ran.out.count("Done: ") == 10
    assert '    aws.client("s3").create_bucket(Bucket=aws.name("raw"))\n' in ran.out
    assert ran.out.endswith("is gone.\n")
    assert "Starting a local AWS" in ran.err
    assert home.is_dir()

    status = mlacoach("lab", "status", "--json").json
    assert (status["schema"], status["done"], status["runs"][0]["state"]) == ("mlacoach.lab-status", [LAB], "clean")
    labs = mlacoach("lab", "list", "--json").json["labs"]
    assert {lab["id"]: lab["done"] for lab in labs}[LAB] is True
    assert list((ROOT / "labs" / LAB).glob("__pycache__")) == []


def test_an_unknown_lab_is_a_usage_fault_that_names_the_nearest() -> None:
    ran = mlacoach("lab", "clean", "s3-data-lak", code=2)

    assert f"Did you mean {LAB}" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("asked", [("--domain", "9"), ("--exam", "MLA-C99"), ("--minutes", "0"), ("--usd", "-1")])
def test_a_list_of_what_cannot_be_is_a_usage_fault(asked: tuple[str, str]) -> None:
    assert mlacoach("lab", "list", *asked, code=2).out == ""


def test_prices_of_a_region_that_aws_was_not_asked_for_are_not_passed_off_as_its_own() -> None:
    ran = mlacoach("lab", "prices", "--region", "eu-west-1")

    assert ran.out.startswith("us-east-1, read on")
    assert "mlacoach lab prices --refresh --region eu-west-1" in ran.err


def test_lab_alone_shows_its_commands() -> None:
    text = mlacoach("lab", code=2)

    for command in ("list", "show", "run", "status", "clean"):
        assert command in text.out + text.err


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminal")
def test_on_a_terminal_each_step_waits_for_enter_and_ctrl_c_tears_down() -> None:
    import pexpect  # noqa: PLC0415 - not on Windows

    child = pexpect.spawn(sys.executable, ["-m", "mlacoach", "lab", "run", LAB], dimensions=(24, 40), timeout=120)
    child.expect("Enter to run step 1")
    child.sendline("")
    child.expect("Done: ")
    child.expect("Enter to run step 2")
    child.sendintr()
    child.expect("Torn down")
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 130
    assert mlacoach("lab", "status", "--json").json["runs"][0]["state"] == "clean"


def test_without_the_sdk_its_way_says_what_to_install_and_nothing_begins(coach: Coach) -> None:
    with pytest.raises(MlacoachError, match="needs the SageMaker Python SDK 3; it is not installed") as raised:
        run_lab(coach, "builtin-xgboost", lambda _: None, How(sdk=True))
    with pytest.raises(UsageFault, match="no way with the SageMaker Python SDK") as refused:
        run_lab(coach, LAB, lambda _: None, How(sdk=True))

    assert "pip install 'mlacoach[labs,sdk]'" in raised.value.try_this
    assert "builtin-xgboost" in refused.value.try_this
    assert coach.store.lab_runs.all() == []
