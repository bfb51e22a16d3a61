"""Kernel SHAP: how much each feature of a row moves the model's answer away from that of a baseline.

Source: Lundberg and Lee, "A Unified Approach to Interpreting Model Predictions" (2017), theorem 2. A coalition of s of
M features weighs (M - 1) / (C(M, s) s (M - s)); the values solve the weighted least squares under the constraint that
they add up to f(x) - E[f(baseline)].
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

Array = Any  # a NumPy array
Ask = Callable[[list[list[str]]], Array]  # rows as texts in, answers (rows x outputs) out


@dataclass(frozen=True, slots=True)
class Coalitions:
    """Which features are those of the row (1) and which of the baseline (0), and how much each set weighs."""

    masks: Array
    weights: Array


def coalitions(features: int, samples: int, rng: Array) -> Coalitions:
    """Every coalition, or as many as asked for; each comes with its complement.

    Args:
        features: how many there are.
        samples: how many coalitions at most.
        rng: NumPy's generator, to draw from.
    """
    if 2**features - 2 <= samples:
        return _every(features)
    sizes = np.arange(1, features)
    chance = 1 / (sizes * (features - sizes))
    chance = chance / chance.sum()
    found: dict[tuple[int, ...], float] = {}
    for size in rng.choice(sizes, size=samples // 2, p=chance):
        mask = np.zeros(features, dtype=int)
        mask[rng.choice(features, size=size, replace=False)] = 1
        for one in (mask, 1 - mask):
            key = tuple(one.tolist())
            found[key] = found.get(key, 0.0) + 1.0
    return Coalitions(np.array(list(found)), np.array(list(found.values())))


def _every(features: int) -> Coalitions:
    masks, weights = [], []
    for size in range(1, features):
        weight = (features - 1) / (math.comb(features, size) * size * (features - size))
        for chosen in combinations(range(features), size):
            masks.append([int(at in chosen) for at in range(features)])
            weights.append(weight)
    return Coalitions(np.array(masks, dtype=int).reshape(-1, features), np.array(weights))


def explain(row: Sequence[str], baseline: Sequence[Sequence[str]], ask: Ask, sets: Coalitions) -> tuple[Array, Array]:
    """The values of a row, (features, outputs), and the baseline's expected answer, (outputs).

    Args:
        row: the features as texts.
        baseline: rows to compare with; answers are averaged over them.
        ask: the model.
        sets: the coalitions to ask about.
    """
    whole = [list(row), *(list(each) for each in baseline)]
    mixed = [
        [mine if on else other for mine, other, on in zip(row, each, mask, strict=True)]
        for mask in sets.masks
        for each in baseline
    ]
    answers = ask([*whole, *mixed])
    count = len(baseline)
    mine, expected = answers[0], answers[1 : count + 1].mean(axis=0)
    of_sets = answers[count + 1 :].reshape(len(sets.masks), count, answers.shape[1]).mean(axis=1)
    return solve(sets, of_sets - expected, mine - expected), expected


def solve(sets: Coalitions, gains: Array, whole: Array) -> Array:
    """The values, (features, outputs).

    Args:
        sets: the coalitions.
        gains: each one's answer minus the baseline's, (coalitions, outputs).
        whole: the row's answer minus the baseline's, (outputs): what the values add up to.
    """
    features = sets.masks.shape[1] if len(sets.masks) else 1
    if features == 1:
        return whole[None, :]
    # The constraint takes out the last value: phi_M = whole - the sum of the others.
    last = sets.masks[:, -1:]
    left = sets.masks[:, :-1] - last
    right = gains - last * whole[None, :]
    root = np.sqrt(sets.weights)[:, None]
    others, *_ = np.linalg.lstsq(left * root, right * root, rcond=None)
    return np.vstack([others, whole[None, :] - others.sum(axis=0)])


AGGREGATES: dict[str, Callable[[Array], Array]] = {
    "mean_abs": lambda values: np.abs(values).mean(axis=0),
    "median": lambda values: np.median(values, axis=0),
    "mean_sq": lambda values: (values**2).mean(axis=0),
}
