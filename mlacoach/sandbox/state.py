"""What a background server leaves for others to find it by."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from mlacoach.sandbox.lock import is_held


@dataclass(frozen=True, slots=True)
class Places:
    """The files of a background server, all in one folder of the learner's data."""

    folder: Path

    @property
    def lock(self) -> Path:
        """Held by the server as long as it lives."""
        return self.folder / "server.lock"

    @property
    def starting(self) -> Path:
        """Held by whoever is starting one."""
        return self.folder / "starting.lock"

    @property
    def state(self) -> Path:
        """Where it listens, and the token to tell it something."""
        return self.folder / "state.json"

    @property
    def log(self) -> Path:
        """What it says."""
        return self.folder / "server.log"

    @property
    def work(self) -> Path:
        """What it works with."""
        return self.folder / "work"

    @property
    def config(self) -> Path:
        """An empty AWS configuration, so that nobody's own is read."""
        return self.folder / "aws-config"


@dataclass(frozen=True, slots=True)
class State:
    """A server that is running."""

    pid: int
    port: int
    token: str
    started: str

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"


def write_state(places: Places, state: State) -> None:
    """Write it for us alone to read, whole or not at all."""
    new = places.state.with_suffix(".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(json.dumps(asdict(state)), encoding="utf-8")
    new.replace(places.state)


def forget_state(places: Places) -> None:
    """The server is gone."""
    places.state.unlink(missing_ok=True)


def running(places: Places) -> State | None:
    """The server that is running. It holds its lock while it lives, so a file that a dead one left is seen through."""
    if not is_held(places.lock):
        forget_state(places)
        return None
    try:
        return State(**json.loads(places.state.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
