"""What a cohort's answers said of the questions: one JSON file in the data folder, replaced whole or not at all."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from math import isfinite
from pathlib import Path
from typing import Any

from mlacoach.errors import DataDamaged
from mlacoach.store.rows import as_moment, as_text

NAME = "calibration.json"
SCHEMA, VERSION = "mlacoach.calibration", 1


@dataclass(frozen=True, slots=True)
class ItemEstimate:
    """A question as the cohort's `n` answers show it: slope, difficulty, standard errors, distance from its curve."""

    a: float
    b: float
    se_a: float
    se_b: float
    n: int
    misfit: float


@dataclass(frozen=True, slots=True)
class StoredCalibration:
    """A calibration: when, from which file, of which cohort, and every question that was answered."""

    at: datetime
    file: str
    sha256: str
    learners: int
    answers: int
    mean: float
    sd: float
    items: Mapping[str, ItemEstimate]


def read(folder: Path) -> StoredCalibration | None:
    """The calibration that is in force; None without one.

    Raises:
        DataDamaged: the file is not what `write` left.
    """
    path = folder / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(path, str(error)) from error
    try:
        return _from_data(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error


def write(folder: Path, calibration: StoredCalibration) -> Path:
    """Put a calibration in force, in place of the last."""
    path = folder / NAME
    data = {"schema": SCHEMA, "version": VERSION, **asdict(calibration), "at": as_text(calibration.at)}
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(data, file, indent=1, sort_keys=True)
            file.flush()
            # Without it a power cut could leave the new name on an empty file.
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def forget(folder: Path) -> bool:
    """Take the calibration out of force; whether there was one."""
    path = folder / NAME
    there = path.exists()
    path.unlink(missing_ok=True)
    return there


def _from_data(data: Mapping[str, Any]) -> StoredCalibration:
    if data["schema"] != SCHEMA or data["version"] != VERSION:
        raise ValueError(f"it is {data['schema']} {data['version']}, not {SCHEMA} {VERSION}")
    return StoredCalibration(
        at=as_moment(data["at"]),
        file=str(data["file"]),
        sha256=str(data["sha256"]),
        learners=int(data["learners"]),
        answers=int(data["answers"]),
        mean=_number(data["mean"]),
        sd=_number(data["sd"]),
        items={str(name): _estimate(item) for name, item in data["items"].items()},
    )


def _estimate(item: Mapping[str, Any]) -> ItemEstimate:
    estimate = ItemEstimate(
        a=_number(item["a"]),
        b=_number(item["b"]),
        se_a=_number(item["se_a"]),
        se_b=_number(item["se_b"]),
        n=int(item["n"]),
        misfit=_number(item["misfit"]),
    )
    if estimate.a <= 0 or estimate.se_b < 0 or estimate.n < 0:
        raise ValueError("a slope must be above 0, an error and a count at least 0")
    return estimate


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError(f"{value!r} is no number")
    return float(value)


def _damaged(path: Path, why: str) -> DataDamaged:
    return DataDamaged(
        f"{path} cannot be used: {why}.",
        "Calibrate again, or go back to the authors' levels with `mlacoach bank calibrate --forget`.",
    )
