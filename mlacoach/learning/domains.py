"""Ability in each domain: four numbers that share what they have in common.

A domain alone has a dozen answers and would say little; learners strong in one domain tend to be strong in the others.
Both go into one estimate with its standard error, and nothing else is shown: an unshrunk sub-score is mostly noise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlacoach.learning.irt import Array, information, probability
from mlacoach.learning.items import Indices, ItemBank

CORRELATION = 0.85

# Scoring steps that are left when none moves by this much.
_CLOSE = 1e-6
_MOST_STEPS = 50


@dataclass(frozen=True, slots=True, eq=False)
class DomainAbilities:
    """Posterior modes and standard errors of theta by domain, each of shape (domains,)."""

    theta: Array
    se: Array


def domain_abilities(
    bank: ItemBank, items: Indices, correct: NDArray[np.bool_], domains: int, correlation: float = CORRELATION
) -> DomainAbilities:
    """Estimate all domains together: the mode under N(0, R), R with `correlation` between any two (Segall 1996).

    Found by Fisher scoring; the errors are Laplace's, from the information at the mode.

    Args:
        bank: the items.
        items: those answered, shape (answers,).
        correct: was each right, shape (answers,).
        domains: how many there are.
        correlation: between the abilities of any two domains.
    """
    precision = np.linalg.inv(np.full((domains, domains), correlation) + (1 - correlation) * np.eye(domains))
    a, b, c, domain = bank.slope[items], bank.mu_b[items], bank.c[items], bank.domain[items]
    theta = np.zeros(domains)
    for _ in range(_MOST_STEPS):
        right = probability(theta[domain], a, b, c)
        known = information(theta[domain], a, b, c)
        # d log P / d theta = a L, L = (P - c) / (1 - c).
        pull = a * (right - c) / (1 - c) * (correct - right) / right
        slope = np.bincount(domain, weights=pull, minlength=domains) - precision @ theta
        curvature = np.diag(np.bincount(domain, weights=known, minlength=domains)) + precision
        # Half an SD at a time: guessed answers can make a whole step overshoot.
        step = np.clip(np.linalg.solve(curvature, slope), -0.5, 0.5)
        theta = theta + step
        if np.abs(step).max() < _CLOSE:
            break
    return DomainAbilities(theta, np.sqrt(np.diag(np.linalg.inv(curvature))))
