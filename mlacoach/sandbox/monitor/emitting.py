"""What an analysis tells CloudWatch: lines in a file of the container, as AWS's monitoring contract says."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlacoach.sandbox.monitor.drift import distance

FOLDER = "output/metrics/cloudwatch"
Line = dict[str, Any]


def emit(
    folder: Path, given: Mapping[str, str], statistics: Mapping[str, Any], found: Mapping[str, Any] | None
) -> None:
    """Write the metrics of a monitoring run, if it publishes any.

    Args:
        folder: `/opt/ml`.
        given: the environment.
        statistics: what was measured.
        found: what a run found against its baseline; None for a baseline itself.
    """
    if given.get("publish_cloudwatch_metrics") != "Enabled" or found is None:
        return
    names = (("Endpoint", "sagemaker_endpoint_name"), ("MonitoringSchedule", "sagemaker_monitoring_schedule_name"))
    dimensions = [{"Name": name, "Value": given[key]} for name, key in names if given.get(key)]
    moment = given.get("end_time") or datetime.now(UTC).isoformat()  # noqa: TID251 - a job of its own, without a world
    lines = _features(statistics, found["baseline"]) if "features" in statistics else _quality(statistics)
    path = folder / FOLDER / "metrics.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps({**line, "Dimensions": dimensions, "Timestamp": moment}) + "\n")


def _features(statistics: Mapping[str, Any], baseline: Mapping[str, Any]) -> Iterator[Line]:
    for feature in statistics["features"]:
        name, numbers = feature["name"], feature.get("numerical_statistics")
        common = (numbers or feature["string_statistics"])["common"]
        total = common["num_present"] + common["num_missing"]
        yield {"MetricName": f"feature_non_null_{name}", "Value": common["num_present"] / total if total else 0.0}
        if numbers:
            values = {"SampleCount": common["num_present"], "Sum": numbers["sum"], "Minimum": numbers["min"],
                      "Maximum": numbers["max"]}  # fmt: skip
            yield {"MetricName": f"feature_data_{name}", "StatisticValues": values}
        moved = distance(baseline[name], feature, "Robust") if name in baseline else None
        if moved is not None:
            yield {"MetricName": f"feature_baseline_drift_{name}", "Value": moved}


def _quality(statistics: Mapping[str, Any]) -> Iterator[Line]:
    member = next(name for name in statistics if name.endswith("_metrics"))
    for name, each in statistics[member].items():
        if name != "confusion_matrix":
            yield {"MetricName": name, "Value": each["value"]}
