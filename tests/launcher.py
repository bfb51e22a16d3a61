"""Programs without their start: a process that has imported mlacoach forks itself for each.

A program that is launched so is a process of its own, with streams, environment, folder, clock and end of its own; it
lacks only the third of a second in which Python imports. Linux only. tests/test_cli_start.py starts them from nothing.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 1 << 17
# Import-time threads could not be forked; and for data this small they wait for each other longer than they work.
SINGLE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
LIBRARIES = ("numpy", "pydantic", "questionary", "rich.markup", "rich.table", "typer.rich_utils", "yaml")
# What few commands use, or what reads the environment when it is imported.
LEFT_OUT = ("mlacoach.__main__", "mlacoach.sandbox.", "mlacoach.screen.room.", "mlacoach.screen.web")


class Launched:
    """A program that was launched; what tests use of subprocess.Popen."""

    def __init__(self, launcher: "Launcher", pid: int, streams: Sequence[Any], life: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdin, self.stdout = streams
        self._launcher, self._life = launcher, life

    def wait(self, timeout: float) -> int:
        """Wait for its end; how it ended, as Popen says it."""
        if self.returncode is None:
            gone, _, _ = select.select([self._life], [], [], timeout)
            if not gone:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            os.close(self._life)
            self.returncode = int(self._launcher.ask({"ended": self.pid}))
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it is gone."""
        if self.returncode is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


class Launcher:
    """The process that forks, and the way to it."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            words = [sys.executable, "-W", "error", "-m", "tests.launcher", str(theirs.fileno())]
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **SINGLE, "TZ": "UTC"},
                cwd=ROOT,
                pass_fds=[theirs.fileno()],
            )

    def ask(self, asked: Mapping[str, object], fds: Sequence[int] = ()) -> str:
        """Ask for something and wait for the answer."""
        socket.send_fds(self._ours, [json.dumps(asked).encode()], fds)
        return self._ours.recv(LIMIT).decode()

    def close(self) -> None:
        """Let the process end."""
        self._ours.close()
        self._process.communicate()

    def launch(self, words: Sequence[str], clock: Path | None, env: Mapping[str, str], errors: Any) -> Launched:  # noqa: ANN401
        """Start `mlacoach WORDS` with pipes as its stdin and stdout; what it says goes to the file `errors`."""
        (stdin, ours_in), (ours_out, stdout), (life, theirs) = os.pipe(), os.pipe(), os.pipe()
        asked = {"words": words, "clock": str(clock or ""), "env": dict(env), "folder": str(Path.cwd())}
        pid = int(self.ask(asked, (stdin, stdout, errors.fileno(), theirs)))
        for fd in (stdin, stdout, theirs):
            os.close(fd)
        return Launched(self, pid, (os.fdopen(ours_in, "wb", 0), os.fdopen(ours_out, "rb", 0)), life)


@cache
def launcher() -> Launcher:
    """The one of this process."""
    made = Launcher()
    atexit.register(made.close)
    return made


def can_launch(env: Mapping[str, str]) -> bool:
    """Can a program with this environment be forked? What Python reads at its start it would miss."""
    return sys.platform == "linux" and not any(name.startswith("PYTHON") for name in env)


def preload(clock: list[str]) -> None:
    """Import what commands use; the clock is the file that `clock` names, if it names one."""
    from mlacoach.cli import context  # noqa: PLC0415 - after the launcher's own start

    real = context.clock
    context.clock = lambda: datetime.fromisoformat(Path(clock[-1]).read_text()) if clock else real()
    for name in LIBRARIES:
        importlib.import_module(name)
    package = importlib.import_module("mlacoach")
    for module in pkgutil.walk_packages(package.__path__, "mlacoach."):
        if not module.name.startswith(LEFT_OUT):
            importlib.import_module(module.name)


def serve(connection: socket.socket) -> dict[str, Any] | None:
    """Fork for each program that is asked for; the forked process gets what to be, the launcher None at its end."""
    while True:
        request, fds, _, _ = socket.recv_fds(connection, LIMIT, 4)
        if not request:
            return None
        asked = json.loads(request)
        if "ended" in asked:
            _, status = os.waitpid(asked["ended"], 0)
            connection.send(str(os.waitstatus_to_exitcode(status)).encode())
            continue
        pid = os.fork()
        if not pid:
            connection.close()
            become(asked, fds)
            return dict(asked)
        connection.send(str(pid).encode())
        for fd in fds:
            os.close(fd)


def become(asked: Mapping[str, Any], fds: Sequence[int]) -> None:
    """Take on streams, environment and folder. The fourth pipe stays open: its end tells that we are gone."""
    for number, fd in enumerate(fds[:3]):
        os.dup2(fd, number)
        os.close(fd)
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    os.chdir(asked["folder"])
    sys.argv = [str(ROOT / "mlacoach" / "__main__.py"), *asked["words"]]


def leave(code: object) -> None:
    """End as Python does, but for the taking apart of every module, which takes longer than most commands."""
    threading._shutdown()  # noqa: SLF001 - waits for threads; no public name does all of it
    atexit._run_exitfuncs()  # noqa: SLF001 - as above
    # Says what was left open.
    gc.collect()
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


def run() -> None:
    """Be the launcher, and then each program."""
    clock: list[str] = []
    preload(clock)
    # What is there now is never looked through again, and so not copied by each program.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        asked = serve(connection)
    if asked is None:
        return
    from mlacoach.cli import main  # noqa: PLC0415 - the launcher's clock comes first

    clock += [asked["clock"]] if asked["clock"] else []
    try:
        main()
    except SystemExit as leaving:
        leave(leaving.code)


if __name__ == "__main__":
    run()
