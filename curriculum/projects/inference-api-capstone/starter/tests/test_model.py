import json
import shutil
from pathlib import Path

import pytest
from app.model import Model, ModelUnusable
from app.schema import Wine

FOLDER = Path(__file__).parent.parent / "model"


def test_the_model_beats_the_baseline_by_far():
    card = json.loads((FOLDER / "model.json").read_text(encoding="utf-8"))

    assert card["accuracy"] >= card["baseline_accuracy"] + 0.3


def test_the_service_asks_for_exactly_the_features_that_the_model_was_trained_on():
    assert list(Wine.model_fields) == Model(FOLDER).card["features"]


def test_a_file_that_was_exchanged_is_not_loaded(tmp_path):
    shutil.copytree(FOLDER, tmp_path / "model")
    with (tmp_path / "model" / "model.joblib").open("ab") as file:
        file.write(b"more")

    with pytest.raises(ModelUnusable):
        Model(tmp_path / "model")
