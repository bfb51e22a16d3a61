"""What a run asks of an account: every call, and the instances that count against quotas."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mlacoach.cloud.calls import Call
from mlacoach.cloud.services import family_of

if TYPE_CHECKING:
    from boto3.session import Session

# The prefix of a service's actions in IAM, where it is not boto3's name of the service.
PREFIXES = {
    "apigatewayv2": "apigateway",
    "sagemaker-featurestore-runtime": "sagemaker",
    "sagemaker-metrics": "sagemaker",
    "sagemaker-runtime": "sagemaker",
    "stepfunctions": "states",
}
METHODS = {"Get": "GET", "Delete": "DELETE", "Put": "PUT", "Update": "PATCH", "Untag": "DELETE", "Tag": "PUT"}
# The right to tag, where it is not called TagResource.
TAGGING = {
    "apigateway": "PUT",
    "firehose": "TagDeliveryStream",
    "iam": "TagRole",
    "kinesis": "AddTagsToStream",
    "sagemaker": "AddTags",
    "sqs": "TagQueue",
}


@dataclass(slots=True)
class Recorder:
    """Notes every call that the clients send which the session makes while it is entered."""

    session: "Session"
    calls: set[Call] = field(default_factory=set)
    quotas: dict[str, int] = field(default_factory=dict)

    def __enter__(self) -> Self:
        """Begin."""
        self.session.events.register_first("before-parameter-build", self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        self.session.events.unregister("before-parameter-build", self._note)

    def _note(self, params: Mapping[str, Any], model: Any, **_: object) -> None:  # noqa: ANN401
        call = (model.service_model.service_name, model.name)
        self.calls.add(call)
        for quota, count in quotas_of(call, params):
            self.quotas[quota] = max(count, self.quotas.get(quota, 0))


def actions_of(calls: Iterable[Call]) -> list[str]:
    """The IAM actions that the calls take, sorted."""
    return sorted({action for service, operation in calls for action in _actions(service, operation)})


def _actions(service: str, operation: str) -> tuple[str, ...]:
    family = family_of(service)
    prefix = family.prefix or PREFIXES.get(service, service)
    named = operation
    if prefix == "apigateway":
        # IAM knows the methods of its resources only.
        named = next((method for verb, method in METHODS.items() if operation.startswith(verb)), "POST")
    actions = family.actions.get(operation, (f"{prefix}:{named}",))
    # What is made with tags takes a right of its own.
    tagging = (f"{prefix}:{TAGGING.get(prefix, 'TagResource')}",) if operation in family.tags else ()
    return (*actions, *tagging)


def quotas_of(call: Call, request: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The quotas of SageMaker AI that the call counts against, as Service Quotas names them, and by how many."""
    service, operation = call
    counts = COUNTS.get(operation) if service == "sagemaker" else None
    return counts(request) if counts else []


def _of_endpoint(request: Mapping[str, Any]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for variant in request.get("ProductionVariants", []):
        for name, count in _counted(variant, "endpoint usage"):
            counts[name] = counts.get(name, 0) + count
    return list(counts.items())


def _of_training(job: Mapping[str, Any]) -> list[tuple[str, int]]:
    use = "spot training job usage" if job.get("EnableManagedSpotTraining") else "training job usage"
    return _counted(job.get("ResourceConfig", {}), use)


def _of_tuning(request: Mapping[str, Any]) -> list[tuple[str, int]]:
    limits = request.get("HyperParameterTuningJobConfig", {}).get("ResourceLimits", {})
    at_once = limits.get("MaxParallelTrainingJobs", 1)
    return [(name, count * at_once) for name, count in _of_training(request.get("TrainingJobDefinition", {}))]


def _of_processing(request: Mapping[str, Any]) -> list[tuple[str, int]]:
    return _counted(request.get("ProcessingResources", {}).get("ClusterConfig", {}), "processing job usage")


def _of_transform(request: Mapping[str, Any]) -> list[tuple[str, int]]:
    return _counted(request.get("TransformResources", {}), "transform job usage")


def _counted(resources: Mapping[str, Any], use: str) -> list[tuple[str, int]]:
    kind = resources.get("InstanceType")
    count = resources.get("InstanceCount", resources.get("InitialInstanceCount", 1))
    return [(f"{kind} for {use}", count)] if kind else []


COUNTS: Mapping[str, Callable[[Mapping[str, Any]], list[tuple[str, int]]]] = {
    "CreateEndpointConfig": _of_endpoint,
    "CreateHyperParameterTuningJob": _of_tuning,
    "CreateProcessingJob": _of_processing,
    "CreateTrainingJob": _of_training,
    "CreateTransformJob": _of_transform,
}
