"""What a model is made of: its containers, as CreateModel or a model package says them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlacoach.sandbox.algorithms import image_of
from mlacoach.sandbox.aws_error import invalid, not_emulated
from mlacoach.sandbox.jobs.images import missing_package, own_words, require_runnable
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

PRIMARY = "primary"


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a model.

    Attributes:
        name: as messages call it: `primary`, its host name, or `container-2`.
        image: its address.
        environment: its variables.
        data_url: where its model lies; empty where it has none.
        is_archive: is that one `model.tar.gz`? Else it is a prefix.
        is_multi_model: does that prefix hold many models?
        keeps_models: do loaded models stay in memory?
        role: whose credentials it has.
        command: what stands for an image of one's own; empty for others.
    """

    name: str
    image: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    data_url: str = ""
    is_archive: bool = True
    is_multi_model: bool = False
    keeps_models: bool = True
    role: str = ""
    command: tuple[str, ...] = ()

    @property
    def program(self) -> str:
        """The inference script's name; empty where the variables name none."""
        return self.environment.get("SAGEMAKER_PROGRAM", "")


@dataclass(frozen=True, slots=True)
class Model:
    """What a variant serves: one container, or several that are asked one after the other or by name."""

    name: str
    containers: tuple[Container, ...]
    is_direct: bool = False


def model_of(world: World, name: str, region: str) -> Model:
    """A model's containers.

    Raises:
        AwsError: there is no such model, or an image that cannot run here.
    """
    record = world.store.get("Model", name, region)
    if record is None:
        raise invalid(f'Could not find model "{world.arn(f"model/{name}", region=region)}".')
    given = record.get("Containers") or [record.get("PrimaryContainer") or {}]
    made = [_container(world, record, each, number, len(given)) for number, each in enumerate(given, 1)]
    is_direct = (record.get("InferenceExecutionConfig") or {}).get("Mode") == "Direct"
    return Model(name, tuple(made), is_direct)


def _container(world: World, record: Record, given: Mapping[str, Any], number: int, of: int) -> Container:
    packaged = _packaged(world, given.get("ModelPackageName"), record.region)
    said = {**packaged, **given, "Environment": {**packaged.get("Environment", {}), **given.get("Environment", {})}}
    source = (said.get("ModelDataSource") or {}).get("S3DataSource") or {}
    otherwise = PRIMARY if of == 1 else f"container-{number}"
    return Container(
        name=said.get("ContainerHostname") or otherwise,
        image=said.get("Image", ""),
        environment=said["Environment"],
        data_url=said.get("ModelDataUrl") or source.get("S3Uri", ""),
        is_archive=source.get("CompressionType", "Gzip") == "Gzip",
        is_multi_model=said.get("Mode") == "MultiModel",
        keeps_models=(said.get("MultiModelConfig") or {}).get("ModelCacheSetting") != "Disabled",
        role=record.get("ExecutionRoleArn", ""),
        command=_command(said.get("Image", ""), said["Environment"]),
    )


def _packaged(world: World, name: str | None, region: str) -> Mapping[str, Any]:
    if not name:
        return {}
    package = world.store.by_arn(name) or world.store.get("ModelPackage", name, region)
    found = ((package.get("InferenceSpecification") or {}).get("Containers") or []) if package else []
    if not found:
        raise invalid(f"Could not find model package {name}, or it says nothing about inference.")
    return found[0]  # type: ignore[no-any-return]


def _command(address: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    """What stands for an image here, if it is one of one's own.

    Raises:
        AwsError: it cannot run here; says what to do instead.
    """
    image, own = image_of(address), own_words(environment)
    require_runnable(image, has_command=bool(own))
    missing = "" if own or image.is_algorithm else missing_package(image)
    if missing:
        raise not_emulated(f"The image {address}", f"It needs the package {missing}: pip install {missing}.")
    return tuple(own)
