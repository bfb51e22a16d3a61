"""k nearest neighbours: a sample of the data is the model."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlacoach.sandbox.algorithms import Refused
from mlacoach.sandbox.algorithms.answers import answer, features, same_width
from mlacoach.sandbox.algorithms.hyperparameters import Parameter, check, one_of, whole
from mlacoach.sandbox.algorithms.keeping import keep, kept
from mlacoach.sandbox.algorithms.saying import quality
from mlacoach.sandbox.algorithms.tables import Array, channel, hyperparameters, need, read_channel

PARAMETERS: Mapping[str, Parameter] = {
    "k": whole(1, required=True),
    "predictor_type": one_of("classifier", "regressor", required=True),
    "sample_size": whole(1, required=True),
    "feature_dim": whole(1),
    "dimension_reduction_target": whole(1),
    "dimension_reduction_type": one_of("sign", "fjlt"),
    "mini_batch_size": whole(1),
    "index_type": one_of("faiss.Flat", "faiss.IVFFlat", "faiss.IVFPQ", default="faiss.Flat"),
    "index_metric": one_of("L2", "INNER_PRODUCT", "COSINE", default="L2"),
    "faiss_index_ivf_nlists": Parameter(),
    "faiss_index_pq_m": whole(1),
}
AT_ONCE = 200


def train(folder: Path) -> None:
    """Keep a sample of the channel train."""
    values = check(hyperparameters(folder), PARAMETERS)
    data, rng = read_channel(need(folder, "train")), np.random.default_rng(0)
    if data.labels is None:
        raise Refused("The data of channel 'train' has no labels.")
    if values.get("feature_dim", data.features.shape[1]) != data.features.shape[1]:
        raise Refused(
            f"Data feature dimension mismatch: Found {data.features.shape[1]} while "
            f"{values['feature_dim']} was expected."
        )
    chosen = rng.permutation(len(data.features))[: values["sample_size"]]
    if len(chosen) < values["k"]:
        raise Refused(f"k ({values['k']}) must not be more than the rows that are kept ({len(chosen)}).")
    target = values.get("dimension_reduction_target") or 0
    width = data.features.shape[1]
    fold = rng.choice([-1.0, 1.0], (width, target)) / target**0.5 if target else np.eye(width)
    facts = {"k": values["k"], "predictor": values["predictor_type"], "metric": values["index_metric"]}
    arrays = {"rows": data.features[chosen] @ fold, "labels": data.labels[chosen], "fold": fold}
    keep(folder, arrays, kind="knn", **facts)
    test = channel(folder, "test")
    if test and test.files:
        _report(load(folder / "model"), read_channel(test).features, read_channel(test).labels)


def _report(model: "Neighbours", rows: Array, labels: Array | None) -> None:
    said = model.labels_of(rows)
    if labels is None:
        return
    if model.facts["predictor"] == "classifier":
        quality("test", "accuracy", float((said == labels).mean()))
    else:
        quality("test", "mse", float(((said - labels) ** 2).mean()))


def load(model_folder: Path) -> "Neighbours":
    """The model of a folder."""
    return Neighbours(*kept(model_folder, "knn"))


class Neighbours:
    """Kept rows that answer."""

    def __init__(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        self.arrays, self.facts = arrays, facts

    def labels_of(self, rows: Array) -> Array:
        """The label of each row: what most of its neighbours have, or their mean."""
        folded = rows @ self.arrays["fold"]
        parts = [self._near(folded[begin : begin + AT_ONCE]) for begin in range(0, len(folded), AT_ONCE)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _near(self, rows: Array) -> Array:
        far, k = self._far(rows), self.facts["k"]
        labels = self.arrays["labels"][np.argpartition(far, k - 1, axis=1)[:, :k]]
        if self.facts["predictor"] == "regressor":
            return np.asarray(labels.mean(axis=1))
        values, places = np.unique(labels, return_inverse=True)
        votes = (places.reshape(labels.shape)[:, :, None] == np.arange(len(values))).sum(axis=1)
        return np.asarray(values[votes.argmax(axis=1)])

    def _far(self, rows: Array) -> Array:
        kept_rows, metric = self.arrays["rows"], self.facts["metric"]
        if metric == "L2":
            return np.asarray(((rows[:, None, :] - kept_rows[None, :, :]) ** 2).sum(axis=2))
        alike = rows @ kept_rows.T
        if metric == "COSINE":
            lengths = np.linalg.norm(rows, axis=1)[:, None] * np.linalg.norm(kept_rows, axis=1)
            alike = alike / np.maximum(lengths, 1e-12)
        return np.asarray(-alike)

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The label of each row."""
        rows = same_width(features(body, content_type), len(self.arrays["fold"]))
        return answer([{"predicted_label": float(label)} for label in self.labels_of(rows)], accept)
