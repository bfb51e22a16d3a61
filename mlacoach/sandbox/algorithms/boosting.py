"""XGBoost, as its image runs it: the data's formats, the hyperparameters, the log, the model's file."""

import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlacoach.sandbox.algorithms import Refused
from mlacoach.sandbox.algorithms.answers import ANY, JSON, JSON_LINES
from mlacoach.sandbox.algorithms.hyperparameters import TOOLKIT, Parameter, check, number, one_of, whole
from mlacoach.sandbox.algorithms.lean import xgboost
from mlacoach.sandbox.algorithms.metrics import BOOSTING
from mlacoach.sandbox.algorithms.saying import say
from mlacoach.sandbox.algorithms.tables import (
    CSV,
    LIBSVM,
    Array,
    Channel,
    Table,
    channel,
    hyperparameters,
    media,
    need,
    read,
    read_channel,
)

FILE = "xgboost-model"
# These images kept the model as a pickle; later ones in XGBoost's own format.
PICKLING = ("1", "latest", "0.", "1.0", "1.2")
OBJECTIVES = (
    "binary:logistic",
    "binary:logitraw",
    "binary:hinge",
    "count:poisson",
    "multi:softmax",
    "multi:softprob",
    "rank:pairwise",
    "rank:ndcg",
    "rank:map",
    "reg:linear",
    "reg:squarederror",
    "reg:logistic",
    "reg:gamma",
    "reg:pseudohubererror",
    "reg:squaredlogerror",
    "reg:absoluteerror",
    "reg:tweedie",
    "survival:aft",
    "survival:cox",
    "aft_loss_distribution",
)
SHARE = number(0, 1, above=True)
PARAMETERS: Mapping[str, Parameter] = {
    "num_round": whole(1, required=True),
    "csv_weights": whole(0, 1),
    "early_stopping_rounds": whole(1),
    "booster": one_of("gbtree", "gblinear", "dart"),
    "verbosity": whole(0, 3),
    "silent": whole(0, 1),
    "nthread": whole(1),
    "eta": number(0, 1),
    "gamma": number(0),
    "max_depth": whole(0),
    "min_child_weight": number(0),
    "max_delta_step": number(0),
    "subsample": SHARE,
    "colsample_bytree": SHARE,
    "colsample_bylevel": SHARE,
    "colsample_bynode": SHARE,
    "lambda": number(0),
    "alpha": number(0),
    "tree_method": one_of("auto", "exact", "approx", "hist", "gpu_hist"),
    "sketch_eps": number(0, 1, above=True),
    "scale_pos_weight": number(0, above=True),
    "updater": Parameter(),
    "dsplit": one_of("row", "col"),
    "refresh_leaf": whole(0, 1),
    "process_type": one_of("default", "update"),
    "grow_policy": one_of("depthwise", "lossguide"),
    "max_leaves": whole(0),
    "max_bin": whole(0),
    "predictor": one_of("auto", "cpu_predictor", "gpu_predictor"),
    "monotone_constraints": Parameter(),
    "interaction_constraints": Parameter(),
    "sample_type": one_of("uniform", "weighted"),
    "normalize_type": one_of("tree", "forest"),
    "rate_drop": number(0, 1),
    "one_drop": whole(0, 1),
    "skip_drop": number(0, 1),
    "lambda_bias": number(0, 1),
    "tweedie_variance_power": number(1, 2, above=True),
    "objective": one_of(*OBJECTIVES),
    "num_class": whole(2),
    "base_score": number(0),
    "eval_metric": Parameter(),
    "seed": whole(-(2**31), 2**31 - 1),
    "num_parallel_tree": whole(1),
    "save_model_on_termination": one_of("true", "false"),
    "aft_loss_distribution": one_of("normal", "logistic", "extreme"),
    "aft_loss_distribution_scale": number(0, above=True),
    "deterministic_histogram": one_of("true", "false"),
    "sampling_method": one_of("uniform", "gradient_based"),
    "_kfold": whole(2),
    "_num_cv_round": whole(1),
}
# What is not for XGBoost itself.
OURS = (
    "num_round",
    "csv_weights",
    "early_stopping_rounds",
    "save_model_on_termination",
    "silent",
    "predictor",
    "sketch_eps",
    "dsplit",
    "deterministic_histogram",
    "_kfold",
    "_num_cv_round",
)
# What XGBoost itself computes; the image's further metrics come from scikit-learn.
OWN_METRICS = {"rmse", "mae", "logloss", "error", "merror", "mlogloss", "auc", "ndcg", "map", "rmsle", "mape", "aucpr"}


def train(folder: Path) -> None:
    """Learn from the channels train and, if there is one, validation."""
    values = check(hyperparameters(folder), PARAMETERS, TOOLKIT)
    _check_together(values)
    weighted = bool(values.get("csv_weights"))
    learn = _matrix(need(folder, "train"), weighted)
    proof = channel(folder, "validation")
    watched = [(learn, "train")] + ([(_matrix(proof, weighted), "validation")] if proof and proof.files else [])
    say("[INFO] Running XGBoost Sagemaker in algorithm mode")
    say(f"[INFO] Train matrix has {learn.num_row()} rows and {learn.num_col()} columns")
    _save(_fit(values, watched, folder / "checkpoints"), folder / "model")


def _check_together(values: Mapping[str, Any]) -> None:
    objective = values.get("objective", "reg:squarederror")
    if objective.startswith("multi:") and "num_class" not in values:
        raise Refused("Require input for parameter 'num_class' for multi-classification")
    for metric in str(values.get("eval_metric", "")).split(","):
        plain = metric.partition("@")[0].strip()
        if plain and plain not in BOOSTING and plain not in {"cox-nloglik", "aft-nloglik"}:
            raise Refused(f"Hyperparameter eval_metric: value ['{metric}'] not in range {list(BOOSTING)}")
        if plain == "auc" and not objective.startswith(("binary:", "rank:", "multi:softprob")):
            raise Refused("Metric 'auc' can only be applied for classification and ranking problems.")


def _matrix(found: Channel, weighted: bool) -> Any:  # noqa: ANN401, FBT001 - XGBoost has no types
    table = _read(found)
    if table.labels is None or np.isnan(table.labels).any():
        raise Refused(f"The data of channel '{found.name}' has no label in its first column.")
    if weighted and media(found.content_type)[0] == CSV:
        return xgboost.DMatrix(table.features[:, 1:], table.labels, weight=table.features[:, 0])
    return xgboost.DMatrix(table.features, table.labels)


def _read(found: Channel) -> Table:
    kind, _ = media(found.content_type or LIBSVM)
    if kind == LIBSVM:
        with found.files[0].open("rb") as file:
            first = file.readline(300).decode("utf-8", "replace").strip()
        if ":" not in first:
            raise Refused(
                f"Blankspace and colon not found in firstline '{first[:50]}...' of file '{found.files[0].name}'. "
                "ContentType by default is in libsvm. Please ensure the file is in libsvm format."
            )
    return read_channel(found, LIBSVM)


_Callback: Any = xgboost.callback.TrainingCallback


class _Log(_Callback):  # type: ignore[misc]
    """One line per round, as the image writes it."""

    def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:  # noqa: ANN401, ARG002
        figures = [
            f"#011{data}-{metric}:{scores[-1]:.5f}"
            for data, metrics in evals_log.items()
            for metric, scores in metrics.items()
        ]
        say(f"[{epoch}]" + "".join(figures))
        return False


def _fit(values: Mapping[str, Any], watched: list[tuple[Any, str]], checkpoints: Path) -> Any:  # noqa: ANN401
    rounds = values["num_round"]
    settings = {name: value for name, value in values.items() if name not in OURS}
    if settings.get("objective") == "reg:linear":
        settings["objective"] = "reg:squarederror"
    if settings.get("tree_method") == "gpu_hist":
        settings["tree_method"] = "hist"
    asked = [metric.strip() for metric in str(settings.pop("eval_metric", "")).split(",") if metric.strip()]
    own = [
        metric
        for metric in asked
        if metric.partition("@")[0] in OWN_METRICS or metric.endswith(("nloglik", "deviance"))
    ]
    extra = [metric for metric in asked if metric not in own]
    settings |= {"eval_metric": own} if own else {"disable_default_eval_metric": 1} if extra else {}
    settings.setdefault("nthread", int(os.environ.get("OMP_NUM_THREADS", "2")))
    try:
        return xgboost.train(
            settings,
            watched[0][0],
            rounds,
            evals=watched,
            custom_metric=_metric(extra) if extra else None,
            early_stopping_rounds=values.get("early_stopping_rounds"),
            callbacks=[_Log(), *_checkpointing(checkpoints)],
            verbose_eval=False,
        )
    except xgboost.core.XGBoostError as error:
        raise Refused(f"XGB train call failed with exception:\n {str(error).splitlines()[0]}") from error


def _metric(names: list[str]) -> Any:  # noqa: ANN401 - XGBoost's form of a metric
    from mlacoach.sandbox.algorithms.scores import score  # noqa: PLC0415 - brings scikit-learn

    def compute(predicted: Array, data: Any) -> list[tuple[str, float]]:  # noqa: ANN401
        return [(name, score(name, data.get_label(), predicted)) for name in names]

    return compute


def _checkpointing(folder: Path) -> list[Any]:
    if not folder.exists():
        return []
    return [xgboost.callback.TrainingCheckPoint(folder, name="xgboost-checkpoint", interval=10)]


def _save(booster: Any, folder: Path) -> None:  # noqa: ANN401
    folder.mkdir(parents=True, exist_ok=True)
    version = os.environ.get("SANDBOX_IMAGE_VERSION", "")
    if version in PICKLING[:2] or version.startswith(PICKLING[2:]):
        with (folder / FILE).open("wb") as file:
            pickle.dump(booster, file)
        return
    # XGBoost chooses the format by the file's ending.
    booster.save_model(folder / "model.ubj")
    (folder / "model.ubj").rename(folder / FILE)


def load(model_folder: Path) -> "Boosted":
    """The model of a folder: `xgboost-model`, or the only file there is."""
    files = [path for path in sorted(model_folder.iterdir()) if path.is_file()]
    wanted = next((path for path in files if path.name == FILE), files[0] if files else None)
    if wanted is None:
        raise Refused("Unable to load model: the folder is empty.")
    return Boosted(_booster(wanted))


def _booster(path: Path) -> Any:  # noqa: ANN401
    start = path.read_bytes()[:1]
    if start == b"\x80":
        with path.open("rb") as file:
            # As the image does: a pickle is code, and it runs in a child of its own.
            return pickle.load(file)  # noqa: S301
    booster = xgboost.Booster()
    try:
        with tempfile.TemporaryDirectory() as folder:
            # Its ending says what it is: JSON begins with a brace as UBJSON does, then a quoted name follows.
            text = path.read_bytes()[:2] in (b'{"', b"{\n", b"{ ")
            booster.load_model(shutil.copy(path, Path(folder) / ("model.json" if text else "model.ubj")))
    except xgboost.core.XGBoostError as error:
        raise Refused(f"Unable to load model: {str(error).splitlines()[0]}") from error
    return booster


class Boosted:
    """A booster that answers."""

    def __init__(self, booster: Any) -> None:  # noqa: ANN401
        self.booster = booster
        booster.set_param({"nthread": int(os.environ.get("OMP_NUM_THREADS", "1"))})

    def predict(self, body: bytes, content_type: str, accept: str) -> tuple[bytes, str]:
        """The scores of the rows."""
        kind, more = media(content_type or LIBSVM)
        if kind == JSON:
            raise Refused("Content type application/json is not supported.", is_media=True)
        rows = read(body, kind, int(more.get("label_size", 0))).features
        scores = self.booster.inplace_predict(self._fitting(rows, kind), **self._best(), validate_features=False)
        return _answered(scores.tolist(), accept)

    def _best(self) -> dict[str, Any]:
        best = self.booster.attributes().get("best_iteration")
        return {"iteration_range": (0, int(best) + 1)} if best else {}

    def _fitting(self, rows: Array, kind: str) -> Array:
        width = self.booster.num_features()
        if kind == LIBSVM and rows.shape[1] < width:
            return np.pad(rows, ((0, 0), (0, width - rows.shape[1])), constant_values=np.nan)
        if rows.shape[1] == width + 1 and kind == LIBSVM:
            return rows[:, 1:]
        if rows.shape[1] != width:
            raise Refused(
                "Unable to evaluate payload provided: Feature size of "
                f"{kind.rpartition('/')[2]} inference data {rows.shape[1]} is not consistent with feature size of "
                f"trained model {width}."
            )
        return rows


def _answered(scores: list[Any], accept: str) -> tuple[bytes, str]:
    kind, _ = media(accept)
    if kind == JSON:
        return json.dumps({"predictions": [{"score": score} for score in scores]}).encode(), JSON
    if kind == JSON_LINES:
        return "".join(json.dumps({"score": score}) + "\n" for score in scores).encode(), JSON_LINES
    if kind == CSV or accept.strip() in ANY:
        return ("\n".join(str(score) for score in scores) + "\n").encode(), f"{CSV}; charset=utf-8"
    raise Refused(f"Accept type {kind} is not supported. Please use text/csv or application/json.", is_media=True)
