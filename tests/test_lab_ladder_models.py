"""The labs on models and deployment: one climb each, and before each step every wrong solution that lab.yaml names."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from mlacoach.cloud import Account, Clean, Entry, RunNames, sandbox_session, tear_down
from mlacoach.cloud.journal import may_exist
from mlacoach.content.lab_code import load_lab_code, load_wrong
from mlacoach.labs import Done, Missing, look, pumps
from mlacoach.sandbox import REGION, ROLE_ARN, Sandbox

ROOT = Path(__file__).resolve().parent.parent
LABS = (
    "ab-and-shadow-variants",
    "auto-scaling",
    "batch-transform",
    "builtin-xgboost",
    "canary-rollback",
    "experiments-lineage",
    "explainability-bias",
    "managed-spot",
    "multi-model-endpoint",
    "own-container",
    "pipeline-registry-retraining",
    "real-time-endpoint",
    "script-mode",
    "serverless-and-async",
    "tuning",
)
SESSION = sandbox_session(REGION)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch:
        # Several threads for a few hundred rows wait for each other longer than they work.
        patch.setenv("OMP_NUM_THREADS", "1")
        with Sandbox() as running:
            yield running


class Climb:
    """A lab in an account with nothing of it, and its journal."""

    def __init__(self, lab: str, sandbox: Sandbox) -> None:
        self.folder = ROOT / "labs" / lab
        self.names = RunNames(lab, uuid4().hex)
        self.journal: list[Entry] = []
        self.url = sandbox.url
        self.aws = Account(SESSION, self.names, self.journal.append, self.url, ROLE_ARN)

    def tear_down(self, entries: list[Entry]) -> object:
        return tear_down(SESSION, self.names, entries, self.journal.append, self.url)

    def undo_since(self, place: int) -> None:
        """Take away what was made since then; what was there before stays, changed or not."""
        there = set(may_exist(self.journal[:place]))
        self.tear_down([entry for entry in self.journal[place:] if entry.resource not in there])


def climb_past_wrong_solutions(lab: str, sandbox: Sandbox) -> None:
    """Before each step every wrong solution is planted, seen and taken away; then the step is done, and seen."""
    climb = Climb(lab, sandbox)
    code, plants = load_lab_code(climb.folder), load_wrong(climb.folder)
    wrong = yaml.safe_load((climb.folder / "lab.yaml").read_text(encoding="utf-8"))["wrong"]
    assert list(wrong) == [step.name for step in code.steps]
    if code.given:
        code.given(climb.aws)

    for step in code.steps:
        for each in wrong[step.name]:
            place = len(climb.journal)
            plants[each["do"]](climb.aws)
            outcome = look(step, climb.aws)
            assert isinstance(outcome, Missing), f"{step.name} after {each['do']}: {outcome.sentence}"
            assert each["says"] in outcome.missing
            assert outcome.hint
            climb.undo_since(place)
        step.do(climb.aws)
        outcome = look(step, climb.aws)
        assert isinstance(outcome, Done), outcome.sentence

    assert isinstance(climb.tear_down(list(climb.journal)), Clean)
    assert climb.tear_down(list(climb.journal)) == Clean(())


def check_the_help(lab: str) -> None:
    """Each step has a hint, the lab asks twice at least, and each wrong solution is named once."""
    folder = ROOT / "labs" / lab
    facts = yaml.safe_load((folder / "lab.yaml").read_text(encoding="utf-8"))
    steps = [step.name for step in load_lab_code(folder).steps]

    assert list(facts["hints"]) == steps
    assert sum(len(asked) for asked in facts["questions"].values()) >= 2
    assert set(facts["questions"]) <= set(steps)
    assert sorted(load_wrong(folder)) == sorted(each["do"] for wrongs in facts["wrong"].values() for each in wrongs)


@pytest.mark.parametrize("lab", LABS)
def test_a_wrong_solution_is_not_taken_for_done_and_the_right_one_is(lab: str, sandbox: Sandbox) -> None:
    climb_past_wrong_solutions(lab, sandbox)


@pytest.mark.parametrize("lab", LABS)
def test_each_step_has_a_hint_and_the_lab_asks_twice_at_least(lab: str) -> None:
    check_the_help(lab)


def test_the_pumps_are_the_same_on_every_computer() -> None:
    assert pumps.training_rows()[0] == (1, 66.59, 2.94, 4.44, 1368.86, 64.25)
    assert pumps.training_rows() == pumps.rows(pumps.TRAINING, pumps.SEED)
    assert set(pumps.training_rows()).isdisjoint(pumps.test_rows())


def test_failures_are_rare_and_follow_from_what_the_sensors_say() -> None:
    table = pumps.training_rows()
    shaking = [row[0] for row in table if row[2] > 4.5]

    assert 0.1 < sum(row[0] for row in table) / len(table) < 0.25
    assert sum(shaking) / len(shaking) > 0.4
