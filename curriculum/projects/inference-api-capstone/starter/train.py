"""Train the classifier and write it with what a service must know about it.

The data ship with scikit-learn (178 wines, 13 chemical figures, 3 growers). Put your own in `load`.
"""

import hashlib
import json
import platform
from pathlib import Path

import joblib
import sklearn
from sklearn.datasets import load_wine
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import train_test_split

SEED = 7
FOLDER = Path(__file__).parent / "model"


def load():
    """The table, its labels, the names of columns and classes; names are such that JSON and Python can carry them."""
    data = load_wine()
    names = [name.replace("/", "_") for name in data.feature_names]
    return data.data, data.target, names, [str(name) for name in data.target_names]


def main():
    features, labels, names, classes = load()
    parts = train_test_split(features, labels, test_size=0.25, random_state=SEED, stratify=labels)
    train_x, test_x, train_y, test_y = parts
    model = RandomForestClassifier(n_estimators=100, min_samples_leaf=2, random_state=SEED).fit(train_x, train_y)
    baseline = DummyClassifier(strategy="most_frequent").fit(train_x, train_y)
    guesses = model.predict(test_x)
    FOLDER.mkdir(exist_ok=True)
    file = FOLDER / "model.joblib"
    joblib.dump(model, file)
    card = {
        "version": "1.0.0",
        "features": names,
        "ranges": {
            name: [float(low), float(high)]
            for name, low, high in zip(names, train_x.min(axis=0), train_x.max(axis=0), strict=True)
        },
        "classes": classes,
        "accuracy": round(float(accuracy_score(test_y, guesses)), 4),
        "macro_f1": round(float(f1_score(test_y, guesses, average="macro")), 4),
        "baseline_accuracy": round(float(accuracy_score(test_y, baseline.predict(test_x))), 4),
        "test_rows": len(test_y),
        "seed": SEED,
        "python": platform.python_version(),
        "scikit_learn": sklearn.__version__,
        # Loading a joblib file runs code from it: the service loads the file that was trained here, and no other.
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    (FOLDER / "model.json").write_text(json.dumps(card, indent=2) + "\n", encoding="utf-8")
    print(f"accuracy {card['accuracy']} (baseline {card['baseline_accuracy']}), macro F1 {card['macro_f1']}")


if __name__ == "__main__":
    main()
