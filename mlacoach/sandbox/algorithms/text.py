"""BlazingText's text classification: a softmax on the mean of the vectors of words and n-grams, as in fastText."""

import json
import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mlacoach.sandbox.algorithms import Refused
from mlacoach.sandbox.algorithms.answers import JSON, JSON_LINES, loads
from mlacoach.sandbox.algorithms.hyperparameters import Parameter, check, flag, number, one_of, whole
from mlacoach.sandbox.algorithms.keeping import keep, kept
from mlacoach.sandbox.algorithms.saying import say
from mlacoach.sandbox.algorithms.tables import Array, Channel, channel, hyperparameters, media, need

SUPERVISED = "supervised"
PARAMETERS: Mapping[str, Parameter] = {
    "mode": one_of("batch_skipgram", "skipgram", "cbow", SUPERVISED, required=True),
    "buckets": whole(1_000_000, 10_000_000, default=2_000_000),
    "early_stopping": flag(),
    "epochs": whole(1, default=5),
    "learning_rate": number(0, above=True, default=0.05),
    "min_count": whole(0, default=5),
    "min_epochs": whole(1, default=5),
    "patience": whole(1, default=4),
    "vector_dim": whole(1, default=100),
    "word_ngrams": whole(1, default=2),
    # Of the word vectors' modes; they are told so.
    "batch_size": whole(1),
    "evaluation": flag(),
    "min_char": whole(1),
    "max_char": whole(1),
    "negative_samples": whole(1),
    "sampling_threshold": number(),
    "subwords": flag(),
    "window_size": whole(1),
}
MARK = "__label__"
# More examples than this would need hours in one process.
MOST_EXAMPLES = 500_000
Example = tuple[list[str], str]
Rows = list[Array]


def train(folder: Path) -> None:
    """Learn from the channel train; measure on validation."""
    values = check(hyperparameters(folder), PARAMETERS)
    if values["mode"] != SUPERVISED:
        raise Refused(
            "The sandbox runs BlazingText's mode 'supervised' only. Train word vectors in a script of your own."
        )
    examples = _read(need(folder, "train"))
    labels = sorted({label for _, label in examples})
    counts = Counter(token for words, _ in examples for token in words)
    usual = {word for word, count in counts.items() if count >= values["min_count"]}
    grams = values["word_ngrams"]
    tokens = [_tokens(words, usual, grams, values["buckets"]) for words, _ in examples]
    known = {token: place for place, token in enumerate(sorted({token for row in tokens for token in row}))}
    if not known:
        raise Refused("No word occurs often enough: lower min_count.")
    rows = [np.array([known[token] for token in row], int) for row in tokens]
    target = np.array([labels.index(label) for _, label in examples])
    vectors, weights = _learn(rows, target, (len(known), len(labels)), values)
    facts = {
        "labels": labels,
        "tokens": list(known),
        "usual": sorted(usual),
        "grams": grams,
        "buckets": values["buckets"],
    }
    keep(folder, {"vectors": vectors, "weights": weights}, kind="blazingtext", **facts)
    _report(folder)


def _report(folder: Path) -> None:
    model = load(folder / "model")
    for name in ("train", "validation"):
        found = channel(folder, name)
        if found and found.files:
            examples = _read(found)
            said = [model.best(" ".join(words), 1)[0][0] for words, _ in examples]
            right = sum(one == label for one, (_, label) in zip(said, examples, strict=True))
            say(f"#{name}_accuracy: {right / len(examples):.4f}")


def _read(found: Channel) -> list[Example]:
    """Lines of `__label__x words`, or of JSON with source and label."""
    lines = [line for path in found.files for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    examples = [_example(line) for line in lines if line.strip()]
    if not examples or len(examples) > MOST_EXAMPLES:
        raise Refused(f"Channel '{found.name}' has {len(examples)} lines; 1 to {MOST_EXAMPLES} are taken here.")
    return examples


def _example(line: str) -> Example:
    if line.startswith("{"):
        row = loads(line.encode())
        return str(row.get("source", "")).split(), MARK + str(row.get("label", ""))
    marks = [word for word in line.split() if word.startswith(MARK)]
    if not marks:
        raise Refused(f"A line has no label that begins with {MARK}: {line[:60]!r}.")
    return [word for word in line.split() if not word.startswith(MARK)], marks[0]


def _tokens(words: Sequence[str], usual: set[str], grams: int, buckets: int) -> list[str]:
    kept_words = [word for word in words if word in usual]
    pairs = [
        f"#{zlib.crc32(' '.join(kept_words[at : at + size]).encode()) % buckets}"
        for size in range(2, grams + 1)
        for at in range(len(kept_words) - size + 1)
    ]
    return kept_words + pairs


def _learn(rows: Rows, target: Array, shape: tuple[int, int], values: Mapping[str, Any]) -> tuple[Array, Array]:
    """One step per example, with a rate that falls to nothing: fastText's own way."""
    rng, width = np.random.default_rng(0), values["vector_dim"]
    vectors = rng.uniform(-1 / width, 1 / width, (shape[0], width)).astype(np.float32)
    weights = np.zeros((shape[1], width), np.float32)
    steps, step = values["epochs"] * len(rows), 0
    # Few examples make few steps; as fastText does with -lr, more is needed to get anywhere.
    rate = values["learning_rate"] * max(1.0, 20_000 / steps)
    for _ in range(values["epochs"]):
        for number_ in rng.permutation(len(rows)):
            row, now = rows[number_], min(1.0, rate) * (1 - step / steps)
            step += 1
            if not len(row):
                continue
            hidden = vectors[row].mean(axis=0)
            slope = _softmax(weights @ hidden)
            slope[target[number_]] -= 1
            back = slope @ weights
            weights -= now * np.outer(slope, hidden)
            np.subtract.at(vectors, row, now * back / len(row))
    return vectors, weights


def _softmax(raw: Array) -> Array:
    powers = np.exp(raw - raw.max())
    return np.asarray(powers / powers.sum())


def load(model_folder: Path) -> "Classifier":
    """The model of a folder."""
    return Classifier(*kept(model_folder, "blazingtext"))


class Classifier:
    """Vectors that answer."""

    def __init__(self, arrays: Mapping[str, Array], facts: Mapping[str, Any]) -> None:
        self.vectors, self.weights = arrays["vectors"], arrays["weights"]
        self.labels: list[str] = facts["labels"]
        self._known = {token: place for place, token in enumerate(facts["tokens"])}
        self._usual = set(facts["usual"])
        self._grams, self._buckets = facts["grams"], facts["buckets"]

    def best(self, text: str, count: int) -> list[tuple[str, float]]:
        """The likeliest labels of a text, and how likely they are."""
        tokens = _tokens(text.split(), self._usual, self._grams, self._buckets)
        row = [self._known[token] for token in tokens if token in self._known]
        hidden = self.vectors[row].mean(axis=0) if row else np.zeros(self.vectors.shape[1])
        chances = _softmax(self.weights @ hidden)
        return [(self.labels[place], float(chances[place])) for place in np.argsort(-chances, kind="stable")[:count]]

    def predict(self, body: bytes, content_type: str, _accept: str) -> tuple[bytes, str]:
        """The labels of each text."""
        kind, _ = media(content_type)
        if kind == JSON_LINES:
            rows = [loads(line) for line in body.splitlines() if line.strip()]
            answers = [self._row(str(row.get("source", "")), int(row.get("k", 1))) for row in rows]
            return "".join(json.dumps(one) + "\n" for one in answers).encode(), JSON_LINES
        if kind != JSON:
            raise Refused(f"Content type {kind or 'none'} is not supported.", is_media=True)
        data = loads(body)
        texts = data.get("instances") if isinstance(data, Mapping) else None
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise Refused("The JSON has no list of instances, each a text.")
        count = int((data.get("configuration") or {}).get("k", 1))
        return json.dumps([self._row(text, count) for text in texts]).encode(), JSON

    def _row(self, text: str, count: int) -> dict[str, Any]:
        found = self.best(re.sub(r"\s+", " ", text), count)
        return {"label": [label for label, _ in found], "prob": [chance for _, chance in found]}
