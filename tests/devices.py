"""A learner's devices: what is done on one, and all that a store says, to hold two against each other."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, cast

from fsrs import Rating

from mlacoach.coach import Coach
from mlacoach.coach.quiz import Kept, review, take_back
from mlacoach.content import Library
from mlacoach.store import MEMORY, Store
from mlacoach.store.answers import Answered
from mlacoach.store.exchange import LOGS
from mlacoach.store.lab_runs import LabRunRow
from mlacoach.store.projects import ProjectEvent
from mlacoach.store.rows import new_id
from mlacoach.store.sittings import SittingRow

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# Tests let go of stores by the dozen; from Python 3.13 on, SQLite complains of each that nobody closed.
OPENED: list[Store] = []


@dataclass
class Device:
    """One of the learner's devices. Its clock moves by a second with everything that is done."""

    store: Store = field(default_factory=lambda: Store(MEMORY, NOW))
    now: datetime = NOW

    def __post_init__(self) -> None:
        OPENED.append(self.store)

    @property
    def coach(self) -> Coach:
        """What is done here asks for no content."""
        return Coach(self.store, cast("Library", None), lambda: self.now, Random(1), Path("none"))

    def do(self, kind: str, number: int) -> None:
        """Do something; `number` says to what."""
        self.now += timedelta(seconds=1)
        ACTIONS[kind](self, number)

    def jump(self, hours: int) -> None:
        """Set the clock."""
        self.now += timedelta(hours=hours)


def close_all() -> None:
    """Close the stores of all devices so far."""
    while OPENED:
        OPENED.pop()._connection.close()  # noqa: SLF001 - what a file of its own left behind is for its test to see


def answer(device: Device, number: int) -> None:
    answered = Answered(f"question-{number % 5}", ("a", "b"), number % 3 > 0, 12.5, "sure", "study")
    with device.store.together():
        row = device.store.answers.add(answered, device.now)
        review(device.coach, answered.question, Rating(1 + number % 4), row)


def card(device: Device, number: int) -> None:
    with device.store.together():
        review(device.coach, f"card:{number % 3}", Rating(1 + number % 4), None, 4.0)


def undo(device: Device, number: int) -> None:
    """Take back what may have come from another device."""
    standing = device.store.answers.reviews()
    if standing:
        one = standing[number % len(standing)]
        take_back(device.coach, Kept(one.answer or one.id, one.point, right=True))


def tick(device: Device, number: int) -> None:
    device.store.ticks.add(f"track/item-{number % 3}", "undone" if number % 2 else "done", device.now)


def read(device: Device, number: int) -> None:
    device.store.readings.add(f"lesson-{number % 2}", "unread" if number % 3 == 0 else "read", 60.0, device.now)


def replan(device: Device, number: int) -> None:
    kind = ("move", "skip", "restore")[number % 3]
    day = date(2026, 12, 1) + timedelta(days=number) if kind == "move" else None
    device.store.plan_changes.add(f"item-{number % 2}", kind, day, device.now)


def choose(device: Device, number: int) -> None:
    # Some days near enough for reviews to be scheduled closer.
    day = None if number % 4 == 0 else (NOW + timedelta(days=number % 30)).date().isoformat()
    device.store.profile.put({"exam_date": day, "hours_per_week": str(5 + number)}, device.now)


def doubt(device: Device, number: int) -> None:
    device.store.doubts.add(f"question-{number % 5}", f"doubt {number} \u2028 é '\"", device.now)


def sit(device: Device, number: int) -> None:
    """Go on with the open sitting, or begin one."""
    row, sittings = device.store.sittings.open(), device.store.sittings
    if row is None:
        paper = ("question-0", "question-1")
        row = SittingRow(
            new_id(device.now), device.now, "MLA-C02", "mini", number, None, paper, {"tasks": []}, None, None
        )
        sittings.begin(row)
    kinds = ("show", "answer", "flag", "unflag", "submit")
    sittings.add(row.id, kinds[number % 5], device.now, row.paper[number % 2], ("a",))


def practise(device: Device, number: int) -> None:
    run = LabRunRow(new_id(device.now), device.now, "a-lab", "1", ("sandbox", "aws")[number % 2], "1", "r", None)
    device.store.lab_runs.begin(run)
    device.store.lab_runs.add(run.id, "verdict", {"verdict": "clean" if number % 3 else "dirty"}, device.now)


def build(device: Device, number: int) -> None:
    kind = ("start", "done", "undone", "figure")[number % 4]
    name, value = ("", "a-folder") if kind == "start" else (f"name-{number % 2}", str(number))
    device.store.project_events.add(ProjectEvent(f"project-{number % 2}", device.now, kind, name, value))


def celebrate(device: Device, number: int) -> None:
    device.store.celebrations.add(f"milestone-{number % 3}", f"text {number}", device.now)


ACTIONS: dict[str, Callable[[Device, int], None]] = {
    action.__name__: action
    for action in (answer, card, undo, tick, read, replan, choose, doubt, sit, practise, build, celebrate)
}


def rows(store: Store, *tables: str) -> dict[str, list[tuple[Any, ...]]]:
    """What is in these tables, in an order of its own."""
    connection = store._connection  # noqa: SLF001 - past our own functions
    return {
        table: sorted((tuple(row) for row in connection.execute(f"SELECT * FROM {table}")), key=repr)  # noqa: S608
        for table in tables
    }


def state(store: Store) -> dict[str, Any]:
    """All that a store says of the learner: the tables, and what is read from them."""
    return {
        **rows(store, *LOGS, "memory"),
        "choices made": dict(store.profile.all()),
        "states": dict(store.ticks.states()),
        "last tick": store.ticks.last_not_undone(),
        "read": dict(store.readings.all()),
        "changed": dict(store.plan_changes.all()),
        "reviewed": store.answers.reviews(),
        "missed": store.answers.missed(),
        "flagged": store.sittings.flagged(),
        "sat": [(row, store.sittings.events(row.id)) for row in store.sittings.all()],
        "runs": [(row, store.lab_runs.events(row.id)) for row in store.lab_runs.all()],
        "built": store.project_events.all(),
        "celebrated": store.celebrations.all(),
        "due": store.answers.due(NOW + timedelta(days=3)),
        "on aws": store.lab_runs.has_unsettled("aws"),
    }


def studied(device: Device, seed: int, count: int = 20) -> Device:
    """Do something of every kind, then so many things in all; always the same for a seed."""
    for number, kind in enumerate(ACTIONS):
        device.do(kind, seed + number)
    return busy(device, seed, count - len(ACTIONS))


def busy(device: Device, seed: int, count: int) -> Device:
    """Do so many things, always the same for a seed."""
    rng = Random(seed)
    for kind in rng.choices(list(ACTIONS), k=max(count, 0)):
        device.do(kind, rng.randrange(60))
    return device
