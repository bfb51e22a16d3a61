"""Start the sandbox's server, wait until it answers, and stop it."""

import base64
import json
import os
import queue
import secrets
import subprocess
import sys
import threading
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from mlacoach.errors import MlacoachError, TryAgain

ACCOUNT = "123456789012"
REGION = "us-east-1"
# Made in every sandbox; SageMaker, Lambda, Glue and the learner may take it on.
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/mlacoach-sandbox"

# Seen: 1.2 s on a quiet 2-core machine. A cold disk and a virus scanner take far longer.
START_SECONDS = 60.0
STOP_SECONDS = 5.0
# Who starts a server tells it its access key by this variable; other users cannot read it.
KEY = "MLACOACH_SANDBOX_KEY"
KEY_BYTES = 10
LABS_EXTRA = (
    *("boto3", "moto", "flask", "flask_cors", "jsonpath_ng", "pyparsing"),
    *("xgboost", "sklearn", "pandas", "duckdb", "sqlglot", "PIL"),
)


def need_labs_extra() -> None:
    """Make sure that what the labs run on is installed.

    Raises:
        MlacoachError: it is not.
    """
    missing = [name for name in LABS_EXTRA if find_spec(name) is None]
    if missing:
        raise MlacoachError(
            f"The labs need packages that are not installed: {', '.join(missing)}.",
            "Install them with: pip install 'mlacoach[labs]'",
        )


class Sandbox:
    """A server of its own, for as long as the `with` block lasts.

    Args:
        log: the file for what the server says; None drops it.
        start_seconds: how long to wait until it answers.
    """

    def __init__(self, log: Path | None = None, start_seconds: float = START_SECONDS) -> None:
        self._log = log
        self._start_seconds = start_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    def __enter__(self) -> Self:
        """Start the server.

        Raises:
            MlacoachError: the extra `labs` is missing, or the server ended at once.
            TryAgain: it did not answer in time.
        """
        need_labs_extra()
        self._process = self._launch()
        try:
            self._port = self._wait_for_port(self._process)
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    @property
    def url(self) -> str:
        """The endpoint for every service."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        """The server's process."""
        return self._started().pid

    @property
    def is_running(self) -> bool:
        """Is the server still there? What it held is gone with it."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End the server and wait for it; a second call does nothing."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            _close(pipe)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise RuntimeError("The sandbox runs inside a with block only.")
        return self._process

    def _launch(self) -> subprocess.Popen[bytes]:
        # -P: a moto.py in the learner's folder must not be taken for the package.
        command = [sys.executable, "-P", "-m", "mlacoach.sandbox"]
        with self._open_log() as log:
            # A session of its own: the terminal's Ctrl-C ends the lab, whose teardown still needs the server.
            return subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**own_env(), KEY: own_key()},
                start_new_session=True,
            )

    def _open_log(self) -> IO[bytes]:
        if self._log is None:
            return Path(os.devnull).open("wb")
        self._log.parent.mkdir(parents=True, exist_ok=True)
        return self._log.open("wb")

    def _wait_for_port(self, process: subprocess.Popen[bytes]) -> int:
        try:
            line = first_line(process, self._start_seconds)
        except queue.Empty:
            raise TryAgain(
                f"The sandbox did not start within {self._start_seconds:g} seconds.",
                "Try again when the machine is less busy.",
            ) from None
        if not line:
            reason = f" It said: {last_line(self._log)}" if self._log else ""
            raise MlacoachError(
                f"The sandbox ended before it could answer.{reason}", "Install it anew: pip install 'mlacoach[labs]'"
            )
        return int(json.loads(line)["port"])


def first_line(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """The first line of stdout. A thread waits for it: Windows cannot wait for a pipe with a time limit."""
    lines: queue.Queue[bytes] = queue.Queue()
    stdout = process.stdout
    if stdout is None:
        raise RuntimeError("The sandbox is started with a pipe for its stdout.")
    reader = threading.Thread(target=lambda: lines.put(stdout.readline()), daemon=True)
    reader.start()
    try:
        return lines.get(timeout=seconds)
    except BaseException:
        # The pipe may be closed only when nobody reads from it any more.
        process.kill()
        reader.join()
        raise


@cache
def own_key() -> str:
    """The access key of every sandbox that this process starts; they answer to no key that they did not give out."""
    return os.environ.get(KEY) or new_key()


def new_key() -> str:
    """An access key that nobody can guess."""
    return "AKIA" + base64.b32encode(secrets.token_bytes(KEY_BYTES)).decode()


def own_env() -> dict[str, str]:
    """Our environment without the learner's AWS settings: nothing in the server may reach for a real account."""
    return {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}


def _close(pipe: IO[bytes] | None) -> None:
    if pipe is not None:
        pipe.close()


def last_line(log: Path) -> str:
    """What the server said last."""
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else "nothing."
