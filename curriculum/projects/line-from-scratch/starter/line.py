"""Linear regression with NumPy alone. `tests/test_line.py` says what is wanted."""

import numpy as np


def predict(features: np.ndarray, weights: np.ndarray, intercept: float) -> np.ndarray:
    """One number for each row of `features` (rows x columns)."""
    raise NotImplementedError


def loss(features, targets, weights, intercept) -> float:
    """Mean squared error."""
    raise NotImplementedError


def gradient(features, targets, weights, intercept) -> tuple[np.ndarray, float]:
    """The derivatives of the loss by each weight and by the intercept."""
    raise NotImplementedError


def fit(features, targets, rate=0.1, steps=5000, enough=1e-12) -> tuple[np.ndarray, float, list[float]]:
    """Weights, intercept and the loss after each step; ends early when a step gains less than `enough`.

    Scale the features inside by their mean and deviation, and give the weights back for unscaled ones.
    """
    raise NotImplementedError
