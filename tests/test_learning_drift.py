"""Ability moves, and what is known of it fades."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlacoach.learning.ability import Ability
from mlacoach.learning.drift import SD_PER_DAY, drifted
from mlacoach.learning.irt import GRID


def around(theta: float, se: float) -> Ability:
    return Ability(-((GRID - theta) ** 2) / (2 * se**2))


@given(st.floats(-1.5, 1.5), st.floats(0.15, 0.5), st.integers(1, 20))
def test_the_variance_grows_by_a_days_worth_a_day(theta: float, se: float, days: int) -> None:
    before = around(theta, se)
    after = drifted(before, days)

    assert float(after.theta) == pytest.approx(float(before.theta), abs=0.02)
    assert float(after.se) ** 2 == pytest.approx(float(before.se) ** 2 + SD_PER_DAY**2 * days, rel=0.05)
    assert float(after.posterior.sum()) == pytest.approx(1)


def test_two_weeks_are_twice_a_week() -> None:
    ability = around(0.3, 0.25)

    assert np.allclose(drifted(drifted(ability, 7), 7).posterior, drifted(ability, 14).posterior, atol=1e-5)


def test_today_is_today_and_yesterday_is_refused() -> None:
    ability = around(0.3, 0.25)

    assert drifted(ability, 0) is ability
    with pytest.raises(ValueError, match="negative"):
        drifted(ability, -1)


@given(st.floats(-4, 4), st.integers(1, 400))
def test_nobody_drifts_off_the_grid(theta: float, days: int) -> None:
    after = drifted(around(theta, 0.1), days)

    assert np.isfinite(after.log_density).all()
    assert GRID[0] < float(after.theta) < GRID[-1]


def test_many_learners_drift_as_each_alone() -> None:
    ones = [around(-1, 0.2), around(1, 0.4)]

    together = drifted(Ability(np.array([one.log_density for one in ones])), 5)

    assert np.allclose(together.theta, [drifted(one, 5).theta for one in ones])
