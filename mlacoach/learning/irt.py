"""The three-parameter logistic model (Birnbaum 1968), in the logistic metric (D = 1), on a grid of abilities.

Ability `theta` has mean 0 and SD 1 among those the items were made for. `a` is an item's slope per unit of theta, `b`
its difficulty on theta's scale, `c` the probability of guessing it right.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

# A tenth of an SD apart the sums below equal their integrals to 1e-6, and beyond 4 stands one learner in 16,000.
GRID: Array = np.linspace(-4.0, 4.0, 81)
STEP = 0.1

# The logistic curve closest to the normal one has slope 1.7, so an uncertain difficulty flattens a curve by this.
FLATTENING = 0.346

# Beyond this the curve is within 1e-15 of its ends; the bound keeps the logarithm of 1 - P finite.
STEEPEST = 34.0


def probability(theta: Array, a: Array, b: Array, c: Array) -> Array:
    """The probability of a right answer: P = c + (1 - c) / (1 + exp(-a (theta - b))).

    Args:
        theta: abilities; broadcasts with the items' arrays.
        a: slopes.
        b: difficulties.
        c: guessing, 0 to 1.

    Returns:
        Probabilities in the common shape.
    """
    return c + (1 - c) * _logistic(a * (theta - b))


def information(theta: Array, a: Array, b: Array, c: Array) -> Array:
    """Fisher's information of an answer: a² L² (1 - P) / P with L = (P - c) / (1 - c) (Lord 1980, ch. 5)."""
    z = a * (theta - b)
    rising = _logistic(z)
    return a**2 * rising**2 * (1 - c) * _logistic(-z) / (c + (1 - c) * rising)


def marginal_slope(a: Array, sd_b: Array) -> Array:
    """The slope of the curve of an item whose difficulty is known only as N(b, sd_b²): a / sqrt(1 + .346 a² sd_b²).

    Scoring with the slope `a` itself takes the difficulty for known; 90 % intervals then cover some .87 (simulated).
    The logistic curve of this slope is within .006 of the average curve (MacKay 1992, eq. 10).
    """
    flatter: Array = a / np.sqrt(1 + FLATTENING * a**2 * sd_b**2)
    return flatter


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What each item says at each point of `GRID`, worked out once for a bank.

    `right` and `wrong` are log P and log(1 - P), shape (items, 81); `information` is the transpose, (81, items),
    because choosing an item looks at all items for one ability.
    """

    right: Array
    wrong: Array
    information: Array

    def answer(self, item: int, *, correct: bool) -> Array:
        """The log-likelihood of one answer at each point of the grid, shape (81,)."""
        log_likelihood: Array = self.right[item] if correct else self.wrong[item]
        return log_likelihood


def curves(a: Array, b: Array, c: Array) -> Curves:
    """The curves of items, each array of shape (items,)."""
    slope, middle, guess = a[:, None], b[:, None], c[:, None]
    z = slope * (GRID - middle)
    rising, falling = _logistic(z), _logistic(-z)
    right = guess + (1 - guess) * rising
    wrong = (1 - guess) * falling
    known = slope**2 * rising**2 * wrong / right
    return Curves(np.log(right), np.log(wrong), np.ascontiguousarray(known.T))


def _logistic(z: Array) -> Array:
    bounded: Array = 1 / (1 + np.exp(-np.clip(z, -STEEPEST, STEEPEST)))
    return bounded
