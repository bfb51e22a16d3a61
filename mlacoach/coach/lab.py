"""Labs: which there are, run one in the sandbox, what is still open, what was done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mlacoach import __version__
from mlacoach.cloud import Account, Dirty, Entry, Mark, Resource, RunNames, Verdict, sandbox_session, tear_down
from mlacoach.coach import Coach
from mlacoach.content.lab_code import load_lab_code
from mlacoach.curriculum.labs import LabFacts
from mlacoach.errors import LabNotClean, MlacoachError, TryAgain
from mlacoach.labs import Done, LabCode, Outcome, Step, look
from mlacoach.sandbox import ACCOUNT, REGION, ROLE_ARN, Sandbox, need_labs_extra
from mlacoach.store.database import locked
from mlacoach.store.lab_runs import LabRunRow
from mlacoach.store.rows import new_id

SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True)
class Starting:
    """The sandbox is about to start."""

    lab: LabFacts
    run: LabRunRow


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step is about to run; whoever watches may wait here."""

    number: int
    of: int
    step: Step


@dataclass(frozen=True, slots=True)
class Checked:
    """A step ran and its check looked."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class TornDown:
    """Everything that the run made is gone."""

    gone: tuple[Resource, ...]


Event = Starting | StepShown | Checked | TornDown
Watch = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Settled:
    """A run, and how it ended: `clean`, `dirty`, or `running` in another window."""

    run: LabRunRow
    state: str
    because: str


def list_labs(coach: Coach) -> list[LabFacts]:
    """Every lab, by id."""
    return [coach.library.labs[lab] for lab in sorted(coach.library.labs)]


def done_labs(coach: Coach) -> list[str]:
    """The labs whose every step was done in one run."""
    return coach.store.lab_runs.completed()


def run_lab(coach: Coach, lab_id: str, watch: Watch) -> LabRunRow:
    """Run a lab in a sandbox of its own, step by step, and tear it down whatever happens.

    Args:
        coach: the parts.
        lab_id: which lab.
        watch: told of everything that happens; what it raises ends the run.

    Raises:
        UnknownId: there is no such lab.
        MlacoachError: the extra `labs` is missing, the lab's code is faulty, or a step did not work.
        LabNotClean: something is left in the sandbox.
        TryAgain: the sandbox did not start in time.
    """
    lab = coach.library.lab(lab_id)
    need_labs_extra()
    code = load_lab_code(lab.folder)
    now = coach.now()
    row = LabRunRow(new_id(now), now, lab.id, __version__, SANDBOX, ACCOUNT, REGION, None)
    # The lock comes before the row: another mlacoach that sees the row without it takes the run for dead.
    with _held(coach, row):
        coach.store.lab_runs.begin(row)
        watch(Starting(lab, row))
        _Run(coach, lab, row).walk(code, watch)
    return row


def unfinished_runs(coach: Coach) -> list[LabRunRow]:
    """The runs of which something may still exist. Those that ended with their sandbox are logged as clean first."""
    return [settled.run for settled in settle(coach) if settled.state != "clean"]


def settle(coach: Coach) -> list[Settled]:
    """Look at every run without a clean verdict, and log that it is clean where its sandbox is gone."""
    return [_settle(coach, row) for row in coach.store.lab_runs.unsettled()]


def history(coach: Coach) -> list[Settled]:
    """Every run and how it ended, oldest first; the open ones are settled first."""
    opened = {settled.run.id: settled for settled in settle(coach)}
    return [opened.get(row.id) or _as_logged(coach, row) for row in coach.store.lab_runs.all()]


def _settle(coach: Coach, row: LabRunRow) -> Settled:
    if row.target != SANDBOX:
        return Settled(row, "dirty", "It ran on a real account.")
    if _is_running(_lock(coach, row.id)):
        return Settled(row, "running", "It is running in another window.")
    return Settled(row, "clean", _log_gone_with_its_sandbox(coach, row.id))


def _log_gone_with_its_sandbox(coach: Coach, run: str) -> str:
    because = "The run ended early, and its sandbox with it: nothing is left."
    coach.store.lab_runs.add(run, "verdict", {"verdict": "clean", "because": because}, coach.now())
    _forget_files(coach, run)
    return because


def _as_logged(coach: Coach, row: LabRunRow) -> Settled:
    verdicts = [event.data for event in coach.store.lab_runs.events(row.id) if event.kind == "verdict"]
    return Settled(row, verdicts[-1]["verdict"], verdicts[-1]["because"])


@contextmanager
def _held(coach: Coach, row: LabRunRow) -> Iterator[None]:
    """A lock that dies with this process: by it another one sees whether the run, and so its sandbox, lives."""
    lock = _lock(coach, row.id)
    lock.parent.mkdir(parents=True, exist_ok=True)
    with locked(lock):
        yield


def _is_running(lock: Path) -> bool:
    if not lock.exists():
        return False
    try:
        with locked(lock):
            return False
    except TryAgain:
        return True


def _lock(coach: Coach, run: str) -> Path:
    return coach.home / "lab-runs" / f"{run}.lock"


def _log_file(coach: Coach, run: str) -> Path:
    return _lock(coach, run).with_suffix(".log")


def _forget_files(coach: Coach, run: str) -> None:
    _log_file(coach, run).unlink(missing_ok=True)
    _lock(coach, run).unlink(missing_ok=True)


class _Run:
    """One run of a lab."""

    def __init__(self, coach: Coach, lab: LabFacts, row: LabRunRow) -> None:
        self._coach = coach
        self._lab = lab
        self.row = row
        self._names = RunNames(lab.id, row.id)
        self._session = sandbox_session(REGION)

    def walk(self, code: LabCode, watch: Watch) -> None:
        """Start the sandbox, do every step, tear down."""
        with Sandbox(_log_file(self._coach, self.row.id)) as sandbox:
            self._log("sandbox-ready", endpoint=sandbox.url, pid=str(sandbox.pid))
            try:
                self._do(code, sandbox, watch)
            finally:
                self._tear_down(sandbox, watch)

    def _do(self, code: LabCode, sandbox: Sandbox, watch: Watch) -> None:
        aws = Account(self._session, self._names, self._journal, sandbox.url, ROLE_ARN)
        if code.given:
            code.given(aws)
        for number, step in enumerate(code.steps, start=1):
            watch(StepShown(number, len(code.steps), step))
            step.do(aws)
            outcome = look(step, aws)
            watch(Checked(outcome))
            if not isinstance(outcome, Done):
                raise MlacoachError(
                    f"{self._lab.id}: the step {step.name} ran, but its check does not pass. {outcome.sentence}",
                    "This is a fault of the lab, not yours; please report it.",
                )
            self._log("step-done", step=step.name)
        self._log("completed", steps=str(len(code.steps)))

    def _tear_down(self, sandbox: Sandbox, watch: Watch) -> None:
        verdict: Verdict | None = None
        if sandbox.is_running:
            verdict = tear_down(self._session, self._names, self._entries(), self._journal, sandbox.url)
        if verdict is None or not sandbox.is_running:
            # It died, before or during the teardown, and everything in it with it.
            _log_gone_with_its_sandbox(self._coach, self.row.id)
            return
        if isinstance(verdict, Dirty):
            left = "; ".join(leftover.sentence for leftover in verdict.left)
            self._log("verdict", verdict="dirty", because=left)
            raise LabNotClean(f"The lab is not clean. Left: {left}", "It is in the sandbox only, which ends now.")
        because = f"{len(verdict.gone)} things were made, and each is gone."
        self._log("verdict", verdict="clean", because=because)
        _forget_files(self._coach, self.row.id)
        watch(TornDown(verdict.gone))

    def _journal(self, entry: Entry) -> None:
        resource = entry.resource
        data = {"service": entry.service, "operation": entry.operation, "kind": resource.kind, "name": resource.name}
        self._coach.store.lab_runs.add(self.row.id, entry.mark, data, self._coach.now())

    def _entries(self) -> list[Entry]:
        marks = set(Mark)
        return [
            Entry(
                Mark(event.kind),
                event.data["service"],
                event.data["operation"],
                Resource(event.data["kind"], event.data["name"]),
            )
            for event in self._coach.store.lab_runs.events(self.row.id)
            if event.kind in marks
        ]

    def _log(self, event: str, **data: str) -> None:
        self._coach.store.lab_runs.add(self.row.id, event, data, self._coach.now())
