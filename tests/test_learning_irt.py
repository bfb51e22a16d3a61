"""The curves: what an answer says of an ability, and how much it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlacoach.learning.irt import GRID, curves, information, marginal_slope, probability

slopes = st.floats(0.3, 3)
difficulties = st.floats(-3, 3)
guesses = st.sampled_from([0.0, 0.05, 0.2, 0.25])
abilities = st.floats(-4, 4)


def one(value: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(value)


def test_at_its_difficulty_half_of_what_guessing_leaves_is_right() -> None:
    assert float(probability(one(0.7), one(1.3), one(0.7), one(0.2))) == pytest.approx(0.6)


def test_the_metric_is_the_logistic_one() -> None:
    """D = 1: one unit above a difficulty with slope 1 is 1 / (1 + e⁻¹); with D = 1.7 it would be .846."""
    assert float(probability(one(1.0), one(1.0), one(0.0), one(0.0))) == pytest.approx(0.731059, abs=1e-6)


@given(abilities, slopes, difficulties, guesses)
def test_information_is_the_squared_rise_over_the_variance(theta: float, a: float, b: float, c: float) -> None:
    """Fisher's information by its definition, P'² / (P (1 - P)), with a numerical P'."""
    item, step = (one(a), one(b), one(c)), 1e-5
    p = float(probability(one(theta), *item))
    rise = float(probability(one(theta + step), *item) - probability(one(theta - step), *item)) / (2 * step)

    assert float(information(one(theta), *item)) == pytest.approx(rise**2 / (p * (1 - p)), rel=1e-4, abs=1e-9)


@pytest.mark.parametrize("sd_b", [0.3, 0.82, 1.2])
@pytest.mark.parametrize("a", [0.7, 1.0, 1.4])
def test_the_marginal_curve_is_the_average_over_what_is_not_known(a: float, sd_b: float) -> None:
    """Within .01 of the integral over b ~ N(0, sd²), at every ability; .006 for what an author's level leaves open."""
    b = np.linspace(-7, 7, 2001) * sd_b
    weight = np.exp(-((b / sd_b) ** 2) / 2)
    average = probability(GRID[:, None], one(a), b, one(0.2)) @ (weight / weight.sum())

    marginal = probability(GRID, marginal_slope(one(a), one(sd_b)), one(0.0), one(0.2))

    assert np.abs(marginal - average).max() <= (0.006 if (a, sd_b) == (1.0, 0.82) else 0.01)


def test_an_authors_level_flattens_the_curve_to_nine_tenths() -> None:
    assert float(marginal_slope(one(1.0), one(0.82))) == pytest.approx(0.90, abs=0.001)


def test_the_curves_of_a_bank_are_those_of_its_items() -> None:
    a, b, c = np.array([0.8, 1.5]), np.array([-1.0, 2.0]), np.array([0.2, 0.05])

    found = curves(a, b, c)

    for item in range(2):
        p = probability(GRID, a[item], b[item], c[item])
        assert np.allclose(found.answer(item, correct=True), np.log(p))
        assert np.allclose(found.answer(item, correct=False), np.log(1 - p))
        assert np.allclose(found.information[:, item], information(GRID, a[item], b[item], c[item]))


def test_even_absurd_items_have_finite_curves() -> None:
    found = curves(np.array([1e-9, 60.0, 60.0]), np.array([0.0, 15.0, -15.0]), np.zeros(3))

    assert all(np.isfinite(array).all() for array in (found.right, found.wrong, found.information))
