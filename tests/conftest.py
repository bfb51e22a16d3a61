"""What many tests need: a clock that stands still, a home of their own, the real content."""

import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from mlacoach.coach import Coach
from mlacoach.content import Library, load
from mlacoach.store import MEMORY, Store

ROOT = Path(__file__).resolve().parent.parent


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> None:
    """What a shell starts in the background, or nohup, ignores signals, and so would the programs that tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own; none can touch the learner's."""
    folder = tmp_path / "home"
    monkeypatch.setenv("MLACOACH_HOME", str(folder))
    for name in ("NO_COLOR", "MLACOACH_NO_COLOR", "MLACOACH_ACCESSIBLE", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def library() -> Library:
    """The content that ships."""
    return load([ROOT]).library


@pytest.fixture
def store(clock: Clock) -> Iterator[Store]:
    store = Store(MEMORY, clock())
    yield store
    store.close()


@pytest.fixture
def coach(store: Store, library: Library, clock: Clock, home: Path) -> Coach:
    return Coach(store=store, library=library, now=clock, rng=Random(1), home=home)
