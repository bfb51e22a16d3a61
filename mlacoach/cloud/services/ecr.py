"""Amazon ECR: repositories, with the images in them."""

from mlacoach.cloud.services.family import Family, Kind, codes, named, tag_list

REPOSITORY = "ecr-repository"
GONE = codes("RepositoryNotFoundException")

FAMILIES = (
    Family(
        service="ecr",
        kinds={
            REPOSITORY: Kind(
                "ecr",
                look=lambda ecr, name: ecr.describe_repositories(repositoryNames=[name]),
                delete=lambda ecr, name: ecr.delete_repository(repositoryName=name, force=True),
                absent=GONE,
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
