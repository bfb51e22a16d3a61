"""The items of a bank as arrays: how hard each is, how sure that is, and how many answers say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mlacoach.learning.irt import Array, Curves, curves, marginal_slope

Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]

# What an author's level 1 to 5 says about a difficulty: its mean, and the SD around it. Levels are ranks: experts place
# items on a scale poorly and order them fairly (Attali et al. 2014, ETS RR-14-39).
LEVEL_MEANS = np.array([-1.01, -0.46, 0.0, 0.46, 1.01])
LEVEL_SD = 0.82

# log a ~ N(0, .3²) before anybody has answered.
LOG_SLOPE_SD = 0.3

# One of four is guessed less often than 1 in 4, since distractors attract; a set, an order or pairs are hardly guessed.
GUESSING = {"multiple-choice": 0.20, "multiple-response": 0.05, "ordering": 0.05, "matching": 0.05}

PROVISIONAL_FROM = 100
CALIBRATED_FROM = 300


class State(StrEnum):
    """What an item's difficulty rests on: its author's level, at least 100 first answers, or at least 300."""

    EXPERT = "expert"
    PROVISIONAL = "provisional"
    CALIBRATED = "calibrated"


@dataclass(frozen=True, slots=True, eq=False)
class Shelf:
    """The items of one domain: their indices in the bank, and their information on the grid, shape (81, items)."""

    items: Indices
    information: Array


@dataclass(frozen=True, eq=False)
class ItemBank:
    """Items as arrays of shape (items,), which nobody can write to.

    `a` are slopes; `mu_b` and `sd_b` what is known of the difficulties, mean and SD; `c` the guessing; `domain` the
    index of each item's domain in the exam's order; `n` how many first answers its numbers rest on.
    """

    a: Array
    mu_b: Array
    sd_b: Array
    c: Array
    domain: Indices
    n: NDArray[np.int64]

    def __post_init__(self) -> None:
        for name in ("a", "mu_b", "sd_b", "c", "domain", "n"):
            column = getattr(self, name).copy()
            if column.shape != self.a.shape:
                raise ValueError(f"{name} has the shape {column.shape}, a has {self.a.shape}")
            column.flags.writeable = False
            object.__setattr__(self, name, column)
        if not (np.all(self.a > 0) and np.all(self.sd_b >= 0) and np.all((self.c >= 0) & (self.c < 1))):
            raise ValueError("slopes must be above 0, SDs at least 0, guessing from 0 to below 1")

    def __len__(self) -> int:
        return len(self.a)

    @cached_property
    def slope(self) -> Array:
        """The slope to score with: that of the marginal curve, shape (items,)."""
        return marginal_slope(self.a, self.sd_b)

    @cached_property
    def curves(self) -> Curves:
        """The marginal curves on the grid; 8 ms for 5,000 items, once."""
        return curves(self.slope, self.mu_b, self.c)

    @cached_property
    def shelves(self) -> tuple[Shelf, ...]:
        """The items of each domain, from the first to the last that has any."""
        places = [np.flatnonzero(self.domain == domain) for domain in range(int(self.domain.max(initial=-1)) + 1)]
        # One ability after another in memory, as choosing reads it; indexing alone would lay it the other way.
        rows = [np.ascontiguousarray(self.curves.information[:, items]) for items in places]
        return tuple(Shelf(items, information) for items, information in zip(places, rows, strict=True))

    @property
    def states(self) -> tuple[State, ...]:
        """The state of each item."""
        return tuple(state_of(int(answers)) for answers in self.n)


def state_of(answers: int) -> State:
    """The state of an item with so many first answers."""
    if answers >= CALIBRATED_FROM:
        return State.CALIBRATED
    return State.PROVISIONAL if answers >= PROVISIONAL_FROM else State.EXPERT


def expert_bank(levels: Sequence[int], kinds: Sequence[str], domains: Sequence[int]) -> ItemBank:
    """The bank as its authors know it, before any answer.

    Args:
        levels: of each question, 1 (easiest) to 5.
        kinds: of each question, a key of `GUESSING`.
        domains: of each question, the index of its domain.
    """
    level = np.asarray(levels, dtype=np.intp)
    if level.size and (level.min() < 1 or level.max() > len(LEVEL_MEANS)):
        raise ValueError("levels go from 1 to 5")
    return ItemBank(
        a=np.ones(level.size),
        mu_b=LEVEL_MEANS[level - 1],
        sd_b=np.full(level.size, LEVEL_SD),
        c=np.array([GUESSING[kind] for kind in kinds], dtype=np.float64),
        domain=np.asarray(domains, dtype=np.intp),
        n=np.zeros(level.size, dtype=np.int64),
    )
