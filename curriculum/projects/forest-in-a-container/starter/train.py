"""Train a forest and save it with its card: what a program must know before it loads the file.

Complete it: compare with a single tree by cross-validation, and write the figures into the card.
"""

import hashlib
import json
from pathlib import Path

import joblib
import sklearn
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import RandomForestClassifier

SEED = 7


def main(folder: Path):
    data = load_breast_cancer()
    names = [name.replace(" ", "_") for name in data.feature_names]
    model = RandomForestClassifier(n_estimators=50, min_samples_leaf=2, random_state=SEED).fit(data.data, data.target)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "forest.joblib"
    joblib.dump(model, file)
    card = {
        "features": names,
        "classes": [str(name) for name in data.target_names],
        "scikit_learn": sklearn.__version__,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
    }
    (folder / "card.json").write_text(json.dumps(card, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main(Path(__file__).parent / "model")
