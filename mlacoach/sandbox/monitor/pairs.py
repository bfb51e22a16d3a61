"""Predictions and their labels: from one table, or captured predictions merged with labels that came later."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from mlacoach.sandbox.monitor.reading import Exchange, Text, Unreadable, captured, flat, read

Pairs = tuple[list[str], list[str], list[float] | None]
HALF = 0.5


def pairs(given: Mapping[str, str], stretch: tuple[datetime, datetime]) -> Pairs:
    """Labels, predictions and probabilities.

    Args:
        given: the environment of the job.
        stretch: of time that is looked at.

    Raises:
        Unreadable: there are none, or the attributes lead nowhere.
    """
    form, folder = json.loads(given.get("dataset_format") or "{}"), Path(given["dataset_source"])
    if "sagemakerCaptureJson" in form:
        truth = _truth(Path(given["ground_truth_source"])) if given.get("ground_truth_source") else {}
        rows = [(truth.get(each.event), _answer(each)) for each in captured(folder, *stretch)]
    else:
        dataset = read(folder, form)
        labels = dataset.column(given.get("ground_truth_attribute", ""))
        values = [dict(zip(dataset.names, row, strict=True)) for row in zip(*dataset.columns, strict=True)]
        rows = list(zip(labels, values, strict=True))
    whole = [(label, row) for label, row in rows if label is not None]
    if not whole:
        raise Unreadable("No prediction could be merged with a label: compare the ids of the labels with inferenceId.")
    scores = _scores(given, [row for _, row in whole])
    return [label for label, _ in whole], _said(given, [row for _, row in whole], scores), scores


def _answer(each: Exchange) -> Mapping[str, Text]:
    """The columns of CSV go by their number, as InferenceAttribute names them."""
    return {**each.answered, **{name.removeprefix("_c"): value for name, value in each.answered.items()}}


def _truth(folder: Path) -> dict[str, Text]:
    """The labels by the id of what they are for."""
    found: dict[str, Text] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.strip():
                record = json.loads(line)
                data = record["groundTruthData"]["data"]
                value = next(iter(flat(data).values()), None) if isinstance(data, dict | list) else str(data)
                found[record["eventMetadata"]["eventId"]] = value
    return found


def _scores(given: Mapping[str, str], rows: list[Mapping[str, Text]]) -> list[float] | None:
    name = given.get("probability_attribute")
    return [float(_value(row, name)) for row in rows] if name else None


def _said(given: Mapping[str, str], rows: list[Mapping[str, Text]], scores: list[float] | None) -> list[str]:
    name = given.get("inference_attribute")
    if name:
        return [_value(row, name) for row in rows]
    if scores is None:
        raise Unreadable("Give inference_attribute, or probability_attribute with probability_threshold_attribute.")
    threshold = float(given.get("probability_threshold_attribute") or HALF)
    return [str(int(score > threshold)) for score in scores]


def _value(row: Mapping[str, Text], name: str) -> str:
    value = row.get(name.replace(".", "_"), row.get(name))
    if value is None:
        raise Unreadable(f"The attribute {name} is not in a prediction. It has: {', '.join(row)}.")
    return value
