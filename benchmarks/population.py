"""A world whose truth is known: banks, learners, and how learners answer."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mlacoach.learning.calibrate import calibrate
from mlacoach.learning.irt import Array, probability
from mlacoach.learning.items import GUESSING, LEVEL_MEANS, LEVEL_SD, LOG_SLOPE_SD, Indices, ItemBank, expert_bank

WEIGHTS: Array = np.array([0.28, 0.26, 0.22, 0.24])
ITEMS = 600
LENGTH = 65
QUOTAS = (18, 17, 14, 16)

# Seven of ten questions are multiple choice, as in our own bank.
KINDS = tuple(GUESSING)
KIND_SHARES = (0.7, 0.1, 0.1, 0.1)


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A bank as it is, and as its authors see it."""

    truth: ItemBank
    expert: ItemBank


def world(rng: np.random.Generator, items: int = ITEMS) -> World:
    """A bank drawn from the priors: levels equally often, b around its level, log a ~ N(0, .3²)."""
    domains = np.repeat(np.arange(WEIGHTS.size), np.diff(np.rint(np.cumsum([0.0, *WEIGHTS]) * items).astype(int)))
    levels = rng.integers(1, LEVEL_MEANS.size + 1, items)
    kinds = rng.choice(KINDS, items, p=KIND_SHARES)
    expert = expert_bank(levels.tolist(), kinds.tolist(), domains.tolist())
    truth = replace(
        expert,
        a=np.exp(rng.normal(0, LOG_SLOPE_SD, items)),
        mu_b=rng.normal(expert.mu_b, LEVEL_SD),
        sd_b=np.zeros(items),
        n=np.full(items, 10_000),
    )
    return World(truth, expert)


def calibrated(here: World, learners: int, rng: np.random.Generator) -> ItemBank:
    """The bank after a cohort of learners of N(0, 1) answered 65 items each."""
    theta = rng.normal(size=learners)
    return calibrate(cohort(here.truth, theta, rng), here.expert).bank


def cohort(truth: ItemBank, theta: Array, rng: np.random.Generator) -> Array:
    """Answers of learners to a random form each: 1, 0, nan; shape (learners, items)."""
    responses = np.full((theta.size, len(truth)), np.nan)
    forms = random_forms(truth, theta.size, rng)
    rows = np.arange(theta.size)[:, None]
    responses[rows, forms] = answers(truth, theta, forms, rng)
    return responses


def random_forms(bank: ItemBank, learners: int, rng: np.random.Generator) -> Indices:
    """A random form of 65 for each learner, by the blueprint; shape (learners, 65)."""
    parts = []
    for domain, quota in enumerate(QUOTAS):
        members = np.flatnonzero(bank.domain == domain)
        order = np.argsort(rng.random((learners, members.size)), axis=1)[:, :quota]
        parts.append(members[order])
    return np.hstack(parts)


def answers(truth: ItemBank, theta: Array, items: Indices, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Right or wrong by the model: abilities of shape (learners, 1 or answers), items of shape (learners, answers)."""
    ability = theta[:, None] if theta.ndim == 1 else theta
    chance = probability(ability, truth.a[items], truth.mu_b[items], truth.c[items])
    return rng.random(items.shape) < chance
