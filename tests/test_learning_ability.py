"""The estimate of an ability, its error and its interval."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.population import world
from benchmarks.textbook import CATR_A, CATR_B, CATR_THETA, CATR_X, eap
from mlacoach.learning.ability import Ability, newcomer
from mlacoach.learning.irt import GRID, Array, probability

BANK = world(np.random.default_rng(1), 60).truth
answers = st.lists(st.tuples(st.integers(0, 59), st.booleans()), max_size=65)


def estimated(given_answers: list[tuple[int, bool]]) -> Ability:
    ability = newcomer()
    for item, right in given_answers:
        ability = ability.answered(BANK.curves.answer(item, correct=right))
    return ability


def test_the_estimate_equals_catrs() -> None:
    """catR::eapEst of the items (1, -1), (1.2, 0), (.8, 1) answered right, wrong, right: 0.1446946.

    As others test it who use catR; catR's case of 30 items is not published with its responses.
    """
    theta, _ = eap(np.array(CATR_A), np.array(CATR_B), np.zeros(3), np.array(CATR_X))

    assert theta == pytest.approx(CATR_THETA, abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_thirty_answers_equal_a_fine_quadrature(seed: int) -> None:
    """Mean and SD of the posterior on 20,001 points from -8 to 8."""
    rng = np.random.default_rng(seed)
    items = rng.choice(60, 30, replace=False)
    a, b, c = BANK.a[items], BANK.mu_b[items], BANK.c[items]
    right = (rng.random(30) < probability(np.array(0.6), a, b, c)).astype(np.float64)
    theta = np.linspace(-8, 8, 20_001)
    p = probability(theta[:, None], a, b, c)
    density: Array = np.exp(-(theta**2) / 2) * np.where(right == 1, p, 1 - p).prod(axis=1)
    mean = (density @ theta) / density.sum()
    sd = np.sqrt(density @ (theta - mean) ** 2 / density.sum())

    theta_found, se_found = eap(a, b, c, right)
    assert theta_found == pytest.approx(float(mean), abs=1e-5)
    assert se_found == pytest.approx(float(sd), abs=1e-5)


def test_of_a_newcomer_nothing_is_known() -> None:
    assert float(newcomer().theta) == pytest.approx(0, abs=1e-9)
    assert float(newcomer().se) == pytest.approx(1, abs=0.002)
    assert [float(end) for end in newcomer().interval()] == pytest.approx([-1.645, 1.645], abs=0.01)


@given(answers, st.integers(0, 59))
def test_a_right_answer_never_lowers_the_estimate_and_a_wrong_one_never_raises_it(
    before: list[tuple[int, bool]], item: int
) -> None:
    wrong, now, right = (
        float(estimated(more).theta) for more in ([*before, (item, False)], before, [*before, (item, True)])
    )

    assert wrong <= now + 1e-12 <= right + 2e-12


@given(st.lists(st.tuples(st.integers(0, 59), st.booleans()), min_size=4, max_size=4))
def test_the_order_of_answers_changes_nothing(given_answers: list[tuple[int, bool]]) -> None:
    thetas = [float(estimated(list(order)).theta) for order in permutations(given_answers)]

    assert max(thetas) - min(thetas) < 1e-12


@given(answers, st.sampled_from([0.5, 0.9, 0.99]))
def test_the_interval_holds_the_estimate_and_its_share_of_the_posterior(
    given_answers: list[tuple[int, bool]], level: float
) -> None:
    ability = estimated(given_answers)
    low, high = ability.interval(level)

    assert low <= ability.theta <= high
    assert float(ability.below(float(high)) - ability.below(float(low))) == pytest.approx(level, abs=1e-9)


@given(answers, st.integers(0, 59))
def test_in_expectation_an_answer_narrows_what_is_known(before: list[tuple[int, bool]], item: int) -> None:
    """The mean variance after the answer, weighed by how probable each answer is, is below the variance now."""
    now = estimated(before)
    p = float(now.posterior @ np.exp(BANK.curves.right[item]))
    right, wrong = (float(now.answered(BANK.curves.answer(item, correct=one)).se) ** 2 for one in (True, False))

    assert p * right + (1 - p) * wrong < float(now.se) ** 2


def test_many_learners_are_the_same_as_each_alone() -> None:
    rows = [BANK.curves.right[3], BANK.curves.wrong[3], BANK.curves.wrong[50]]
    together = newcomer(3).answered(np.array(rows))
    alone = [newcomer().answered(row) for row in rows]

    assert np.allclose(together.theta, [one.theta for one in alone])
    assert np.allclose(together.se, [one.se for one in alone])
    assert np.allclose(together.interval(), np.array([one.interval() for one in alone]).T)


@given(answers)
def test_quantiles_rise_and_undo_the_probability_below(given_answers: list[tuple[int, bool]]) -> None:
    ability, shares = estimated(given_answers), [0.01, 0.05, 0.3, 0.5, 0.9, 0.99]
    found = [float(ability.quantile(share)) for share in shares]

    assert found == sorted(found)
    assert [float(ability.below(theta)) for theta in found] == pytest.approx(shares, abs=1e-9)


def test_three_hundred_answers_still_make_a_density() -> None:
    """The likelihoods underflow long before; their logarithms don't."""
    ability = estimated([(item % 60, True) for item in range(2000)])

    assert float(ability.posterior.sum()) == pytest.approx(1)
    assert float(ability.theta) > GRID[-2]
