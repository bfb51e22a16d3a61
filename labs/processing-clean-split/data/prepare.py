"""Trips as they came in become three tables for training, and what is needed to treat later trips alike."""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

BASE = Path("/opt/ml/processing")
given = argparse.ArgumentParser()
given.add_argument("--first-validation", required=True)
given.add_argument("--first-test", required=True)
days = given.parse_args()

table = pd.read_csv(BASE / "input" / "trips.csv")
# Clean first: a trip that stands there twice could lie in two of the three tables.
sound = table["minutes"].notna() & (table["distance_km"] > 0) & table["rider"].isin(["member", "casual"])
table = table[sound].drop_duplicates("trip_id").sort_values("started_at")
print(f"{len(table)} of {len(sound)} trips are sound")

# By time: the model will be used on trips that come later than all it has learned from.
is_test = table["started_at"] >= days.first_test
is_validation = (table["started_at"] >= days.first_validation) & ~is_test
parts = {"train": table[~is_validation & ~is_test], "validation": table[is_validation], "test": table[is_test]}

# Learned from the training part alone.
train = parts["train"]
encoder = {
    "distance_mean": float(train["distance_km"].mean()),
    "distance_std": float(train["distance_km"].std(ddof=0)),
    "stations": sorted(train["station"].unique()),
}


def features(part):
    """The label first. Neither minutes nor the fee: both are known only when the bicycle is back."""
    hour = pd.to_datetime(part["started_at"]).dt.hour * 2 * np.pi / 24
    columns = {
        "late": part["late"],
        "distance": (part["distance_km"] - encoder["distance_mean"]) / encoder["distance_std"],
        "hour_sin": np.sin(hour),
        "hour_cos": np.cos(hour),
        "member": (part["rider"] == "member").astype(int),
        # A station that was not there in training is none of these: all zeros.
        **{station: (part["station"] == station).astype(int) for station in encoder["stations"]},
    }
    return pd.DataFrame(columns)


for name, part in parts.items():
    (BASE / name).mkdir(parents=True, exist_ok=True)
    features(part).round(5).to_csv(BASE / name / f"{name}.csv", index=False, header=False)
    print(f"{name}: {len(part)} trips, {part['late'].mean():.3f} of them late")

(BASE / "report").mkdir(parents=True, exist_ok=True)
(BASE / "report" / "encoder.json").write_text(json.dumps(encoder))
(BASE / "report" / "ids.json").write_text(json.dumps({name: list(part["trip_id"]) for name, part in parts.items()}))
