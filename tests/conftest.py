"""What many tests need: a clock that stands still, a home of their own, the real content."""

import gc
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from hypothesis import settings

from mlacoach.coach import Coach
from mlacoach.content import Library, Loaded
from mlacoach.store import MEMORY, Store
from tests.devices import close_all
from tests.shipped import shipped

ROOT = Path(__file__).resolve().parent.parent


class Clock:
    """A clock that only a test moves."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def pytest_configure(config: pytest.Config) -> None:
    """Spend time where it finds most: one thread for small data, and fewer examples unless all were asked for."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        # Read when numpy is imported. Threads that wait for a busy processor cost small data five times its work.
        os.environ.setdefault(name, "1")
    # The content and the services' models stay; to look through them at Python's own pace takes a sixth of the time.
    gc.set_threshold(50_000, 20, 100)
    settings.register_profile("short", max_examples=25, deadline=None)
    settings.register_profile("whole", deadline=None)
    settings.load_profile("whole" if config.getoption("--whole") else "short")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--whole` runs what the short form of the suite leaves out: repetitions of facts that it holds once."""
    parser.addoption("--whole", action="store_true", help="run every repetition, not a sample of each")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `whole`, unless all of it was asked for."""
    if config.getoption("--whole"):
        return
    left_out = [item for item in items if item.get_closest_marker("whole")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if not item.get_closest_marker("whole")]


def pytest_collection_finish() -> None:
    """What was imported to find the tests stays: no look for garbage goes through it again."""
    gc.freeze()


@pytest.fixture(scope="session")
def whole(pytestconfig: pytest.Config) -> bool:
    """Is everything tried, or a sample?"""
    return bool(pytestconfig.getoption("--whole"))


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


@pytest.fixture(autouse=True)
def closed_devices() -> Iterator[None]:
    """No store of a device outlives its test."""
    yield
    close_all()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def loaded() -> Loaded:
    """The content that ships, as it was read."""
    return shipped()


@pytest.fixture(scope="session")
def library() -> Library:
    """The content that ships."""
    return shipped().library


@pytest.fixture
def store(clock: Clock) -> Iterator[Store]:
    store = Store(MEMORY, clock())
    yield store
    store.close()


@pytest.fixture
def coach(store: Store, library: Library, clock: Clock, home: Path) -> Coach:
    return Coach(store=store, library=library, now=clock, rng=Random(1), home=home)
