from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Decision:
    promote: bool
    reason: str
    gain: float
    low: float
    high: float


def decide(present, new, groups, *, margin=0.0, seed=7):
    finite = bool(np.isfinite(new).all())
    if len(present) == 0:
        return Decision(finite, "there is no model yet" if finite else "errors are no numbers", 0.0, 0.0, 0.0)
    if not len(present) == len(new) == len(groups):
        raise ValueError("the models were measured on different rows")
    if not finite:
        return Decision(False, "errors are no numbers", 0.0, 0.0, 0.0)
    gains = present - new
    rng = np.random.default_rng(seed)
    draws = gains[rng.integers(0, len(gains), size=(2000, len(gains)))].mean(axis=1)
    low, high = (float(end) for end in np.quantile(draws, [0.05, 0.95]))
    gain = float(gains.mean())
    for group in np.unique(groups):
        mine = groups == group
        if mine.sum() >= 30 and -gains[mine].mean() > 0.05 * present[mine].mean():
            return Decision(False, f"worse for {group}", gain, low, high)
    better = low > margin
    return Decision(better, "better" if better else "not better by more than chance", gain, low, high)
