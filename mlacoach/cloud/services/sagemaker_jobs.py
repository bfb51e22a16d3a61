"""Jobs of SageMaker: training, processing, transform, tuning; and what they write into CloudWatch Logs.

A job's name is free again only where the job can be deleted. A transform job can't be.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Absence, Kind, Request, by_name, codes, pages, unless_gone
from mlacoach.cloud.services.log_kinds import log_kind

TRAINING, PROCESSING, TRANSFORM, TUNING = (
    "sagemaker-training-job",
    "sagemaker-processing-job",
    "sagemaker-transform-job",
    "sagemaker-tuning-job",
)
JOB_GONE = (
    *codes("ResourceNotFound"),
    Absence("ValidationException", "Requested resource not found"),
    Absence("ValidationException", "Could not find requested job"),
)
# What SageMaker calls the trial components that it makes for jobs.
COMPONENTS = ("-aws-training-job", "-aws-processing-job", "-aws-transform-job")
# One log group for all jobs of a sort in the account; a job's streams begin with its name.
GROUPS: Mapping[str, str] = {
    "sagemaker-training-log": "/aws/sagemaker/TrainingJobs",
    "sagemaker-processing-log": "/aws/sagemaker/ProcessingJobs",
    "sagemaker-transform-log": "/aws/sagemaker/TransformJobs",
}


def _is_busy(member: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda found: found[member] in {"InProgress", "Stopping"}


def delete_component(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    """One that a trial still holds is not deleted."""
    for trial in list(pages(sagemaker, "list_trials", "TrialSummaries", "TrialName", TrialComponentName=name)):
        sagemaker.disassociate_trial_component(TrialName=trial, TrialComponentName=name)
    sagemaker.delete_trial_component(TrialComponentName=name)


def delete_components_of(sagemaker: Any, job: str) -> None:  # noqa: ANN401
    """Every job leaves a trial component behind, each job of a tuning job too; their names begin with its own."""
    every = pages(sagemaker, "list_trial_components", "TrialComponentSummaries", "TrialComponentName")
    for name in [name for name in every if name.startswith(f"{job}-") and name.endswith(COMPONENTS)]:
        delete_component(sagemaker, name)


def _delete_training(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    delete_components_of(sagemaker, name)
    sagemaker.delete_training_job(TrainingJobName=name)


def _delete_processing(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    delete_components_of(sagemaker, name)
    sagemaker.delete_processing_job(ProcessingJobName=name)


def delete_tuning(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    """Its training jobs are named by the service and begin with its name; deleting it leaves them behind."""
    delete_components_of(sagemaker, name)
    jobs = pages(
        sagemaker,
        "list_training_jobs_for_hyper_parameter_tuning_job",
        "TrainingJobSummaries",
        "TrainingJobName",
        HyperParameterTuningJobName=name,
    )
    for job in list(jobs):
        # It is listed after it is gone, too.
        unless_gone(JOB_GONE, partial(sagemaker.delete_training_job, TrainingJobName=job))
    sagemaker.delete_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)


def _job(noun: str, member: str, delete: Callable[[Any, str], object], **more: Any) -> Kind:  # noqa: ANN401
    """A kind of job: it is stopped before it goes."""
    return by_name(
        "sagemaker",
        noun,
        member,
        JOB_GONE,
        delete=delete,
        busy=_is_busy(member.replace("Name", "Status")),
        stop=lambda sagemaker, name: getattr(sagemaker, f"stop_{noun}")(**{member: name}),
        **more,
    )


JOB_KINDS: Mapping[str, Kind] = {
    TRAINING: _job("training_job", "TrainingJobName", _delete_training),
    PROCESSING: _job("processing_job", "ProcessingJobName", _delete_processing),
    TRANSFORM: _job(
        "transform_job",
        "TransformJobName",
        delete_components_of,
        keeps="SageMaker has no call that deletes a transform job; one that has ended costs nothing.",
    ),
    TUNING: _job("hyper_parameter_tuning_job", "HyperParameterTuningJobName", delete_tuning),
    **{kind: log_kind(group) for kind, group in GROUPS.items()},
}


def with_log(log: str, kind: str, member: str) -> Callable[[Request], Sequence[Resource]]:
    """The log comes first: the teardown goes from the last to the first."""
    return lambda request: (Resource(log, request[member]), Resource(kind, request[member]))


JOB_CREATES: Mapping[str, Callable[[Request], Sequence[Resource]]] = {
    "CreateTrainingJob": with_log("sagemaker-training-log", TRAINING, "TrainingJobName"),
    "CreateProcessingJob": with_log("sagemaker-processing-log", PROCESSING, "ProcessingJobName"),
    "CreateTransformJob": with_log("sagemaker-transform-log", TRANSFORM, "TransformJobName"),
    "CreateHyperParameterTuningJob": with_log("sagemaker-training-log", TUNING, "HyperParameterTuningJobName"),
}


def _part(kind: str, member: str) -> Callable[[Request], Resource]:
    return lambda request: Resource(kind, request[member])


def _of(kind: str, member: str, operations: Iterable[str]) -> dict[str, Callable[[Request], Resource]]:
    return dict.fromkeys(operations, _part(kind, member))


JOB_PARTS: Mapping[str, Callable[[Request], Resource]] = {
    **_of(TRAINING, "TrainingJobName", ("StopTrainingJob", "DeleteTrainingJob", "UpdateTrainingJob")),
    **_of(PROCESSING, "ProcessingJobName", ("StopProcessingJob", "DeleteProcessingJob")),
    **_of(TRANSFORM, "TransformJobName", ("StopTransformJob",)),
    **_of(TUNING, "HyperParameterTuningJobName", ("StopHyperParameterTuningJob",)),
}
