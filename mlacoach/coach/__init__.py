"""One module per thing a learner does. Each wires content, store, learning and cloud for one action; none draws."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from random import Random

from mlacoach.content import Library
from mlacoach.store import Store


@dataclass(frozen=True, slots=True)
class Coach:
    """The parts that `cli` chose: the learner's file, the content, the clock, chance, the folder for our files."""

    store: Store
    library: Library
    now: Callable[[], datetime]
    rng: Random
    home: Path
