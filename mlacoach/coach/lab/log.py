"""The log of one run: its journal, its progress, its lock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlacoach.cloud import Entry, Mark, Resource, RunNames
from mlacoach.coach import Coach
from mlacoach.errors import TryAgain
from mlacoach.store.database import locked
from mlacoach.store.lab_runs import LabEvent, LabRunRow

MARKS = frozenset(Mark)


class RunLog:
    """What is known of a run; every line is on the disk when the call returns."""

    def __init__(self, coach: Coach, row: LabRunRow) -> None:
        self._coach = coach
        self.row = row

    @property
    def names(self) -> RunNames:
        """The names of this run."""
        return RunNames(self.row.lab, self.row.id)

    def add(self, kind: str, /, **data: str) -> None:
        """Log an event."""
        self._coach.store.lab_runs.add(self.row.id, kind, data, self._coach.now())

    def events(self, kind: str) -> list[LabEvent]:
        """The events of a kind, in order."""
        return [event for event in self._coach.store.lab_runs.events(self.row.id) if event.kind == kind]

    def last(self, kind: str) -> LabEvent | None:
        """The last event of a kind."""
        found = self.events(kind)
        return found[-1] if found else None

    def journal(self, entry: Entry) -> None:
        """Write an entry of the journal."""
        resource = entry.resource
        self.add(entry.mark, service=entry.service, operation=entry.operation, kind=resource.kind, name=resource.name)

    def entries(self) -> list[Entry]:
        """The journal."""
        events = self._coach.store.lab_runs.events(self.row.id)
        return [_entry(event) for event in events if event.kind in MARKS]

    def steps_done(self) -> set[str]:
        """The steps that were proved."""
        return {event.data["step"] for event in self.events("step-done")}

    @contextmanager
    def held(self) -> Iterator[None]:
        """A lock that dies with this process: by it another one sees that the run is being worked on.

        Raises:
            TryAgain: another process holds it.
        """
        self.lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            with locked(self.lock):
                yield
        except TryAgain as error:
            if error.what.startswith("Another mlacoach"):
                raise TryAgain(
                    "A lab is running in another window.", "Let it end, or stop it there with Ctrl-C."
                ) from error
            raise

    @property
    def is_held(self) -> bool:
        """Is another process working on the run?"""
        if not self.lock.exists():
            return False
        try:
            with locked(self.lock):
                return False
        except TryAgain:
            return True

    @property
    def lock(self) -> Path:
        """The file of the lock."""
        return self._coach.home / "lab-runs" / f"{self.row.id}.lock"

    @property
    def server_log(self) -> Path:
        """The file for what the run's own sandbox says."""
        return self.lock.with_suffix(".log")

    def forget_files(self) -> None:
        """The run is over."""
        self.server_log.unlink(missing_ok=True)
        self.lock.unlink(missing_ok=True)


def _entry(event: LabEvent) -> Entry:
    data = event.data
    return Entry(Mark(event.kind), data["service"], data["operation"], Resource(data["kind"], data["name"]))
