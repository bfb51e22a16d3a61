"""Bias metrics of a monitoring run, for CloudWatch (AWS: "CloudWatch Metrics for Bias Drift Analysis")."""

import json
import math
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlacoach.sandbox.monitor.publishing import FOLDER

STAGES = {"pre_training_bias_metrics": "Pre-training", "post_training_bias_metrics": "Post-Training"}
# What AWS publishes instead of infinity.
INFINITE = 2.348543e108


def emit(folder: Path, given: Mapping[str, str], found: Mapping[str, Any]) -> None:
    """Write the metrics of an analysis, if it publishes any.

    Args:
        folder: `/opt/ml`.
        given: the environment.
        found: analysis.json.
    """
    if given.get("publish_cloudwatch_metrics") != "Enabled":
        return
    own = {"Endpoint": given.get("sagemaker_endpoint_name"), "MonitoringSchedule": given.get(
        "sagemaker_monitoring_schedule_name")}  # fmt: skip
    moment = given.get("end_time") or datetime.now(UTC).isoformat()  # noqa: TID251 - a job of its own, without a world
    path = folder / FOLDER / "bias.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        for name, value, about in _metrics(found):
            dimensions = [{"Name": key, "Value": text} for key, text in {**own, **about}.items() if text]
            line = {"MetricName": f"bias_metric_{name}", "Value": value, "Dimensions": dimensions, "Timestamp": moment}
            file.write(json.dumps(line) + "\n")


def _metrics(found: Mapping[str, Any]) -> Iterator[tuple[str, float, dict[str, str]]]:
    for member, stage in STAGES.items():
        part = found.get(member) or {}
        about = {"BiasStage": stage, "Label": part.get("label"), "LabelValue": part.get("label_value_or_threshold")}
        for facet, groups in part.get("facets", {}).items():
            for group in groups:
                place = {**about, "Facet": facet, "FacetValue": group["value_or_threshold"]}
                for metric in group["metrics"]:
                    value = metric["value"]
                    if value is not None:
                        finite = math.copysign(INFINITE, value) if math.isinf(value) else value
                        yield metric["name"], finite, place
