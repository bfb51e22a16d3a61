"""Model quality: predictions against labels, as binary, multiclass or regression problem."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mlacoach.sandbox.monitor.profile import Document
from mlacoach.sandbox.monitor.reading import Unreadable

MEMBERS = {"BinaryClassification": "binary_classification", "MulticlassClassification": "multiclass_classification",
           "Regression": "regression"}  # fmt: skip
# Of these, more is worse.
RISING = frozenset({"mae", "mse", "rmse", "false_positive_rate", "false_negative_rate"})
FOLDS = 5


def metrics(problem: str, labels: Sequence[str], said: Sequence[str], scores: Sequence[float] | None) -> Document:
    """The metrics of statistics.json (AWS: "Model quality metrics"); each with its standard deviation over five parts.

    Args:
        problem: BinaryClassification, MulticlassClassification or Regression.
        labels: the truth.
        said: the predictions.
        scores: the probabilities of the positive class, where the model gives them.

    Raises:
        Unreadable: there is no such problem, or there are no pairs to judge.
    """
    if problem not in MEMBERS:
        raise Unreadable(f"The problem type {problem!r} is none of {', '.join(MEMBERS)}.")
    if not labels:
        raise Unreadable("There is no prediction with a label.")
    measure = {"BinaryClassification": _binary, "MulticlassClassification": _multiclass, "Regression": _regression}
    rows = np.arange(len(labels))
    whole = _measured(measure[problem], labels, said, scores, rows)
    parts = [
        _measured(measure[problem], labels, said, scores, part)
        for part in np.array_split(rows, FOLDS)
        if len(rows) >= FOLDS
    ]
    found: Document = {name: _with_spread(name, value, parts) for name, value in whole.items()}
    if problem != "Regression":
        found = {"confusion_matrix": confusion(labels, said), **found}
    return {f"{MEMBERS[problem]}_metrics": found}


Measure = Callable[[Sequence[str], Sequence[str], Any], dict[str, float]]


def _measured(
    measure: Measure,
    labels: Sequence[str],
    said: Sequence[str],
    scores: Sequence[float] | None,
    rows: Any,  # noqa: ANN401
) -> dict[str, float]:
    chosen = [scores[at] for at in rows] if scores is not None else None
    return measure([labels[at] for at in rows], [said[at] for at in rows], chosen)


def _with_spread(name: str, value: float, parts: Sequence[Mapping[str, float]]) -> Document:
    spread = float(np.std([part[name] for part in parts if name in part])) if parts else "NaN"
    return {"value": value, "standard_deviation": spread}


def confusion(labels: Sequence[str], said: Sequence[str]) -> dict[str, dict[str, int]]:
    """How often which label was predicted as which."""
    classes = sorted({*labels, *said})
    matrix = {truth: dict.fromkeys(classes, 0) for truth in classes}
    for truth, guess in zip(labels, said, strict=True):
        matrix[truth][guess] += 1
    return matrix


def _binary(labels: Sequence[str], said: Sequence[str], scores: Any) -> dict[str, float]:  # noqa: ANN401
    truth = np.array([_number(one) for one in labels]) > 0
    guess = np.array([_number(one) for one in said]) > 0
    true, false = float((truth & guess).sum()), float((~truth & guess).sum())
    missed, right = float((truth & ~guess).sum()), float((~truth & ~guess).sum())
    recall, precision = _ratio(true, true + missed), _ratio(true, true + false)
    found = {
        "recall": recall,
        "precision": precision,
        "accuracy": (true + right) / len(truth),
        "true_positive_rate": recall,
        "true_negative_rate": _ratio(right, right + false),
        "false_positive_rate": _ratio(false, right + false),
        "false_negative_rate": _ratio(missed, true + missed),
        **{f"f{name}": _f(precision, recall, beta) for name, beta in (("0_5", 0.5), ("1", 1.0), ("2", 2.0))},
    }
    return found | (
        {"auc": _auc(truth, np.array(scores))} if scores is not None and 0 < truth.sum() < len(truth) else {}
    )


def _auc(truth: Any, scores: Any) -> float:  # noqa: ANN401 - NumPy arrays
    """The area under the ROC curve, by ranks: how often a positive scores higher than a negative; ties count half."""
    _, places, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[places]
    positive = float(truth.sum())
    return float((ranks[truth].sum() - positive * (positive + 1) / 2) / (positive * (len(truth) - positive)))


def _multiclass(labels: Sequence[str], said: Sequence[str], _scores: Any) -> dict[str, float]:  # noqa: ANN401
    """Recall, precision and F weighted by how often each class is true."""
    truth, guess = np.array(labels), np.array(said)
    found = {"accuracy": float((truth == guess).mean())}
    parts: dict[str, float] = {}
    for name in np.unique(truth):
        is_it, as_it = truth == name, guess == name
        hits, share = float((is_it & as_it).sum()), float(is_it.mean())
        recall, precision = _ratio(hits, float(is_it.sum())), _ratio(hits, float(as_it.sum()))
        own = {"weighted_recall": recall, "weighted_precision": precision}
        own |= {f"weighted_f{key}": _f(precision, recall, beta) for key, beta in (("0_5", 0.5), ("1", 1.0), ("2", 2.0))}
        parts = {key: parts.get(key, 0.0) + share * value for key, value in own.items()}
    return found | parts


def _regression(labels: Sequence[str], said: Sequence[str], _scores: Any) -> dict[str, float]:  # noqa: ANN401
    truth, guess = (np.array([_number(one) for one in side]) for side in (labels, said))
    squares = float(((truth - guess) ** 2).mean())
    spread = float(truth.var())
    return {
        "mae": float(np.abs(truth - guess).mean()),
        "mse": squares,
        "rmse": squares**0.5,
        "r2": 1 - squares / spread if spread else 0.0,
    }


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def _f(precision: float, recall: float, beta: float) -> float:
    return _ratio((1 + beta**2) * precision * recall, beta**2 * precision + recall)


def _number(text: str) -> float:
    if text.lower() in {"true", "false"}:
        return float(text.lower() == "true")
    try:
        return float(text)
    except ValueError as error:
        raise Unreadable(f"{text!r} is no number, but the problem type takes numbers.") from error


def demands(statistics: Mapping[str, Any]) -> Document:
    """constraints.json of a baseline: each metric may not be worse than it is now."""
    member, found = _of(statistics)
    thresholds = {
        name: {
            "threshold": each["value"],
            "comparison_operator": "GreaterThanThreshold" if name in RISING else "LessThanThreshold",
        }
        for name, each in found.items()
        if name != "confusion_matrix"
    }
    return {"version": 0.0, f"{member}_constraints": thresholds}


def violations(statistics: Mapping[str, Any], demands: Mapping[str, Any]) -> list[Document]:
    """Which metrics are worse than their baseline demands."""
    member, found = _of(statistics)
    told = []
    for name, demand in demands.get(f"{member}_constraints", {}).items():
        if name not in found:
            continue
        value, least, operator = found[name]["value"], demand["threshold"], demand["comparison_operator"]
        if value > least if operator == "GreaterThanThreshold" else value < least:
            description = f"Metric {name} with {value} +/- {found[name]['standard_deviation']} was {operator} '{least}'"
            told.append({"constraint_check_type": operator, "description": description, "metric_name": name})
    return told


def _of(statistics: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    member = next(member for member in MEMBERS.values() if f"{member}_metrics" in statistics)
    return member, statistics[f"{member}_metrics"]
