"""Random Cut Forest: trees of random cuts; what is cut off early is an anomaly."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mlacoach.sandbox.algorithms import Refused
from mlacoach.sandbox.algorithms.answers import ANY, JSON, answer, features, same_width
from mlacoach.sandbox.algorithms.hyperparameters import Parameter, check, whole
from mlacoach.sandbox.algorithms.keeping import keep, kept
from mlacoach.sandbox.algorithms.saying import quality
from mlacoach.sandbox.algorithms.tables import Array, channel, hyperparameters, media, need, read_channel

PARAMETERS: Mapping[str, Parameter] = {
    "feature_dim": whole(1, 10_000, required=True),
    "num_trees": whole(50, 1000, default=100),
    "num_samples_per_tree": whole(1, 2048, default=256),
    "eval_metrics": Parameter(),
}
LEAF = -1
# In a tree: what it cuts, the left and right child, the size; in `boxes` the least and greatest of each feature.
SIGMAS = 3.0


def train(folder: Path) -> None:
    """Grow the forest from the channel train; measure on test, if that has labels (1 is an anomaly)."""
    values = check(hyperparameters(folder), PARAMETERS)
    found = need(folder, "train")
    if media(found.content_type)[1].get("label_size") != "0" and "csv" in found.content_type:
        raise Refused("The train channel of CSV data must have the content type 'text/csv;label_size=0'.")
    rows = np.asarray(read_channel(found, labels=0).features, float)
    if rows.shape[1] != values["feature_dim"]:
        raise Refused(
            f"Data feature dimension mismatch: Found {rows.shape[1]} while {values['feature_dim']} was expected."
        )
    rng, size = np.random.default_rng(0), min(values["num_samples_per_tree"], len(rows))
    trees = [_Growing(rows[rng.choice(len(rows), size, replace=False)], rng) for _ in range(values["num_trees"])]
    starts = np.cumsum([0, *(len(tree.nodes) for tree in trees)])
    arrays = {
        "nodes": np.concatenate([np.array(tree.nodes) for tree in trees]),
        "boxes": np.concatenate([np.array(tree.boxes) for tree in trees]),
        "starts": starts,
    }
    keep(folder, arrays, kind="randomcutforest")
    _test(folder)


class _Growing:
    """One tree while it grows."""

    def __init__(self, rows: Array, rng: np.random.Generator) -> None:
        self.nodes: list[list[float]] = []
        self.boxes: list[Array] = []
        self._rng = rng
        self._grow(rows)

    def _grow(self, rows: Array) -> int:
        place, low, high = len(self.nodes), rows.min(axis=0), rows.max(axis=0)
        self.nodes.append([LEAF, 0.0, 0, 0, len(rows)])
        self.boxes.append(np.stack([low, high]))
        spans = high - low
        if len(rows) < 2 or not spans.any():  # noqa: PLR2004 - a cut needs two sides
            return place
        feature = int(np.searchsorted(np.cumsum(spans), self._rng.random() * spans.sum(), side="right"))
        feature = min(feature, len(spans) - 1)
        cut = float(self._rng.uniform(low[feature], high[feature]))
        left = rows[:, feature] <= cut
        if left.all() or not left.any():
            return place
        self.nodes[place][:2] = [feature, cut]
        self.nodes[place][2] = self._grow(rows[left])
        self.nodes[place][3] = self._grow(rows[~left])
        return place


def _test(folder: Path) -> None:
    found = channel(folder, "test")
    if not found or not found.files:
        return
    data = read_channel(found)
    if data.labels is None:
        raise Refused("The test channel needs labels: 1 for an anomaly, 0 for what is usual.")
    scores = load(folder / "model").scores(data.features)
    said, true = scores > scores.mean() + SIGMAS * scores.std(), data.labels == 1
    hits = float((said & true).sum())
    precision, recall = hits / max(1, said.sum()), hits / max(1, true.sum())
    figures = {"accuracy": float((said == true).mean()), "precision": precision, "recall": recall}
    figures["f1"] = 2 * precision * recall / (precision + recall) if hits else 0.0
    for name, value in figures.items():
        quality("test", name, value)


def load(model_folder: Path) -> "Forest":
    """The model of a folder."""
    return Forest(kept(model_folder, "randomcutforest")[0])


class Forest:
    """A forest that answers."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.nodes, self.boxes, self.starts = arrays["nodes"], arrays["boxes"], arrays["starts"]

    def scores(self, rows: Array) -> Array:
        """How soon random cuts would separate each row from the sample: the mean over the trees."""
        total = np.zeros(len(rows))
        for start in self.starts[:-1]:
            self._descend(int(start), rows, total)
        return total / (len(self.starts) - 1)

    def _descend(self, start: int, rows: Array, total: Array) -> None:
        stack = [(0, 0, np.arange(len(rows)), np.ones(len(rows)))]
        while stack:
            place, depth, chosen, left = stack.pop()
            feature, cut, first, second, size = self.nodes[start + place]
            low, high = self.boxes[start + place]
            points = rows[chosen]
            outside = (np.maximum(low - points, 0) + np.maximum(points - high, 0)).sum(axis=1)
            cut_off = outside / np.maximum(outside + (high - low).sum(), 1e-12)
            total[chosen] += left * cut_off / (depth + 1)
            left = left * (1 - cut_off)
            if feature == LEAF:
                total[chosen] += left / (depth + 1 + np.log2(max(size, 1)))
                continue
            side = points[:, int(feature)] <= cut
            for child, mask in ((first, side), (second, ~side)):
                if mask.any():
                    stack.append((int(child), depth + 1, chosen[mask], left[mask]))

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The score of each row."""
        rows = same_width(features(body, content_type), self.boxes.shape[2])
        scores = [{"score": float(score)} for score in self.scores(rows)]
        if accept.strip() in ANY or media(accept)[0] == JSON:
            return json.dumps({"scores": scores}).encode(), JSON
        return answer(scores, accept)
