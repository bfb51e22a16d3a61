"""The data of the labs on models: pumps that fail, made by chance that a seed repeats; and a model that was trained.

Nothing of it is anybody's: every number comes from the formula below.
"""

import gzip
import io
import json
import math
import tarfile
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from mlacoach.labs.aws import Aws

FEATURES = ("temperature_c", "vibration_mm_s", "pressure_bar", "age_days", "load_percent")
HEADER = ",".join(("failed", *FEATURES))
TRAINING, VALIDATION, TEST = 1200, 400, 400
SEED = 20261121
Row = tuple[float, ...]

INFERENCE = '''"""What the container calls for each request: read, predict, write."""

import json
import math
import os


def model_fn(folder):
    with open(os.path.join(folder, "weights.json")) as file:
        return json.load(file)


def input_fn(body, content_type):
    text = body if isinstance(body, str) else body.decode()
    return [[float(value) for value in line.split(",")] for line in text.splitlines() if line.strip()]


def predict_fn(rows, model):
    return [_risk(row, model) for row in rows]


def output_fn(risks, accept):
    return "".join(f"{risk:.4f}\\n" for risk in risks)


def _risk(row, model):
    if len(row) != len(model["weights"]):
        raise ValueError(f"{len(row)} values; the model takes {len(model['weights'])}")
    score = model["bias"] + sum(
        weight * (value - centre) / scale
        for value, weight, centre, scale in zip(row, model["weights"], model["centres"], model["scales"])
    )
    return 1 / (1 + math.exp(-score))
'''
CENTRES = (62.0, 3.2, 5.0, 900.0, 65.0)
SCALES = (8.0, 1.1, 0.7, 420.0, 16.0)
WEIGHTS = (0.9, 1.5, -0.6, 0.8, 0.4)
BIAS = -2.6


def rows(count: int, seed: int) -> list[Row]:
    """Pumps: whether one failed within a week (about 18 in a hundred), and what its sensors said before.

    Args:
        count: how many.
        seed: the same rows for the same seed, on every computer.

    Returns:
        For each pump `failed` (0 or 1) and the values of `FEATURES`.
    """
    chance = Random(seed)
    return [_row(chance) for _ in range(count)]


def _row(chance: Random) -> Row:
    values = [chance.gauss(centre, scale) for centre, scale in zip(CENTRES, SCALES, strict=True)]
    values[3] = max(values[3], 1.0)
    shaken, old = (values[1] - CENTRES[1]) / SCALES[1], (values[3] - CENTRES[3]) / SCALES[3]
    # Old pumps that shake fail far more often than either says alone: a tree sees that, a straight line does not.
    score = _score(values) + (1.6 if shaken > 0.6 and old > 0.4 else 0.0)  # noqa: PLR2004 - the planted corner
    failed = chance.random() < 1 / (1 + math.exp(-score))
    return (int(failed), *(round(value, 2) for value in values))


def _score(values: Sequence[float]) -> float:
    parts = zip(values, WEIGHTS, CENTRES, SCALES, strict=True)
    return BIAS + sum(weight * (value - centre) / scale for value, weight, centre, scale in parts)


def risk(values: Sequence[float]) -> float:
    """What the model of `model_archive` answers to the values of `FEATURES`."""
    return 1 / (1 + math.exp(-_score(values)))


def csv(table: Iterable[Row]) -> str:
    """Lines of values joined by commas, without a header."""
    return "".join(",".join(str(value) for value in row) + "\n" for row in table)


def training_rows() -> list[Row]:
    """What the labs train on."""
    return rows(TRAINING, SEED)


def validation_rows() -> list[Row]:
    """What training is watched with."""
    return rows(VALIDATION, SEED + 1)


def test_rows() -> list[Row]:
    """What nobody trains on."""
    return rows(TEST, SEED + 2)


def archive(files: Mapping[str, str]) -> bytes:
    """A `.tar.gz` of text files, the same bytes each time."""
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as zipped, tarfile.open(fileobj=zipped, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


def model_archive(bias: float = BIAS, script: str = INFERENCE) -> bytes:
    """A `model.tar.gz` that somebody trained: a logistic regression as JSON, and the script that serves it.

    Args:
        bias: what is added to every score; a higher one finds more pumps risky.
        script: the inference script.
    """
    model = {"weights": WEIGHTS, "centres": CENTRES, "scales": SCALES, "bias": bias}
    return archive({"weights.json": json.dumps(model), "code/inference.py": script})


def give_data(aws: Aws) -> None:
    """The bucket `aws.name("data")` with `train/`, `validation/` and `test/`: the label first, no header."""
    s3, bucket = aws.client("s3"), aws.name("data")
    s3.create_bucket(Bucket=bucket)
    tables = {"train": training_rows(), "validation": validation_rows(), "test": test_rows()}
    for name, table in tables.items():
        s3.put_object(Bucket=bucket, Key=f"{name}/pumps.csv", Body=csv(table))


def give_model(aws: Aws, **archives: bytes) -> None:
    """The bucket `aws.name("data")` with `models/<name>.tar.gz`, and pumps nobody trained on: `input/pumps.csv`.

    Args:
        aws: the account.
        archives: by their names; without any, one that is called `model`.
    """
    s3, bucket = aws.client("s3"), aws.name("data")
    s3.create_bucket(Bucket=bucket)
    for name, body in (archives or {"model": model_archive()}).items():
        s3.put_object(Bucket=bucket, Key=f"models/{name.replace('_', '-')}.tar.gz", Body=body)
    s3.put_object(Bucket=bucket, Key="input/pumps.csv", Body=csv(row[1:] for row in test_rows()))
    s3.put_object(Bucket=bucket, Key="truth/failed.csv", Body=csv(row[:1] for row in test_rows()))
