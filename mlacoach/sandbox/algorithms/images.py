"""Image classification on small images: a softmax on colours and edges, in place of AWS's deep network.

Formats, hyperparameters, log and answers are those of the built-in algorithm. What a deep network would see in large
photographs, this does not: it tells apart what differs in colour, texture and coarse shape.
"""

import io
import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from mlacoach.sandbox.algorithms import Refused, recordio
from mlacoach.sandbox.algorithms.answers import JSON
from mlacoach.sandbox.algorithms.hyperparameters import Parameter, auto, check, flag, number, one_of, whole
from mlacoach.sandbox.algorithms.keeping import keep, kept
from mlacoach.sandbox.algorithms.saying import say
from mlacoach.sandbox.algorithms.tables import Array, Channel, channel, hyperparameters, media, need

PARAMETERS: Mapping[str, Parameter] = {
    "num_classes": whole(2, required=True),
    "num_training_samples": whole(1, required=True),
    "augmentation_type": one_of("crop", "crop_color", "crop_color_transform"),
    "beta_1": number(0, 1),
    "beta_2": number(0, 1),
    "checkpoint_frequency": whole(1),
    "early_stopping": flag(),
    "early_stopping_min_epochs": whole(1),
    "early_stopping_patience": whole(1),
    "early_stopping_tolerance": number(0),
    "epochs": whole(1, default=30),
    "eps": number(0),
    "gamma": number(0, 1),
    "image_shape": Parameter(default="3,224,224"),
    "kv_store": Parameter(),
    "learning_rate": number(0),
    "lr_scheduler_factor": number(0, 1),
    "lr_scheduler_step": Parameter(),
    "mini_batch_size": whole(1, default=32),
    "momentum": number(0, 1),
    "multi_label": flag(),
    "num_layers": whole(18),
    "optimizer": one_of("sgd", "adam", "rmsprop", "nag"),
    "precision_dtype": one_of("float32", "float16"),
    "resize": auto(whole(1)),
    "top_k": whole(2),
    "use_pretrained_model": whole(0, 1),
    "use_weighted_loss": flag(),
    "weight_decay": number(0, 1),
}
SIDE = 16
HEADER = struct.Struct("<IfQQ")
MOST_PIXELS = 50_000_000
PENALTY, RATE, STEPS = 1e-3, 0.05, 20
Labelled = tuple[bytes, int]


def train(folder: Path) -> None:
    """Learn from the channel train; measure on validation."""
    values = check(hyperparameters(folder), PARAMETERS)
    if values.get("multi_label"):
        raise Refused("The sandbox classifies images by one label each: multi_label must be 0.")
    rows, labels = _table(folder, "train", values["num_classes"])
    centre, scale = rows.mean(axis=0), rows.std(axis=0) + 1e-6
    proof = channel(folder, "validation")
    test = _table(folder, "validation", values["num_classes"]) if proof and proof.files else None
    weights = _learn((rows - centre) / scale, labels, values, test and ((test[0] - centre) / scale, test[1]))
    keep(folder, {"weights": weights, "centre": centre, "scale": scale}, kind="image-classification")


def _learn(rows: Array, labels: Array, values: Mapping[str, int], test: tuple[Array, Array] | None) -> Array:
    data, truth = _with_one(rows), np.eye(values["num_classes"])[labels]
    weights, moved = np.zeros((data.shape[1], truth.shape[1])), np.zeros((data.shape[1], truth.shape[1]))
    for epoch in range(values["epochs"]):
        for _ in range(STEPS):
            slope = data.T @ (_softmax(data @ weights) - truth) / len(data) + PENALTY * weights
            moved = 0.9 * moved - RATE * slope
            weights += moved
        say(f"Epoch[{epoch}] Train-accuracy={float(((data @ weights).argmax(axis=1) == labels).mean()):.6f}")
        if test:
            right = ((_with_one(test[0]) @ weights).argmax(axis=1) == test[1]).mean()
            say(f"Epoch[{epoch}] Validation-accuracy={float(right):.6f}")
    return weights


def _with_one(rows: Array) -> Array:
    return np.column_stack([rows, np.ones(len(rows))])


def _softmax(raw: Array) -> Array:
    powers = np.exp(raw - raw.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _table(folder: Path, name: str, classes: int) -> tuple[Array, Array]:
    found = list(_labelled(folder, need(folder, name)))
    if not found:
        raise Refused(f"Channel '{name}' has no labelled images.")
    labels = np.array([label for _, label in found])
    if labels.min() < 0 or labels.max() >= classes:
        raise Refused(f"The labels of channel '{name}' must be from 0 to {classes - 1}.")
    return np.array([features_of(image) for image, _ in found]), labels


def _labelled(folder: Path, found: Channel) -> Iterator[Labelled]:
    """The images of a channel: an augmented manifest, RecordIO as im2rec makes it, or files with a .lst channel."""
    manifest = found.folder / "augmented.manifest"
    if manifest.exists():
        for line in manifest.read_text(encoding="utf-8").splitlines():
            name, label = json.loads(line)
            yield (found.folder / name).read_bytes(), int(label)
    elif media(found.content_type)[0] == "application/x-image":
        yield from _listed(folder, found)
    else:
        for path in found.files:
            for frame in recordio.frames(path.read_bytes()):
                yield frame[HEADER.size :], int(HEADER.unpack_from(frame)[1])


def _listed(folder: Path, found: Channel) -> Iterator[Labelled]:
    for path in need(folder, f"{found.name}_lst").files:
        for line in path.read_text(encoding="utf-8").splitlines():
            _, label, name = line.split("\t")
            image = found.folder / name.strip()
            if not image.resolve().is_relative_to(found.folder.resolve()) or not image.is_file():
                raise Refused(f"The image {name} of the list is not in channel '{found.name}'.")
            yield image.read_bytes(), int(float(label))


def features_of(image: bytes) -> Array:
    """Colours and edges of an image that is made small.

    Raises:
        Refused: it is no image, or too large.
    """
    try:
        with Image.open(io.BytesIO(image), formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Refused("The image is too large.")
            small = np.asarray(opened.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX), float) / 255
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise Refused(f"The body is no JPEG or PNG image: {error}.") from error
    grey = small.mean(axis=2)
    down, across = np.gradient(grey)
    turns = np.histogram(np.arctan2(down, across), bins=8, range=(-np.pi, np.pi), weights=np.hypot(down, across))[0]
    return np.concatenate([small.ravel(), small.mean(axis=(0, 1)), small.std(axis=(0, 1)), turns])


def load(model_folder: Path) -> "Images":
    """The model of a folder."""
    return Images(kept(model_folder, "image-classification")[0])


class Images:
    """A classifier that answers."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self.arrays = arrays

    def predict(self, body: bytes, content_type: str, _accept: str) -> tuple[bytes, str]:
        """How likely each class is."""
        kind, _ = media(content_type)
        if kind not in {"application/x-image", "image/jpeg", "image/png", "image/jpg"}:
            raise Refused(f"Content type {kind or 'none'} is not supported.", is_media=True)
        row = (features_of(body) - self.arrays["centre"]) / self.arrays["scale"]
        return json.dumps(_softmax(_with_one(row[None, :]) @ self.arrays["weights"])[0].tolist()).encode(), JSON
