"""A job that is running: its thread, its folder, its child, and how it is stopped."""

import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlacoach.sandbox.jobs.failing import JobFailed, JobStopped, reason
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.supervisor import Child, Command
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
# Jobs that run at once; more wait in the state Starting.
AT_ONCE = max(2, (os.cpu_count() or 2))
LOOK_SECONDS = 0.1


class Running:
    """One job's life in a thread of its own.

    Args:
        world: where it runs.
        record: the job.
        live: goes through all its states.
        end: writes its last state, from the status and the fields that go with it.
    """

    def __init__(self, world: World, record: Record, live: Callable[[], None], end: Callable[..., None]) -> None:
        self.world = world
        self.record = record
        self._live = live
        self._end_with = end
        self.stopped = threading.Event()
        self.is_over = False
        self._lock = threading.Lock()
        self._children: list[Child] = []
        jobs = world.folder / "jobs"
        jobs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder = Path(tempfile.mkdtemp(dir=jobs))

    def begin(self) -> None:
        """Run in a thread."""
        threading.Thread(target=self._run, name=self.record.arn, daemon=True).start()

    def _run(self) -> None:
        try:
            self._to_its_end()
        except Exception:
            LOG.exception("%s failed.", self.record.arn)
        finally:
            self.is_over = True
            shutil.rmtree(self.folder, ignore_errors=True)

    def _to_its_end(self) -> None:
        try:
            self._live()
        except JobStopped:
            self._end_with("Stopped")
        except JobFailed as error:
            self._end_with("Failed", FailureReason=reason(str(error)))
        except Exception as error:
            self._end_with("Failed", FailureReason=f"InternalServerError: the sandbox failed: {error}")
            raise

    def stop(self) -> None:
        """Stop it, whatever it is doing."""
        with self._lock:
            self.stopped.set()
            children = list(self._children)
        for child in children:
            child.stop()

    def raise_if_stopped(self) -> None:
        """Go on only if nobody stopped it.

        Raises:
            JobStopped: somebody did.
        """
        if self.stopped.is_set():
            raise JobStopped

    def start_child(self, command: Command) -> Child:
        """Start a child that `stop` stops as well.

        Raises:
            JobFailed: no process could be made.
        """
        try:
            child = self.world.supervisor.start(command)
        except OSError as error:
            raise JobFailed(f"InternalServerError: no process could be started: {error}") from error
        with self._lock:
            self._children.append(child)
            stopped = self.stopped.is_set()
        if stopped:
            child.stop()
        return child


class Slots:
    """So many jobs run at once. The others wait, and can be stopped while they wait."""

    def __init__(self, count: int = AT_ONCE) -> None:
        self._free = threading.Semaphore(count)

    @contextmanager
    def one(self, job: Running) -> Iterator[None]:
        """Wait for a slot and hold it.

        Raises:
            JobStopped: the job was stopped meanwhile.
        """
        while not self._free.acquire(timeout=LOOK_SECONDS):
            job.raise_if_stopped()
        try:
            job.raise_if_stopped()
            yield
        finally:
            self._free.release()
