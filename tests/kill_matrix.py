"""`python -m tests.kill_matrix LAB…`: kill -9 before and after every call of a run and of its teardown, then clean.

Each point: a process runs the lab, or tears it down, with its journal in a file, and is killed at one call; another one
cleans up from the journal. Then nothing of the run may be there, and somebody else's things must be.

Moments between which neither the journal nor what it names can change are one point (`tests/kill_points.py`): all
between the first and the last of several looks in a row, however often a wait asks, and repetitions of a call that only
puts more into a thing that the journal names already. A teardown that was killed is the next one's to kill: it is
killed at its first call, taken up and killed at its second, and so on to the end, where the account is looked at. A
lab's run is not taken up, so each of its points has a run of its own.
"""

import argparse
import json
import multiprocessing
import signal
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from uuid import uuid4

from mlacoach.cloud import Dirty, Place, Resource, RunNames, sandbox_session
from mlacoach.cloud.services import KINDS
from mlacoach.coach import Coach
from mlacoach.coach.lab.log import RunLog
from mlacoach.content import Library
from mlacoach.content.lab_code import load_lab_code
from mlacoach.content.lab_plan import load_plan
from mlacoach.labs import look
from mlacoach.sandbox import REGION, ROLE_ARN, Sandbox
from mlacoach.sandbox.client import own_key
from mlacoach.store import Store
from mlacoach.store.lab_runs import LabRunRow
from tests.kill_points import BEFORE, NEVER, Calls, Point, Sent, points_of
from tests.lab_accounts import SERVICES, Clients, losses, plant_foreign_things, still_there

ROOT = Path(__file__).resolve().parent.parent
RUN, CLEAN = "run", "clean"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PROCESSES = multiprocessing.get_context("forkserver")
PRELOADED = ["mlacoach.coach.lab", "mlacoach.labs.pumps", "mlacoach.labs.trips", "tests.kill_preload"]


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
    moment, number = task.kill
    Calls(moment, number, Path(task.home) / "calls.json" if number == NEVER else None).watch(session)
    try:
        yield RunLog(coach, row), Place(session, task.url, ROLE_ARN)
    finally:
        store.close()


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
        """Somebody else's things are planted in the sandbox."""
        self.lab = lab
        self._services = _services_of(lab)
        self._sandbox = sandbox
        self._folder = folder
        self._clients = Clients(sandbox_session(REGION), sandbox.url)
        PROCESSES.set_forkserver_preload(PRELOADED)
        plant_foreign_things(self._clients, lab)

    def points(self) -> list[Point]:
        """Every point, of a run and its teardown that nobody killed, and that leave nothing in any service."""
        task = self._task()
        found = []
        for phase, work in ((RUN, walk), (CLEAN, take_away)):
            assert _in_a_process(work, task) == 0, f"{self.lab}: {phase} fails without a kill"
            sent = json.loads((Path(task.home) / "calls.json").read_text())
            found += points_of(phase, [Sent(*each) for each in sent])
        assert self._left(task, SERVICES) == set(), f"{self.lab}: without a kill something is left"
        return found

    def attempt(self, points: Sequence[Point]) -> Tried:
        """Try the points."""
        tried = Tried(points=len(points))
        for point in points:
            if point.phase == RUN:
                task = self._task()
                tried.killed += _killed(walk, task, point)
                self._look(task, tried, str(point))
        self._attempt_teardowns([point for point in points if point.phase == CLEAN], tried)
        return tried

    def attempt_in_one_run(self, point: Point, teardowns: Sequence[Point]) -> Tried:
        """Kill a run at the point, and what takes it away at one after the other of its own."""
        tried, task = Tried(points=1 + len(teardowns)), self._task()
        tried.killed += _killed(walk, task, point)
        for each in teardowns:
            tried.killed += _killed(take_away, task, each)
        self._look(task, tried, f"{point}, {teardowns}")
        return tried

    def _attempt_teardowns(self, points: Sequence[Point], tried: Tried) -> None:
        """Kill a run's teardown at one point after the other; at its end, go on with another run's."""
        task: Task | None = None
        since = 0
        for number, point in enumerate(points):
            if task and _killed(take_away, task, point):
                tried.killed += 1
                continue
            if task:
                self._look(task, tried, f"{points[since:number]}")
            task, since = self._task(), number
            assert _in_a_process(walk, task) == 0
            tried.killed += _killed(take_away, task, point)
        if task:
            self._look(task, tried, f"{points[since:]}")

    def _look(self, task: Task, tried: Tried, where: str) -> None:
        """Clean up, and look at what there is then."""
        if _in_a_process(take_away, task):
            tried.leaks.append(f"{where}: the teardown ends dirty")
        tried.leaks += [f"{where}: {each}" for each in self._left(task, self._services)]
        tried.leaks += [f"{where}: somebody else's {each} is gone" for each in losses(self._clients, self.lab)]

    def _left(self, task: Task, services: Collection[str]) -> set[Resource]:
        with _opened(task) as (log, _):
            return still_there(self._clients, RunNames(task.lab, task.run), log.entries(), services)

    def _task(self) -> Task:
        run = uuid4().hex
        home = self._folder / run
        home.mkdir(parents=True)
        return Task(self.lab, run, str(home), self._sandbox.url, own_key())


def _services_of(lab: str) -> set[str]:
    """Where something of a killed run may be, beside what its journal names: where a whole run makes something."""
    plan = load_plan(ROOT / "labs" / lab)
    assert plan is not None
    return {KINDS[kind].service for kind, _ in plan.resources}


def _killed(work: object, task: Task, point: Point) -> bool:
    return _in_a_process(work, replace(task, kill=(point.moment, point.number))) == -signal.SIGKILL


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
    points = every = matrix.points()
    if sample:
        chosen = set(Random(1).sample(every, min(sample, len(every))))
        points = [point for point in every if point in chosen]
    tried = matrix.attempt(points)
    seconds = time.monotonic() - began
    sys.stdout.write(
        f"{matrix.lab}: {tried.points} of {len(every)} points, {tried.killed} killed, "
        f"{len(tried.leaks)} leaks or losses, {seconds:.0f} s\n"
    )
    sys.stdout.writelines(f"  {leak}\n" for leak in tried.leaks)
    sys.stdout.flush()
    return len(tried.leaks)


if __name__ == "__main__":
    main()
