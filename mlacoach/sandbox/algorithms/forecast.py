"""Forecasting in DeepAR's manner: one probabilistic autoregressive model for all series.

It is no recurrent network. Each value is a linear function of the scaled values before it and of the season, with
noise; forecasts are sampled step by step, as DeepAR does. Formats, hyperparameters and answers are DeepAR's.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from mlacoach.sandbox.algorithms import Refused
from mlacoach.sandbox.algorithms.answers import JSON, JSON_LINES, loads
from mlacoach.sandbox.algorithms.hyperparameters import Parameter, check, number, one_of, whole
from mlacoach.sandbox.algorithms.keeping import keep, kept
from mlacoach.sandbox.algorithms.saying import quality, say
from mlacoach.sandbox.algorithms.tables import Array, Channel, channel, hyperparameters, media, need

PARAMETERS: Mapping[str, Parameter] = {
    "time_freq": Parameter(required=True),
    "prediction_length": whole(1, required=True),
    "context_length": whole(1, required=True),
    "epochs": whole(1, required=True),
    "cardinality": Parameter(),
    "dropout_rate": number(0, 1),
    "early_stopping_patience": whole(1),
    "embedding_dimension": whole(1),
    "learning_rate": number(0, above=True),
    "likelihood": one_of("gaussian", "beta", "negative-binomial", "student-T", "deterministic-L1", default="student-T"),
    "mini_batch_size": whole(1),
    "num_cells": whole(1),
    "num_dynamic_feat": Parameter(),
    "num_eval_samples": whole(1, default=100),
    "num_layers": whole(1),
    "test_quantiles": Parameter(),
}
# How many steps a season has, by the unit of time_freq.
SEASONS = {
    "M": (12,),
    "W": (52,),
    "D": (7,),
    "B": (5,),
    "H": (24, 168),
    "min": (60,),
    "T": (60,),
    "Q": (4,),
    "A": (),
    "Y": (),
}
QUANTILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
RIDGE = 1e-3
MOST_STEPS = 2_000_000


@dataclass(frozen=True, slots=True)
class Series:
    """One series: when it begins, and its values."""

    start: datetime
    target: Array


def train(folder: Path) -> None:
    """Learn from the channel train; measure on the last steps of test."""
    values = check(hyperparameters(folder), PARAMETERS)
    lags = _lags(values)
    series = list(_read(need(folder, "train")))
    long = [one for one in series if len(one.target) > max(lags)]
    if not long:
        raise Refused(
            f"No series of channel 'train' is longer than {max(lags)} steps, as context_length and time_freq ask."
        )
    parts = [_rows(one.target / _scale(one.target), lags) for one in long]
    rows, target = np.vstack([part[0] for part in parts]), np.concatenate([part[1] for part in parts])
    if len(rows) > MOST_STEPS:
        raise Refused(f"The series have {len(rows)} steps; at most {MOST_STEPS} are taken here.")
    inner = rows.T @ rows + RIDGE * len(rows) * np.eye(rows.shape[1])
    weights = np.linalg.solve(inner, rows.T @ target)
    noise = float((target - rows @ weights).std())
    keep(
        folder,
        {"weights": weights, "lags": np.array(lags)},
        kind="forecasting-deepar",
        noise=noise,
        length=values["prediction_length"],
        counts=values["likelihood"] == "negative-binomial",
        exact=values["likelihood"] == "deterministic-L1",
    )
    loss = float(0.5 * np.log(2 * np.pi * max(noise, 1e-9) ** 2) + 0.5)
    quality("train", "final_loss", loss, kind="loss")
    _test(folder, values)


def _lags(values: Mapping[str, Any]) -> list[int]:
    """How far back each value looks: through the context, and to the same place in the last seasons."""
    unit = values["time_freq"].lstrip("0123456789") or "D"
    times = int(values["time_freq"][: -len(unit)] or 1) if values["time_freq"].endswith(unit) else 1
    named = next((unit[:size] for size in (3, 1) if unit[:size] in SEASONS), None)
    if named is None:
        raise Refused(f"The value '{values['time_freq']}' of hyperparameter 'time_freq' is not valid.")
    seasons = [season // times for season in SEASONS[named] if season // times > 1]
    recent = range(1, min(values["context_length"], 60) + 1)
    return sorted({*recent, *seasons})


def _scale(target: Array) -> float:
    return float(np.nanmean(abs(target))) + 1e-6


def _rows(scaled: Array, lags: Sequence[int]) -> tuple[Array, Array]:
    """What each value is explained by, and the values; steps with gaps are left out."""
    most = max(lags)
    columns = [scaled[most - lag : len(scaled) - lag] for lag in lags]
    rows = np.column_stack([*columns, np.ones(len(scaled) - most)])
    whole_rows = ~(np.isnan(rows).any(axis=1) | np.isnan(scaled[most:]))
    return rows[whole_rows], scaled[most:][whole_rows]


def _read(found: Channel) -> Iterator[Series]:
    for path in found.files:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.strip():
                yield series_of(loads(line.encode()))


def series_of(row: Any) -> Series:  # noqa: ANN401 - JSON
    """A series as DeepAR's JSON says it.

    Raises:
        Refused: it is none.
    """
    if not isinstance(row, Mapping) or "start" not in row or not isinstance(row.get("target"), list):
        raise Refused("A series needs the members start and target.")
    try:
        start = datetime.fromisoformat(str(row["start"]))
        target = [np.nan if value in (None, "NaN") else float(value) for value in row["target"]]
    except (TypeError, ValueError) as error:
        raise Refused(f"A series cannot be read: {error}.") from error
    return Series(start, np.array(target))


def _test(folder: Path, values: Mapping[str, Any]) -> None:
    found = channel(folder, "test")
    if not found or not found.files:
        return
    model, length = load(folder / "model"), values["prediction_length"]
    series = [one for one in _read(found) if len(one.target) > length]
    if not series:
        raise Refused(f"No series of channel 'test' is longer than prediction_length ({length}).")
    paths = [model.sample(one.target[:-length], values["num_eval_samples"]) for one in series]
    true = np.array([one.target[-length:] for one in series])
    means = np.array([path.mean(axis=0) for path in paths])
    say(f"#test_score (algo-1, RMSE): {float(np.sqrt(np.nanmean((means - true) ** 2)))}")
    losses = []
    for quantile in QUANTILES:
        said = np.array([np.quantile(path, quantile, axis=0) for path in paths])
        over = true - said
        loss = (
            2 * np.nansum(np.maximum(quantile * over, (quantile - 1) * over)) / max(float(np.nansum(abs(true))), 1e-9)
        )
        losses.append(float(loss))
        say(f"#test_score (algo-1, wQuantileLoss[{quantile}]): {loss}")
    say(f"#test_score (algo-1, mean_wQuantileLoss): {float(np.mean(losses))}")


def load(model_folder: Path) -> "Forecaster":
    """The model of a folder."""
    return Forecaster(*kept(model_folder, "forecasting-deepar"))


class Forecaster:
    """A model that forecasts."""

    def __init__(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        self.weights, self.lags, self.facts = arrays["weights"], arrays["lags"], facts

    def sample(self, target: Array, count: int) -> Array:
        """That many ways in which the series may go on, a row each."""
        scale, rng = _scale(target) if len(target) else 1.0, np.random.default_rng(0)
        most = int(self.lags.max())
        mean = float(np.nanmean(target)) / scale if len(target) else 0.0
        known = np.concatenate([np.full(most, mean), np.nan_to_num(target / scale, nan=mean)])[-most:]
        paths = np.tile(known, (count, 1))
        noise = 0.0 if self.facts["exact"] else self.facts["noise"]
        for _ in range(self.facts["length"]):
            rows = np.column_stack([paths[:, -self.lags], np.ones(count)])
            step = rows @ self.weights + rng.normal(0, noise, count)
            paths = np.column_stack([paths, step])
        ahead = paths[:, most:] * scale
        return np.asarray(np.maximum(ahead, 0).round() if self.facts["counts"] else ahead)

    def predict(self, body: bytes, content_type: str, _accept: str) -> tuple[bytes, str]:
        """The forecast of each series."""
        kind, _ = media(content_type)
        if kind == JSON_LINES:
            config = {"num_samples": 100, "output_types": ["mean", "quantiles"], "quantiles": ["0.1", "0.5", "0.9"]}
            rows = [self._answer(series_of(loads(line)), config) for line in body.splitlines() if line.strip()]
            return "".join(json.dumps(row) + "\n" for row in rows).encode(), JSON_LINES
        if kind != JSON:
            raise Refused(f"Content type {kind or 'none'} is not supported.", is_media=True)
        data = loads(body)
        if not isinstance(data, Mapping) or not isinstance(data.get("instances"), list):
            raise Refused("The JSON has no list of instances.")
        config = {"num_samples": 100, "output_types": ["mean", "quantiles", "samples"]} | (
            data.get("configuration") or {}
        )
        predictions = [self._answer(series_of(row), config) for row in data["instances"]]
        return json.dumps({"predictions": predictions}).encode(), JSON

    def _answer(self, series: Series, config: Mapping[str, Any]) -> dict[str, Any]:
        paths = self.sample(series.target, max(1, min(int(config["num_samples"]), 10_000)))
        levels = [str(level) for level in config.get("quantiles") or QUANTILES]
        made = {
            "mean": lambda: paths.mean(axis=0).tolist(),
            "quantiles": lambda: {level: np.quantile(paths, float(level), axis=0).tolist() for level in levels},
            "samples": paths.tolist,
        }
        return {name: made[name]() for name in config["output_types"] if name in made}
