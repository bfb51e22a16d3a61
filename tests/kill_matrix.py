"""`python -m tests.kill_matrix LAB…`: kill -9 before and after every call of a run and of its teardown, then clean.

Each point: a process runs the lab, or tears it down, with its journal in a file, and is killed at one call; another one
cleans up from the journal. Then nothing of the run may be there, and somebody else's things must be.
"""

import argparse
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import uuid4

from mlacoach.cloud import Dirty, Place, RunNames, sandbox_session
from mlacoach.coach import Coach
from mlacoach.coach.lab.log import RunLog
from mlacoach.content import Library
from mlacoach.content.lab_code import load_lab_code
from mlacoach.labs import look
from mlacoach.sandbox import REGION, ROLE_ARN, Sandbox
from mlacoach.sandbox.client import own_key
from mlacoach.store import Store
from mlacoach.store.lab_runs import LabRunRow
from tests.lab_accounts import Clients, losses, plant_foreign_things, still_there

ROOT = Path(__file__).resolve().parent.parent
RUN, CLEAN = "run", "clean"
BEFORE, AFTER = "before-send", "after-call"
MOMENTS = (BEFORE, AFTER)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
NEVER = 10**9
PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = ["boto3", "mlacoach.coach.lab", "tests.lab_accounts"]


@dataclass(frozen=True)
class Point:
    """Where to kill: in the run or in its teardown, before a call is sent or when its answer has come."""

    phase: str
    moment: str
    number: int


@dataclass(frozen=True)
class Task:
    """What a process needs to work on a run."""

    lab: str
    run: str
    home: str
    url: str
    key: str
    kill: tuple[str, int] = (BEFORE, NEVER)


@dataclass
class Tried:
    """What came of the points."""

    points: int = 0
    killed: int = 0
    leaks: list[str] = field(default_factory=list)


@contextmanager
def _opened(task: Task) -> Iterator[tuple[RunLog, Place]]:
    store = Store(Path(task.home) / "mlacoach.db", NOW)
    coach = Coach(store, Library(), lambda: NOW, Random(1), Path(task.home))
    row = LabRunRow(task.run, NOW, task.lab, "0", "sandbox", "123456789012", REGION, None)
    if task.run not in {each.id for each in store.lab_runs.all()}:
        store.lab_runs.begin(row)
    session = sandbox_session(REGION, {"AccessKeyId": task.key, "SecretAccessKey": "sandbox"})
    _count_and_kill(session, task)
    try:
        yield RunLog(coach, row), Place(session, task.url, ROLE_ARN)
    finally:
        store.close()


def _count_and_kill(session: object, task: Task) -> None:
    """Die by SIGKILL at the call; otherwise leave the number of calls in a file."""
    seen = 0
    moment, number = task.kill
    counted = Path(task.home) / "calls.json"

    def count(**_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)
        if number == NEVER:
            counted.write_text(json.dumps(seen))

    session.events.register_first(moment, count)  # type: ignore[attr-defined]


def walk(task: Task) -> None:
    """Run the lab's steps and checks, as `lab run` does."""
    code = load_lab_code(ROOT / "labs" / task.lab)
    with _opened(task) as (log, place):
        aws = place.account(log.names, log.journal)
        if code.given:
            code.given(aws)
        for step in code.steps:
            step.do(aws)
            look(step, aws)


def take_away(task: Task) -> None:
    """Tear the run down from its journal; leave by 4 if something is left."""
    with _opened(task) as (log, place):
        verdict = place.tear_down(log.names, log.entries(), log.journal)
        if isinstance(verdict, Dirty):
            sys.stderr.write("; ".join(each.sentence for each in verdict.left) + "\n")
            sys.exit(4)


class Matrix:
    """The points of one lab, tried in one sandbox."""

    def __init__(self, lab: str, sandbox: Sandbox, folder: Path) -> None:
        self.lab = lab
        self._sandbox = sandbox
        self._folder = folder
        self._clients = Clients(sandbox_session(REGION), sandbox.url)
        PROCESSES.set_forkserver_preload(PRELOADED)
        plant_foreign_things(self._clients, lab)

    def count(self) -> dict[str, int]:
        """How many calls a run sends, and its teardown."""
        task = self._task()
        counts = {}
        for phase, work in ((RUN, walk), (CLEAN, take_away)):
            assert _in_a_process(work, task) == 0, f"{self.lab}: {phase} fails without a kill"
            counts[phase] = json.loads((Path(task.home) / "calls.json").read_text())
        return counts

    def points(self, counts: dict[str, int]) -> list[Point]:
        """Every point."""
        return [
            Point(phase, moment, number)
            for phase in (RUN, CLEAN)
            for moment in MOMENTS
            for number in range(1, counts[phase] + 1)
        ]

    def attempt(self, points: Sequence[Point]) -> Tried:
        """Try the points."""
        tried = Tried()
        for point in points:
            tried.points += 1
            self._attempt(point, tried)
        return tried

    def _attempt(self, point: Point, tried: Tried) -> None:
        task = self._task()
        killing = Task(task.lab, task.run, task.home, task.url, task.key, (point.moment, point.number))
        if point.phase == CLEAN:
            assert _in_a_process(walk, task) == 0
        ended = _in_a_process(walk if point.phase == RUN else take_away, killing)
        tried.killed += ended == -signal.SIGKILL
        if _in_a_process(take_away, task):
            tried.leaks.append(f"{point}: the teardown ends dirty")
        with _opened(task) as (log, _):
            left = still_there(self._clients, RunNames(task.lab, task.run), log.entries())
        tried.leaks += [f"{point}: {each}" for each in left]
        tried.leaks += [f"{point}: somebody else's {each} is gone" for each in losses(self._clients, self.lab)]

    def _task(self) -> Task:
        run = uuid4().hex
        home = self._folder / run
        home.mkdir(parents=True)
        return Task(self.lab, run, str(home), self._sandbox.url, own_key())


def _in_a_process(work: object, task: Task) -> int:
    process = PROCESSES.Process(target=work, args=(task,))  # type: ignore[arg-type]
    process.start()
    process.join()
    code = process.exitcode
    process.close()
    assert code is not None
    return code


def main() -> None:
    """Try every point of the labs, or a sample of them."""
    parser = argparse.ArgumentParser(prog="python -m tests.kill_matrix", description=__doc__)
    parser.add_argument("labs", nargs="+", metavar="LAB")
    parser.add_argument("--sample", type=int, default=0, help="so many points of each lab only")
    asked = parser.parse_args()
    leaks = 0
    for lab in asked.labs:
        with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
            leaks += _report(Matrix(lab, sandbox, Path(folder)), asked.sample)
    sys.exit(1 if leaks else 0)


def _report(matrix: Matrix, sample: int) -> int:
    began = time.monotonic()
    counts = matrix.count()
    points = matrix.points(counts)
    if sample:
        points = Random(1).sample(points, min(sample, len(points)))
    tried = matrix.attempt(points)
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"{matrix.lab}: {counts[RUN]} + {counts[CLEAN]} calls, {tried.points} points, {tried.killed} killed, "
        f"{len(tried.leaks)} leaks or losses, {seconds:.0f} s\n"
    )
    sys.stdout.writelines(f"  {leak}\n" for leak in tried.leaks)
    sys.stdout.flush()
    return len(tried.leaks)


if __name__ == "__main__":
    main()
