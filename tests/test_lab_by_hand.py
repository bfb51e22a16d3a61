"""A lab done by hand: the work folder, the learner's own tools, checks, hints, the end of it."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlacoach.cloud import sandbox_session
from mlacoach.cloud.journaling import CallRefused
from mlacoach.coach import Coach
from mlacoach.coach import sandbox as own_sandbox
from mlacoach.coach.lab import Event, How, Kept, by_hand, clean, done_labs, places, run_lab, settle
from mlacoach.coach.lab.folder import fill, write_notebook
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.places import lasting_sandbox
from mlacoach.content import Library
from mlacoach.content.lab_code import load_lab_code
from mlacoach.errors import LabNotClean, MlacoachError, TryAgain, UnknownId, UsageFault
from mlacoach.labs import Done, Missing
from mlacoach.sandbox import REGION
from mlacoach.store import MEMORY, Store
from mlacoach.store.lab_runs import LabRunRow
from mlacoach.store.rows import new_id
from tests.conftest import Clock
from tests.program import Program

LAB = "s3-data-lake"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home whose sandbox runs, for all tests of this file."""
    home = tmp_path_factory.mktemp("home")
    own_sandbox.start(home, Clock().now, idle_hours=1)
    yield home
    own_sandbox.stop(home)


@pytest.fixture
def coach(running: Path, library: Library, clock: Clock) -> Iterator[Coach]:
    store = Store(MEMORY, clock())
    coach = Coach(store, library, clock, Random(1), running)
    yield coach
    clean(coach)
    store.close()


def write_step(folder: Path, name: str, body: str) -> None:
    path = folder / "steps.py"
    head, found, rest = path.read_text(encoding="utf-8").partition(f"def {name}(aws):\n")
    assert found
    path.write_text(head + found + rest.replace("raise NotImplementedError", body, 1), encoding="utf-8")


MAKE = 'aws.client("s3").create_bucket(Bucket=aws.name("raw"))'


def test_a_work_folder_holds_the_task_the_data_and_empty_steps(coach: Coach, tmp_path: Path) -> None:
    handed = by_hand.start(coach, LAB, tmp_path / "work")

    assert {path.name for path in handed.folder.iterdir()} == {"README.md", "data", "steps.py"}
    text = (handed.folder / "steps.py").read_text(encoding="utf-8")
    assert text.count("raise NotImplementedError") == 10
    assert "create_bucket" not in text
    assert handed.prefix in text


def test_a_folder_that_holds_something_is_left_alone(coach: Coach, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")

    with pytest.raises(UsageFault, match="is there already"):
        by_hand.start(coach, LAB, tmp_path)

    assert settle(coach) == []


def test_a_lab_that_is_started_is_gone_on_with(coach: Coach, tmp_path: Path) -> None:
    first = by_hand.start(coach, LAB, tmp_path / "work")

    again = by_hand.start(coach, LAB, tmp_path / "other")

    assert (again.is_new, again.prefix, again.folder) == (False, first.prefix, first.folder.resolve())


def test_the_learners_own_step_is_run_and_checked(coach: Coach, tmp_path: Path) -> None:
    folder = by_hand.start(coach, LAB, tmp_path / "work").folder
    with pytest.raises(UsageFault, match="make_the_bucket is still empty"):
        by_hand.do(coach, LAB, [])
    write_step(folder, "make_the_bucket", MAKE)

    [outcome] = by_hand.do(coach, LAB, [])
    standing = by_hand.check(coach, LAB)

    assert isinstance(outcome, Done)
    assert [type(each).__name__ for each in standing.outcomes] == ["Done", "Missing", *["Waiting"] * 8]
    # One of 15 by weight.
    assert standing.score == 7


def test_a_mistake_in_the_learners_step_is_named_with_its_line(coach: Coach, tmp_path: Path) -> None:
    folder = by_hand.start(coach, LAB, tmp_path / "work").folder
    write_step(folder, "make_the_bucket", "1 / 0")

    with pytest.raises(MlacoachError, match=r"steps\.py:\d+: ZeroDivisionError"):
        by_hand.do(coach, LAB, ["make-the-bucket"])
    with pytest.raises(UnknownId, match="no step called 'make_it'"):
        by_hand.do(coach, LAB, ["make_it"])


def test_a_step_done_wrong_is_not_done(coach: Coach, tmp_path: Path) -> None:
    folder = by_hand.start(coach, LAB, tmp_path / "work").folder
    write_step(folder, "make_the_bucket", 'aws.client("s3").create_bucket(Bucket=aws.name("other"))')

    [outcome] = by_hand.do(coach, LAB, [])

    assert isinstance(outcome, Missing)


def test_hints_go_from_a_nudge_to_the_solution_which_costs_half_of_the_step(coach: Coach, tmp_path: Path) -> None:
    by_hand.start(coach, LAB, tmp_path / "work")

    given = [by_hand.hint(coach, None) for _ in range(4)]

    assert [each.level for each in given] == ["nudge", "page", "solution", "solution"]
    assert given[2].text.startswith("def make_the_bucket(aws):")
    hand = by_hand.at_hand(coach, LAB)
    hand.account.client("s3").create_bucket(Bucket=hand.account.name("raw"))
    standing = by_hand.check(coach, LAB)
    assert (standing.score, standing.shown, standing.open_step) == (3, 1, "block_public_access")


def test_all_steps_done_make_the_lab_done(coach: Coach, tmp_path: Path) -> None:
    by_hand.start(coach, LAB, tmp_path / "work")
    hand = by_hand.at_hand(coach, None)
    for step in hand.code.steps:
        step.do(hand.account)

    standing = by_hand.check(coach, None)

    assert standing.is_done
    assert standing.score == 100
    assert done_labs(coach) == [LAB]
    with pytest.raises(UsageFault, match="Every step"):
        by_hand.hint(coach, LAB)


def test_a_lab_that_was_cleaned_is_started_anew_in_the_folder_of_before(coach: Coach, tmp_path: Path) -> None:
    first = by_hand.start(coach, LAB, tmp_path / "work")
    write_step(first.folder, "make_the_bucket", MAKE)
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "steps.py").write_text("mine")
    by_hand.reset(coach, LAB)

    again = by_hand.start(coach, LAB, first.folder)

    written = (again.folder / "steps.py").read_text(encoding="utf-8")
    assert (again.is_new, again.is_kept) == (True, True)
    assert MAKE in written
    assert again.prefix in written
    assert first.prefix not in written
    by_hand.reset(coach, LAB)
    with pytest.raises(UsageFault, match="is there already"):
        by_hand.start(coach, LAB, tmp_path / "else")


def test_what_the_learners_own_tools_made_is_taken_away_too(coach: Coach, tmp_path: Path) -> None:
    by_hand.start(coach, LAB, tmp_path / "work")
    hand = by_hand.at_hand(coach, LAB)
    hand.place.session.client("s3", endpoint_url=hand.place.endpoint).create_bucket(
        Bucket=hand.log.names.name("by-hand")
    )

    [settled] = clean(coach, LAB)

    assert (settled.state, settled.because) == ("clean", "1 thing was made, and it is gone.")
    with pytest.raises(UsageFault, match="The lab s3-data-lake is not started"):
        by_hand.check(coach, LAB)


def test_a_sandbox_that_cannot_be_looked_through_is_not_called_clean(
    coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_hand.start(coach, LAB, tmp_path / "work")
    hand = by_hand.at_hand(coach, LAB)
    bucket = hand.log.names.name("by-hand")
    hand.place.session.client("s3", endpoint_url=hand.place.endpoint).create_bucket(Bucket=bucket)

    with monkeypatch.context() as broken:
        broken.setattr(places, "sandbox_session", refusing("glue.GetDatabases"))
        [settled] = clean(coach, LAB)

    assert settled.state == "dirty"
    assert "could not look at every glue-database" in settled.because
    assert ("verified", bucket) in {(entry.mark, entry.resource.name) for entry in hand.log.entries()}
    assert [again.state for again in clean(coach, LAB)] == ["clean"]


def refusing(operation: str) -> Callable[..., Any]:
    """Sessions of the sandbox in which one operation fails."""

    def strike(**_: object) -> None:
        raise ClientError({"Error": {"Code": "InternalFailure", "Message": "as the test wants"}}, operation)  # type: ignore[no-untyped-call]

    def session(*given: Any) -> Any:  # noqa: ANN401 - a session of boto3
        made = sandbox_session(*given)
        made.events.register_first(f"before-call.{operation}", strike)
        return made

    return session


def test_a_start_that_was_killed_is_taken_away_and_begun_anew(coach: Coach, tmp_path: Path) -> None:
    row = LabRunRow(new_id(coach.now()), coach.now(), LAB, "0", "sandbox", "123456789012", REGION, None)
    coach.store.lab_runs.begin(row)
    log = RunLog(coach, row)
    log.add("terms", mode="by-hand", usd_per_hour="0", usd_per_run="0", expires="")
    lasting_sandbox(coach, log)

    with pytest.raises(UsageFault, match="has no work folder"):
        by_hand.do(coach, LAB, [])
    handed = by_hand.start(coach, LAB, tmp_path / "work")

    assert handed.is_new
    assert handed.prefix != log.names.prefix
    assert (handed.folder / "steps.py").exists()
    assert verdict_of(coach, row.id) == "clean"


def test_a_run_that_was_kept_is_gone_on_with_by_hand_in_a_folder_of_its_own(coach: Coach, tmp_path: Path) -> None:
    row = run_lab(coach, LAB, lambda _event: None, How(keep=True))

    handed = by_hand.start(coach, LAB, tmp_path / "work")

    assert not handed.is_new
    assert handed.prefix == RunLog(coach, row).names.prefix
    assert (handed.folder / "steps.py").exists()


def test_a_folder_that_could_not_be_filled_is_in_nobodys_way(coach: Coach, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    lab = coach.library.lab(LAB)
    with pytest.raises(TryAgain):
        fill(tmp_path / "work", dataclasses.replace(lab, folder=tmp_path / "none"), load_lab_code(lab.folder), "p-")

    assert not (tmp_path / "work").exists()


def verdict_of(coach: Coach, run: str) -> str:
    return next(event.data["verdict"] for event in coach.store.lab_runs.events(run) if event.kind == "verdict")


def test_a_check_may_use_what_the_learners_own_tools_made_and_nothing_else(coach: Coach, tmp_path: Path) -> None:
    by_hand.start(coach, LAB, tmp_path / "work")
    hand = by_hand.at_hand(coach, LAB)
    theirs = hand.place.session.client("s3", endpoint_url=hand.place.endpoint)
    theirs.create_bucket(Bucket=hand.account.name("raw"))
    theirs.create_bucket(Bucket="somebody-elses")

    hand.account.client("s3").put_object(Bucket=hand.account.name("raw"), Key="probe", Body=b"1")

    with pytest.raises(CallRefused, match="did not make"):
        hand.account.client("s3").put_object(Bucket="somebody-elses", Key="probe", Body=b"1")
    with pytest.raises(CallRefused, match="did not make"):
        hand.account.client("s3").put_object(Bucket=hand.account.name("none"), Key="probe", Body=b"1")
    assert [str(each.resource) for each in hand.log.entries()] == [f"s3-bucket {hand.account.name('raw')}"]
    [settled] = clean(coach, LAB)
    assert (settled.state, settled.because) == ("clean", "1 thing was made, and it is gone.")


def test_a_run_may_be_kept_looked_at_and_taken_away_later(coach: Coach) -> None:
    seen: list[Event] = []

    row = run_lab(coach, LAB, seen.append, How(keep=True))

    assert seen[-1] == Kept(row)
    assert [settled.state for settled in settle(coach)] == ["alive"]
    assert by_hand.check(coach, LAB).is_done
    by_hand.reset(coach, LAB)
    assert settle(coach) == []


def test_a_sandbox_that_was_started_anew_holds_nothing_of_the_run(
    library: Library, clock: Clock, tmp_path: Path
) -> None:
    store = Store(MEMORY, clock())
    coach = Coach(store, library, clock, Random(1), tmp_path / "another-home")
    by_hand.start(coach, LAB, tmp_path / "work")
    own_sandbox.stop(coach.home)

    with pytest.raises(UsageFault, match="Your sandbox has ended, and with it all that s3-data-lake had made"):
        by_hand.check(coach, LAB)
    assert [settled.state for settled in settle(coach)] == ["clean"]
    store.close()


def test_what_cannot_be_taken_away_is_listed_and_stays_open(coach: Coach, tmp_path: Path) -> None:
    by_hand.start(coach, LAB, tmp_path / "work")
    hand = by_hand.at_hand(coach, LAB)
    hand.log.add("intent", service="s3", operation="CreateBucket", kind="s3-bucket", name="not-ours")

    [settled] = clean(coach, LAB)

    assert settled.state == "dirty"
    assert "s3-bucket not-ours" in settled.because
    with pytest.raises(LabNotClean, match="One run is not clean"):
        by_hand.reset(coach, LAB)
    with hand.log.held(), pytest.raises(TryAgain, match="running in another window"):
        by_hand.reset(coach, LAB)
    hand.log.add("verified", service="s3", operation="teardown", kind="s3-bucket", name="not-ours")
    assert [again.state for again in clean(coach)] == ["clean"]
    assert LabNotClean.exit_code == 4


def test_the_notebook_runs_from_top_to_bottom(coach: Coach, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_hand.start(coach, LAB, tmp_path / "work")
    lab, code = coach.library.lab(LAB), load_lab_code(coach.library.lab(LAB).folder)
    write_notebook(tmp_path / "lab.ipynb", lab, code)
    book = json.loads((tmp_path / "lab.ipynb").read_text(encoding="utf-8"))
    sources = [cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"]

    assert sources[0].startswith("from mlacoach.cli.lab_account import account")
    assert sources[-1] == f"!mlacoach lab check {LAB}"
    monkeypatch.chdir(tmp_path)
    names = {"aws": by_hand.at_hand(coach, LAB).account}
    for source in sources[1:-1]:
        exec(compile(source, "cell", "exec"), names)  # noqa: S102 - this is what a notebook does
    assert by_hand.check(coach, LAB).is_done
    with pytest.raises(UsageFault, match="is there already"):
        write_notebook(tmp_path / "lab.ipynb", lab, code)


# --- through the command ---


def test_a_lab_goes_from_start_to_clean_by_commands(
    running: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    program = Program(running)
    program.run("lab", "start", LAB)
    write_step(tmp_path / LAB, "make_the_bucket", MAKE)

    assert program.run("lab", "do", LAB).out.startswith("Done: A bucket of your own")
    assert "Next: block_public_access. Help: mlacoach lab hint s3-data-lake" in program.run("lab", "check").out
    checked = program.run("lab", "check", "--json").json
    assert (checked["schema"], checked["done"]) == ("mlacoach.lab-check", 1)
    hinted = program.run("lab", "hint", "--json").json
    assert (hinted["step"], hinted["level"]) == ("block_public_access", "nudge")
    assert "def block_public_access" in program.run("lab", "solution", LAB, "block_public_access").out
    assert program.run("lab", "status", "--json").json["runs"][0]["state"] == "alive"
    assert "1 thing was made, and it is gone." in program.run("lab", "clean", "--all").out
    assert "Nothing of s3-data-lake is left" in program.run("lab", "reset", LAB).out
