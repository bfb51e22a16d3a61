"""What the analyzer measures is what one works out by hand."""

from typing import Any

import numpy as np
import pytest

from mlacoach.sandbox.monitor import drift, profile, quality
from mlacoach.sandbox.monitor.reading import Dataset


def test_distances_are_those_worked_out_by_hand() -> None:
    def feature(*values: str, kind: str = "Integral") -> dict[str, Any]:
        return profile.feature("x", values, kind)

    first, second = feature("1", "2", "3", "4"), feature("3", "4", "5", "6")
    assert drift.distance(first, second, "Simple") == pytest.approx(0.5)
    assert drift.distance(first, second, "Robust") == 0.0
    many, moved = feature(*map(str, range(1000))), feature(*map(str, range(300, 1300)))
    assert drift.distance(many, moved, "Simple") == pytest.approx(0.3)
    assert drift.distance(many, moved, "Robust") == pytest.approx(0.3 - 1.8 * (2000 / 1_000_000) ** 0.5)
    texts = feature("a", "a", "b", "b", kind="String"), feature("a", "b", "b", "c", kind="String")
    assert drift.distance(*texts, "Simple") == pytest.approx(0.25)
    assert drift.distance(first, texts[0], "Simple") is None
    # A sketch of many values stands for all of them.
    large = feature(*map(str, range(100_000)))
    values, weights = profile.weighted(large["numerical_statistics"])
    assert (weights.sum(), len(values) < 4096) == (100_000, True)
    assert abs(float(np.average(values, weights=weights)) - 49_999.5) < 50
    assert (
        profile.statistics(Dataset(["a"], [[None, None]], is_named=True))["features"][0]["inferred_type"] == "Unknown"
    )


def test_model_quality_is_measured_as_by_hand() -> None:
    labels, said = ["1", "1", "1", "0", "0", "0", "0", "1"], ["1", "1", "0", "0", "0", "1", "0", "1"]
    scores = [0.9, 0.8, 0.3, 0.2, 0.1, 0.6, 0.3, 0.7]
    found = quality.metrics("BinaryClassification", labels, said, scores)["binary_classification_metrics"]
    value = {name: each["value"] for name, each in found.items() if name != "confusion_matrix"}
    assert found["confusion_matrix"] == {"0": {"0": 3, "1": 1}, "1": {"0": 1, "1": 3}}
    assert (value["recall"], value["precision"], value["accuracy"]) == (0.75, 0.75, 0.75)
    assert (value["false_positive_rate"], value["f1"], value["f2"]) == (0.25, 0.75, pytest.approx(0.75))
    # Of 16 pairs, 14 are in order and one is tied.
    assert value["auc"] == pytest.approx(14.5 / 16)
    statistics = quality.metrics("Regression", ["1", "2", "3"], ["1", "2", "5"], None)
    found = statistics["regression_metrics"]
    operators = {
        name: each["comparison_operator"]
        for name, each in quality.demands(statistics)["regression_constraints"].items()
    }
    more, less = "GreaterThanThreshold", "LessThanThreshold"
    assert operators == {"mae": more, "mse": more, "rmse": more, "r2": less}
    assert found["mae"]["value"] == pytest.approx(2 / 3)
    assert found["rmse"]["value"] == pytest.approx((4 / 3) ** 0.5)
    assert found["r2"]["value"] == pytest.approx(1 - (4 / 3) / (2 / 3))
    many = quality.metrics("MulticlassClassification", list("aabbc"), list("abbbc"), None)
    assert many["multiclass_classification_metrics"]["accuracy"]["value"] == pytest.approx(0.8)
    assert many["multiclass_classification_metrics"]["weighted_precision"]["value"] == pytest.approx(
        0.4 * 1 + 0.4 * 2 / 3 + 0.2 * 1
    )
