"""The jobs that are running, and what runs a job of each kind."""

import threading
from importlib import import_module
from typing import TYPE_CHECKING

from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

if TYPE_CHECKING:
    from mlacoach.sandbox.jobs.running import Running, Slots

# The module of each kind; its `make(world, record, slots)` checks a job and gives what runs it.
KINDS = {
    "TrainingJob": "training",
    "ProcessingJob": "processing",
    "TransformJob": "transform",
    "HyperParameterTuningJob": "tuning",
}


class Jobs:
    """Every job of a sandbox that is running."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[str, Running] = {}
        self._slots: Slots | None = None

    def start(self, world: World, record: Record) -> None:
        """Run a job that was created.

        Raises:
            AwsError: it cannot run here.
        """
        with self._lock:
            slots = self._slots = self._slots or _slots()
        make = import_module(f"mlacoach.sandbox.jobs.{KINDS[record.kind]}").make
        job: Running = make(world, record, slots)
        with self._lock:
            self._running = {arn: each for arn, each in self._running.items() if not each.is_over}
            self._running[record.arn] = job
        job.begin()

    def stop(self, _world: World, record: Record) -> None:
        """Stop a job."""
        with self._lock:
            job = self._running.get(record.arn)
        if job:
            job.stop()

    def forget(self, _world: World) -> None:
        """The account was made new."""
        with self._lock:
            jobs, self._running = list(self._running.values()), {}
        for job in jobs:
            job.stop()


def _slots() -> "Slots":
    from mlacoach.sandbox.jobs.running import Slots  # noqa: PLC0415 - when the first job comes

    return Slots()
