"""PCA: the directions in which the data varies most. As on AWS, the strongest component comes last."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mlacoach.sandbox.algorithms import Refused
from mlacoach.sandbox.algorithms.answers import answer, features, same_width
from mlacoach.sandbox.algorithms.hyperparameters import Parameter, check, flag, one_of, whole
from mlacoach.sandbox.algorithms.keeping import keep, kept
from mlacoach.sandbox.algorithms.saying import say
from mlacoach.sandbox.algorithms.tables import Array, hyperparameters, need, read_channel

PARAMETERS: Mapping[str, Parameter] = {
    "feature_dim": whole(1, required=True),
    "mini_batch_size": whole(1, required=True),
    "num_components": whole(1, required=True),
    "algorithm_mode": one_of("regular", "randomized"),
    "extra_components": whole(-1),
    "subtract_mean": flag(default=True),
}


def train(folder: Path) -> None:
    """Find the components of the channel train."""
    values = check(hyperparameters(folder), PARAMETERS)
    rows = np.asarray(read_channel(need(folder, "train")).features, float)
    count = values["num_components"]
    if rows.shape[1] != values["feature_dim"]:
        raise Refused(
            f"Data feature dimension mismatch: Found {rows.shape[1]} while {values['feature_dim']} was expected."
        )
    if count > min(rows.shape):
        raise Refused(f"num_components ({count}) must not be more than the rows or the features {rows.shape}.")
    mean = rows.mean(axis=0) if values["subtract_mean"] else np.zeros(rows.shape[1])
    _, strengths, directions = np.linalg.svd(rows - mean, full_matrices=False)
    # Signs are free: the largest part of each direction is positive, so that a repeated job gives the same.
    signs = np.sign(directions[np.arange(len(directions)), abs(directions).argmax(axis=1)])
    v = (directions * signs[:, None])[:count][::-1].T
    keep(folder, {"mean": mean, "v": v, "s": strengths[:count][::-1]}, kind="pca")
    explained = (strengths[:count] ** 2).sum() / (strengths**2).sum()
    say(f"#explained_variance_ratio: {explained}")


def load(model_folder: Path) -> "Components":
    """The model of a folder."""
    arrays, _ = kept(model_folder, "pca")
    return Components(arrays["mean"], arrays["v"], arrays["s"])


class Components:
    """Components that answer."""

    def __init__(self, mean: Array, v: Array, s: Array) -> None:
        self.mean, self.v, self.s = mean, v, s

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The projection of each row."""
        rows = same_width(features(body, content_type), len(self.mean))
        return answer([{"projection": one.tolist()} for one in (rows - self.mean) @ self.v], accept)
