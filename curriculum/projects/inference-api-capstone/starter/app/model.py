"""Load the model once, and only if it is the file that was trained."""

import hashlib
import json
from pathlib import Path

import joblib
import numpy as np


class ModelUnusable(Exception):
    """The file is not the one that its card describes."""


class Model:
    """A trained classifier with its card."""

    def __init__(self, folder: Path):
        self.card = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        file = folder / "model.joblib"
        if hashlib.sha256(file.read_bytes()).hexdigest() != self.card["sha256"]:
            raise ModelUnusable("The checksum of model.joblib is not that of model.json.")
        self._classifier = joblib.load(file)

    def predict(self, rows: list[dict[str, float]]):
        """For each row the class, its probability, and the features outside of what was seen in training."""
        names = self.card["features"]
        table = np.array([[row[name] for name in names] for row in rows], dtype=np.float64)
        chances = self._classifier.predict_proba(table)
        best = chances.argmax(axis=1)
        return [
            {
                "label": self.card["classes"][place],
                "probability": round(float(chance[place]), 4),
                "unusual": self._unusual(row),
            }
            for place, chance, row in zip(best, chances, rows, strict=True)
        ]

    def _unusual(self, row):
        ranges = self.card["ranges"]
        return [name for name in self.card["features"] if not ranges[name][0] <= row[name] <= ranges[name][1]]
