"""Application Auto Scaling of endpoints: a target goes, and with it its policies and scheduled actions."""

from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Absence, Family, Kind, Request, codes, pages, tag_map

TARGET = "scalable-target"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"


def _target(request: Request) -> Resource:
    """`endpoint/<name>/variant/<variant>` as `<name>/<variant>`, which begins with the run's prefix."""
    words = f"{request['ResourceId']}///".split("/")
    return Resource(TARGET, f"{words[1]}/{words[3]}")


def _which(name: str) -> dict[str, str]:
    endpoint, _, variant = name.partition("/")
    return {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{endpoint}/variant/{variant}",
        "ScalableDimension": DIMENSION,
    }


def _look(scaling: Any, name: str) -> Any:  # noqa: ANN401
    which = _which(name)
    found = scaling.describe_scalable_targets(
        ServiceNamespace="sagemaker", ResourceIds=[which["ResourceId"]], ScalableDimension=DIMENSION
    )
    return found["ScalableTargets"] or None


def _delete(scaling: Any, name: str) -> None:  # noqa: ANN401
    """AWS takes policies and scheduled actions away with their target; not everybody does."""
    which = _which(name)
    for action in scaling.describe_scheduled_actions(**which)["ScheduledActions"]:
        scaling.delete_scheduled_action(**which, ScheduledActionName=action["ScheduledActionName"])
    for policy in scaling.describe_scaling_policies(**which)["ScalingPolicies"]:
        scaling.delete_scaling_policy(**which, PolicyName=policy["PolicyName"])
    scaling.deregister_scalable_target(**which)


def _every(scaling: Any) -> list[str]:  # noqa: ANN401
    found = pages(scaling, "describe_scalable_targets", "ScalableTargets", "ResourceId", ServiceNamespace="sagemaker")
    return [_target({"ResourceId": each}).name for each in found]


FAMILIES = (
    Family(
        service="application-autoscaling",
        kinds={
            TARGET: Kind(
                "application-autoscaling",
                look=_look,
                delete=_delete,
                every=_every,
                # It goes with its endpoint; who deletes it then learns so in other words.
                absent=(
                    *codes("ObjectNotFoundException"),
                    Absence("ValidationException", "No scalable target found"),
                ),
            )
        },
        creates={"RegisterScalableTarget": _target},
        parts=dict.fromkeys(("PutScalingPolicy", "PutScheduledAction", "DeleteScalingPolicy"), _target),
        tags={"RegisterScalableTarget": tag_map()},
        absent=codes("ObjectNotFoundException"),
    ),
)
