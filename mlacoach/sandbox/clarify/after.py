"""Bias in predictions, after a model is trained.

Source of all formulas: AWS, SageMaker developer guide, "Post-training Data and Model Bias Metrics". Facet a is the
favoured group, facet d the one that may be disadvantaged; n(1) counts observed, n'(1) predicted wanted outcomes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from mlacoach.sandbox.clarify.before import conditional_disparity

Mask = Any  # a NumPy array of truths
NEIGHBOURS = 5
AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What the metrics look at; every array has one element a row.

    Attributes:
        in_d: is the row in facet d?
        positive: has it the wanted outcome?
        predicted: does the model predict the wanted outcome?
        groups: the group variable; None where there is none.
        features: what neighbours are found by, one row each; None where there is nothing.
    """

    in_d: Mask
    positive: Mask
    predicted: Mask
    groups: Sequence[str] | None = None
    features: Any | None = None

    def count(self, *masks: Mask) -> float:
        """How many rows are in all masks."""
        return float(np.logical_and.reduce(masks).sum())

    def sides(self) -> tuple[Mask, Mask]:
        """The rows of a and of d."""
        return ~self.in_d, self.in_d


def ratio(part: float, whole: float) -> float:
    """A ratio; infinite over nothing, and 0 where there is nothing at all."""
    return part / whole if whole else (float("inf") if part else 0.0)


def _difference(one: float, other: float) -> float:
    """A difference; 0 where both are infinite."""
    return 0.0 if one == other else one - other


def dppl(data: Outcomes) -> float:
    """Difference in positive proportions in predicted labels: q'_a - q'_d."""
    a, d = data.sides()
    return float(data.predicted[a].mean() - data.predicted[d].mean())


def di(data: Outcomes) -> float:
    """Disparate impact: q'_d / q'_a."""
    a, d = data.sides()
    return ratio(float(data.predicted[d].mean()), float(data.predicted[a].mean()))


def _pair(data: Outcomes, part: Callable[[Mask], float], whole: Callable[[Mask], float]) -> tuple[float, float]:
    a, d = data.sides()
    return ratio(part(a), whole(a)), ratio(part(d), whole(d))


def dcacc(data: Outcomes) -> float:
    """Difference in conditional acceptance: n_a(1)/n'_a(1) - n_d(1)/n'_d(1)."""
    a, d = _pair(data, lambda s: data.count(s, data.positive), lambda s: data.count(s, data.predicted))
    return _difference(a, d)


def dcr(data: Outcomes) -> float:
    """Difference in conditional rejection: n_d(0)/n'_d(0) - n_a(0)/n'_a(0)."""
    a, d = _pair(data, lambda s: data.count(s, ~data.positive), lambda s: data.count(s, ~data.predicted))
    return _difference(d, a)


def dar(data: Outcomes) -> float:
    """Difference in acceptance rates: TP_a/n'_a(1) - TP_d/n'_d(1), the precisions."""
    a, d = _pair(data, lambda s: data.count(s, data.positive, data.predicted), lambda s: data.count(s, data.predicted))
    return _difference(a, d)


def drr(data: Outcomes) -> float:
    """Difference in rejection rates: TN_d/n'_d(0) - TN_a/n'_a(0)."""
    a, d = _pair(
        data, lambda s: data.count(s, ~data.positive, ~data.predicted), lambda s: data.count(s, ~data.predicted)
    )
    return _difference(d, a)


def rd(data: Outcomes) -> float:
    """Recall difference: TP_a/(TP_a + FN_a) - TP_d/(TP_d + FN_d)."""
    a, d = _pair(data, lambda s: data.count(s, data.positive, data.predicted), lambda s: data.count(s, data.positive))
    return _difference(a, d)


def sd(data: Outcomes) -> float:
    """Specificity difference: TN_d/(TN_d + FP_d) - TN_a/(TN_a + FP_a)."""
    a, d = _pair(
        data, lambda s: data.count(s, ~data.positive, ~data.predicted), lambda s: data.count(s, ~data.positive)
    )
    return _difference(d, a)


def ad(data: Outcomes) -> float:
    """Accuracy difference: ACC_a - ACC_d."""
    right = data.positive == data.predicted
    a, d = data.sides()
    return float(right[a].mean() - right[d].mean())


def te(data: Outcomes) -> float:
    """Treatment equality: FN_d/FP_d - FN_a/FP_a."""
    a, d = _pair(
        data,
        lambda s: data.count(s, data.positive, ~data.predicted),
        lambda s: data.count(s, ~data.positive, data.predicted),
    )
    return _difference(d, a)


def cddpl(data: Outcomes) -> float | None:
    """Conditional demographic disparity in predicted labels: CDDL with predictions instead of labels."""
    return conditional_disparity(data.in_d, data.predicted, data.groups)


def ge(data: Outcomes) -> float:
    """Generalized entropy with alpha 2: 1/(2n) sum of (b_i/b)^2 - 1, where b_i = y'_i - y_i + 1 and b is its mean."""
    benefit = data.predicted.astype(float) - data.positive.astype(float) + 1
    mean = float(benefit.mean())
    return float(((benefit / mean) ** 2 - 1).sum() / (2 * len(benefit))) if mean else 0.0


def ft(data: Outcomes) -> float | None:
    """Counterfactual fliptest: (F+ - F-) / n_d.

    F+ are the members of d who are refused and whose nearest neighbours in a are mostly accepted; F- those who are
    accepted and whose neighbours are mostly refused. Five neighbours by Euclidean distance of the features, each
    scaled to a spread of one.
    """
    if data.features is None:
        return None
    a, d = data.sides()
    scaled = _scaled(data.features)
    votes = _votes(scaled[d], scaled[a], data.predicted[a])
    mine = data.predicted[d]
    half = 0.5
    up, down = float((~mine & (votes > half)).sum()), float((mine & (votes < half)).sum())
    return (up - down) / float(d.sum())


def _scaled(features: Any) -> Any:  # noqa: ANN401 - NumPy arrays
    spread = features.std(axis=0)
    return (features - features.mean(axis=0)) / np.where(spread > 0, spread, 1.0)


def _votes(asking: Any, others: Any, predicted: Mask) -> Any:  # noqa: ANN401
    """The share of accepted ones among the nearest others of each."""
    count = min(NEIGHBOURS, len(others))
    found = []
    squares = (others**2).sum(axis=1)
    for begin in range(0, len(asking), AT_ONCE):
        some = asking[begin : begin + AT_ONCE]
        distances = (some**2).sum(axis=1)[:, None] - 2 * some @ others.T + squares
        nearest = np.argsort(distances, axis=1, kind="stable")[:, :count]
        found.append(predicted[nearest].mean(axis=1))
    return np.concatenate(found)


METRICS: Mapping[str, tuple[str, Callable[[Outcomes], float | None]]] = {
    "AD": ("Accuracy Difference (AD)", ad),
    "CDDPL": ("Conditional Demographic Disparity in Predicted Labels (CDDPL)", cddpl),
    "DAR": ("Difference in Acceptance Rates (DAR)", dar),
    "DCA": ("Difference in Conditional Acceptance (DCA)", dcacc),
    "DCR": ("Difference in Conditional Rejection (DCR)", dcr),
    "DI": ("Disparate Impact (DI)", di),
    "DPPL": ("Difference in Positive Proportions in Predicted Labels (DPPL)", dppl),
    "DRR": ("Difference in Rejection Rates (DRR)", drr),
    "FT": ("Flip Test (FT)", ft),
    "GE": ("Generalized Entropy (GE)", ge),
    "RD": ("Recall Difference (RD)", rd),
    "SD": ("Specificity Difference (SD)", sd),
    "TE": ("Treatment Equality (TE)", te),
}
