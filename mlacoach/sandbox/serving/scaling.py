"""Application Auto Scaling that acts: target tracking of a variant's instances."""

import math
import sys
import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from mlacoach.sandbox.serving.capacities import begin
from mlacoach.sandbox.serving.fleet import Live
from mlacoach.sandbox.serving.variant import Variant

if TYPE_CHECKING:
    from mlacoach.sandbox.serving.queued import Queues

DIMENSION = "sagemaker:variant:DesiredInstanceCount"
PER_INSTANCE = "SageMakerVariantInvocationsPerInstance"
# How often Application Auto Scaling is asked, and how long after the last request it still is: an endpoint that nobody
# uses must not keep the sandbox from its idle stop.
LOOK_SECONDS = 1.0
AWAKE_SECONDS = 600.0
# Cool-downs of minutes are waited for in seconds.
LONGEST_OUT, LONGEST_IN = 3.0, 30.0
COOLDOWN = 300
# Target tracking scales in only well below its target.
MARGIN = 0.9


class Scaling:
    """Looks at the policies of the endpoints in use, and acts on them."""

    def __init__(self, queues: "Queues") -> None:
        self._queues = queues
        self._looked: dict[Live, float] = {}
        self._acted: dict[tuple[Live, str], float] = {}

    def forget(self, present: Iterable[Live]) -> None:
        """Keep nothing of endpoints that are gone."""
        there = set(present)
        self._looked = {live: at for live, at in self._looked.items() if live in there}
        self._acted = {key: at for key, at in self._acted.items() if key[0] in there}

    def look(self, live: Live) -> None:
        """Scale an endpoint, if a policy says so."""
        now = time.monotonic()
        awake = now - live.last_asked < AWAKE_SECONDS or self._queues.backlog(live)
        if not awake or not _is_in_use() or now - self._looked.get(live, float("-inf")) < LOOK_SECONDS:
            return
        self._looked[live] = now
        record = live.world.store.get("Endpoint", live.name, live.region)
        if record is None or record["EndpointStatus"] != "InService" or live.blue is None:
            return
        for target in self._targets(live):
            name = target["ResourceId"].rpartition("/")[2]
            variant = next((each for each in live.blue.variants if each.name == name), None)
            count = self._wanted(live, variant, target, now) if variant else None
            if variant and count is not None and count != variant.count:
                self._acted[live, name] = now
                begin(live, record, [{"VariantName": name, "DesiredInstanceCount": count}])
                return

    def _targets(self, live: Live) -> list[dict[str, Any]]:
        client = live.world.client("application-autoscaling", region=live.region)
        found = client.describe_scalable_targets(ServiceNamespace="sagemaker", ScalableDimension=DIMENSION)
        start = f"endpoint/{live.name}/variant/"
        return [each for each in found["ScalableTargets"] if each["ResourceId"].startswith(start)]

    def _wanted(self, live: Live, variant: Variant, target: Mapping[str, Any], now: float) -> int:
        """The number of instances that the policies ask for: the most that any of them does."""
        least, most = int(target["MinCapacity"]), int(target["MaxCapacity"])
        client = live.world.client("application-autoscaling", region=live.region)
        found = client.describe_scaling_policies(
            ServiceNamespace="sagemaker", ResourceId=target["ResourceId"], ScalableDimension=DIMENSION
        )
        since = now - self._acted.get((live, variant.name), float("-inf"))
        tracked = [policy.get("TargetTrackingScalingPolicyConfiguration") for policy in found["ScalingPolicies"]]
        counts = [self._by_policy(live, variant, policy, since) for policy in tracked if policy]
        return min(max(least, *(counts or [variant.count])), most)

    def _by_policy(self, live: Live, variant: Variant, policy: Mapping[str, Any], since: float) -> int:
        value, present = self._value(live, variant, policy), variant.count
        share = 1.0 if value is None else value / float(policy["TargetValue"])
        count = math.ceil(round(max(present, 1) * share, 6))
        if share > 1 and since >= min(policy.get("ScaleOutCooldown", COOLDOWN), LONGEST_OUT):
            return max(count, present)
        may_shrink = not policy.get("DisableScaleIn") and since >= min(
            policy.get("ScaleInCooldown", COOLDOWN), LONGEST_IN
        )
        return min(count, present) if share < MARGIN and may_shrink else present

    def _value(self, live: Live, variant: Variant, policy: Mapping[str, Any]) -> float | None:
        predefined = (policy.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType")
        if predefined == PER_INSTANCE:
            return variant.measures.last_minute(time.monotonic()) / max(variant.count, 1)
        custom = policy.get("CustomizedMetricSpecification") or {}
        backlog = float(self._queues.backlog(live))
        own = {
            "ApproximateBacklogSize": backlog,
            "ApproximateBacklogSizePerInstance": backlog / max(variant.count, 1),
            "HasBacklogWithoutCapacity": float(backlog > 0 and variant.count == 0),
        }
        if custom.get("MetricName") in own:
            return own[custom["MetricName"]]
        return _from_cloudwatch(live, custom) if custom.get("MetricName") else None


def _is_in_use() -> bool:
    """Has anybody asked for Application Auto Scaling yet? Our own first question would load it: 140 MB of moto."""
    return "moto.applicationautoscaling" in sys.modules


def _from_cloudwatch(live: Live, metric: Mapping[str, Any]) -> float | None:
    now = live.world.now()
    statistic = metric.get("Statistic", "Average")
    points = live.world.client("cloudwatch", region=live.region).get_metric_statistics(
        Namespace=metric.get("Namespace", ""),
        MetricName=metric["MetricName"],
        Dimensions=metric.get("Dimensions", []),
        StartTime=now - timedelta(minutes=1),
        EndTime=now + timedelta(seconds=1),
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    return float(points[-1][statistic]) if points else None
