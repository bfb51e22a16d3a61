"""Child processes: each in a group of its own, with limits, a log, and an end that has a reason.

No child outlives the server. On Linux the kernel kills it when we die; its own children, and every child elsewhere, are
ended by a reaper that waits for our end; what even that missed is reaped at the next start.
"""

import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from mlacoach.sandbox.memory import group_memory
from mlacoach.sandbox.reaper import group_exists, kill_group, reap

HERE = Path(__file__).parent
TERM = 15
LOOK_SECONDS = 0.2
GRACE_SECONDS = 5.0


class Ended(StrEnum):
    """Why a child is gone."""

    EXITED = "exited"
    KILLED = "killed"
    STOPPED = "stopped"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    NOT_STARTED = "could not be started"


@dataclass(frozen=True, slots=True)
class Exit:
    """How a child ended. `code` is negative where a signal ended it."""

    why: Ended
    code: int
    seconds: float

    @property
    def is_success(self) -> bool:
        """Did it end by itself, and well?"""
        return self.why is Ended.EXITED and self.code == 0

    def __str__(self) -> str:
        """The reason in words."""
        if self.why is Ended.EXITED:
            return f"exited with code {self.code}"
        if self.why is Ended.KILLED:
            return f"was killed by signal {-self.code}"
        return str(self.why)


@dataclass(frozen=True, slots=True)
class Command:
    """What to run.

    Attributes:
        name: for people, such as `training-job/churn-1`.
        words: the program and its arguments.
        folder: its working folder.
        environment: all of it; nothing is inherited but what stands here.
        log: the file for both its outputs; appended to.
        seconds: how long it may run; None is without end.
        memory_mb: how much memory the whole group may hold; None is without limit.
        grace: how long it may take to end when it is stopped, before it is killed.
    """

    name: str
    words: Sequence[str]
    folder: Path
    environment: Mapping[str, str]
    log: Path
    seconds: float | None = None
    memory_mb: float | None = None
    grace: float = GRACE_SECONDS


OnExit = Callable[["Child", Exit], None]


@dataclass(eq=False)
class Child:
    """A running command."""

    command: Command
    pid: int
    on_exit: OnExit | None = None
    exit: Exit | None = None
    _ended: threading.Event = field(default_factory=threading.Event)
    _why: Ended | None = None

    @property
    def is_running(self) -> bool:
        """Is it still there?"""
        return not self._ended.is_set()

    def wait(self, seconds: float | None = None) -> Exit | None:
        """Wait for its end; None if the time is up before."""
        self._ended.wait(seconds)
        return self.exit

    def stop(self, why: Ended = Ended.STOPPED) -> None:
        """Ask it to end; after its grace it is killed. Returns at once."""
        if self._why is None and self.is_running:
            self._why = why
            threading.Thread(target=self._stop, name=f"stop {self.command.name}", daemon=True).start()

    def kill(self, why: Ended = Ended.STOPPED) -> None:
        """End it now."""
        self._why = self._why or why
        kill_group(self.pid)

    def _stop(self) -> None:
        kill_group(self.pid, TERM)
        if not self._ended.wait(self.command.grace):
            kill_group(self.pid)


class Supervisor:
    """Starts children, watches their limits, and reaps what an earlier server left.

    Args:
        folder: where each child leaves its id.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._children: dict[int, Child] = {}
        self._orders: queue.Queue[tuple[Command, queue.Queue[Any]]] = queue.Queue()
        self._reaper: subprocess.Popen[bytes] | None = None
        self._is_open = True

    def start(self, command: Command, on_exit: OnExit | None = None) -> Child:
        """Start a child. Whether its program exists shows in its exit (code 127), as in a shell.

        Args:
            command: what to run.
            on_exit: called in a thread of its own when it has ended, whatever the reason.

        Raises:
            OSError: no process could be made.
        """
        with self._lock:
            if self._reaper is None:
                self._open()
        reply: queue.Queue[Any] = queue.Queue()
        self._orders.put((command, reply))
        process = reply.get()
        if isinstance(process, BaseException):
            raise process
        child = Child(command, process.pid, on_exit)
        with self._lock:
            self._children[child.pid] = child
            closed = not self._is_open
        threading.Thread(target=self._await, args=(child, process), name=command.name, daemon=True).start()
        if closed:
            child.kill()
        return child

    def running(self) -> list[Child]:
        """The children that are running."""
        with self._lock:
            return list(self._children.values())

    def stop_all(self) -> None:
        """Kill every child and start no other."""
        with self._lock:
            self._is_open = False
        self.kill_all()

    def kill_all(self, seconds: float = GRACE_SECONDS) -> None:
        """Kill every child that runs now, and wait until they are gone."""
        children = self.running()
        for child in children:
            child.kill()
        for child in children:
            child.wait(seconds)

    def _open(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        reap(str(self._folder))
        self._reaper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(HERE / "reaper.py"), str(self._folder)],
            stdin=subprocess.PIPE,
            start_new_session=True,
        )
        # One thread starts all children and lives as long as we do: Linux means the *thread* that made a child when it
        # tells the child that its parent has died, and a request's thread dies with its request.
        threading.Thread(target=self._spawn_all, name="spawner", daemon=True).start()
        threading.Thread(target=self._watch, name="limits", daemon=True).start()

    def _spawn_all(self) -> None:
        while True:
            command, reply = self._orders.get()
            try:
                reply.put(self._spawn(command))
            except Exception as error:  # noqa: BLE001 - handed to whoever asked
                reply.put(error)

    def _spawn(self, command: Command) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-I", "-S", str(HERE / "child.py"), str(os.getpid()), str(self._folder)]
        words.append("--" if "LC_CTYPE" in command.environment else "--no-lc-ctype")
        command.log.parent.mkdir(parents=True, exist_ok=True)
        with command.log.open("ab") as log:
            return subprocess.Popen(
                [*words, *map(str, command.words)],
                cwd=command.folder,
                env=dict(command.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _await(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        began = time.monotonic()
        code = process.wait()
        # Whatever it started goes with it.
        if group_exists(child.pid):
            kill_group(child.pid)
        (self._folder / str(child.pid)).unlink(missing_ok=True)
        why = child._why or (Ended.KILLED if code < 0 else Ended.EXITED)  # noqa: SLF001 - one noun, two classes
        child.exit = Exit(why, code, time.monotonic() - began)
        with self._lock:
            self._children.pop(child.pid, None)
        child._ended.set()  # noqa: SLF001
        if child.on_exit:
            child.on_exit(child, child.exit)

    def _watch(self) -> None:
        """Hold the limits. Looking five times a second costs less than a limit of address space breaks."""
        began: dict[Child, float] = {}
        pause = threading.Event()
        while not pause.wait(LOOK_SECONDS):
            now = time.monotonic()
            limited = [child for child in self.running() if child.command.seconds or child.command.memory_mb]
            began = {child: began.get(child, now) for child in limited}
            for child in limited:
                _hold(child, now - began[child])


def _hold(child: Child, seconds: float) -> None:
    limits = child.command
    if limits.seconds is not None and seconds > limits.seconds:
        child.stop(Ended.TIMED_OUT)
    if limits.memory_mb is not None and group_memory(child.pid) > limits.memory_mb * 1_000_000:
        child.kill(Ended.OUT_OF_MEMORY)
