"""SageMaker AI: models, endpoints, the registry, experiments, pipelines, features, schedules."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Absence, Family, Kind, Request, by_name, named, pages, tag_list, unless_gone
from mlacoach.cloud.services.log_kinds import log_group
from mlacoach.cloud.services.sagemaker_jobs import (
    JOB_CREATES,
    JOB_GONE,
    JOB_KINDS,
    JOB_PARTS,
    delete_component,
    delete_tuning,
)
from mlacoach.cloud.services.sagemaker_lineage import ACTION, action_of, artifact_of, lineage_kinds
from mlacoach.cloud.services.sagemaker_listing import listed

MODEL, CONFIG, ENDPOINT = "sagemaker-model", "sagemaker-endpoint-config", "sagemaker-endpoint"
ENDPOINT_LOG, PACKAGES = "sagemaker-endpoint-log", "sagemaker-model-package-group"
EXPERIMENT, TRIAL, COMPONENT = "sagemaker-experiment", "sagemaker-trial", "sagemaker-trial-component"
DATA_QUALITY, CARD = "sagemaker-data-quality-definition", "sagemaker-model-card"
PIPELINE, FEATURES, SCHEDULE = "sagemaker-pipeline", "sagemaker-feature-group", "sagemaker-monitoring-schedule"
# SageMaker says ValidationException for many faults: its words tell which.
GONE = (
    *JOB_GONE,
    Absence("ValidationException", "Could not find"),
    Absence("ValidationException", "does not exist"),
    Absence("ValidationException", "Cannot find resource policy"),
)
ON_ITS_WAY = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
Act = Callable[[Any, str], Any]


def _delete_packages(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    """A group with versions in it is not deleted."""
    for page in list(sagemaker.get_paginator("list_model_packages").paginate(ModelPackageGroupName=name)):
        for package in page["ModelPackageSummaryList"]:
            sagemaker.delete_model_package(ModelPackageName=package["ModelPackageArn"])
    sagemaker.delete_model_package_group(ModelPackageGroupName=name)


def _components(sagemaker: Any, **which: str) -> list[str]:  # noqa: ANN401
    pages = sagemaker.get_paginator("list_trial_components").paginate(**which)
    return [found["TrialComponentName"] for page in pages for found in page["TrialComponentSummaries"]]


def _delete_trial(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    for component in _components(sagemaker, TrialName=name):
        sagemaker.disassociate_trial_component(TrialName=name, TrialComponentName=component)
    sagemaker.delete_trial(TrialName=name)


def _delete_experiment(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    for page in list(sagemaker.get_paginator("list_trials").paginate(ExperimentName=name)):
        for trial in page["TrialSummaries"]:
            _delete_trial(sagemaker, trial["TrialName"])
    sagemaker.delete_experiment(ExperimentName=name)


def _executions(sagemaker: Any, name: str) -> list[str]:  # noqa: ANN401
    """The executions of a pipeline that are not over."""
    pages = sagemaker.get_paginator("list_pipeline_executions").paginate(PipelineName=name)
    return [
        run["PipelineExecutionArn"]
        for page in pages
        for run in page["PipelineExecutionSummaries"]
        if run["PipelineExecutionStatus"] in {"Executing", "Stopping"}
    ]


def _look_for_pipeline(sagemaker: Any, name: str) -> Mapping[str, Any]:  # noqa: ANN401
    found = sagemaker.describe_pipeline(PipelineName=name)
    return {**found, "executions": _executions(sagemaker, name)}


def _stop_pipeline(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    for arn in _executions(sagemaker, name):
        sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn, ClientRequestToken=arn[-32:].rjust(32, "0"))


def _made_by(sagemaker: Any, name: str) -> set[tuple[str, str]]:  # noqa: ANN401
    """What the executions of a pipeline made, by sort and name: they are called after the execution, not after us."""
    found = set()
    for page in list(sagemaker.get_paginator("list_pipeline_executions").paginate(PipelineName=name)):
        for run in page["PipelineExecutionSummaries"]:
            steps = sagemaker.get_paginator("list_pipeline_execution_steps")
            for each in list(steps.paginate(PipelineExecutionArn=run["PipelineExecutionArn"])):
                for step in each["PipelineExecutionSteps"]:
                    made = step.get("Metadata", {})
                    # A step that was cached only points to what an earlier execution made.
                    found |= {(sort, made[sort]["Arn"].rpartition("/")[2]) for sort in OF_PIPELINES if sort in made}
    return found


def _delete_pipeline(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    for sort, made in sorted(_made_by(sagemaker, name)):
        unless_gone(GONE, partial(OF_PIPELINES[sort], sagemaker, made))
    sagemaker.delete_pipeline(PipelineName=name, ClientRequestToken=name[-32:].rjust(32, "0"))


# What is left of a pipeline's steps, by the member of their metadata. A transform job can't be deleted.
OF_PIPELINES: Mapping[str, Act] = {
    "TrainingJob": lambda sagemaker, name: sagemaker.delete_training_job(TrainingJobName=name),
    "ProcessingJob": lambda sagemaker, name: sagemaker.delete_processing_job(ProcessingJobName=name),
    "TuningJob": delete_tuning,
    "Model": lambda sagemaker, name: sagemaker.delete_model(ModelName=name),
}


def _is_on_its_way(member: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda found: found[member] in ON_ITS_WAY


KINDS: Mapping[str, Kind] = {
    **JOB_KINDS,
    **lineage_kinds(GONE),
    MODEL: by_name("sagemaker", "model", "ModelName", GONE),
    CONFIG: by_name("sagemaker", "endpoint_config", "EndpointConfigName", GONE),
    ENDPOINT: by_name(
        "sagemaker",
        "endpoint",
        "EndpointName",
        GONE,
        # Neither a new endpoint nor one that is changing can be deleted.
        busy=_is_on_its_way("EndpointStatus"),
    ),
    ENDPOINT_LOG: log_group("/aws/sagemaker/Endpoints/"),
    PACKAGES: by_name("sagemaker", "model_package_group", "ModelPackageGroupName", GONE, delete=_delete_packages),
    EXPERIMENT: by_name("sagemaker", "experiment", "ExperimentName", GONE, delete=_delete_experiment),
    TRIAL: by_name("sagemaker", "trial", "TrialName", GONE, delete=_delete_trial),
    COMPONENT: by_name("sagemaker", "trial_component", "TrialComponentName", GONE, delete=delete_component),
    PIPELINE: Kind(
        "sagemaker",
        look=_look_for_pipeline,
        delete=_delete_pipeline,
        absent=GONE,
        busy=lambda found: bool(found["executions"]),
        stop=_stop_pipeline,
    ),
    FEATURES: by_name(
        "sagemaker",
        "feature_group",
        "FeatureGroupName",
        GONE,
        busy=_is_on_its_way("FeatureGroupStatus"),
    ),
    DATA_QUALITY: by_name(
        "sagemaker",
        "data_quality_job_definition",
        "JobDefinitionName",
        GONE,
        every=lambda sagemaker: pages(
            sagemaker, "list_data_quality_job_definitions", "JobDefinitionSummaries", "MonitoringJobDefinitionName"
        ),
    ),
    CARD: by_name("sagemaker", "model_card", "ModelCardName", GONE),
    SCHEDULE: by_name(
        "sagemaker",
        "monitoring_schedule",
        "MonitoringScheduleName",
        GONE,
        busy=lambda found: found["MonitoringScheduleStatus"] == "Pending",
    ),
}


def _endpoint(request: Request) -> tuple[Resource, ...]:
    name = request["EndpointName"]
    return Resource(ENDPOINT_LOG, name), Resource(ENDPOINT, name)


def _group_of(request: Request) -> Resource:
    """The group in the ARN of one of its versions, `…:model-package/<group>/<version>`."""
    return Resource(PACKAGES, request["ModelPackageArn"].split(":", 5)[5].split("/")[1])


def _pipeline_of(request: Request) -> Resource:
    """The pipeline in the ARN of one of its runs, `…:pipeline/<name>/execution/<id>`."""
    return Resource(PIPELINE, request["PipelineExecutionArn"].split("/")[1])


TAGGED = (
    *JOB_CREATES,
    "CreateModel",
    "CreateEndpointConfig",
    "CreateEndpoint",
    "CreateModelPackageGroup",
    "CreateExperiment",
    "CreateTrial",
    "CreateTrialComponent",
    "CreatePipeline",
    "CreateFeatureGroup",
    "CreateDataQualityJobDefinition",
    "CreateMonitoringSchedule",
    "CreateArtifact",
    "CreateAction",
    "CreateModelCard",
)

FAMILIES = (
    Family(
        service="sagemaker",
        kinds=listed(KINDS),
        creates={
            **JOB_CREATES,
            "CreateModel": named(MODEL, "ModelName"),
            "CreateEndpointConfig": named(CONFIG, "EndpointConfigName"),
            "CreateEndpoint": _endpoint,
            # The endpoint now stands on a configuration that is newer than itself: it has to go before that one.
            "UpdateEndpoint": _endpoint,
            "CreateModelPackageGroup": named(PACKAGES, "ModelPackageGroupName"),
            "CreateExperiment": named(EXPERIMENT, "ExperimentName"),
            "CreateTrial": named(TRIAL, "TrialName"),
            "CreateTrialComponent": named(COMPONENT, "TrialComponentName"),
            "CreatePipeline": named(PIPELINE, "PipelineName"),
            "CreateFeatureGroup": named(FEATURES, "FeatureGroupName"),
            "CreateDataQualityJobDefinition": named(DATA_QUALITY, "JobDefinitionName"),
            "CreateMonitoringSchedule": named(SCHEDULE, "MonitoringScheduleName"),
            "CreateArtifact": artifact_of,
            "CreateAction": named(ACTION, "ActionName"),
            "CreateModelCard": named(CARD, "ModelCardName"),
        },
        parts={
            **JOB_PARTS,
            "UpdateEndpointWeightsAndCapacities": named(ENDPOINT, "EndpointName"),
            "CreateModelPackage": named(PACKAGES, "ModelPackageGroupName"),
            "UpdateModelPackage": _group_of,
            "PutModelPackageGroupPolicy": named(PACKAGES, "ModelPackageGroupName"),
            "UpdateExperiment": named(EXPERIMENT, "ExperimentName"),
            "AssociateTrialComponent": named(TRIAL, "TrialName"),
            "UpdateTrialComponent": named(COMPONENT, "TrialComponentName"),
            "UpdatePipeline": named(PIPELINE, "PipelineName"),
            "StartPipelineExecution": named(PIPELINE, "PipelineName"),
            "StopPipelineExecution": _pipeline_of,
            "UpdateFeatureGroup": named(FEATURES, "FeatureGroupName"),
            "StartMonitoringSchedule": named(SCHEDULE, "MonitoringScheduleName"),
            "StopMonitoringSchedule": named(SCHEDULE, "MonitoringScheduleName"),
            "DisassociateTrialComponent": named(TRIAL, "TrialName"),
            "AddAssociation": action_of,
            "UpdateAction": named(ACTION, "ActionName"),
            "UpdateModelCard": named(CARD, "ModelCardName"),
        },
        # A version of a model takes no tags: its group carries them.
        tags=dict.fromkeys(TAGGED, tag_list()),
        absent=GONE,
    ),
    Family(
        service="sagemaker-runtime",
        parts=dict.fromkeys(("InvokeEndpoint", "InvokeEndpointAsync"), named(ENDPOINT, "EndpointName")),
        prefix="sagemaker",
    ),
    # Metrics that code reports while it runs, of a component that is there.
    Family(
        service="sagemaker-metrics",
        parts={"BatchPutMetrics": named(COMPONENT, "TrialComponentName")},
        prefix="sagemaker",
    ),
)
