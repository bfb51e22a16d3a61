import csv
import json
import sys
from pathlib import Path

import pytest
from sklearn.datasets import load_breast_cancer

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from predict import Refused, predict_file
from train import main


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    main(folder)
    return folder


@pytest.fixture
def model(trained, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    for file in trained.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


@pytest.fixture
def table(model, tmp_path):
    names = json.loads((model / "card.json").read_text(encoding="utf-8"))["features"]
    rows = load_breast_cancer().data[:5]
    path = tmp_path / "in.csv"
    write(path, names, rows)
    return path


def write(path, names, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([names, *rows])


def read(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_row_has_a_label_and_a_probability(model, table, tmp_path):
    assert predict_file(model, table, tmp_path / "out.csv") == 5
    rows = read(tmp_path / "out.csv")

    assert [row["row"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert {row["label"] for row in rows} <= {"malignant", "benign"}
    assert all(0.5 <= float(row["probability"]) <= 1 for row in rows)


def test_the_order_of_the_columns_does_not_matter(model, table, tmp_path):
    predict_file(model, table, tmp_path / "first.csv")
    rows = read(table)
    names = list(rows[0])[::-1]
    write(table, names, [[row[name] for name in names] for row in rows])
    predict_file(model, table, tmp_path / "second.csv")

    assert read(tmp_path / "first.csv") == read(tmp_path / "second.csv")


@pytest.mark.parametrize("wrong", ["missing column", "unknown column", "text", "empty"])
def test_a_table_that_does_not_fit_is_refused_and_nothing_is_written(model, table, tmp_path, wrong):
    rows = read(table)
    names = list(rows[0])
    values = [[row[name] for name in names] for row in rows]
    if wrong == "missing column":
        names, values = names[1:], [row[1:] for row in values]
    elif wrong == "unknown column":
        names = ["colour", *names[1:]]
    else:
        values[2][3] = "much" if wrong == "text" else ""
    write(table, names, values)

    with pytest.raises(Refused):
        predict_file(model, table, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


def test_an_exchanged_model_is_refused_before_it_is_loaded(model, table, tmp_path):
    (model / "forest.joblib").write_bytes(b"no model at all")

    with pytest.raises(Refused):
        predict_file(model, table, tmp_path / "out.csv")


def test_another_version_of_the_library_is_refused(model, table, tmp_path):
    card = json.loads((model / "card.json").read_text(encoding="utf-8"))
    (model / "card.json").write_text(json.dumps({**card, "scikit_learn": "0.1"}), encoding="utf-8")

    with pytest.raises(Refused, match=r"0\.1"):
        predict_file(model, table, tmp_path / "out.csv")
