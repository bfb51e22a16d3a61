"""Lineage that a lab notes itself: artifacts, actions, and what they are associated with.

What SageMaker notes by itself of a job, an endpoint or a model package costs nothing and stays.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Absence, Kind, Request, by_name, pages, pairs

ARTIFACT, ACTION = "sagemaker-artifact", "sagemaker-action"
# How the names end of what SageMaker notes by itself, after the name of what it is about.
BY_ITSELF = ("-aws-model-deployment", "-aws-model-package")


def _artifacts(sagemaker: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401
    """Artifacts by name and ARN; not every one has a name."""
    for page in sagemaker.get_paginator("list_artifacts").paginate():
        for found in page["ArtifactSummaries"]:
            yield found.get("ArtifactName", ""), found["ArtifactArn"]


def _artifact_arn(sagemaker: Any, name: str) -> str | None:  # noqa: ANN401
    """An artifact is described by its ARN alone, and listed with its name."""
    return next((arn for found, arn in _artifacts(sagemaker) if found == name), None)


def _delete_artifact(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    arn = _artifact_arn(sagemaker, name)
    if arn:
        _take_apart(sagemaker, arn)
        sagemaker.delete_artifact(ArtifactArn=arn)


def _delete_action(sagemaker: Any, name: str) -> None:  # noqa: ANN401
    _take_apart(sagemaker, sagemaker.describe_action(ActionName=name)["ActionArn"])
    sagemaker.delete_action(ActionName=name)


def _take_apart(sagemaker: Any, arn: str) -> None:  # noqa: ANN401
    """What is still associated with something is not deleted."""
    for side in ("SourceArn", "DestinationArn"):
        for page in list(sagemaker.get_paginator("list_associations").paginate(**{side: arn})):
            for each in page["AssociationSummaries"]:
                sagemaker.delete_association(SourceArn=each["SourceArn"], DestinationArn=each["DestinationArn"])


def _of_labs(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.endswith(BY_ITSELF)]


def _tags(sagemaker: Any, arn: str | None) -> Mapping[str, str]:  # noqa: ANN401
    return pairs(sagemaker.list_tags(ResourceArn=arn)["Tags"]) if arn else {}


def artifact_of(request: Request) -> Resource:
    """The artifact that a request makes; one without a name could not be found again."""
    return Resource(ARTIFACT, request.get("ArtifactName", ""))


def action_of(request: Request) -> Sequence[Resource]:
    """The action at an end of an association: it takes the association with it when it goes."""
    ends = (request["SourceArn"], request["DestinationArn"])
    return [Resource(ACTION, arn.rpartition("/")[2]) for arn in ends if ":action/" in arn]


def lineage_kinds(gone: tuple[Absence, ...]) -> Mapping[str, Kind]:
    """The kinds; `gone` is how SageMaker says that something is not there."""
    return {
        ARTIFACT: Kind(
            "sagemaker",
            look=_artifact_arn,
            delete=_delete_artifact,
            absent=gone,
            every=lambda sagemaker: _of_labs(name for name, _ in _artifacts(sagemaker)),
            tags_of=lambda sagemaker, name: _tags(sagemaker, _artifact_arn(sagemaker, name)),
        ),
        ACTION: by_name(
            "sagemaker",
            "action",
            "ActionName",
            gone,
            delete=_delete_action,
            every=lambda sagemaker: _of_labs(pages(sagemaker, "list_actions", "ActionSummaries", "ActionName")),
            tags_of=lambda sagemaker, name: _tags(sagemaker, sagemaker.describe_action(ActionName=name)["ActionArn"]),
        ),
    }
