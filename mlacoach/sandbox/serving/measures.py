"""What CloudWatch is told about a variant: gathered in memory, sent now and then as statistics."""

import logging
import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from mlacoach.sandbox.world import World

NAMESPACE = "AWS/SageMaker"
UNITS = {
    "ModelLatency": "Microseconds",
    "OverheadLatency": "Microseconds",
    "ModelLoadingTime": "Microseconds",
    "ModelDownloadingTime": "Microseconds",
    "ModelUnloadingTime": "Microseconds",
    "LoadedModelCount": "Count",
    "ConcurrentRequestsPerModel": "Count",
}
MINUTE = 60.0
AT_ONCE = 20
LOG = logging.getLogger("mlacoach.sandbox")


@dataclass(slots=True)
class Statistic:
    """Many values in four numbers."""

    count: int = 0
    total: float = 0.0
    least: float = float("inf")
    most: float = float("-inf")

    def add(self, value: float) -> None:
        """One more value."""
        self.count += 1
        self.total += value
        self.least = min(self.least, value)
        self.most = max(self.most, value)


class Measures:
    """The figures of one variant.

    Args:
        world: whose CloudWatch.
        endpoint: the endpoint's name.
        variant: the variant's name; empty for figures of the whole endpoint.
        region: the endpoint's region.
    """

    def __init__(self, world: World, endpoint: str, variant: str, region: str) -> None:
        self._world = world
        self._region = region
        named = {"EndpointName": endpoint, "VariantName": variant}
        self._dimensions = [{"Name": name, "Value": value} for name, value in named.items() if value]
        self._lock = threading.Lock()
        self._found: dict[str, Statistic] = {}
        # Second, and how many came in it: a minute of them at most.
        self._seconds: deque[list[float]] = deque()

    def add(self, name: str, value: float) -> None:
        """One value of a metric."""
        with self._lock:
            self._found.setdefault(name, Statistic()).add(value)

    def invocation(self, second: float, instances: int) -> None:
        """A request came."""
        self.add("Invocations", 1.0)
        self.add("InvocationsPerInstance", 1.0 / max(instances, 1))
        with self._lock:
            self._forget(second)
            if self._seconds and self._seconds[-1][0] == int(second):
                self._seconds[-1][1] += 1
            else:
                self._seconds.append([int(second), 1])

    def answered(self, status: int, model_seconds: float, whole_seconds: float) -> None:
        """A request was answered."""
        self.add("ModelLatency", model_seconds * 1e6)
        self.add("OverheadLatency", max(whole_seconds - model_seconds, 0.0) * 1e6)
        self.add("Invocation4XXErrors", float(400 <= status < 500))  # noqa: PLR2004 - HTTP's own borders
        self.add("Invocation5XXErrors", float(status >= 500 or status == 0))  # noqa: PLR2004
        self.add("InvocationModelErrors", float(status >= 400 or status == 0))  # noqa: PLR2004

    def last_minute(self, second: float) -> float:
        """How many requests came in the last minute."""
        with self._lock:
            self._forget(second)
            return sum(number for _, number in self._seconds)

    def _forget(self, second: float) -> None:
        while self._seconds and self._seconds[0][0] < second - MINUTE:
            self._seconds.popleft()

    def send(self) -> None:
        """Tell CloudWatch what came since the last time."""
        with self._lock:
            found, self._found = self._found, {}
        data = [self._datum(name, statistic) for name, statistic in found.items()]
        for start in range(0, len(data), AT_ONCE):
            try:
                cloudwatch = self._world.client("cloudwatch", region=self._region)
                cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=data[start : start + AT_ONCE])
            except Exception:
                LOG.exception("Could not tell CloudWatch.")

    def _datum(self, name: str, statistic: Statistic) -> dict[str, Any]:
        return {
            "MetricName": name,
            "Dimensions": self._dimensions,
            "Timestamp": self._world.now(),
            "Unit": UNITS.get(name, "None"),
            "StatisticValues": {
                "SampleCount": statistic.count,
                "Sum": statistic.total,
                "Minimum": statistic.least,
                "Maximum": statistic.most,
            },
        }
