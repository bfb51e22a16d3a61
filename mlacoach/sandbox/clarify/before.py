"""Bias in data, before a model is trained.

Source of all formulas: AWS, SageMaker developer guide, "Pre-training Bias Metrics". Facet a is the favoured group,
facet d the one that may be disadvantaged; label 1 is the wanted outcome.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Mask = Any  # a NumPy array of truths


@dataclass(frozen=True, slots=True)
class Data:
    """What the metrics look at; every array has one element a row.

    Attributes:
        in_d: is the row in facet d?
        positive: has it the wanted outcome?
        labels: the labels as they are.
        groups: the group variable; None where there is none.
    """

    in_d: Mask
    positive: Mask
    labels: Sequence[str]
    groups: Sequence[str] | None = None


def ci(data: Data) -> float:
    """Class imbalance: (n_a - n_d) / (n_a + n_d)."""
    d = float(data.in_d.sum())
    return (len(data.in_d) - 2 * d) / len(data.in_d)


def dpl(data: Data) -> float:
    """Difference in proportions of labels: q_a - q_d, the shares with the wanted outcome."""
    return float(data.positive[~data.in_d].mean() - data.positive[data.in_d].mean())


def kl(data: Data) -> float:
    """Kullback-Leibler divergence: sum over y of P_a(y) ln(P_a(y) / P_d(y)); infinite where d lacks a label of a."""
    a, d = _distributions(data)
    return _divergence(a, d)


def js(data: Data) -> float:
    """Jensen-Shannon divergence: (KL(P_a || P) + KL(P_d || P)) / 2, where P is the mean of both."""
    a, d = _distributions(data)
    return (_divergence(a, (a + d) / 2) + _divergence(d, (a + d) / 2)) / 2


def lp(data: Data) -> float:
    """L2-norm of the difference of the distributions."""
    a, d = _distributions(data)
    return float(((a - d) ** 2).sum() ** 0.5)


def tvd(data: Data) -> float:
    """Total variation distance: half of the L1-norm."""
    a, d = _distributions(data)
    return float(np.abs(a - d).sum() / 2)


def ks(data: Data) -> float:
    """Kolmogorov-Smirnov: the greatest difference of the shares of one label."""
    a, d = _distributions(data)
    return float(np.abs(a - d).max())


def cddl(data: Data) -> float | None:
    """Conditional demographic disparity in labels: the mean over groups of n_d(0)/n(0) - n_d(1)/n(1), by size."""
    return conditional_disparity(data.in_d, data.positive, data.groups)


def conditional_disparity(in_d: Mask, positive: Mask, groups: Sequence[str] | None) -> float | None:
    """The demographic disparity of each group, weighted by its size; None without groups."""
    if groups is None:
        return None
    names = np.array(groups)
    total = 0.0
    for name in np.unique(names):
        at = names == name
        total += float(at.sum()) * _disparity(in_d[at], positive[at])
    return total / len(names)


def _disparity(in_d: Mask, positive: Mask) -> float:
    """The share of d among the refused minus its share among the accepted; 0 where nobody is."""
    refused, accepted = float((~positive).sum()), float(positive.sum())
    among_refused = float((in_d & ~positive).sum()) / refused if refused else 0.0
    among_accepted = float((in_d & positive).sum()) / accepted if accepted else 0.0
    return among_refused - among_accepted


def _distributions(data: Data) -> tuple[Any, Any]:
    """The shares of every label in a and in d, in the same order."""
    sides = [Counter(label for label, d in zip(data.labels, data.in_d, strict=True) if bool(d) is is_d)
             for is_d in (False, True)]  # fmt: skip
    names = sorted({*sides[0], *sides[1]})
    a, d = (np.array([side[name] for name in names], dtype=float) for side in sides)
    return a / a.sum(), d / d.sum()


def _divergence(first: Any, second: Any) -> float:  # noqa: ANN401 - NumPy arrays
    there = first > 0
    with np.errstate(divide="ignore"):
        return float((first[there] * np.log(first[there] / second[there])).sum())


METRICS: Mapping[str, tuple[str, Callable[[Data], float | None]]] = {
    "CDDL": ("Conditional Demographic Disparity in Labels (CDDL)", cddl),
    "CI": ("Class Imbalance (CI)", ci),
    "DPL": ("Difference in Positive Proportions in Labels (DPL)", dpl),
    "JS": ("Jensen-Shannon Divergence (JS)", js),
    "KL": ("Kullback-Liebler Divergence (KL)", kl),
    "KS": ("Kolmogorov-Smirnov Distance (KS)", ks),
    "LP": ("L-p Norm (LP)", lp),
    "TVD": ("Total Variation Distance (TVD)", tvd),
}
