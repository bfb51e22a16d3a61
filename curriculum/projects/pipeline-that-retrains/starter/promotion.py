"""May the new model replace the present one? `tests/test_promotion.py` says what is wanted."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Decision:
    """Whether to promote, why, and by how much the new model's error is lower (with its 90 % interval)."""

    promote: bool
    reason: str
    gain: float
    low: float
    high: float


def decide(present: np.ndarray, new: np.ndarray, groups: np.ndarray, *, margin: float = 0.0, seed: int = 7) -> Decision:
    """Compare the errors of both models on the **same** rows.

    Args:
        present: the error of the model in use, for each row (smaller is better); none where there is no model yet.
        new: the error of the new model, row by row.
        groups: to which group each row belongs.
        margin: how much lower the error must be at least.
        seed: of the resampling for the interval: 2000 draws of rows with replacement.

    Promote if the interval's lower end is above the margin, and the new model is not worse by more than five per cent
    of the present error in any group of at least thirty rows. Without a present model, promote what has finite errors.
    """
    raise NotImplementedError
