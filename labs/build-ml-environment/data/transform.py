"""What the second job runs: features joined, gaps filled, categories encoded, all by what training alone knows."""

from pathlib import Path

import pandas as pd

ROOT = Path("/opt/ml/processing")
PARTS = ("train", "validation", "test")
HEATINGS = ("district", "gas", "heat_pump")


def columns(table: pd.DataFrame, districts: pd.DataFrame, energy: float) -> pd.DataFrame:
    """The features of a table of offers: numbers only, nothing missing."""
    joined = table.join(districts.set_index("district"), on="district")
    month = joined["listed_at"].str[:4].astype(int) * 12 + joined["listed_at"].str[5:7].astype(int)
    return pd.DataFrame(
        {
            **{name: joined[name] for name in ("area", "rooms", "floor", "built", "stop")},
            "energy": joined["energy"].fillna(energy),
            "energy_unknown": joined["energy"].isna().astype(int),
            "month": month - 2025 * 12,
            "rent_per_m2": joined["rent_per_m2"],
            "expected": (joined["area"] * joined["rent_per_m2"]).round(2),
            **{name: (joined["heating"] == name).astype(int) for name in HEATINGS},
        }
    )


def main() -> None:
    districts = pd.read_csv(ROOT / "features" / "districts.csv")
    tables = {part: pd.read_csv(ROOT / "clean" / f"{part}.csv") for part in PARTS}
    energy = tables["train"]["energy"].median()
    for part, table in tables.items():
        features = columns(table, districts, energy)
        labelled = pd.concat([table["rent"], features], axis=1)
        labelled.to_csv(ROOT / part / f"{part}.csv", index=False, header=False)
    asked = pd.concat([tables["test"]["flat_id"], columns(tables["test"], districts, energy)], axis=1)
    asked.to_csv(ROOT / "batch" / "flats.csv", index=False, header=False)


if __name__ == "__main__":
    main()
