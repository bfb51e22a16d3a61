"""The training jobs of a tuning job: how each is asked for, and what became of it."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

COPIED = (
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "VpcConfig",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
    "RetryStrategy",
    "Environment",
)
RUNNING = ("InProgress", "Stopping")
FIELDS = (
    "TrainingJobName",
    "TrainingJobArn",
    "CreationTime",
    "TrainingStartTime",
    "TrainingEndTime",
    "TrainingJobStatus",
    "FailureReason",
)


@dataclass(frozen=True, slots=True)
class Objective:
    """What a tuning job wants."""

    name: str
    is_less_better: bool

    def worth(self, value: float) -> float:
        """A value as something of which more is better."""
        return -value if self.is_less_better else value

    @property
    def kind(self) -> str:
        """As requests say it."""
        return "Minimize" if self.is_less_better else "Maximize"


@dataclass(frozen=True, slots=True)
class Trial:
    """One training job of a tuning job.

    Attributes:
        record: as it was when it was created.
        values: the hyperparameters that were chosen for it.
        definition: the name of its definition.
    """

    record: Record
    values: dict[str, str]
    definition: str = ""

    def now(self, world: World) -> Record:
        """Its training job as it is now."""
        return world.store.get("TrainingJob", self.record.key, self.record.region) or self.record

    def seen(self, world: World, objective: Objective) -> list[float]:
        """Every value of the objective that it has reported, as something of which more is better."""
        metrics: Mapping[str, list[float]] = self.now(world).private.get("metrics") or {}
        return [objective.worth(value) for value in metrics.get(objective.name, [])]

    def final(self, world: World, objective: Objective) -> float | None:
        """The last value of the objective, as it was reported; None if there is none, or it counts for nothing."""
        record = self.now(world)
        if record["TrainingJobStatus"] not in {"Completed", "Stopped"}:
            return None
        found = {one["MetricName"]: one["Value"] for one in record.get("FinalMetricDataList") or []}
        value = found.get(objective.name)
        return None if value is None or value != value else float(value)  # noqa: PLR0124 - not a number

    def summary(self, world: World, objective: Objective, tuning: str) -> dict[str, Any]:
        """What lists show of it."""
        record, final = self.now(world), self.final(world, objective)
        running = record["TrainingJobStatus"] in RUNNING
        shown = {name: record.get(name) for name in FIELDS if record.get(name) is not None}
        shown |= {"TunedHyperParameters": self.values, "TuningJobName": tuning}
        shown["ObjectiveStatus"] = "Pending" if running else "Failed" if final is None else "Succeeded"
        if final is not None:
            metric = {"Type": objective.kind, "MetricName": objective.name, "Value": final}
            shown["FinalHyperParameterTuningJobObjectiveMetric"] = metric
        return shown | ({"TrainingJobDefinitionName": self.definition} if self.definition else {})


def begin(world: World, tuning: Record, definition: Mapping[str, Any], number: int, values: dict[str, str]) -> Trial:
    """Create the training job of a trial.

    Raises:
        ClientError: it was refused.
    """
    name = f"{tuning.key}-{number:03d}-{secrets.token_hex(4)}"
    static = definition.get("StaticHyperParameters") or {}
    request = {member: definition[member] for member in COPIED if definition.get(member) is not None}
    spec = definition["AlgorithmSpecification"]
    world.client("sagemaker", tuning.region).create_training_job(
        TrainingJobName=name,
        HyperParameters={**static, **values},
        AlgorithmSpecification={key: value for key, value in spec.items() if value is not None},
        ResourceConfig=_resource(definition),
        Tags=[{"Key": key, "Value": value} for key, value in world.store.tags(tuning.arn).items()],
        **request,
    )
    record = world.store.get("TrainingJob", name, tuning.region)
    if record is None:
        raise LookupError(name)
    world.store.change(record, {"TuningJobArn": tuning.arn, "TunedHyperParameters": values})
    return Trial(record, values, definition.get("DefinitionName", ""))


def _resource(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    if definition.get("ResourceConfig"):
        return definition["ResourceConfig"]  # type: ignore[no-any-return]
    given = definition.get("HyperParameterTuningResourceConfig") or {}
    first = (given.get("InstanceConfigs") or [given])[0]
    return {
        "InstanceType": first.get("InstanceType", "ml.m5.large"),
        "InstanceCount": first.get("InstanceCount", 1),
        "VolumeSizeInGB": first.get("VolumeSizeInGB") or given.get("VolumeSizeInGB") or 30,
    }
