"""Two measures of drift between a baseline and today. `tests/test_drift.py` says what is wanted."""

import numpy as np


def edges_of(baseline: np.ndarray, bins: int = 10) -> np.ndarray:
    """The inner edges of `bins` bins that hold equally much of the baseline; fewer where values repeat."""
    raise NotImplementedError


def population_stability_index(baseline: np.ndarray, today: np.ndarray, bins: int = 10) -> float:
    """The sum over bins of (t - b) * ln(t / b), with t and b the shares of today and of the baseline.

    The baseline alone defines the bins; the first and the last are open. A share of nothing counts as half a row, so
    that no empty bin divides by zero.
    """
    raise NotImplementedError


def kolmogorov_smirnov(baseline: np.ndarray, today: np.ndarray) -> float:
    """The largest distance between the two cumulative shares, from 0 to 1."""
    raise NotImplementedError


def report(baseline: dict[str, np.ndarray], today: dict[str, np.ndarray], threshold: float) -> dict[str, dict]:
    """For each feature of the baseline `psi`, `ks` and `drifted`; a feature that is missing today has drifted."""
    raise NotImplementedError
