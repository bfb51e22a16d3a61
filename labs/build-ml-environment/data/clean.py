"""What the first job runs: each sound offer once, split by time. pandas comes with the image."""

import json
from pathlib import Path

import pandas as pd

ROOT = Path("/opt/ml/processing")
SMALLEST, LARGEST = 10, 400
BEGINS = {"train": "2025-01", "validation": "2026-07", "test": "2026-09"}


def main() -> None:
    raw = pd.read_csv(ROOT / "input" / "flats.csv")
    once = raw.drop_duplicates("flat_id")
    sound = once[once["area"].between(SMALLEST, LARGEST)]
    month = sound["listed_at"].str[:7]
    ends = [*list(BEGINS.values())[1:], "9999-12"]
    rows = {}
    for (part, begin), end in zip(BEGINS.items(), ends):
        table = sound[(month >= begin) & (month < end)]
        table.to_csv(ROOT / "clean" / f"{part}.csv", index=False)
        rows[part] = len(table)
    report = {"lines": len(raw), "doubled": len(raw) - len(once), "absurd": len(once) - len(sound), "rows": rows}
    (ROOT / "clean" / "report.json").write_text(json.dumps(report))
    print(json.dumps(report))


if __name__ == "__main__":
    main()
