"""Train a linear classifier epoch by epoch, keep a checkpoint after each, and go on from the last one there is."""

import argparse
import os
import shutil
from pathlib import Path

CHECKPOINT = Path("/opt/ml/checkpoints/last.joblib")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--epochs", type=int, default=10)
    words.add_argument("--learning-rate", type=float, default=0.01)
    words.add_argument("--model-dir", default=os.environ.get("SM_MODEL_DIR"))
    words.add_argument("--train", default=os.environ.get("SM_CHANNEL_TRAIN"))
    words.add_argument("--validation", default=os.environ.get("SM_CHANNEL_VALIDATION"))
    given, _ = words.parse_known_args()
    train(given)
    # The endpoint's container looks for the inference script here.
    code = Path(given.model_dir) / "code"
    code.mkdir(exist_ok=True)
    shutil.copy(Path(__file__).parent / "inference.py", code)


def train(given):
    # Imported once the words are understood: a mistake in them shows at once.
    import joblib
    import numpy as np
    from sklearn.linear_model import SGDClassifier

    rows, labels = read(given.train)
    if CHECKPOINT.exists():
        state = joblib.load(CHECKPOINT)
    else:
        model = SGDClassifier(loss="log_loss", learning_rate="constant", eta0=given.learning_rate, random_state=7)
        state = {"epoch": 0, "mean": rows.mean(axis=0), "deviation": rows.std(axis=0), "model": model}
    print(f"start_epoch={state['epoch']};")
    chance = np.random.default_rng(7)
    for epoch in range(state["epoch"], given.epochs):
        order = chance.permutation(len(rows))
        state["model"].partial_fit(scaled(state, rows[order]), labels[order], classes=[0, 1])
        state["epoch"] = epoch + 1
        print(f"epoch={epoch + 1}; validation_auc={auc(state, *read(given.validation)):.5f};")
        if CHECKPOINT.parent.exists():
            joblib.dump(state, CHECKPOINT)
    joblib.dump(state, Path(given.model_dir) / "model.joblib")


def scaled(state, rows):
    return (rows - state["mean"]) / state["deviation"]


def auc(state, rows, labels):
    """How often a pump that fails has a higher risk than one that does not."""
    risks = state["model"].decision_function(scaled(state, rows))
    failed, others = risks[labels == 1], risks[labels == 0]
    return (failed[:, None] > others[None, :]).mean()


def read(folder):
    import numpy as np

    table = np.vstack([np.loadtxt(path, delimiter=",") for path in sorted(Path(folder).glob("*.csv"))])
    return table[:, 1:], table[:, 0].astype(int)


if __name__ == "__main__":
    main()
