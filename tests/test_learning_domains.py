"""Abilities in the domains share what they have in common."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.population import answers, random_forms, world
from mlacoach.learning.domains import DomainAbilities, domain_abilities
from mlacoach.learning.irt import Array, probability
from mlacoach.learning.items import ItemBank

BANK = world(np.random.default_rng(1), 120).truth
given_answers = st.lists(st.tuples(st.integers(0, 119), st.booleans()), max_size=60, unique_by=lambda pair: pair[0])


def estimated(pairs: list[tuple[int, bool]], **how: float) -> DomainAbilities:
    items = np.array([item for item, _ in pairs], dtype=np.intp)
    return domain_abilities(BANK, items, np.array([right for _, right in pairs], dtype=np.bool_), 4, **how)


def log_posterior(bank: ItemBank, pairs: list[tuple[int, bool]], theta: Array) -> float:
    """By the book: the normal prior of correlation .85 and the answers' likelihood."""
    covariance = np.full((4, 4), 0.85) + 0.15 * np.eye(4)
    total = -float(theta @ np.linalg.solve(covariance, theta)) / 2
    for item, right in pairs:
        p = float(probability(theta[bank.domain[item]], bank.slope[item], bank.mu_b[item], bank.c[item]))
        total += np.log(p if right else 1 - p)
    return total


def test_of_nobodys_answers_nothing_is_known() -> None:
    nothing = estimated([])

    assert nothing.theta.tolist() == [0, 0, 0, 0]
    assert nothing.se == pytest.approx(np.ones(4))


@settings(max_examples=25)
@given(given_answers)
def test_the_estimate_is_the_mode_of_the_posterior(pairs: list[tuple[int, bool]]) -> None:
    """A hundredth to either side in any domain is no more probable."""
    found = estimated(pairs)
    at_mode = log_posterior(BANK, pairs, found.theta)

    for step in 0.01 * np.vstack([np.eye(4), -np.eye(4)]):
        assert log_posterior(BANK, pairs, found.theta + step) < at_mode


def test_answers_in_one_domain_speak_for_the_others_too() -> None:
    right_in_0 = [(item, True) for item in np.flatnonzero(BANK.domain == 0)[:20].tolist()]

    together, alone = estimated(right_in_0), estimated(right_in_0, correlation=0.0)

    assert together.theta[0] > together.theta[1] > 0.5
    assert together.theta[1] == pytest.approx(0.85 * together.theta[0], abs=1e-4)
    assert alone.theta[1:].tolist() == [0, 0, 0]
    assert together.se[0] < together.se[1] < alone.se[1]


def test_together_they_are_nearer_to_the_truth_than_alone_and_know_how_near() -> None:
    """150 learners with correlated abilities, a random form of 65 each."""
    rng = np.random.default_rng(4)
    bank = world(rng).truth
    covariance = np.full((4, 4), 0.85) + 0.15 * np.eye(4)
    theta = rng.multivariate_normal(np.zeros(4), covariance, 150)
    forms = random_forms(bank, 150, rng)
    correct = answers(bank, np.take_along_axis(theta, bank.domain[forms], axis=1), forms, rng)

    found = [domain_abilities(bank, items, right, 4) for items, right in zip(forms, correct, strict=True)]
    alone = [domain_abilities(bank, items, right, 4, 0.0).theta for items, right in zip(forms, correct, strict=True)]

    errors = np.array([one.theta for one in found]) - theta
    assert (errors**2).mean() < 0.72 * ((np.array(alone) - theta) ** 2).mean()
    inside = np.abs(errors) < 1.645 * np.array([one.se for one in found])
    assert inside.mean() == pytest.approx(0.9, abs=0.04)
