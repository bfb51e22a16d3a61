"""Linear Learner: linear and logistic models, learned in mini-batches with Adam on normalised data."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlacoach.sandbox.algorithms import Refused
from mlacoach.sandbox.algorithms.answers import answer, features, same_width
from mlacoach.sandbox.algorithms.hyperparameters import Parameter, auto, check, flag, number, one_of, whole
from mlacoach.sandbox.algorithms.keeping import keep, kept
from mlacoach.sandbox.algorithms.saying import quality, say
from mlacoach.sandbox.algorithms.tables import Array, Table, channel, hyperparameters, need, read_channel

BINARY, MULTICLASS, REGRESSOR = "binary_classifier", "multiclass_classifier", "regressor"
LOSSES = (
    "auto",
    "logistic",
    "hinge_loss",
    "squared_loss",
    "absolute_loss",
    "huber_loss",
    "quantile_loss",
    "softmax_loss",
    "eps_insensitive_squared_loss",
    "eps_insensitive_absolute_loss",
)
CRITERIA = (
    "accuracy",
    "f1",
    "f_beta",
    "precision_at_target_recall",
    "recall_at_target_precision",
    "cross_entropy_loss",
    "loss_function",
)
PARAMETERS: Mapping[str, Parameter] = {
    "predictor_type": one_of(BINARY, MULTICLASS, REGRESSOR, required=True),
    "feature_dim": auto(whole(1)),
    "num_classes": whole(3, 1_000_000),
    "accuracy_top_k": whole(1),
    "balance_multiclass_weights": flag(),
    "beta_1": auto(number(0, 1)),
    "beta_2": auto(number(0, 1)),
    "bias_lr_mult": auto(number(0)),
    "bias_wd_mult": auto(number(0)),
    "binary_classifier_model_selection_criteria": one_of(*CRITERIA, default="accuracy"),
    "early_stopping_patience": whole(1, default=3),
    "early_stopping_tolerance": number(0, default=0.001),
    "epochs": whole(1, default=15),
    "f_beta": number(0, default=1.0),
    "huber_delta": number(0, default=1.0),
    "init_bias": number(),
    "init_method": one_of("uniform", "normal"),
    "init_scale": number(0),
    "init_sigma": number(0),
    "l1": auto(number(0)),
    "learning_rate": auto(number(0)),
    "loss": one_of(*LOSSES, default="auto"),
    "loss_insensitivity": number(0, default=0.01),
    "lr_scheduler_factor": auto(number(0, 1)),
    "lr_scheduler_minimum_lr": auto(number(0)),
    "lr_scheduler_step": auto(whole(1)),
    "margin": number(0, default=1.0),
    "mini_batch_size": whole(1, default=1000),
    "momentum": auto(number(0, 1)),
    "normalize_data": auto(flag()),
    "normalize_label": auto(flag()),
    "num_calibration_samples": whole(1),
    "num_models": auto(whole(1)),
    "num_point_for_scaler": whole(1),
    "optimizer": one_of("auto", "adam", "sgd", "rmsprop"),
    "positive_example_weight_mult": Parameter(),
    "quantile": number(0, 1, default=0.5),
    "target_precision": number(0, 1, default=0.8),
    "target_recall": number(0, 1, default=0.8),
    "unbias_data": auto(flag()),
    "unbias_label": auto(flag()),
    "use_bias": flag(default=True),
    "use_lr_scheduler": flag(default=True),
    "wd": auto(number(0)),
}
RATE = 0.02
SMOOTH = (0.9, 0.999)
Gradient = Callable[[Array, Array], Array]


def train(folder: Path) -> None:
    """Learn from the channel train; measure on validation and test."""
    values = check(hyperparameters(folder), PARAMETERS)
    kind = values["predictor_type"]
    if kind == MULTICLASS and "num_classes" not in values:
        raise Refused("No value(s) were specified for 'num_classes' which are required for multiclass_classifier.")
    data = _labelled(read_channel(need(folder, "train")), "train", values)
    labels = np.zeros(0) if data.labels is None else data.labels
    centre, scale = data.features.mean(axis=0), data.features.std(axis=0)
    scale[scale == 0] = 1.0
    label = (labels.mean(), labels.std() or 1.0) if kind == REGRESSOR else (0, 1)
    weights = _learn((data.features - centre) / scale, (labels - label[0]) / label[1], values)
    # Back to the data as it is: no request needs to be normalised.
    plain = weights[:-1] / scale[:, None] * label[1]
    bias = weights[-1] * label[1] + label[0] - centre @ plain
    arrays = {"weights": plain, "bias": bias}
    threshold = _threshold(_scores(arrays, data.features, kind), data.labels, values) if kind == BINARY else 0.5
    keep(folder, arrays, kind="linear-learner", predictor=kind, threshold=threshold)
    for name in ("train", "validation", "test"):
        found = channel(folder, name)
        if found and found.files:
            _report(name, load(folder / "model"), _labelled(read_channel(found), name, values))


def _labelled(table: Table, name: str, values: Mapping[str, Any]) -> Table:
    if table.labels is None:
        raise Refused(f"The data of channel '{name}' has no labels.")
    if values.get("feature_dim") and table.features.shape[1] != values["feature_dim"]:
        raise Refused(
            f"The feature dimension of channel '{name}' is {table.features.shape[1]}, "
            f"but hyperparameter feature_dim is {values['feature_dim']}."
        )
    top = {BINARY: 2, MULTICLASS: values.get("num_classes", 0)}.get(values["predictor_type"])
    if top and not np.isin(table.labels, np.arange(top)).all():
        raise Refused(f"The labels of channel '{name}' must be whole numbers from 0 to {top - 1}.")
    return table


def _learn(rows: Array, labels: Array, values: Mapping[str, Any]) -> Array:
    """Adam over mini-batches; the last row of the weights is the bias."""
    kind, rng = values["predictor_type"], np.random.default_rng(0)
    width = values["num_classes"] if kind == MULTICLASS else 1
    data = np.column_stack([rows, np.full(len(rows), 1.0 if values["use_bias"] else 0.0)])
    target = np.eye(width)[labels.astype(int)] if kind == MULTICLASS else labels[:, None]
    gradient = _gradient(kind, values)
    weights, first, second = (np.zeros((data.shape[1], width)) for _ in range(3))
    rate, size = values.get("learning_rate") or RATE, min(values["mini_batch_size"], max(32, len(rows) // 20))
    step = 0
    for epoch in range(values["epochs"]):
        order = rng.permutation(len(data))
        for begin in range(0, len(data), size):
            chosen, step = order[begin : begin + size], step + 1
            slope = data[chosen].T @ gradient(data[chosen] @ weights, target[chosen]) / len(chosen)
            slope[:-1] += (values.get("wd") or 0.0) * weights[:-1] + (values.get("l1") or 0.0) * np.sign(weights[:-1])
            first = SMOOTH[0] * first + (1 - SMOOTH[0]) * slope
            second = SMOOTH[1] * second + (1 - SMOOTH[1]) * slope**2
            corrected = first / (1 - SMOOTH[0] ** step) / (np.sqrt(second / (1 - SMOOTH[1] ** step)) + 1e-8)
            weights -= rate * corrected
        quality("train", "objective_loss", _loss(kind, data @ weights, target), epoch, "loss")
    return weights


def _gradient(kind: str, values: Mapping[str, Any]) -> Gradient:
    """The slope of the loss by the raw score."""
    name, margin, delta = values["loss"], values["margin"], values["huber_delta"]
    slack, quantile = values["loss_insensitivity"], values["quantile"]
    if kind == MULTICLASS:
        return lambda raw, true: _softmax(raw) - true
    if kind == BINARY and name != "hinge_loss":
        return lambda raw, true: _sigmoid(raw) - true
    table: Mapping[str, Gradient] = {
        "hinge_loss": lambda raw, true: np.where((2 * true - 1) * raw < margin, 1 - 2 * true, 0.0),
        "absolute_loss": lambda raw, true: np.sign(raw - true),
        "huber_loss": lambda raw, true: np.clip(raw - true, -delta, delta),
        "quantile_loss": lambda raw, true: np.where(raw > true, 1 - quantile, -quantile),
        "eps_insensitive_absolute_loss": lambda raw, true: np.where(abs(raw - true) > slack, np.sign(raw - true), 0.0),
        "eps_insensitive_squared_loss": lambda raw, true: np.where(abs(raw - true) > slack, raw - true, 0.0),
    }
    return table.get(name, lambda raw, true: raw - true)


def _loss(kind: str, raw: Array, true: Array) -> float:
    tiny = 1e-12
    if kind == MULTICLASS:
        return float(-(true * np.log(_softmax(raw) + tiny)).sum(axis=1).mean())
    if kind == BINARY:
        said = _sigmoid(raw)
        return float(-(true * np.log(said + tiny) + (1 - true) * np.log(1 - said + tiny)).mean())
    return float(((raw - true) ** 2).mean())


def _sigmoid(raw: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(raw, -50, 50))))


def _softmax(raw: Array) -> Array:
    powers = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _scores(arrays: Mapping[str, Array], rows: Array, kind: str) -> Array:
    raw = rows @ arrays["weights"] + arrays["bias"]
    if kind == MULTICLASS:
        return _softmax(raw)
    return _sigmoid(raw)[:, 0] if kind == BINARY else raw[:, 0]


def _threshold(scores: Array, labels: Array | None, values: Mapping[str, Any]) -> float:
    """The score from which on it is positive: the best by the criterion that was asked for."""
    criterion = values["binary_classifier_model_selection_criteria"]
    if criterion in {"cross_entropy_loss", "loss_function"} or labels is None:
        return 0.5
    tried = np.unique(np.quantile(scores, np.linspace(0, 1, 201)))
    figures = [_figures(labels, scores >= one, values["f_beta"]) for one in tried]
    return float(tried[int(np.argmax([_worth(one, criterion, values) for one in figures]))])


def _worth(figures: Mapping[str, float], criterion: str, values: Mapping[str, Any]) -> float:
    if criterion == "precision_at_target_recall":
        return figures["precision"] if figures["recall"] >= values["target_recall"] else -1.0
    if criterion == "recall_at_target_precision":
        return figures["recall"] if figures["precision"] >= values["target_precision"] else -1.0
    return figures["binary_classification_accuracy" if criterion == "accuracy" else "binary_f_beta"]


def _figures(labels: Array, said: Array, beta: float = 1.0) -> dict[str, float]:
    hits = float((said & (labels == 1)).sum())
    precision, recall = hits / max(1, said.sum()), hits / max(1, (labels == 1).sum())
    below = beta**2 * precision + recall
    return {
        "binary_classification_accuracy": float((said == (labels == 1)).mean()),
        "precision": precision,
        "recall": recall,
        "binary_f_beta": (1 + beta**2) * precision * recall / below if below else 0.0,
    }


def _report(name: str, model: "Linear", data: Table) -> None:
    scores, labels = model.scores(data.features), data.labels
    if labels is None:
        return
    if model.kind == REGRESSOR:
        error = float(((scores - labels) ** 2).mean())
        figures = {"mse": error, "rmse": error**0.5, "absolute_loss": float(abs(scores - labels).mean())}
        figures |= {"objective_loss": error, "r2": 1 - error / (float(labels.var()) or 1.0)}
    elif model.kind == BINARY:
        figures = _figures(labels, scores >= model.threshold) | {"roc_auc_score": _area(labels, scores)}
        figures["objective_loss"] = _loss(BINARY, np.log(scores + 1e-12) - np.log(1 - scores + 1e-12), labels)
    else:
        figures = {"multiclass_accuracy": float((scores.argmax(axis=1) == labels).mean())}
        figures["objective_loss"] = float(-np.log(scores[np.arange(len(labels)), labels.astype(int)] + 1e-12).mean())
    for metric, value in figures.items():
        quality(name, metric, value, kind="loss" if metric == "objective_loss" else "score")
    say(f"#{name}_examples: {len(labels)}")


def _area(labels: Array, scores: Array) -> float:
    """The area under the ROC curve, by ranks; ties count half."""
    _, inverse, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive = int((labels == 1).sum())
    pairs = positive * (len(labels) - positive)
    return float((ranks[labels == 1].sum() - positive * (positive + 1) / 2) / pairs) if pairs else float("nan")


def load(model_folder: Path) -> "Linear":
    """The model of a folder."""
    arrays, facts = kept(model_folder, "linear-learner")
    return Linear(arrays, facts["predictor"], facts["threshold"])


class Linear:
    """A linear model that answers."""

    def __init__(self, arrays: Mapping[str, Array], kind: str, threshold: float) -> None:
        self.arrays, self.kind, self.threshold = arrays, kind, threshold

    def scores(self, rows: Array) -> Array:
        """The scores of rows."""
        return _scores(self.arrays, rows, self.kind)

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """Score and label of each row."""
        scores = self.scores(same_width(features(body, content_type), len(self.arrays["weights"])))
        return answer([self._row(score) for score in scores], accept)

    def _row(self, score: Any) -> dict[str, Any]:  # noqa: ANN401 - a number or several
        if self.kind == REGRESSOR:
            return {"score": float(score)}
        if self.kind == BINARY:
            return {"score": float(score), "predicted_label": int(score >= self.threshold)}
        return {"score": [float(one) for one in score], "predicted_label": int(np.argmax(score))}
