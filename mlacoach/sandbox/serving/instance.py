"""One container that runs: its process, started again when it dies; its log; its loaded models."""

import logging
import threading
import time
from pathlib import Path

from mlacoach.sandbox.serving.channel import Answer, Channel, HungUp, NotThere, Question, TimedOut
from mlacoach.sandbox.serving.commands import Place, command
from mlacoach.sandbox.serving.containers import Container
from mlacoach.sandbox.serving.says import GROUP, no_ping
from mlacoach.sandbox.supervisor import Child, Exit

LOOK = 0.02
PING_SECONDS = 2.0
# A process that dies again and again is started again ever later.
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
LINES_AT_ONCE = 200_000
LARGEST_LOG = 2_000_000
OK = 200
LOG = logging.getLogger("mlacoach.sandbox")


class Instance:
    """A container's process.

    Args:
        place: where it runs.
        container: what it is.
        identity: such as `i-0123456789abcdef0`.
        is_only: is it the model's only container?
    """

    def __init__(self, place: Place, container: Container, identity: str, *, is_only: bool = True) -> None:
        self.place = place
        self.container = container
        self.folder = place.folder / identity
        suffix = "" if is_only else f"/{container.name}"
        self._stream = f"{place.variant}/{identity}{suffix}"
        self._ready = threading.Event()
        self._stopping = threading.Event()
        self._logging = threading.Lock()
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._channel: Channel | None = None
        self._shipped = 0
        self._pause = FIRST_PAUSE
        self.generation = 0

    def start(self, seconds: float) -> None:
        """Start it and wait until it answers `/ping`.

        Raises:
            CannotStart: it ended, or did not answer in time.
        """
        if not self._boot(seconds):
            self.stop()
            raise no_ping(self.container.name, self.place.variant)

    def stop(self) -> None:
        """End it."""
        self._stopping.set()
        self._ready.clear()
        if self._child:
            self._child.stop()
            self._child.wait(self._child.command.grace + 1)
        if self._channel:
            self._channel.close()
        self.ship_log()

    @property
    def pid(self) -> int:
        """Its process; 0 where there is none."""
        return self._child.pid if self._child and self._child.is_running else 0

    def ask(self, question: Question, seconds: float) -> Answer:
        """Ask the container; while its process is started anew, the question waits.

        Raises:
            TimedOut: there was no answer in time.
            HungUp: its process ended while it was to answer.
        """
        until = time.monotonic() + seconds
        while True:
            if not self._ready.wait(max(until - time.monotonic(), 0)) or self._channel is None:
                raise TimedOut
            try:
                return self._channel.ask(question, until - time.monotonic())
            except NotThere:
                # It has just died, and nobody has told us yet.
                if self._stopping.wait(LOOK):
                    raise HungUp from None
                if time.monotonic() > until:
                    raise TimedOut from None

    def _boot(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        words = command(self.place, self.container, self.folder)
        child = self._child = self.place.world.supervisor.start(words, self._ended)
        while child.is_running and time.monotonic() < until and not self._stopping.wait(LOOK):
            channel = self._listening()
            if channel and self._pings(channel):
                return self._is_up(child, channel)
        if self._stopping.is_set():
            child.stop()
        return False

    def _is_up(self, child: Child, channel: Channel) -> bool:
        # Whether it died before or after this moment decides who starts it again.
        with self._lock:
            if not child.is_running:
                return False
            self._channel = channel
            self.generation += 1
            self._ready.set()
            return True

    def _listening(self) -> Channel | None:
        try:
            return Channel(int((self.folder / "port").read_text(encoding="ascii")))
        except (OSError, ValueError):
            return None

    def _pings(self, channel: Channel) -> bool:
        try:
            return channel.ask(Question("/ping", method="GET"), PING_SECONDS).status == OK
        except (NotThere, HungUp, TimedOut):
            return False

    def _ended(self, child: Child, exit_: Exit) -> None:
        """Its process is gone: start it again, unless it never came up or was to end."""
        with self._lock:
            if self._stopping.is_set() or not self._ready.is_set() or child is not self._child:
                return
            self._ready.clear()
        if self._channel:
            self._channel.close()
        self._note(f"The container {self.container.name} {exit_}; it is started again.")
        self._pause = FIRST_PAUSE if exit_.seconds > LONGEST_PAUSE else min(self._pause * 2, LONGEST_PAUSE)
        while not self._stopping.wait(self._pause):
            if self._comes_back():
                return
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    def _comes_back(self) -> bool:
        try:
            return self._boot(float("inf"))
        except Exception:
            LOG.exception("The container %s could not be started again.", self.container.name)
            return False

    def _note(self, line: str) -> None:
        self.place.world.logs.write(GROUP.format(self.place.endpoint), self._stream, [line])

    def ship_log(self) -> None:
        """Send what the container has said since the last time to CloudWatch Logs."""
        with self._logging:
            lines = self._new_lines(self.folder / "log.txt")
            if lines:
                self.place.world.logs.write(GROUP.format(self.place.endpoint), self._stream, lines)

    def _new_lines(self, log: Path) -> list[str]:
        try:
            size = log.stat().st_size
            if size == self._shipped:
                return []
            with log.open("rb") as file:
                file.seek(self._shipped)
                text = file.read(LINES_AT_ONCE)
        except OSError:
            return []
        whole = text.rpartition(b"\n")[0] + b"\n" if b"\n" in text else text
        self._shipped += len(whole)
        if self._shipped == size > LARGEST_LOG:
            # It is appended to, so that what comes next begins at the start again.
            with log.open("r+b") as file:
                file.truncate(0)
            self._shipped = 0
        return whole.decode("utf-8", "replace").splitlines()
