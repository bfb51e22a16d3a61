"""Tables for the scripts: two classes that one line divides, so that whoever learns anything gets them right."""

import csv
import io
import random
from pathlib import Path


def rows(number: int = 300, seed: int = 1) -> list[list[float]]:
    """The label first, then three features, of which the first decides."""
    draw = random.Random(seed)
    found = []
    for _ in range(number):
        features = [round(draw.uniform(-1, 1), 3) for _ in range(3)]
        found.append([float(features[0] > 0), *features])
    return found


def as_csv(table: list[list[float]]) -> str:
    """Without a header, as built-in algorithms take it."""
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(table)
    return written.getvalue()


def write(folder: Path, name: str, table: list[list[float]], header: str = "") -> str:
    """A file of it; its path."""
    path = folder / name
    path.write_text((header + "\n" if header else "") + as_csv(table), encoding="utf-8")
    return str(path)
