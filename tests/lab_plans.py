"""`python -m tests.lab_plans [LAB…]`: run labs, and keep what they made and asked for as their plan.json."""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from mlacoach.cloud import Entry, Mark, Place, RunNames, sandbox_session
from mlacoach.cloud.recording import Recorder, actions_of
from mlacoach.content.lab_code import load_lab_code
from mlacoach.content.lab_plan import load_plan, write_plan
from mlacoach.labs import Done, look
from mlacoach.labs.plan import LabPlan
from mlacoach.sandbox import REGION, ROLE_ARN, Sandbox

ROOT = Path(__file__).resolve().parent.parent


def record(folder: Path, url: str) -> LabPlan:
    """Run the lab of this folder and tear it down; what it made and asked for."""
    session, code, journal = sandbox_session(REGION), load_lab_code(folder), list[Entry]()
    names = RunNames(folder.name, uuid4().hex)
    with Recorder(session) as recorder:
        place = Place(session, url, ROLE_ARN)
        aws = place.account(names, journal.append)
        if code.given:
            code.given(aws)
        for step in code.steps:
            step.do(aws)
            # All checks, as `lab check` asks them.
            outcomes = {each.name: look(each, aws) for each in code.steps}
            assert isinstance(outcomes[step.name], Done), outcomes[step.name].sentence
        place.tear_down(names, list(journal), journal.append)
    return plan_of(recorder, names, journal)


def plan_of(recorder: Recorder, names: RunNames, journal: Iterable[Entry]) -> LabPlan:
    """The plan that a recorded run amounts to."""
    return LabPlan(_made(names, journal), tuple(actions_of(recorder.calls)), recorder.quotas)


def _made(names: RunNames, journal: Iterable[Entry]) -> tuple[tuple[str, str], ...]:
    """What was meant to be made, in order, each once, without the run's prefix."""
    resources = dict.fromkeys(entry.resource for entry in journal if entry.mark is Mark.INTENT)
    return tuple((each.kind, each.name[len(names.prefix) :]) for each in resources)


def with_earlier(plan: LabPlan, earlier: LabPlan | None) -> LabPlan:
    """Keep the actions of an earlier recording: what a teardown must stop depends on how fast a machine is."""
    actions = {*plan.actions, *(earlier.actions if earlier else ())}
    return LabPlan(plan.resources, tuple(sorted(actions)), plan.quotas)


def _kept(folder: Path, url: str) -> str:
    """Record and keep; a lab that does not run keeps the others from nothing."""
    try:
        write_plan(folder, with_earlier(record(folder, url), load_plan(folder)))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the lab is shown
        return f"{type(error).__name__}: {error}"
    return "recorded"


def main() -> None:
    """Record the labs, or those without a plan."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab_plans", description=__doc__)
    parser.add_argument("labs", nargs="*", metavar="LAB")
    asked = parser.parse_args().labs
    folders = sorted(path.parent for path in ROOT.glob("labs/*/check.py"))
    with Sandbox() as sandbox:
        for folder in folders:
            if folder.name in asked or (not asked and load_plan(folder) is None):
                sys.stdout.write(f"{folder.name}: {_kept(folder, sandbox.url)}\n")


if __name__ == "__main__":
    main()
