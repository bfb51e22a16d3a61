"""One climb of a lab: all its checks after every step, and wrong solutions before each, planted and taken away."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml

from mlacoach.cloud import Account, Clean, Entry, RunNames, sandbox_session, tear_down
from mlacoach.cloud.journal import may_exist
from mlacoach.cloud.recording import Recorder
from mlacoach.content.lab_code import load_lab_code, load_wrong
from mlacoach.labs import LabCode, Missing, Outcome, Shown, Step, look
from mlacoach.sandbox import REGION, ROLE_ARN, Sandbox

# A session reads the services' models once, which takes longer than a whole lab.
SESSION = sandbox_session(REGION)


@contextmanager
def quiet_sandbox() -> Iterator[Sandbox]:
    """A sandbox whose jobs use one thread: several for a few hundred rows wait for each other longer than they work."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        with Sandbox() as running:
            yield running


class Clients:
    """A session that makes each client once, for who tears down often."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str | None], Any] = {}

    def client(self, service: str, region_name: str | None = None, **how: Any) -> Any:  # noqa: ANN401
        if (service, region_name) not in self._made:
            self._made[service, region_name] = SESSION.client(service, region_name=region_name, **how)
        return self._made[service, region_name]


@dataclass
class Bench:
    """A lab, an account with nothing of it, and its journal."""

    folder: Path
    url: str
    journal: list[Entry] = field(default_factory=list)
    clients: Clients = field(default_factory=Clients)

    def __post_init__(self) -> None:
        self.names = RunNames(self.folder.name, uuid4().hex)

    @cached_property
    def code(self) -> LabCode:
        return load_lab_code(self.folder)

    @cached_property
    def aws(self) -> Account:
        return Account(SESSION, self.names, self.journal.append, self.url, ROLE_ARN)

    def tear_down(self) -> object:
        return tear_down(SESSION, self.names, list(self.journal), self.journal.append, self.url)

    def undo_since(self, place: int) -> None:
        """Take away what was made since then; what was there before stays, changed or not."""
        there = set(may_exist(self.journal[:place]))
        entries = [entry for entry in self.journal[place:] if entry.resource not in there]
        verdict = tear_down(self.clients, self.names, entries, self.journal.append, self.url)  # type: ignore[arg-type]
        assert isinstance(verdict, Clean), verdict
        del self.journal[place:]


def climb(lab: Bench, recorder: Recorder, *, every: bool) -> None:
    """Do step after step; before each, plant wrong solutions.

    Args:
        lab: in an account with nothing of it.
        recorder: notes what the steps ask for; what the wrong solutions ask for is taken out of it.
        every: plant every wrong solution that lab.yaml names, and ask all checks after every step; or plant the first
            before each step, and ask all checks at the beginning, half-way and at the end, elsewhere those beside.
    """
    steps = lab.code.steps
    if lab.code.given:
        lab.code.given(lab.aws)
    for done, step in enumerate(steps):
        must_be_done(lab, done, every=every or done in {0, len(steps) // 2})
        calls, quotas = set(recorder.calls), dict(recorder.quotas)
        for wrong in wrong_solutions(lab.folder).get(step.name, [])[: None if every else 1]:
            must_be_seen(lab, step, wrong)
        recorder.calls, recorder.quotas = calls, quotas
        shown = step.do(lab.aws)
        if isinstance(shown, Shown) and (shown.bars or shown.lines):
            assert shown.measure, f"{lab.folder.name}: nobody is told what the picture of {step.name} measures"
    must_be_done(lab, len(steps), every=True)


def must_be_done(lab: Bench, done: int, *, every: bool) -> None:
    """Exactly the checks of so many steps say that they are done, and the others what is missing.

    Args:
        lab: so far.
        done: how many steps were taken.
        every: ask every check, or the one of the last step and the next.
    """
    first, last = (0, len(lab.code.steps)) if every else (max(done - 1, 0), done + 1)
    outcomes: list[Outcome] = [look(step, lab.aws) for step in lab.code.steps[first:last]]
    sentences = "\n".join(outcome.sentence for outcome in outcomes)
    assert words(outcomes) == ["Done"] * (done - first) + ["Missing"] * (last - done), sentences


def must_be_seen(lab: Bench, step: Step, wrong: Mapping[str, str]) -> None:
    """A wrong solution is planted, seen, and taken away."""
    place = len(lab.journal)
    load_wrong(lab.folder)[wrong["do"]](lab.aws)
    outcome = look(step, lab.aws)
    assert isinstance(outcome, Missing), f"{step.name} after {wrong['do']}: {outcome.sentence}"
    assert wrong["says"] in outcome.missing, f"{step.name} after {wrong['do']}: {outcome.missing}"
    assert outcome.hint
    lab.undo_since(place)


def wrong_solutions(folder: Path) -> Mapping[str, Sequence[Mapping[str, str]]]:
    """By the names of the steps: what lab.yaml says of each."""
    facts = yaml.safe_load((folder / "lab.yaml").read_text(encoding="utf-8"))
    found: Mapping[str, Sequence[Mapping[str, str]]] = facts.get("wrong") or {}
    return found


def words(outcomes: Sequence[Outcome]) -> list[str]:
    return [type(outcome).__name__ for outcome in outcomes]
