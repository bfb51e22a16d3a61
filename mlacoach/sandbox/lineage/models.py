"""What is noted of models once they are registered, approved and deployed."""

from collections.abc import Iterator, Mapping
from typing import Any

from mlacoach.sandbox.lineage.graph import action, artifact, associate, context
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World


def package(world: World, record: Record) -> None:
    """A model package: what it is made of contributed to it, as did each approval; it belongs to its group."""
    region, group = record.region, record.get("ModelPackageGroupName")
    name = record.key.replace("/", "-")
    node = artifact(world, region, record.arn, "Model", f"{name}-aws-model-package")
    for container in (record.get("InferenceSpecification") or {}).get("Containers") or []:
        for source, kind in _of_container(container):
            associate(world, region, artifact(world, region, source, kind), node, "ContributedTo")
    status = record.get("ModelApprovalStatus")
    if status:
        approval = action(world, region, f"{name}-{status}-aws-model-package", "Approval", record.arn, status)
        associate(world, region, approval, node, "ContributedTo")
    if group:
        arn = world.arn(f"model-package-group/{group}", region=region)
        place = context(world, region, f"{group}-aws-model-package-group", "ModelGroup", arn)
        associate(world, region, node, place, "AssociatedWith")


def _of_container(container: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for member, kind in (("ModelDataUrl", "Model"), ("Image", "Image")):
        if container.get(member):
            yield container[member], kind


def endpoint(world: World, record: Record) -> None:
    """An endpoint in service: its models contributed to a deployment, which belongs to the endpoint."""
    if record["EndpointStatus"] != "InService":
        return
    region = record.region
    deployment = action(world, region, f"{record.key}-aws-model-deployment", "ModelDeployment", record.arn)
    for source, kind in _deployed(world, record):
        associate(world, region, artifact(world, region, source, kind), deployment, "ContributedTo")
    place = context(world, region, f"{record.key}-aws-endpoint", "Endpoint", record.arn)
    associate(world, region, deployment, place, "AssociatedWith")


def _deployed(world: World, record: Record) -> Iterator[tuple[str, str]]:
    config = world.store.get("EndpointConfig", record["EndpointConfigName"], record.region)
    for variant in (config.get("ProductionVariants") if config else None) or []:
        model = world.store.get("Model", variant.get("ModelName", ""), record.region)
        containers = [model.get("PrimaryContainer"), *(model.get("Containers") or [])] if model else []
        for container in containers:
            if container and container.get("ModelPackageName"):
                yield container["ModelPackageName"], "Model"
            elif container:
                yield from _of_container(container)
