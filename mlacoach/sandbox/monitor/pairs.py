"""Predictions and their labels: from one table, or captured predictions merged with labels that came later."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlacoach.sandbox.monitor.reading import Exchange, Text, Unreadable, captured, flat, read

Pairs = tuple[list[str], list[str], list[float] | None]
HALF = 0.5
FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def pairs(given: Mapping[str, str]) -> Pairs:
    """Labels, predictions and probabilities.

    Args:
        given: the environment of the job.

    Raises:
        Unreadable: there are none, or the attributes lead nowhere.
    """
    form = json.loads(given.get("dataset_format") or "{}")
    if "sagemakerCaptureJson" in form:
        found = labelled(given)
        labels: list[Text] = [label for label, _ in found]
        said, scores = predictions(given, [exchange for _, exchange in found])
    else:
        labels, rows = _of_table(given, form)
        scores = _scores(given, rows)
        said = _said(given, rows, scores)
    return [str(label) for label in labels], said, scores


def _of_table(given: Mapping[str, str], form: Mapping[str, Any]) -> tuple[list[Text], list[Mapping[str, Text]]]:
    dataset = read(Path(given["dataset_source"]), form)
    labels = dataset.column(given.get("ground_truth_attribute", ""))
    rows = [dict(zip(dataset.names, row, strict=True)) for row in zip(*dataset.columns, strict=True)]
    whole = [(label, row) for label, row in zip(labels, rows, strict=True) if label is not None]
    return [label for label, _ in whole], [row for _, row in whole]


def labelled(given: Mapping[str, str]) -> list[tuple[Text, Exchange]]:
    """What an endpoint captured, each with the label that came later; without labels, all of it.

    Raises:
        Unreadable: nothing was captured, or no label is about any of it.
    """
    found = list(captured(Path(given["dataset_source"]), *stretch(given)))
    if not found:
        raise Unreadable("There is no captured data between start_time and end_time.")
    if not given.get("ground_truth_source"):
        return [(None, each) for each in found]
    truth = _truth(Path(given["ground_truth_source"]))
    whole = [(truth[each.event], each) for each in found if truth.get(each.event) is not None]
    if not whole:
        raise Unreadable("No prediction could be merged with a label: compare the ids of the labels with inferenceId.")
    return whole


def stretch(given: Mapping[str, str]) -> tuple[datetime, datetime]:
    """The stretch of time that is looked at."""
    start, end = given.get("start_time"), given.get("end_time")
    return datetime.fromisoformat(start) if start else FIRST, datetime.fromisoformat(end) if end else LAST


def predictions(given: Mapping[str, str], rows: Sequence[Exchange]) -> tuple[list[str], list[float] | None]:
    """The predicted labels, and the probabilities where the environment names them.

    Raises:
        Unreadable: the attributes lead nowhere.
    """
    answers = [_answer(each) for each in rows]
    scores = _scores(given, answers)
    return _said(given, answers, scores), scores


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


def _scores(given: Mapping[str, str], rows: Sequence[Mapping[str, Text]]) -> list[float] | None:
    name = given.get("probability_attribute")
    return [float(_value(row, name)) for row in rows] if name else None


def _said(given: Mapping[str, str], rows: Sequence[Mapping[str, Text]], scores: list[float] | None) -> list[str]:
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
