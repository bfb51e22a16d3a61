"""Ability moves while somebody learns: theta tomorrow = theta today + N(0, .12²), a random walk.

Without it a learner of forty days is measured by answers of a person who no longer exists: intervals meant to cover
.90 cover about a third (simulated, `python -m benchmarks`).
"""

import numpy as np

from mlacoach.learning.ability import Ability
from mlacoach.learning.irt import GRID

SD_PER_DAY = 0.12


def drifted(ability: Ability, days: int) -> Ability:
    """What is known of the ability after that many nights: the density, widened by N(0, .12² days).

    Days are whole: the steps of an hour would fall between the points of the grid. Nothing leaves the grid: at its
    ends the step is drawn from what stays on it.
    """
    if days < 0:
        raise ValueError("days must not be negative")
    if days == 0:
        return ability
    moves = np.exp(-((GRID[:, None] - GRID) ** 2) / (2 * SD_PER_DAY**2 * days))
    density = ability.posterior @ (moves / moves.sum(axis=1, keepdims=True))
    return Ability(np.log(np.maximum(density, np.finfo(np.float64).tiny)))
