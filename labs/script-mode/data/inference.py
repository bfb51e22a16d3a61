"""What the endpoint calls: load the model, read the request, predict, write the answer."""

from pathlib import Path

import joblib
import numpy as np


def model_fn(folder):
    return joblib.load(Path(folder) / "model.joblib")


def input_fn(body, content_type):
    text = body if isinstance(body, str) else body.decode()
    return np.array([[float(value) for value in line.split(",")] for line in text.splitlines() if line.strip()])


def predict_fn(rows, kept):
    return kept["model"].predict_proba((rows - kept["mean"]) / kept["deviation"])[:, 1]


def output_fn(risks, accept):
    return "".join(f"{risk:.4f}\n" for risk in risks)
