"""Measuring somebody who learns: forty days, ten new questions a day.

The path of the bar is a learning curve: most is gained early, one SD in all, by one learner more than by another. The
model's own random walk stands beside it without a bar: no estimate could know its end better than the model says.
"""

from collections.abc import Sequence

import numpy as np

from benchmarks.figures import Figure
from benchmarks.population import answers
from benchmarks.precision import STATES, Cell
from benchmarks.sittings import told
from mlacoach.learning.ability import Ability, newcomer
from mlacoach.learning.drift import SD_PER_DAY, drifted
from mlacoach.learning.irt import Array
from mlacoach.learning.items import ItemBank

DAYS = 40
A_DAY = 10
GAIN, GAIN_SD, GAIN_DAYS = 1.0, 0.3, 15


def growth(cells: Sequence[Cell], learners: int, rng: np.random.Generator) -> list[Figure]:
    """Coverage of the 90 % interval and RMSE on the last day, with drift and without; so many learners a bank."""
    figures = []
    for state in STATES:
        paths = [learning_curves(learners, rng) for _ in cells]
        covers, rmse, covers_still, rmse_still = _followed_all(cells, state, paths, rng)
        figures += [
            Figure(f"learning path: 90 % interval covers, {state}", covers, at_least=0.88),
            Figure(f"learning path: RMSE, {state}", rmse, at_most=0.30),
            Figure(f"learning path: a static estimate covers, {state}", covers_still),
            Figure(f"learning path: RMSE of a static estimate, {state}", rmse_still),
        ]
    walks = [random_walks(learners, rng) for _ in cells]
    covers, rmse, _, _ = _followed_all(cells, "true", walks, rng)
    return [*figures, Figure("random walk: covers, true", covers), Figure("random walk: RMSE, true", rmse)]


def learning_curves(learners: int, rng: np.random.Generator) -> Array:
    """Abilities by day, shape (learners, days): fast at first, then slower."""
    gains = rng.normal(GAIN, GAIN_SD, (learners, 1))
    curves: Array = rng.normal(size=(learners, 1)) + gains * (1 - np.exp(-np.arange(DAYS) / GAIN_DAYS))
    return curves


def random_walks(learners: int, rng: np.random.Generator) -> Array:
    """Abilities by day, shape (learners, days), as the drift assumes them."""
    steps = rng.normal(0, SD_PER_DAY, (learners, DAYS))
    steps[:, 0] = rng.normal(size=learners)
    walks: Array = steps.cumsum(axis=1)
    return walks


def _followed_all(
    cells: Sequence[Cell], state: str, paths: Sequence[Array], rng: np.random.Generator
) -> tuple[float, float, float, float]:
    """Coverage and RMSE over all banks, of the estimate that moves, then of the one that stands still."""
    pairs = [_followed(one.world.truth, one.banks[state], path, rng) for one, path in zip(cells, paths, strict=True)]
    end = np.concatenate([path[:, -1] for path in paths])
    still, moving = (Ability(np.vstack([pair[which].log_density for pair in pairs])) for which in (0, 1))
    return *_quality(moving, end), *_quality(still, end)


def _followed(truth: ItemBank, bank: ItemBank, path: Array, rng: np.random.Generator) -> tuple[Ability, Ability]:
    """What is known on the last day if ability is taken to stand still, and if it is taken to move."""
    learners = len(path)
    order = np.argsort(rng.random((learners, len(truth))), axis=1)[:, : DAYS * A_DAY]
    still = moving = newcomer(learners)
    for day in range(DAYS):
        moving = drifted(moving, 1) if day else moving
        items = order[:, day * A_DAY : (day + 1) * A_DAY]
        said = told(bank, items, answers(truth, path[:, day], items, rng))
        still, moving = still.answered(said), moving.answered(said)
    return still, moving


def _quality(ability: Ability, theta: Array) -> tuple[float, float]:
    low, high = ability.interval()
    inside = (low <= theta) & (theta <= high)
    return float(inside.mean()), float(np.sqrt(((ability.theta - theta) ** 2).mean()))
