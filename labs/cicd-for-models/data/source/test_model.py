"""Is the candidate good enough? The gate: a bar of its own, and no step back behind the champion."""

import csv
import importlib.util
import json
import tarfile
import tempfile
import unittest
from pathlib import Path

from sklearn.metrics import roc_auc_score

ROOT = Path("/opt/ml/processing")
LEAST_AUC, SLACK = 0.75, 0.01


def auc(archive):
    """How well the model of an archive puts the pumps in order, by its own inference script."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive) as packed:
        packed.extractall(folder)
        spec = importlib.util.spec_from_file_location("inference", Path(folder) / "code" / "inference.py")
        inference = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(inference)
        model = inference.model_fn(folder)
        rows = inference.input_fn((ROOT / "data" / "pumps.csv").read_text(), "text/csv")
        risks = inference.predict_fn(rows, model)
    with (ROOT / "truth" / "failed.csv").open() as file:
        failed = [float(row[0]) for row in csv.reader(file)]
    return roc_auc_score(failed, risks)


class Gate(unittest.TestCase):
    def test_the_candidate_is_good_enough_and_no_worse_than_the_champion(self):
        candidate, champion = (auc(ROOT / name / "model.tar.gz") for name in ("candidate", "champion"))
        metrics = {"candidate_auc": round(candidate, 4), "champion_auc": round(champion, 4)}
        (ROOT / "report" / "metrics.json").write_text(json.dumps(metrics))
        self.assertGreaterEqual(candidate, LEAST_AUC)
        self.assertGreaterEqual(candidate, champion - SLACK)
