"""What the analyzer does: profile a dataset, suggest constraints or check them, and say what it found."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlacoach.sandbox.monitor import constraints, profile, quality
from mlacoach.sandbox.monitor.emitting import emit
from mlacoach.sandbox.monitor.pairs import pairs
from mlacoach.sandbox.monitor.reading import Dataset, Unreadable, captured, read, table

FIRST, LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def analyse(folder: Path, given: Mapping[str, str]) -> str:
    """Do what the environment says; the job's exit message.

    Args:
        folder: `/opt/ml`.
        given: the environment.

    Raises:
        Unreadable: the data is not there, or not what the environment says.
    """
    output = Path(given["output_path"])
    output.mkdir(parents=True, exist_ok=True)
    if given.get("analysis_type", "").replace("_", "").lower() == "modelquality":
        statistics, demands, found = _quality(given)
    else:
        statistics, demands, found = _data(given)
    _write(output / "statistics.json", statistics)
    _write(output / "constraints.json", demands)
    emit(folder, given, statistics, found)
    if found is None:
        return "Completed: Job completed successfully with no violations."
    _write(output / "constraint_violations.json", {"violations": found["violations"]})
    count = len(found["violations"])
    if count:
        return f"CompletedWithViolations: Job completed successfully with {count} violations."
    return "Completed: Job completed successfully with no violations."


Found = tuple[dict[str, Any], dict[str, Any], dict[str, Any] | None]


def _data(given: Mapping[str, str]) -> Found:
    demands = _json(given.get("baseline_constraints"))
    baseline = _json(given.get("baseline_statistics"))
    dataset = _named(_dataset(given), demands)
    statistics = profile.statistics(dataset)
    if demands is None:
        return statistics, constraints.constraints(statistics), None
    # A column is measured as what the baseline holds it for, so that the two can be compared.
    statistics["features"] = [_as_before(each, dataset, demands) for each in statistics["features"]]
    found = constraints.violations(dataset, statistics, demands, baseline)
    before = {each["name"]: each for each in (baseline or {}).get("features", [])}
    return statistics, constraints.constraints(statistics), {"violations": found, "baseline": before}


def _as_before(feature: Mapping[str, Any], dataset: Dataset, demands: Mapping[str, Any]) -> dict[str, Any]:
    kinds = {each["name"]: each["inferred_type"] for each in demands["features"]}
    wanted, values = kinds.get(feature["name"]), dataset.column(feature["name"])
    if feature["inferred_type"] == "String" and wanted in {"Integral", "Fractional"}:
        numbers = [value if value and profile.kind_of(value) != "String" else None for value in values]
        return profile.feature(feature["name"], numbers, wanted) if any(numbers) else dict(feature)
    if wanted == "String" and feature["inferred_type"] != "String":
        return profile.feature(feature["name"], values, "String")
    return dict(feature)


def _dataset(given: Mapping[str, str]) -> Dataset:
    form, folder = json.loads(given.get("dataset_format") or "{}"), Path(given["dataset_source"])
    if "sagemakerCaptureJson" not in form:
        return read(folder, form)
    rows = list(captured(folder, *_stretch(given)))
    if not rows:
        raise Unreadable("There is no captured data between start_time and end_time.")
    indexes = form["sagemakerCaptureJson"].get("captureIndexNames", ["endpointInput", "endpointOutput"])
    asked = table([each.asked for each in rows], is_named=False) if "endpointInput" in indexes else None
    answered = table([each.answered for each in rows], is_named=False) if "endpointOutput" in indexes else None
    # The answers come first, as the label does in training data.
    sides = [side for side in (answered, asked) if side is not None and side.names]
    names = [name for side in sides for name in side.names]
    return Dataset(_apart(names), [column for side in sides for column in side.columns], is_named=False)


def _stretch(given: Mapping[str, str]) -> tuple[datetime, datetime]:
    start, end = given.get("start_time"), given.get("end_time")
    return datetime.fromisoformat(start) if start else FIRST, datetime.fromisoformat(end) if end else LAST


def _apart(names: Sequence[str]) -> list[str]:
    """Names of columns of CSV count on through both sides."""
    return [f"_c{number}" if name.startswith("_c") else name for number, name in enumerate(names)]


def _named(dataset: Dataset, demands: Mapping[str, Any] | None) -> Dataset:
    """Captured CSV has no header: its columns are those of the baseline, in their order."""
    if demands is None or dataset.is_named:
        return dataset
    before = [each["name"] for each in demands["features"]]
    known = set(before)
    if known & set(dataset.names) and not any(name.startswith("_c") for name in dataset.names):
        return dataset
    names = [before[at] if at < len(before) else name for at, name in enumerate(dataset.names)]
    return replace(dataset, names=names)


def _quality(given: Mapping[str, str]) -> Found:
    demands = _json(given.get("baseline_constraints"))
    labels, said, scores = pairs(given, _stretch(given))
    statistics = {
        "version": 0.0,
        "dataset": {"item_count": len(labels)},
        **quality.metrics(given.get("problem_type", ""), labels, said, scores),
    }
    if demands is None:
        return statistics, quality.demands(statistics), None
    return statistics, quality.demands(statistics), {"violations": quality.violations(statistics, demands)}


def _json(path: str | None) -> Any:  # noqa: ANN401 - JSON, or nothing
    if not path:
        return None
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Unreadable(f"The baseline {path} cannot be read: {error}") from error


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
