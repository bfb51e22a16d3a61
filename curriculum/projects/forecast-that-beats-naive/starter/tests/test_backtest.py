import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from backtest import backtest, coverage, last_week, scaled_error

DAYS = np.arange(100, dtype=float)


def test_last_week_repeats_the_weekdays():
    assert last_week(DAYS[:14], 9).tolist() == [7, 8, 9, 10, 11, 12, 13, 7, 8]


def test_the_table_has_a_row_for_each_cut_off_and_a_column_for_each_day_ahead():
    errors = backtest(DAYS, last_week, first=50, horizon=7, step=7)

    # Cut-offs after 50, 57, ... 92 days: the truth of 93 days and more is not whole any more.
    assert errors.shape == (7, 7)
    assert (errors == -7).all()


def test_a_forecaster_never_sees_the_future():
    seen = []

    def spy(history, horizon):
        seen.append(len(history))
        return np.zeros(horizon)

    backtest(DAYS, spy, first=50, horizon=7, step=20)

    assert seen == [50, 70, 90]


def test_a_forecaster_that_changes_its_history_changes_nothing_else():
    def vandal(history, horizon):
        history[:] = -1
        return np.zeros(horizon)

    series = DAYS.copy()
    backtest(series, vandal, first=50, horizon=7)

    assert (series == DAYS).all()


def test_a_forecast_of_the_wrong_length_is_refused():
    with pytest.raises(ValueError, match="7"):
        backtest(DAYS, lambda history, _horizon: history[-3:], first=50, horizon=7)


def test_the_naive_forecast_has_a_scaled_error_of_about_one():
    rng = np.random.default_rng(5)
    series = np.tile([5, 6, 7, 8, 9, 20, 2], 60) + rng.normal(size=420)
    errors = backtest(series, last_week, first=200, horizon=7)

    assert scaled_error(errors, series, 200) == pytest.approx(1, abs=0.15)


def test_a_perfect_forecast_has_no_error():
    assert scaled_error(np.zeros((3, 7)), DAYS, 50) == 0


def test_coverage_counts_the_ends():
    assert coverage(np.array([0, 0, 0, 0]), np.array([1, 1, 1, 1]), np.array([0, 1, 0.5, 2])) == 0.75
