"""Steps that make something of SageMaker's: jobs, models, packages, endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError

from mlacoach.sandbox.control.crud import ID_LETTERS
from mlacoach.sandbox.pipelines.doing import Result, StepStopped, Surroundings
from mlacoach.sandbox.pipelines.fitting import fitted
from mlacoach.sandbox.pipelines.plan import Step
from mlacoach.sandbox.pipelines.references import StepFailed
from mlacoach.sandbox.records import Record

HOUR = 3600.0
SUFFIX = 10
RUNNING = frozenset({"InProgress", "Stopping", "Creating", "Updating"})
KINDS_OF_FAILURE = {
    "InternalServerError": "SageMaker.JOB_INTERNAL_ERROR",
    "CapacityError": "SageMaker.CAPACITY_ERROR",
}
KINDS_OF_REFUSAL = {"ResourceLimitExceeded": "SageMaker.RESOURCE_LIMIT", "ThrottlingException": "Step.THROTTLING"}
SERVER_FAULT = 500


@dataclass(frozen=True, slots=True)
class Making:
    """How the steps of one type are made.

    Attributes:
        noun: of the operations.
        metadata: the member of the row that has the ARN.
        longest: the longest name; 0 where it is not named.
        experiment: does its request take an ExperimentConfig?
    """

    noun: str
    metadata: str
    longest: int = 63
    experiment: bool = False

    @property
    def name(self) -> str:
        """The member that names one."""
        return f"{self.noun}Name"

    @property
    def arn(self) -> str:
        """The member that has its ARN."""
        return f"{self.noun}Arn"


MAKINGS: Mapping[str, Making] = {
    "Training": Making("TrainingJob", "TrainingJob", experiment=True),
    "Processing": Making("ProcessingJob", "ProcessingJob", experiment=True),
    "Transform": Making("TransformJob", "TransformJob", experiment=True),
    "Tuning": Making("HyperParameterTuningJob", "TuningJob", longest=32),
    "Model": Making("Model", "Model"),
    "CreateModel": Making("Model", "Model"),
    "EndpointConfig": Making("EndpointConfig", "EndpointConfig"),
    "Endpoint": Making("Endpoint", "Endpoint"),
    "RegisterModel": Making("ModelPackage", "RegisterModel", longest=0),
}


def run(step: Step, arguments: Mapping[str, Any], around: Surroundings) -> Result:
    """Make it, and wait until it has ended.

    Raises:
        StepFailed: it was refused, or failed.
        StepStopped: the execution was stopped, and so was it.
    """
    making = MAKINGS[step.kind]
    made = create(making, step, arguments, around)
    metadata = {making.metadata: {"Arn": made.arn}}
    around.rows.change(step, Metadata=metadata)
    finish(making, made, around, metadata)
    return Result(properties(making, made, around), metadata)


def create(making: Making, step: Step, arguments: Mapping[str, Any], around: Surroundings) -> Record:
    """Ask for it; its record.

    Raises:
        StepFailed: it was refused.
    """
    operation = f"Create{making.noun}"
    request = dict(arguments)
    if making.longest:
        request[making.name] = _name(making, step, request.get(making.name), around)
    if making.experiment and around.experiment and "ExperimentConfig" not in request:
        request["ExperimentConfig"] = around.experiment
    if making.noun == "ModelPackage":
        _make_group(request.get("ModelPackageGroupName"), around)
    answer = call(around, operation, request)
    record = around.world.store.by_arn(answer[making.arn])
    if record is None:
        raise StepFailed(f"ClientError: {answer[making.arn]} was deleted.")
    return record


def call(around: Surroundings, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Ask SageMaker something for a step.

    Raises:
        StepFailed: it refused.
    """
    client = around.world.client("sagemaker", around.execution.region)
    method = getattr(client, xform_name(operation))  # type: ignore[no-untyped-call]
    try:
        answer: dict[str, Any] = method(**fitted(operation, request))
    except ParamValidationError as error:
        raise StepFailed(_refused(operation, str(error))) from error
    except ClientError as error:
        told = error.response["Error"]
        is_fault = error.response["ResponseMetadata"]["HTTPStatusCode"] >= SERVER_FAULT
        kind = KINDS_OF_REFUSAL.get(told["Code"], "Step.SERVICE_FAULT" if is_fault else "")
        raise StepFailed(_refused(operation, told["Message"]), kind) from error
    return answer


def _refused(operation: str, why: str) -> str:
    return f"ClientError: Failed to invoke sagemaker:{operation}. Error Details: {why}"


def _name(making: Making, step: Step, given: str | None, around: Surroundings) -> str:
    """A name that no other run of the step has. One that is given stands before it, as a custom prefix does on AWS."""
    identity = around.execution.key
    rng = around.world.rng(f"{identity}/{step.name}/{around.world.now().timestamp()}")
    suffix = "".join(rng.choices(ID_LETTERS, k=SUFFIX))
    if given:
        return f"{given[: making.longest - len(identity) - SUFFIX - 2]}-{identity}-{suffix}"
    if making.longest < len(f"pipelines-{identity}-{suffix}") + SUFFIX:
        return f"{identity}-{step.name[:SUFFIX].rstrip('-')}-{suffix}"[: making.longest].rstrip("-")
    room = making.longest - len(f"pipelines-{identity}--{suffix}")
    return f"pipelines-{identity}-{step.name[:room].rstrip('-')}-{suffix}"


def _make_group(name: Any, around: Surroundings) -> None:  # noqa: ANN401 - a name or an ARN
    """A step that registers a model makes its group where there is none."""
    key = str(name or "").rpartition("/")[2]
    if key and around.world.store.get("ModelPackageGroup", key, around.execution.region) is None:
        call(around, "CreateModelPackageGroup", {"ModelPackageGroupName": key})


def finish(making: Making, made: Record, around: Surroundings, metadata: Mapping[str, Any]) -> None:
    """Wait until it has ended.

    Raises:
        StepFailed: it failed.
        StepStopped: the execution was stopped.
    """
    status = f"{making.noun}Status"
    world, has_asked = around.world, False

    def is_over(now: Record | None) -> bool:
        return now is None or now.get(status) not in RUNNING or (around.stopped.is_set() and not has_asked)

    while True:
        now = world.store.wait(made, is_over, HOUR)
        if now is None:
            raise StepFailed(f"ClientError: {made.arn} was deleted.", metadata=metadata)
        if now.get(status) not in RUNNING:
            break
        if around.stopped.is_set() and not has_asked:
            has_asked = True
            _stop(making, now, around)
    if now.get(status) == "Stopped" and around.stopped.is_set():
        raise StepStopped
    if now.get(status) in {"Failed", "Stopped"}:
        reason = str(now.get("FailureReason") or f"{made.arn} was stopped.")
        kind = next((kind for word, kind in KINDS_OF_FAILURE.items() if reason.startswith(word)), "")
        raise StepFailed(f"ClientError: {reason}", kind, metadata)


def _stop(making: Making, made: Record, around: Surroundings) -> None:
    if not making.noun.endswith("Job"):
        return
    client = around.world.client("sagemaker", around.execution.region)
    try:
        getattr(client, xform_name(f"Stop{making.noun}"))(**{making.name: made.key})  # type: ignore[no-untyped-call]
    except ClientError:
        # It has ended by itself meanwhile.
        return


def properties(making: Making, made: Record, around: Surroundings) -> dict[str, Any]:
    """What later steps may refer to: what Describe shows, and of a tuning job its trainings, the best first."""
    key = made.arn if making.noun == "ModelPackage" else made.key
    shown = call(around, f"Describe{making.noun}", {making.name: key})
    if making.noun == "HyperParameterTuningJob":
        shown["TrainingJobSummaries"] = _trials(shown, around)
    return {name: value for name, value in shown.items() if name != "ResponseMetadata"}


def _trials(job: Mapping[str, Any], around: Surroundings) -> Any:  # noqa: ANN401 - a list of summaries
    best = job.get("BestTrainingJob", {}).get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Type")
    request = {
        "HyperParameterTuningJobName": job["HyperParameterTuningJobName"],
        "SortBy": "FinalObjectiveMetricValue",
        "SortOrder": "Ascending" if best == "Minimize" else "Descending",
        "MaxResults": 100,
    }
    return call(around, "ListTrainingJobsForHyperParameterTuningJob", request)["TrainingJobSummaries"]
