"""Which SageMaker resources there are, and their tags: all of a kind list and describe alike."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from mlacoach.cloud.services.family import Kind, pages, pairs

# The noun of the operations, and the member of the answer that lists. What can't be deleted is left out: it would be
# found for ever.
NOUNS = {
    "sagemaker-model": ("Model", "Models"),
    "sagemaker-endpoint-config": ("EndpointConfig", "EndpointConfigs"),
    "sagemaker-endpoint": ("Endpoint", "Endpoints"),
    "sagemaker-model-package-group": ("ModelPackageGroup", "ModelPackageGroupSummaryList"),
    "sagemaker-experiment": ("Experiment", "ExperimentSummaries"),
    "sagemaker-trial": ("Trial", "TrialSummaries"),
    "sagemaker-trial-component": ("TrialComponent", "TrialComponentSummaries"),
    "sagemaker-pipeline": ("Pipeline", "PipelineSummaries"),
    "sagemaker-feature-group": ("FeatureGroup", "FeatureGroupSummaries"),
    "sagemaker-monitoring-schedule": ("MonitoringSchedule", "MonitoringScheduleSummaries"),
    "sagemaker-model-card": ("ModelCard", "ModelCardSummaries"),
    "sagemaker-training-job": ("TrainingJob", "TrainingJobSummaries"),
    "sagemaker-processing-job": ("ProcessingJob", "ProcessingJobSummaries"),
    "sagemaker-tuning-job": ("HyperParameterTuningJob", "HyperParameterTuningJobSummaries"),
}


def listed(kinds: Mapping[str, Kind]) -> Mapping[str, Kind]:
    """The kinds, those of the table with `every` and `tags_of`."""
    return {name: _listed(kind, *NOUNS[name]) if name in NOUNS else kind for name, kind in kinds.items()}


def _listed(kind: Kind, noun: str, result: str) -> Kind:
    operation = "list" + "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in f"{noun}s")
    return replace(
        kind,
        every=_every(operation, result, f"{noun}Name"),
        tags_of=_tags_of(kind, f"{noun}Arn"),
    )


def _every(operation: str, result: str, member: str) -> Callable[[Any], Iterable[str]]:
    return lambda sagemaker: pages(sagemaker, operation, result, member)


def _tags_of(kind: Kind, member: str) -> Callable[[Any, str], Mapping[str, str]]:
    def tags(sagemaker: Any, name: str) -> Mapping[str, str]:  # noqa: ANN401
        return pairs(sagemaker.list_tags(ResourceArn=kind.look(sagemaker, name)[member])["Tags"])

    return tags
