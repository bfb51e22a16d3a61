"""What a schedule monitors: one of the four kinds of job definitions, or the definition within the schedule."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mlacoach.sandbox.aws_error import AwsError, not_emulated
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

KINDS = ("DataQuality", "ModelQuality", "ModelBias", "ModelExplainability")
OFFSET = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?)?")


@dataclass(frozen=True, slots=True)
class Definition:
    """One kind of monitoring, in the same words for all kinds.

    Attributes:
        kind: DataQuality, ModelQuality, ModelBias or ModelExplainability.
        name: of the job definition; empty where it stands within the schedule.
        application: the AppSpecification.
        baseline: the BaselineConfig.
        source: the EndpointInput, or the BatchTransformInput.
        endpoint: the endpoint whose captured data is looked at; empty for batch transform.
        truth: where labels lie; empty where none are needed.
        output: the S3Output.
        more: RoleArn, resources, stopping condition, network, environment.
    """

    kind: str
    name: str
    application: Mapping[str, Any]
    baseline: Mapping[str, Any]
    source: Mapping[str, Any]
    endpoint: str
    truth: str
    output: Mapping[str, Any]
    more: Mapping[str, Any]


def definition_of(world: World, schedule: Record) -> Definition:
    """What a schedule monitors.

    Raises:
        AwsError: its definition or its endpoint is not there, or it wants what is not emulated.
    """
    config = schedule["MonitoringScheduleConfig"]
    name = config.get("MonitoringJobDefinitionName")
    found = _named(world, schedule, config) if name else _inner(config)
    if "RecordPreprocessorSourceUri" in found.application or "PostAnalyticsProcessorSourceUri" in found.application:
        raise not_emulated("A pre- or postprocessing script of a monitoring schedule", "Leave it out.")
    if found.endpoint and world.store.get("Endpoint", found.endpoint, schedule.region) is None:
        raise AwsError("ResourceNotFound", f"Could not find endpoint {found.endpoint}.")
    return found


def _named(world: World, schedule: Record, config: Mapping[str, Any]) -> Definition:
    kind, name = config.get("MonitoringType", "DataQuality"), config["MonitoringJobDefinitionName"]
    record = world.store.get(f"{kind}JobDefinition", name, schedule.region)
    if record is None:
        raise AwsError("ResourceNotFound", f"Job definition {name} of the type {kind} does not exist.")
    given = record[f"{kind}JobInput"]
    application = record[f"{kind}AppSpecification"]
    return Definition(
        kind=kind,
        name=name,
        application=application,
        baseline=record.get(f"{kind}BaselineConfig") or {},
        source=given.get("EndpointInput") or given.get("BatchTransformInput") or {},
        endpoint=(given.get("EndpointInput") or {}).get("EndpointName", ""),
        truth=(given.get("GroundTruthS3Input") or {}).get("S3Uri", ""),
        output=record[f"{kind}JobOutputConfig"]["MonitoringOutputs"][0]["S3Output"],
        more={
            "RoleArn": record["RoleArn"],
            "Resources": record["JobResources"],
            "StoppingCondition": record.get("StoppingCondition"),
            "Environment": application.get("Environment") or {},
        },
    )


def _inner(config: Mapping[str, Any]) -> Definition:
    inner = config.get("MonitoringJobDefinition")
    if not inner:
        raise AwsError(
            "ValidationException", "Either MonitoringJobDefinition or MonitoringJobDefinitionName must be given."
        )
    given = inner["MonitoringInputs"][0]
    return Definition(
        kind=config.get("MonitoringType", "DataQuality"),
        name="",
        application=inner["MonitoringAppSpecification"],
        baseline=inner.get("BaselineConfig") or {},
        source=given.get("EndpointInput") or given.get("BatchTransformInput") or {},
        endpoint=(given.get("EndpointInput") or {}).get("EndpointName", ""),
        truth="",
        output=inner["MonitoringOutputConfig"]["MonitoringOutputs"][0]["S3Output"],
        more={
            "RoleArn": inner["RoleArn"],
            "Resources": inner["MonitoringResources"],
            "StoppingCondition": inner.get("StoppingCondition"),
            "Environment": inner.get("Environment") or {},
        },
    )


def offset(text: str | None, otherwise: timedelta) -> timedelta:
    """An ISO 8601 duration such as -PT1H or -P1D."""
    found = OFFSET.fullmatch(text or "")
    if not found:
        return otherwise
    length = timedelta(days=int(found[2] or 0), hours=int(found[3] or 0))
    return -length if found[1] else length
