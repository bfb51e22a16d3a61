"""A rolling backtest that can't see the future. `tests/test_backtest.py` says what is wanted."""

from collections.abc import Callable

import numpy as np

# Gets the history up to the cut-off (a copy) and the horizon; gives one value for each of the next days.
Forecaster = Callable[[np.ndarray, int], np.ndarray]


def last_week(history: np.ndarray, horizon: int) -> np.ndarray:
    """The value of the same weekday a week before, also for more than seven days ahead."""
    raise NotImplementedError


def backtest(series: np.ndarray, forecaster: Forecaster, *, first: int, horizon: int, step: int = 7) -> np.ndarray:
    """The errors (forecast minus truth) as a table: a row for each cut-off, a column for each day ahead.

    The first cut-off is after `first` days, the others `step` days later each, as long as the truth of the whole
    horizon is known.
    """
    raise NotImplementedError


def scaled_error(errors: np.ndarray, series: np.ndarray, first: int, season: int = 7) -> float:
    """Mean absolute error over the mean absolute seasonal difference of the first `first` days (MASE)."""
    raise NotImplementedError


def coverage(lows: np.ndarray, highs: np.ndarray, truth: np.ndarray) -> float:
    """The share of the truth that lies within its interval, ends included."""
    raise NotImplementedError
