"""How many items a measurement takes, and whether its intervals and decisions are right as often as they say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.figures import Figure
from benchmarks.population import LENGTH, QUOTAS, WEIGHTS, World, calibrated, world
from benchmarks.sittings import Track, adaptive, domain_turns, linear
from mlacoach.learning.irt import Array
from mlacoach.learning.items import Indices, ItemBank, Mask
from mlacoach.learning.stopping import LEAST, SE_TARGET, SURE

# What may be known of a bank: everything, the answers of so many learners to 65 items each, the authors' levels.
STATES = ("true", "cal-1000", "cal-200", "expert")
COHORTS = {"cal-1000": 1000, "cal-200": 200}

MOST_ITEMS = {"true": 26, "cal-1000": 33, "cal-200": 43, "expert": 58}
MOST_TO_DECIDE = {"true": 28, "cal-200": 33, "expert": 39}


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """One bank in every state, and learners of N(0, 1) who sat 65 adaptive items in each, and one random form."""

    world: World
    banks: Mapping[str, ItemBank]
    theta: Array
    tracks: Mapping[str, Track]
    linear_error: Array


def cell(learners: int, rng: np.random.Generator) -> Cell:
    """Draw a bank and learners, and let them sit."""
    here = world(rng)
    banks = {state: bank_in(state, here, rng) for state in STATES}
    theta = rng.normal(size=learners)
    tracks = {state: adaptive(here.truth, bank, theta, rng) for state, bank in banks.items()}
    return Cell(here, banks, theta, tracks, linear(here.truth, here.truth, theta, rng).theta - theta)


def bank_in(state: str, here: World, rng: np.random.Generator) -> ItemBank:
    """The bank as it is known in that state."""
    if state in COHORTS:
        return calibrated(here, COHORTS[state], rng)
    return here.truth if state == "true" else here.expert


def precision(cells: Sequence[Cell]) -> list[Figure]:
    """Items to match a random form of 65 that is scored with true parameters, coverage, stopping, the blueprint."""
    linear_rmse = _rmse(np.concatenate([one.linear_error for one in cells]))
    figures = []
    for state in STATES:
        errors = np.vstack([one.tracks[state].theta - one.theta[:, None] for one in cells])
        reached = np.sqrt((errors**2).mean(axis=0)) <= linear_rmse
        needed = float(reached.argmax() + 1) if reached.any() else np.inf
        figures.append(Figure(f"items to match linear-65, {state}", needed, at_most=MOST_ITEMS[state]))
    figures += [
        Figure(f"90 % interval of theta covers, {state}", _coverage(cells, state), 0.87, 0.93) for state in STATES
    ]
    figures += [*_precise(cells), *_decided(cells), *_blueprint(cells)]
    return figures


def _coverage(cells: Sequence[Cell], state: str) -> float:
    inside = []
    for one in cells:
        low, high = one.tracks[state].ability.interval()
        inside.append((low <= one.theta) & (one.theta <= high))
    return float(np.mean(inside))


def _precise(cells: Sequence[Cell]) -> list[Figure]:
    figures = []
    for state in STATES:
        there = np.vstack([one.tracks[state].se for one in cells]) <= SE_TARGET
        length, reached = _first(there)
        barred = state == "true"
        figures += [
            Figure(f"SE .30: mean items, {state}", float(length.mean()), at_most=34 if barred else None),
            Figure(f"SE .30: reached within 65, {state}", float(reached.mean()), at_least=0.95 if barred else None),
        ]
    return figures


def _decided(cells: Sequence[Cell]) -> list[Figure]:
    theta = np.concatenate([one.theta for one in cells])
    figures = []
    for state in STATES:
        above = np.vstack([one.tracks[state].above for one in cells])
        length, decided = _first((above >= SURE) | (above <= 1 - SURE))
        said = above[np.arange(theta.size), length - 1] > 0.5  # noqa: PLR2004 - more probable than not
        right = (said == (theta > 0))[decided]
        figures += [
            Figure(f"decision: right when decided, {state}", float(right.mean()), at_least=0.95),
            Figure(f"decision: mean items, {state}", float(length.mean()), at_most=MOST_TO_DECIDE.get(state)),
            Figure(f"decision: decided within 65, {state}", float(decided.mean())),
        ]
    return figures


def _first(there: Mask) -> tuple[Indices, Mask]:
    """After how many items each row is there, not before the least and at most 65; and whether it ever is."""
    there = there.copy()
    there[:, : LEAST - 1] = False
    reached = np.asarray(there.any(axis=1))
    return np.where(reached, there.argmax(axis=1) + 1, LENGTH), reached


def _blueprint(cells: Sequence[Cell]) -> list[Figure]:
    counts = np.array([np.bincount(domain_turns(n), minlength=WEIGHTS.size) for n in range(1, LENGTH + 1)])
    prefix = np.abs(counts - np.arange(1, LENGTH + 1)[:, None] * WEIGHTS).max()
    off = [
        np.abs((one.world.truth.domain[one.tracks["expert"].items] == domain).sum(axis=1) - quota).max()
        for one in cells
        for domain, quota in enumerate(QUOTAS)
    ]
    return [
        Figure("blueprint of 65: items off 18/17/14/16", float(max(off)), at_most=0),
        Figure("blueprint of each prefix: most items off", float(prefix), at_most=1),
    ]


def _rmse(errors: Array) -> float:
    return float(np.sqrt((errors**2).mean()))
