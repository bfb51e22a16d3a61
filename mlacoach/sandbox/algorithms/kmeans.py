"""K-Means: Lloyd's steps from k-means++ centres, the best of several trials."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from mlacoach.sandbox.algorithms import Refused
from mlacoach.sandbox.algorithms.answers import answer, features, same_width
from mlacoach.sandbox.algorithms.hyperparameters import Parameter, auto, check, number, one_of, whole
from mlacoach.sandbox.algorithms.keeping import keep, kept
from mlacoach.sandbox.algorithms.saying import quality
from mlacoach.sandbox.algorithms.tables import Array, channel, hyperparameters, need, read_channel

PARAMETERS: Mapping[str, Parameter] = {
    "feature_dim": whole(1, required=True),
    "k": whole(2, required=True),
    "epochs": whole(1, default=1),
    "eval_metrics": Parameter(),
    "extra_center_factor": auto(whole(1)),
    "half_life_time_size": whole(0),
    "init_method": one_of("random", "kmeans++", default="random"),
    "local_lloyd_init_method": one_of("random", "kmeans++"),
    "local_lloyd_max_iter": whole(1, default=300),
    "local_lloyd_num_trials": auto(whole(1)),
    "local_lloyd_tol": number(0, default=0.0001),
    "mini_batch_size": whole(1, default=5000),
}
TRIALS = 5
AT_ONCE = 10_000


def train(folder: Path) -> None:
    """Find the centres of the channel train."""
    values = check(hyperparameters(folder), PARAMETERS)
    rows = read_channel(need(folder, "train")).features
    if rows.shape[1] != values["feature_dim"]:
        raise Refused(
            f"Data feature dimension mismatch: Found {rows.shape[1]} while {values['feature_dim']} was expected."
        )
    if len(rows) < values["k"]:
        raise Refused(f"The number of rows ({len(rows)}) is less than k ({values['k']}).")
    rng, best, centres = np.random.default_rng(0), float("inf"), rows[: values["k"]]
    for _ in range(values.get("local_lloyd_num_trials") or TRIALS):
        tried = lloyd(rows, spread(rows, values["k"], rng), values["local_lloyd_max_iter"], values["local_lloyd_tol"])
        error = float(nearest(rows, tried)[1].mean())
        if error < best:
            best, centres = error, tried
    keep(folder, {"centres": centres}, kind="kmeans")
    for name in ("train", "test"):
        found = channel(folder, name)
        if found and found.files:
            squared = nearest(read_channel(found).features, centres)[1]
            quality(name, "msd", float(squared.mean()), kind="loss")
            quality(name, "ssd", float(squared.sum()), kind="loss")


def spread(rows: Array, count: int, rng: np.random.Generator) -> Array:
    """Centres to begin with, far from each other: k-means++."""
    centres = [rows[rng.integers(len(rows))]]
    squared = ((rows - centres[0]) ** 2).sum(axis=1)
    while len(centres) < count:
        total = squared.sum()
        chance = squared / total if total else None
        centres.append(rows[rng.choice(len(rows), p=chance)])
        squared = np.minimum(squared, ((rows - centres[-1]) ** 2).sum(axis=1))
    return np.array(centres, float)


def lloyd(rows: Array, centres: Array, most: int, tolerance: float) -> Array:
    """Move the centres to the middle of what is nearest to them, until they stay."""
    for _ in range(most):
        owner, _ = nearest(rows, centres)
        moved = np.array(
            [rows[owner == one].mean(axis=0) if (owner == one).any() else centre for one, centre in enumerate(centres)]
        )
        shift = abs(moved - centres).max()
        centres = moved
        if shift <= tolerance:
            break
    return centres


def nearest(rows: Array, centres: Array) -> tuple[Array, Array]:
    """Which centre is nearest to each row, and the square of its distance."""
    owners, squares = [], []
    for begin in range(0, len(rows), AT_ONCE):
        part = rows[begin : begin + AT_ONCE]
        squared = np.stack([((part - centre) ** 2).sum(axis=1) for centre in centres], axis=1)
        owners.append(squared.argmin(axis=1))
        squares.append(squared.min(axis=1))
    return np.concatenate(owners), np.concatenate(squares)


def load(model_folder: Path) -> "Centres":
    """The model of a folder."""
    return Centres(kept(model_folder, "kmeans")[0]["centres"])


class Centres:
    """Centres that answer."""

    def __init__(self, centres: Array) -> None:
        self.centres = centres

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The nearest centre of each row, and how far it is."""
        rows = same_width(features(body, content_type), self.centres.shape[1])
        owners, squares = nearest(rows, self.centres)
        pairs = zip(owners, np.sqrt(squares), strict=True)
        return answer(
            [{"closest_cluster": float(owner), "distance_to_cluster": float(far)} for owner, far in pairs], accept
        )
