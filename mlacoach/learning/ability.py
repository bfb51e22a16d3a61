"""What answers say about an ability: a density on `GRID`, its mean, its SD, its interval.

Every array may have leading axes, so that one learner and ten thousand are the same code.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from mlacoach.learning.irt import GRID, STEP, Array


@dataclass(frozen=True, eq=False)
class Ability:
    """A density over theta: `log_density` has shape (..., 81) and need not be normalised."""

    log_density: Array

    def answered(self, log_likelihood: Array) -> Self:
        """After an answer whose log-likelihood on the grid is given, shape (..., 81); see `Curves.answer`."""
        return type(self)(self.log_density + log_likelihood)

    @cached_property
    def posterior(self) -> Array:
        """The probability of each point of the grid, shape (..., 81); sums to 1."""
        density: Array = np.exp(self.log_density - self.log_density.max(axis=-1, keepdims=True))
        posterior: Array = density / density.sum(axis=-1, keepdims=True)
        return posterior

    @cached_property
    def theta(self) -> Array:
        """The estimate: the posterior mean, called EAP (Bock & Mislevy 1982), shape (...,)."""
        mean: Array = self.posterior @ GRID
        return mean

    @cached_property
    def se(self) -> Array:
        """Its standard error: the posterior SD, shape (...,)."""
        spread: Array = np.sqrt(np.maximum(self.posterior @ GRID**2 - self.theta**2, 0.0))
        return spread

    def below(self, theta: float) -> Array:
        """The probability that the ability is below `theta`, shape (...,)."""
        share = np.clip((theta - GRID) / STEP + 0.5, 0.0, 1.0)
        chance: Array = self.posterior @ share
        return chance

    def quantile(self, p: float) -> Array:
        """The ability that a share `p` of the posterior lies below, shape (...,)."""
        reached = np.cumsum(self.posterior, axis=-1)
        cell = np.minimum((reached < p).sum(axis=-1), GRID.size - 1)
        inside = np.take_along_axis(self.posterior, cell[..., None], axis=-1)[..., 0]
        after = np.take_along_axis(reached, cell[..., None], axis=-1)[..., 0]
        found: Array = GRID[cell] + STEP * (0.5 - (after - p) / inside)
        return found

    def interval(self, level: float = 0.90) -> tuple[Array, Array]:
        """The interval that holds the ability with probability `level`, with as much below as above it."""
        outside = (1 - level) / 2
        return self.quantile(outside), self.quantile(1 - outside)


def newcomer(*shape: int) -> Ability:
    """The ability of a learner nothing is known of: N(0, 1). With a shape, that many of them."""
    return Ability(np.broadcast_to(-(GRID**2) / 2, (*shape, GRID.size)))
