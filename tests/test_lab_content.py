"""What lab.yaml says of steps is about steps that exist; the wrong solutions that it names are not taken for done."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from mlacoach.cloud import Account, Entry, RunNames, sandbox_session
from mlacoach.content import load
from mlacoach.content.lab_code import load_lab_code, load_wrong
from mlacoach.curriculum.labs import LabFacts, Wrong
from mlacoach.labs import Done, Missing, look
from mlacoach.sandbox import REGION, ROLE_ARN, Sandbox

ROOT = Path(__file__).resolve().parent.parent
LABS = load([ROOT]).library.labs
PLANTS = [(lab, step, wrong) for lab in LABS.values() for step, wrongs in lab.wrong.items() for wrong in wrongs]
# A session reads the services' models once, which takes longer than a whole lab.
SESSION = sandbox_session(REGION)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize("lab", LABS.values(), ids=lambda lab: lab.id)
def test_what_is_said_of_steps_is_about_steps_of_the_lab(lab: LabFacts) -> None:
    steps = {step.name for step in load_lab_code(lab.folder).steps}

    for said in (lab.hints, lab.questions, lab.weights, lab.wrong):
        assert set(said) <= steps


@pytest.mark.parametrize("lab", LABS.values(), ids=lambda lab: lab.id)
def test_every_wrong_solution_is_named_once_and_exists(lab: LabFacts) -> None:
    named = [wrong.do for wrongs in lab.wrong.values() for wrong in wrongs]

    assert sorted(named) == sorted(load_wrong(lab.folder))


@pytest.mark.parametrize(
    ("lab", "step", "wrong"), PLANTS, ids=lambda part: getattr(part, "id", getattr(part, "do", part))
)
def test_a_wrong_solution_is_not_taken_for_done(lab: LabFacts, step: str, wrong: Wrong, sandbox: Sandbox) -> None:
    code, journal = load_lab_code(lab.folder), list[Entry]()
    aws = Account(SESSION, RunNames(lab.id, uuid4().hex), journal.append, sandbox.url, ROLE_ARN)
    names = [each.name for each in code.steps]
    if code.given:
        code.given(aws)
    for earlier in code.steps[: names.index(step)]:
        earlier.do(aws)
        assert isinstance(look(earlier, aws), Done)

    load_wrong(lab.folder)[wrong.do](aws)

    outcome = look(code.steps[names.index(step)], aws)
    assert isinstance(outcome, Missing), outcome.sentence
    assert wrong.says in outcome.missing
