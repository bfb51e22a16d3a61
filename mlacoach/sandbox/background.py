"""Start, find, ask and stop the background server."""

import http.client
import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from mlacoach.errors import MlacoachError, TryAgain, UsageFault
from mlacoach.sandbox.client import START_SECONDS, first_line, last_line, need_labs_extra, own_env
from mlacoach.sandbox.insides import PREFIX, TOKEN
from mlacoach.sandbox.lock import Held, holding
from mlacoach.sandbox.state import Places, State, running

ANSWER_SECONDS = 30.0
STOP_SECONDS = 10.0


def start(places: Places, idle_hours: float, port: int, now: str) -> tuple[State, bool]:
    """Make sure that a server is running; whether it is a new one.

    Raises:
        MlacoachError: the extra `labs` is missing, or the server ended at once.
        TryAgain: it did not answer in time, or somebody else has been starting one for too long.
    """
    need_labs_extra()
    try:
        with holding(places.starting, START_SECONDS):
            found = running(places)
            return (found, False) if found else (_start(places, idle_hours, port, now), True)
    except Held as held:
        raise TryAgain("Another command is starting the sandbox.", "Try again in a moment.") from held


def command(places: Places, idle_hours: float, port: int, now: str) -> list[str]:
    """The words that start a server."""
    # -P: a moto.py in the learner's folder must not be taken for the package.
    words = [sys.executable, "-P", "-m", "mlacoach.sandbox", "--background", str(places.folder)]
    return [*words, "--idle-hours", str(idle_hours), "--port", str(port), "--started", now]


def _start(places: Places, idle_hours: float, port: int, now: str) -> State:
    with open_log(places.log) as log:
        process = subprocess.Popen(
            command(places, idle_hours, port, now),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=own_env(),
            cwd=places.folder,
            start_new_session=True,
        )
    line = first_line(process, START_SECONDS)
    if process.stdout:
        process.stdout.close()
    found = running(places) if line else None
    if found is None:
        raise MlacoachError(f"The sandbox did not start. It said: {last_line(places.log)}", f"See {places.log}.")
    # It is nobody's child: not to wait for it is the point.
    process.returncode = 0
    return found


def open_log(log: Path) -> IO[bytes]:
    """The log, begun anew; what the last server said is kept beside it."""
    log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if log.exists():
        log.replace(log.with_suffix(".old.log"))
    return log.open("wb")


def must_run(places: Places) -> State:
    """The server that is running.

    Raises:
        UsageFault: none is.
    """
    found = running(places)
    if found is None:
        raise UsageFault("The sandbox is not running.", "Start it with: mlacoach sandbox start")
    return found


def stop(places: Places) -> bool:
    """End the server and wait for it; whether there was one.

    Raises:
        TryAgain: it does not end.
    """
    found = running(places)
    if found is None:
        return False
    # It may be gone before it has answered; the lock says whether it is.
    with suppress(TryAgain):
        ask(found, "POST", "stop")
    try:
        with holding(places.lock, STOP_SECONDS):
            return True
    except Held as held:
        raise TryAgain("The sandbox has not stopped yet.", f"If it stays, end process {found.pid}.") from held


def ask(state: State, method: str, what: str, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Ask the server about itself.

    Raises:
        UsageFault: it says that the request is wrong.
        TryAgain: it does not answer.
    """
    connection = http.client.HTTPConnection("127.0.0.1", state.port, timeout=ANSWER_SECONDS)
    try:
        connection.request(method, PREFIX + what, json.dumps(data or {}), {TOKEN: state.token})
        answer = connection.getresponse()
        told: dict[str, Any] = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise TryAgain(f"The sandbox does not answer: {error}.", "See `mlacoach sandbox logs`.") from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise UsageFault(told.get("error", "The sandbox refused that."), told.get("try_this", ""))
    return told
