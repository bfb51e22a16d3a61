import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from line import fit, gradient, loss, predict

RNG = np.random.default_rng(7)
FEATURES = RNG.normal(size=(200, 3)) * [1.0, 50.0, 0.01] + [0.0, 1000.0, 3.0]
WEIGHTS, INTERCEPT = np.array([2.0, -0.5, 30.0]), 4.0
TARGETS = FEATURES @ WEIGHTS + INTERCEPT + RNG.normal(scale=0.1, size=200)


def test_a_prediction_is_the_weighted_sum_and_the_intercept():
    assert predict(np.array([[1.0, 2.0], [0.0, 1.0]]), np.array([3.0, 4.0]), 5.0).tolist() == [16.0, 9.0]


def test_the_loss_is_the_mean_of_the_squares():
    assert loss(np.array([[1.0], [2.0]]), np.array([0.0, 4.0]), np.array([1.0]), 0.0) == pytest.approx(2.5)


def test_the_gradient_agrees_with_small_differences():
    weights, step = np.array([0.3, -0.2, 0.1]), 1e-6
    features, targets = RNG.normal(size=(50, 3)), RNG.normal(size=50)
    by_weight, by_intercept = gradient(features, targets, weights, 0.5)

    for place in range(3):
        shift = np.eye(3)[place] * step
        ends = [loss(features, targets, weights + sign * shift, 0.5) for sign in (1, -1)]
        assert by_weight[place] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4)
    ends = [loss(features, targets, weights, 0.5 + sign * step) for sign in (1, -1)]
    assert by_intercept == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4)


def test_it_finds_what_the_closed_solution_finds():
    table = np.column_stack([FEATURES, np.ones(len(FEATURES))])
    exact = np.linalg.lstsq(table, TARGETS, rcond=None)[0]
    weights, intercept, _ = fit(FEATURES, TARGETS)

    assert weights == pytest.approx(exact[:3], rel=1e-4)
    assert intercept == pytest.approx(exact[3], rel=1e-2, abs=1e-2)


def test_the_loss_falls_at_every_step_and_the_end_comes_early():
    _, _, losses = fit(FEATURES, TARGETS)

    assert all(later <= before for before, later in pairwise(losses))
    assert len(losses) < 5000


def test_a_rate_that_is_too_large_makes_the_loss_grow():
    _, _, losses = fit(FEATURES, TARGETS, rate=1.5, steps=20)

    assert losses[-1] > losses[0]
