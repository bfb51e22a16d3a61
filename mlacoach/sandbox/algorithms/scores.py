"""Figures of quality that need scikit-learn."""

from collections.abc import Callable, Mapping

import numpy as np
from sklearn import metrics

from mlacoach.sandbox.algorithms.tables import Array

Score = Callable[[Array, Array], float]
OF_CLASSES: Mapping[str, Score] = {
    "accuracy": metrics.accuracy_score,
    "balanced_accuracy": metrics.balanced_accuracy_score,
    "f1": lambda true, said: metrics.f1_score(true, said, average="macro", zero_division=0),
    "f1_binary": lambda true, said: metrics.f1_score(true, said, zero_division=0),
    "f1_macro": lambda true, said: metrics.f1_score(true, said, average="macro", zero_division=0),
    "precision": lambda true, said: metrics.precision_score(true, said, average="macro", zero_division=0),
    "precision_macro": lambda true, said: metrics.precision_score(true, said, average="macro", zero_division=0),
    "precision_micro": lambda true, said: metrics.precision_score(true, said, average="micro", zero_division=0),
    "recall": lambda true, said: metrics.recall_score(true, said, average="macro", zero_division=0),
    "recall_macro": lambda true, said: metrics.recall_score(true, said, average="macro", zero_division=0),
    "recall_micro": lambda true, said: metrics.recall_score(true, said, average="micro", zero_division=0),
}
OF_NUMBERS: Mapping[str, Score] = {"mse": metrics.mean_squared_error, "r2": metrics.r2_score}


def score(name: str, true: Array, predicted: Array) -> float:
    """One figure; probabilities become classes where the figure is about classes."""
    if name in OF_NUMBERS:
        return float(OF_NUMBERS[name](true, predicted))
    said = predicted.argmax(axis=1) if predicted.ndim > 1 else np.rint(predicted)
    return float(OF_CLASSES[name](true, said))
