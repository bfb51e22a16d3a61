"""The learner's own sandbox: start it, work in it, make faults in it, end it."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mlacoach.errors import UsageFault
from mlacoach.sandbox import background, environment
from mlacoach.sandbox.fault_rules import FaultRule
from mlacoach.sandbox.state import Places, State, running


@dataclass(frozen=True, slots=True)
class Standing:
    """How the sandbox is. `told` is what it says about itself."""

    state: State
    told: Mapping[str, Any]


def places(home: Path) -> Places:
    """Where its files are."""
    return Places(home / "sandbox")


def start(home: Path, now: datetime, idle_hours: float, port: int = 0) -> tuple[State, bool]:
    """Make sure that it runs; whether it was started just now.

    Raises:
        UsageFault: it would idle for no time at all.
        MlacoachError: it does not start.
    """
    if idle_hours <= 0:
        raise UsageFault(f"{idle_hours:g} hours is no time.", "Give more than 0, such as 4.")
    return background.start(places(home), idle_hours, port, now.isoformat())


def serve(home: Path, now: datetime, idle_hours: float, port: int = 0) -> int:
    """Run it in this terminal until it is stopped; its exit code."""
    where = places(home)
    where.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    words = background.command(where, idle_hours, port, now.isoformat())
    try:
        return subprocess.run(words, check=False).returncode
    except KeyboardInterrupt:
        return 0  # the server got it too, and has ended


def status(home: Path) -> Standing | None:
    """How it is, or None where it is not running."""
    state = running(places(home))
    return Standing(state, background.ask(state, "GET", "status")) if state else None


def stop(home: Path) -> bool:
    """End it; whether it was running."""
    return background.stop(places(home))


def reset(home: Path) -> None:
    """Make its account new."""
    background.ask(background.must_run(places(home)), "POST", "reset")


def log_file(home: Path) -> Path:
    """The file that it writes to.

    Raises:
        UsageFault: it was never started.
    """
    log = places(home).log
    if not log.exists():
        raise UsageFault("The sandbox has not been started yet.", "Start it with: mlacoach sandbox start")
    return log


def changes(home: Path) -> dict[str, str | None]:
    """What to set and unset so that every AWS tool talks to it."""
    where = places(home)
    state = background.must_run(where)
    credentials = background.ask(state, "POST", "credentials")
    return environment.settings(where, state.url, credentials, os.environ)


def exports(home: Path, shell: str) -> str:
    """The same as commands of a shell.

    Raises:
        UsageFault: there is no such shell.
    """
    if shell not in environment.SHELLS:
        raise UsageFault(f"There is no shell {shell!r} here.", f"Give one of {', '.join(environment.SHELLS)}.")
    return environment.script(changes(home), shell)


def run(home: Path, words: Sequence[str]) -> int:
    """Run a command in its environment; the command's exit code."""
    return _run(words, environment.merged(os.environ, changes(home)))


def shell(home: Path, more: Mapping[str, str] | None = None) -> int:
    """Open a shell in its environment, with these variables too; the shell's exit code."""
    env = environment.merged({**os.environ, **(more or {})}, changes(home))
    learners = os.environ.get("SHELL") or os.environ.get("COMSPEC") or "sh"
    words, prompting = environment.prompt(env, learners)
    return _run(words, env | prompting)


def _run(words: Sequence[str], env: Mapping[str, str]) -> int:
    try:
        code = subprocess.run(list(words), env=dict(env), check=False).returncode
    except FileNotFoundError as error:
        raise UsageFault(f"There is no command {words[0]!r}.", "Is it installed, and on your PATH?") from error
    except PermissionError as error:
        raise UsageFault(f"{words[0]!r} cannot be run.", "Is it a program?") from error
    # As a shell says it: 128 and the signal that ended it.
    return code if code >= 0 else 128 - code


def faults(home: Path) -> list[dict[str, Any]]:
    """The faults in force, and how often each has struck."""
    found: list[dict[str, Any]] = background.ask(background.must_run(places(home)), "GET", "faults")["faults"]
    return found


def add_fault(home: Path, rule: FaultRule) -> None:
    """Put a fault into force."""
    background.ask(background.must_run(places(home)), "POST", "faults", rule.as_data())


def clear_faults(home: Path) -> None:
    """Lift every fault."""
    background.ask(background.must_run(places(home)), "DELETE", "faults")


def fire(home: Path, name: str) -> str:
    """Set off a rule or a schedule now; what kind of thing it was."""
    return str(background.ask(background.must_run(places(home)), "POST", "fire", {"name": name})["kind"])
