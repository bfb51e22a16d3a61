"""What a container's metric files say, to CloudWatch."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mlacoach.sandbox.monitor.emitting import FOLDER
from mlacoach.sandbox.world import World

KINDS = {
    "MODEL_QUALITY": "model-metrics",
    "MODEL_BIAS": "bias-metrics",
    "MODEL_EXPLAINABILITY": "explainability-metrics",
}
# CloudWatch takes a thousand at once.
AT_ONCE = 500


def publish(world: World, folder: Path, given: Mapping[str, str]) -> None:
    """Publish what a processing job left in its folder, if its environment says so.

    Args:
        world: where.
        folder: what the job sees as `/opt/ml`.
        given: the job's environment.
    """
    if given.get("publish_cloudwatch_metrics") != "Enabled":
        return
    place = "Endpoints" if given.get("sagemaker_endpoint_name") else "ModelMonitoring"
    namespace = f"aws/sagemaker/{place}/{KINDS.get(given.get('analysis_type', ''), 'data-metrics')}"
    lines = list(_lines(folder / FOLDER))
    client = world.client("cloudwatch")
    for begin in range(0, len(lines), AT_ONCE):
        client.put_metric_data(Namespace=namespace, MetricData=lines[begin : begin + AT_ONCE])


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            if line.strip():
                datum = json.loads(line)
                yield {**datum, "Timestamp": datetime.fromisoformat(datum["Timestamp"])}
