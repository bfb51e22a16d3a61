"""Predict for the rows of a CSV file: python predict.py MODEL_FOLDER IN.csv OUT.csv. The tests say what is wanted."""

import sys
from pathlib import Path


class Refused(Exception):
    """The model or the table cannot be used; the message says why, for somebody who has no Python."""


def predict_file(model_folder: Path, table: Path, out: Path) -> int:
    """Write `row,label,probability` for each row of the table; the number of rows.

    Raises:
        Refused: the checksum or the version of scikit-learn is another than the card's, a column is missing or unknown,
            or a value is no number. Then no file is written.
    """
    raise NotImplementedError


if __name__ == "__main__":
    try:
        count = predict_file(*map(Path, sys.argv[1:4]))
    except Refused as reason:
        sys.exit(f"Refused: {reason}")
    print(f"{count} rows")
