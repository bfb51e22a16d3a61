"""The states of an endpoint: what Describe shows of them, what EventBridge is told, what a fault makes of them."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.records import Record
from mlacoach.sandbox.serving import says
from mlacoach.sandbox.serving.plans import Plan
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World

EVENT_STATUS = {"InService": "IN_SERVICE", "OutOfService": "OUT_OF_SERVICE", "RollingBack": "ROLLING_BACK"}
# What one update asked for; the next one must not find it.
ASKED: Mapping[str, None] = dict.fromkeys(
    (
        "_DeploymentConfig",
        "_RetainDeploymentConfig",
        "_RetainAllVariantProperties",
        "_ExcludeRetainedVariantProperties",
    )
)


def shown_of(plan: Plan) -> dict[str, Any]:
    """What Describe shows of a configuration besides its variants."""
    shown: dict[str, Any] = {"DataCaptureConfig": None, "AsyncInferenceConfig": plan.queueing}
    if plan.capture:
        enabled = plan.capture.get("EnableCapture", True)
        shown["DataCaptureConfig"] = {
            "EnableCapture": enabled,
            "CaptureStatus": "Started" if enabled else "Stopped",
            "CurrentSamplingPercentage": plan.capture["InitialSamplingPercentage"],
            "DestinationS3Uri": plan.capture["DestinationS3Uri"],
            "KmsKeyId": plan.capture.get("KmsKeyId", ""),
        }
    return shown


def strike(world: World, operation: str) -> None:
    """Let a fault that was set for this operation make the endpoint fail.

    Raises:
        CannotStart: one did.
    """
    rule = world.faults.of_job(operation)
    if rule:
        raise says.CannotStart(says.NO_CAPACITY if rule.kind == "capacity" else says.INTERNAL)


def tell(world: World, record: Record | None, status: str = "") -> None:
    """Tell EventBridge the state of an endpoint."""
    if record is None:
        return
    now = record["EndpointStatus"]
    detail: Mapping[str, Any] = {
        "EndpointName": record.key,
        "EndpointArn": record.arn,
        "EndpointConfigName": record["EndpointConfigName"],
        "EndpointStatus": status or EVENT_STATUS.get(now, now.upper()),
        "ProductionVariants": record.get("ProductionVariants", []),
        "FailureReason": record.get("FailureReason"),
        "Tags": world.store.tags(record.arn),
    }
    found = {name: value for name, value in detail.items() if value is not None}
    world.events.publish(Event("aws.sagemaker", "SageMaker Endpoint State Change", found, [record.arn]))
