"""A logistic regression, epoch by epoch. It can be interrupted at any time and goes on where it was."""

import argparse
import json
import math
import os
import time
from pathlib import Path

CHECKPOINT = Path("/opt/ml/checkpoints/state.json")


def main():
    words = argparse.ArgumentParser()
    words.add_argument("--epochs", type=int, default=60)
    words.add_argument("--seconds-per-epoch", type=float, default=0.05)
    given, _ = words.parse_known_args()
    rows = read(os.environ["SM_CHANNEL_TRAIN"])
    state = json.loads(CHECKPOINT.read_text()) if CHECKPOINT.exists() else {"epoch": 0, "weights": [0.0] * 6}
    print(f"start_epoch={state['epoch']};", flush=True)
    while state["epoch"] < given.epochs:
        learn(state, rows)
        time.sleep(given.seconds_per_epoch)
        keep(state)
        print(f"epoch={state['epoch']}; loss={loss(state, rows):.5f};", flush=True)
    Path(os.environ["SM_MODEL_DIR"], "weights.json").write_text(json.dumps(state["weights"]))


def read(folder):
    lines = [line for path in sorted(Path(folder).glob("*.csv")) for line in path.read_text().splitlines()]
    table = [[float(value) for value in line.split(",")] for line in lines]
    columns = list(zip(*(row[1:] for row in table)))
    means = [sum(column) / len(column) for column in columns]
    widths = [math.sqrt(sum((x - m) ** 2 for x in c) / len(c)) for c, m in zip(columns, means)]
    return [(row[0], [1.0, *((x - m) / w for x, m, w in zip(row[1:], means, widths))]) for row in table]


def risk(weights, values):
    return 1 / (1 + math.exp(-sum(w * x for w, x in zip(weights, values))))


def learn(state, rows):
    weights = state["weights"]
    for label, values in rows:
        error = label - risk(weights, values)
        weights = [w + 0.002 * error * x for w, x in zip(weights, values)]
    state["weights"], state["epoch"] = weights, state["epoch"] + 1


def loss(state, rows):
    risks = [(label, risk(state["weights"], values)) for label, values in rows]
    return -sum(math.log(r if label else 1 - r) for label, r in risks) / len(risks)


def keep(state):
    """Written beside it and renamed: an interruption in between leaves the old one whole."""
    if CHECKPOINT.parent.exists():
        beside = CHECKPOINT.with_suffix(".new")
        beside.write_text(json.dumps(state))
        beside.rename(CHECKPOINT)


if __name__ == "__main__":
    main()
