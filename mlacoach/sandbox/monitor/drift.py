"""How far a distribution has moved from its baseline."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlacoach.sandbox.monitor.profile import weighted

# Where the two-sample Kolmogorov-Smirnov test rejects at a level of 0.003: what a distance may be by chance.
CHANCE = 1.8


def distance(baseline: Mapping[str, Any], current: Mapping[str, Any], method: str) -> float | None:
    """The distance of two columns' distributions, from 0 to 1; None where one of them has none.

    The greatest difference of the cumulative distributions of numbers, or of the shares of categories: the L-infinity
    norm. `Robust` takes from it what small samples differ by chance, 1.8 sqrt((n + m) / (n m)), after the two-sample
    Kolmogorov-Smirnov test; `Simple` takes it as it is.

    Source: AWS, "Schema for Constraints", distribution_constraints.comparison_method; the factor is that of Deequ, on
    which the analyzer is built.

    Args:
        baseline: a feature of statistics.json.
        current: the same feature today.
        method: Robust or Simple.
    """
    pairs = (("numerical_statistics", _of_numbers), ("string_statistics", _of_categories))
    for member, measure in pairs:
        sides = [each.get(member, {}) for each in (baseline, current)]
        if all("distribution" in side for side in sides):
            simple, sizes = measure(*sides), [side["common"]["num_present"] for side in sides]
            return simple if method == "Simple" else _robust(simple, *sizes)
    return None


def _of_numbers(baseline: Mapping[str, Any], current: Mapping[str, Any]) -> float:
    first, second = weighted(baseline), weighted(current)
    at = np.concatenate([first[0], second[0]])
    return float(np.abs(_cumulative(first, at) - _cumulative(second, at)).max())


def _cumulative(sample: tuple[Any, Any], at: Any) -> Any:  # noqa: ANN401 - NumPy arrays
    values, weights = sample
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    return sums[np.searchsorted(values, at, side="right")] / sums[-1]


def _of_categories(baseline: Mapping[str, Any], current: Mapping[str, Any]) -> float:
    first, second = _shares(baseline), _shares(current)
    return max(abs(first.get(value, 0.0) - second.get(value, 0.0)) for value in {*first, *second})


def _shares(statistics: Mapping[str, Any]) -> dict[str, float]:
    buckets = statistics["distribution"]["categorical"]["buckets"]
    total = sum(one["count"] for one in buckets)
    return {one["value"]: one["count"] / total for one in buckets}


def _robust(simple: float, first: float, second: float) -> float:
    return max(0.0, simple - CHANCE * math.sqrt((first + second) / (first * second)))
