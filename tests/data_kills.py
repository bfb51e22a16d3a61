"""Kill -9 at random moments of everything that moves a learner's data: `python -m tests.data_kills --kills 100`.

After each kill the file opens and is sound, what it says is what it said before or what it was to say, every backup
and every segment that is there is whole, and doing it again completes it.
"""

import argparse
import multiprocessing
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any

from mlacoach.coach.exchange import read_log, write_log
from mlacoach.coach.sync import pull, push
from mlacoach.store import Store
from mlacoach.store.backups import REPLACED, create, find, listed, verify
from mlacoach.store.restoring import restore
from mlacoach.store.sync_folder import SyncFolder
from tests import old_file
from tests.devices import NOW, Device, state, studied

PROCESSES = multiprocessing.get_context("forkserver")
# Each process would import them anew.
PROCESSES.set_forkserver_preload(["mlacoach.coach.sync", "mlacoach.store.migrations", "tests.devices"])
LATER = NOW + timedelta(days=1)
ROWS = 120
MOST_STARTS = 10


def make_backup(home: Path) -> None:
    with closing(Store(home / "mlacoach.db", NOW)) as store:
        create(store, LATER)


def restore_backup(home: Path) -> None:
    restore(home / "mlacoach.db", find(home / "mlacoach.db", f"{NOW:%Y%m%dT%H%M%S}000Z"), LATER)


def restore_over_damage(home: Path) -> None:
    restore(home / "damaged" / "mlacoach.db", find(home / "mlacoach.db", f"{NOW:%Y%m%dT%H%M%S}000Z"), LATER)


def take_in(home: Path) -> None:
    with closing(Store(home / "mlacoach.db", NOW)) as store:
        read_log(store, home / "other.jsonl")


def push_rows(home: Path) -> None:
    with closing(Store(home / "mlacoach.db", NOW)) as store:
        push(store, SyncFolder(home / "shared"), LATER)


def pull_rows(home: Path) -> None:
    with closing(Store(home / "mlacoach.db", NOW)) as store:
        pull(store, SyncFolder(home / "shared"))


def upgrade(home: Path) -> None:
    Store(home / "old" / "mlacoach.db", LATER).close()


# What is done, and the file that it is done to.
ACTIONS: dict[str, tuple[Callable[[Path], None], str]] = {
    "backup": (make_backup, "mlacoach.db"),
    "restore": (restore_backup, "mlacoach.db"),
    "restore over damage": (restore_over_damage, "damaged/mlacoach.db"),
    "import": (take_in, "mlacoach.db"),
    "push": (push_rows, "mlacoach.db"),
    "pull": (pull_rows, "mlacoach.db"),
    "upgrade": (upgrade, "old/mlacoach.db"),
}


@dataclass
class Tried:
    """What came of it: the processes started, those killed before they were done, and what was lost or left half."""

    started: int = 0
    kills: int = 0
    losses: list[str] = field(default_factory=list)


def prepare(home: Path) -> None:
    """A home with a history, an older backup, and what another device did: as a file, and in a shared folder."""
    for name in ("shared", "damaged", "old"):
        (home / name).mkdir(parents=True)
    device = studied(Device(Store(home / "mlacoach.db", NOW)), 1, ROWS)
    create(device.store, NOW)
    for number in range(ROWS):
        device.do("answer", number)
    device.store.close()
    other = studied(Device(now=NOW + timedelta(minutes=1)), 2, ROWS)
    write_log(other.store, home / "other.jsonl", NOW)
    push(other.store, SyncFolder(home / "shared"), NOW)
    data = (home / "mlacoach.db").read_bytes()
    (home / "damaged" / "mlacoach.db").write_bytes(data[: len(data) // 2])
    old_file.make(home / "old" / "mlacoach.db")


class Killer:
    """Tries one action after the other, each on a copy of a home that was prepared once."""

    def __init__(self, folder: Path, rng: Random) -> None:
        self._folder, self._rng = folder, rng
        prepare(folder / "prepared")
        self._before = {name: says(folder / "prepared" / file) for name, (_, file) in ACTIONS.items()}
        self._after: dict[str, Any] = {}
        self._seconds: dict[str, float] = {}
        for name in ACTIONS:
            home = self._home()
            _, self._seconds[name] = in_a_process(name, home, None)
            self._after[name] = says(home / ACTIONS[name][1])

    def kill(self, name: str, tried: Tried) -> None:
        """Do something, kill it at a random moment, and look at what is left."""
        home = self._home()
        code, _ = in_a_process(name, home, self._rng.uniform(0, self._seconds[name]))
        tried.started += 1
        tried.kills += code == -signal.SIGKILL
        try:
            tried.losses += [f"{name}: {loss}" for loss in self._losses(name, home, done=code == 0)]
        except Exception as error:  # noqa: BLE001 - whatever a kill led to is what we are after
            tried.losses.append(f"{name}: {type(error).__name__}: {error}")
        shutil.rmtree(home)

    def _losses(self, name: str, home: Path, *, done: bool) -> list[str]:
        act, file = ACTIONS[name]
        before, after, now = self._before[name], self._after[name], says(home / file)
        found = []
        if now not in ((after,) if done else (before, after)):
            found.append("what it says is neither what it said nor what it was to say")
        backups = listed(home / file)
        found += [f"{one.path.name} is not whole" for one in backups if verify(one).fault and before is not None]
        kept = [says_backup(one.path) for one in backups if one.kind == REPLACED]
        if before is not None and now == after != before and name.startswith("restore") and before not in kept:
            found.append("what was replaced was not kept")
        if before is None and now == after and not any(one.kind == REPLACED for one in backups):
            found.append("the damaged file was not kept")
        try:
            pull(Device().store, SyncFolder(home / "shared"))
        except Exception as error:  # noqa: BLE001
            found.append(f"the shared folder can't be read: {error}")
        act(home)
        if says(home / file) != after:
            found.append("doing it again does not complete it")
        return found

    def _home(self) -> Path:
        home = Path(tempfile.mkdtemp(dir=self._folder))
        return Path(shutil.copytree(self._folder / "prepared", home, dirs_exist_ok=True))


def says(file: Path) -> Any:  # noqa: ANN401 - what `state` returns
    """All that a file says, None if it is damaged. It is opened as the program does, in a copy."""
    with tempfile.TemporaryDirectory() as folder:
        for path in file.parent.glob(f"{file.name}*"):
            shutil.copy2(path, folder)
        return says_backup(Path(folder) / file.name)


def says_backup(file: Path) -> Any:  # noqa: ANN401
    """All that a file says, opened where it is."""
    from mlacoach.errors import DataDamaged  # noqa: PLC0415

    try:
        with closing(Store(file, NOW)) as store:
            return state(store) if store.check() is None else "broken"
    except DataDamaged:
        return None


def in_a_process(name: str, home: Path, kill_after: float | None) -> tuple[int, float]:
    """Do it in a process of its own; its exit code, and how many seconds it took."""
    ours, theirs = PROCESSES.Pipe()
    process = PROCESSES.Process(target=_act, args=(name, home, theirs))
    process.start()
    ours.recv()
    began = time.monotonic()
    if kill_after is not None:
        time.sleep(kill_after)  # this is the draw: nothing is waited for
        process.kill()
    process.join()
    code, took = process.exitcode, time.monotonic() - began
    process.close()
    assert code is not None
    return code, took


def _act(name: str, home: Path, told: Connection) -> None:
    told.send("go")
    ACTIONS[name][0](home)


def attempt(kills: int, seed: int, folder: Path) -> Tried:
    """Kill so often, each action in turn; a process that was done before its kill counts as started only."""
    killer, tried, names = Killer(folder, Random(seed)), Tried(), list(ACTIONS)
    while tried.kills < kills and tried.started < MOST_STARTS * kills:
        killer.kill(names[tried.started % len(names)], tried)
    return tried


def main() -> None:
    """Kill, and say what came of it; 1 if anything was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.data_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tried = attempt(asked.kills, asked.seed, Path(folder))
    sys.stdout.write(f"{tried.kills} kills of {tried.started} processes, {len(tried.losses)} losses\n")
    sys.stdout.writelines(f"  {loss}\n" for loss in tried.losses)
    sys.exit(1 if tried.losses else 0)


if __name__ == "__main__":
    main()
