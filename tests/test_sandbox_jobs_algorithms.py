"""Each built-in algorithm finds what was planted, keeps it, and answers as on AWS."""

import io
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image as Picture

from mlacoach.sandbox.algorithms import Refused, image_of, load, metric_definitions, recordio, train
from mlacoach.sandbox.jobs.watching import Metrics, patterns_of
from tests.sandbox_jobs import churn, csv

CSV, UNLABELLED, RECORDIO = "text/csv", "text/csv;label_size=0", "application/x-recordio-protobuf"


class Job:
    """One training in this process: its model, and the metrics of its log."""

    def __init__(
        self,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        name: str,
        channels: Mapping[str, tuple[bytes | str, str]],
        **values: Any,  # noqa: ANN401
    ) -> None:
        (folder / "input/config").mkdir(parents=True)
        texts = {key: str(value) for key, value in values.items()}
        (folder / "input/config/hyperparameters.json").write_text(json.dumps(texts))
        kinds = {channel: {"ContentType": kind} for channel, (_, kind) in channels.items()}
        (folder / "input/config/inputdataconfig.json").write_text(json.dumps(kinds))
        for channel, (data, _) in channels.items():
            (folder / "input/data" / channel).mkdir(parents=True)
            (folder / "input/data" / channel / "part").write_bytes(data.encode() if isinstance(data, str) else data)
        train(name, folder)
        metrics = Metrics(patterns_of(metric_definitions(name)))
        for line in capsys.readouterr().out.splitlines():
            metrics.read(line)
        self.metrics = {metric: seen[-1] for metric, seen in metrics.values.items()}
        self.model = load(name, folder / "model")

    def ask(self, body: bytes | str, kind: str = CSV, accept: str = "application/json") -> Any:  # noqa: ANN401
        return json.loads(self.model.predict(body.encode() if isinstance(body, str) else body, kind, accept)[0])


def test_xgboost_reads_csv_libsvm_recordio_and_keeps_its_best_round(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    features, labels = churn(2000)
    lines = [
        f"{label} " + " ".join(f"{at}:{x:.5f}" for at, x in enumerate(row))
        for row, label in zip(features, labels, strict=True)
    ]
    data = {CSV: csv(labels, features), "text/libsvm": "\n".join(lines), RECORDIO: recordio.write(features, labels)}
    for number, (kind, body) in enumerate(data.items()):
        channels = {"train": (body, kind), "validation": (body, kind)}
        job = Job(
            tmp_path / str(number), capsys, "xgboost", channels, num_round=60, objective="binary:logistic",
            eval_metric="auc,f1", early_stopping_rounds=3,
        )  # fmt: skip
        assert job.metrics["validation:auc"] > 0.98
        assert job.metrics["validation:f1"] > 0.9
        scores = job.ask(csv(features[:50]), CSV)["predictions"]
        assert np.mean([(one["score"] > 0.5) == label for one, label in zip(scores, labels, strict=False)]) > 0.9
    with pytest.raises(Refused, match="Feature size of csv inference data 3 is not consistent"):
        job.model.predict(b"1,2,3", CSV, "")


def test_linear_learner_finds_the_plane_and_the_classes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    features, labels = churn(3000)
    target = features[:, 0] * 20 - features[:, 1] * 10 + 7
    job = Job(
        tmp_path / "line", capsys, "linear-learner", {"train": (csv(target, features), CSV)}, predictor_type="regressor"
    )
    score = job.ask("1,1,0,0,0,0,0,0\n0,0,0,0,0,0,0,0")["predictions"]
    assert [one["score"] for one in score] == pytest.approx([17, 7], abs=0.1)

    channels = {
        "train": (recordio.write(features[:2000], labels[:2000]), ""),
        "validation": (csv(labels[2000:], features[2000:]), CSV),
    }
    job = Job(tmp_path / "two", capsys, "linear-learner", channels, predictor_type="binary_classifier", feature_dim=8)
    assert job.metrics["validation:binary_classification_accuracy"] > 0.9
    assert job.metrics["validation:roc_auc_score"] > 0.97
    assert [one["predicted_label"] for one in job.ask("3,-3,0,0,0,0,0,0\n-3,3,0,0,0,0,0,0")["predictions"]] == [1, 0]

    classes = features[:, :3].argmax(axis=1)
    job = Job(tmp_path / "three", capsys, "linear-learner", {"train": (csv(classes, features), CSV)},
              predictor_type="multiclass_classifier", num_classes=3)  # fmt: skip
    assert job.metrics["train:multiclass_accuracy"] > 0.95
    with pytest.raises(Refused, match="must be whole numbers from 0 to 1"):
        Job(
            tmp_path / "bad",
            capsys,
            "linear-learner",
            {"train": (csv(classes, features), CSV)},
            predictor_type="binary_classifier",
        )


def test_kmeans_finds_the_planted_centres(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(2)
    centres = np.array([[0, 0], [6, 6], [0, 6]])
    rows = centres[rng.integers(0, 3, 900)] + 0.3 * rng.normal(size=(900, 2))
    job = Job(tmp_path / "k", capsys, "kmeans", {"train": (recordio.write(rows), "")}, k=3, feature_dim=2)
    answers = job.ask(recordio.write(centres), RECORDIO)["predictions"]
    assert len({one["closest_cluster"] for one in answers}) == 3
    assert max(one["distance_to_cluster"] for one in answers) < 0.1
    assert job.metrics["train:msd"] == pytest.approx(2 * 0.09, abs=0.03)
    with pytest.raises(Refused, match="mismatch: Found 2 while 5"):
        Job(tmp_path / "bad", capsys, "kmeans", {"train": (csv(rows), UNLABELLED)}, k=3, feature_dim=5)


def test_pca_finds_the_planted_direction_and_puts_it_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(500, 1)) * 5 @ np.array([[0.6, 0.8, 0.0]]) + 0.1 * rng.normal(size=(500, 3)) + 10
    job = Job(
        tmp_path / "p",
        capsys,
        "pca",
        {"train": (csv(rows), UNLABELLED)},
        num_components=2,
        feature_dim=3,
        mini_batch_size=100,
    )
    first = np.array(job.ask("10,10,10\n16,18,10", UNLABELLED)["predictions"][0]["projection"])
    second = np.array(job.ask("16,18,10", UNLABELLED)["predictions"][0]["projection"])
    assert (second - first)[-1] == pytest.approx(10, abs=0.1)
    assert abs((second - first)[0]) < 0.5


def test_knn_takes_its_neighbours_word(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    features, labels = churn(2000)
    channels = {"train": (csv(labels[:1500], features[:1500]), CSV), "test": (csv(labels[1500:], features[1500:]), CSV)}
    job = Job(tmp_path / "k", capsys, "knn", channels, k=9, predictor_type="classifier", sample_size=1500)
    assert job.metrics["test:accuracy"] > 0.85
    lines = job.model.predict(b"3,-3,0,0,0,0,0,0\n-3,3,0,0,0,0,0,0", CSV, "application/jsonlines")[0].splitlines()
    assert [json.loads(line)["predicted_label"] for line in lines] == [1.0, 0.0]


def test_random_cut_forest_scores_what_is_far_away_higher(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(4)
    usual, odd = rng.normal(size=(500, 3)), rng.normal(size=(5, 3)) + 9
    marked = csv(np.array([0] * 500 + [1] * 5), np.vstack([usual, odd]))
    channels = {"train": (csv(usual), UNLABELLED), "test": (marked, CSV)}
    job = Job(tmp_path / "r", capsys, "randomcutforest", channels, feature_dim=3, num_trees=50, num_samples_per_tree=64)
    assert job.metrics["test:f1"] > 0.8
    scores = [one["score"] for one in job.ask(csv(np.vstack([usual[:50], odd])), UNLABELLED)["scores"]]
    assert min(scores[50:]) > max(scores[:50])


def test_blazingtext_learns_which_words_mean_what(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(5)
    words = {"good": ["lovely", "great", "fine"], "bad": ["awful", "poor", "bad"]}
    other = ["the", "film", "was", "and", "day"]
    lines = [
        f"__label__{label} " + " ".join(rng.permutation([*rng.choice(mine, 2), *rng.choice(other, 3)]))
        for label, mine in words.items()
        for _ in range(300)
    ]
    text = "\n".join(lines)
    job = Job(tmp_path / "b", capsys, "blazingtext", {"train": (text, ""), "validation": (text, "")},
              mode="supervised", min_count=1, vector_dim=10)  # fmt: skip
    assert job.metrics["validation:accuracy"] > 0.97
    answers = job.ask(
        json.dumps({"instances": ["the film was great", "awful day"], "configuration": {"k": 1}}), "application/json"
    )
    assert [one["label"] for one in answers] == [["__label__good"], ["__label__bad"]]
    assert min(one["prob"][0] for one in answers) > 0.8


def test_deepar_forecasts_a_season_and_says_how_sure_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng, steps = np.random.default_rng(6), np.arange(480)
    wave = 10 + 5 * np.sin(2 * np.pi * steps / 24) + 0.3 * rng.normal(size=480)
    rows = "\n".join(json.dumps({"start": "2026-01-01 00:00:00", "target": list(wave * size)}) for size in (1, 3, 10))
    job = Job(tmp_path / "d", capsys, "forecasting-deepar", {"train": (rows, ""), "test": (rows, "")},
              time_freq="H", prediction_length=24, context_length=24, epochs=10)  # fmt: skip
    assert job.metrics["test:mean_wQuantileLoss"] < 0.05
    config = {"num_samples": 200, "output_types": ["mean", "quantiles"], "quantiles": ["0.1", "0.9"]}
    body = json.dumps({"instances": [{"start": "2026-01-01 00:00:00", "target": list(wave)}], "configuration": config})
    said = job.ask(body, "application/json")["predictions"][0]
    true = 10 + 5 * np.sin(2 * np.pi * np.arange(480, 504) / 24)
    assert np.abs(np.array(said["mean"]) - true).mean() < 0.4
    inside = (np.array(said["quantiles"]["0.1"]) < true) & (true < np.array(said["quantiles"]["0.9"]))
    assert inside.mean() > 0.7


def picture(rng: np.random.Generator, is_red: bool) -> bytes:  # noqa: FBT001
    pixels = rng.integers(0, 120, (20, 20, 3))
    pixels[:, :, 0 if is_red else 2] += 100
    out = io.BytesIO()
    Picture.fromarray(pixels.astype(np.uint8)).save(out, "PNG")
    return out.getvalue()


def test_image_classification_tells_colours_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(7)
    frames = [struct.pack("<IfQQ", 0, n % 2, n, 0) + picture(rng, is_red=bool(n % 2)) for n in range(60)]
    data = (recordio.framed(frames), "application/x-recordio")
    job = Job(tmp_path / "i", capsys, "image-classification", {"train": data, "validation": data},
              num_classes=2, num_training_samples=60, epochs=3)  # fmt: skip
    assert job.metrics["validation:accuracy"] > 0.95
    assert np.argmax(job.ask(picture(rng, is_red=True), "application/x-image")) == 1
    with pytest.raises(Refused, match="no JPEG or PNG"):
        job.model.predict(b"nothing", "application/x-image", "")


def test_recordio_reads_what_it_wrote_and_refuses_what_it_did_not() -> None:
    rows = np.array([[1.5, -2], [3, 4]])
    features, labels = recordio.read(recordio.write(rows, np.array([1, 0])))
    assert labels is not None
    assert (features.tolist(), labels.tolist()) == (rows.tolist(), [1, 0])
    for bad in (b"1,2,3,4,5,6\n", recordio.write(rows)[:-3], recordio.framed([b"\xff" * 9])):
        with pytest.raises(Refused):
            recordio.read(bad)


@pytest.mark.parametrize(
    ("uri", "name", "version"),
    [
        ("683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1", "xgboost", "1.7-1"),
        ("811284229777.dkr.ecr.us-east-1.amazonaws.com/xgboost:1", "xgboost", "1"),
        ("382416733822.dkr.ecr.us-east-1.amazonaws.com/linear-learner:1", "linear-learner", "1"),
        ("522234722520.dkr.ecr.us-east-1.amazonaws.com/forecasting-deepar:latest", "forecasting-deepar", "latest"),
        ("763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.5-cpu-py311", "pytorch", "2.5-cpu-py311"),
        ("1.dkr.ecr.eu-west-1.amazonaws.com/team/mine@sha256:" + "a" * 64, "mine", "latest"),
        ("localhost:5000/mine", "mine", "latest"),
    ],
)
def test_images_are_known_by_their_names(uri: str, name: str, version: str) -> None:
    assert (image_of(uri).name, image_of(uri).version) == (name, version)
