"""Amazon ECR: repositories, with the images in them."""

from collections.abc import Mapping
from typing import Any

from mlacoach.cloud.services.family import Family, Kind, codes, named, pages, pairs, tag_list

REPOSITORY = "ecr-repository"
GONE = codes("RepositoryNotFoundException")


def _tags(ecr: Any, name: str) -> Mapping[str, str]:  # noqa: ANN401
    arn = ecr.describe_repositories(repositoryNames=[name])["repositories"][0]["repositoryArn"]
    return pairs(ecr.list_tags_for_resource(resourceArn=arn)["tags"])


FAMILIES = (
    Family(
        service="ecr",
        kinds={
            REPOSITORY: Kind(
                "ecr",
                look=lambda ecr, name: ecr.describe_repositories(repositoryNames=[name]),
                delete=lambda ecr, name: ecr.delete_repository(repositoryName=name, force=True),
                absent=GONE,
                every=lambda ecr: pages(ecr, "describe_repositories", "repositories", "repositoryName"),
                tags_of=_tags,
            )
        },
        creates={"CreateRepository": named(REPOSITORY, "repositoryName")},
        parts=dict.fromkeys(
            ("PutImage", "PutLifecyclePolicy", "PutImageScanningConfiguration", "PutImageTagMutability"),
            named(REPOSITORY, "repositoryName"),
        ),
        tags={"CreateRepository": tag_list("tags")},
        absent=(*GONE, *codes("LifecyclePolicyNotFoundException")),
    ),
)
