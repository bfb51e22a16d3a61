"""What an endpoint configuration asks for, read once and frozen."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlacoach.sandbox.aws_error import invalid
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.serving.containers import Model, model_of
from mlacoach.sandbox.world import World

# Without a word of the configuration; AWS waits eight minutes.
STARTUP_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Serverless:
    """A variant without instances."""

    memory_mb: int
    concurrency: int


@dataclass(frozen=True, slots=True)
class VariantPlan:
    """One variant of a configuration.

    Attributes:
        name: the variant's name.
        model: what it serves.
        count: its instances; 0 where it is serverless.
        weight: its share of the traffic, against the others' weights.
        serverless: its limits, or None.
        startup_seconds: how long a container may take until it answers `/ping`.
        shown: what Describe shows of it unchanged.
    """

    name: str
    model: Model
    count: int
    weight: float
    serverless: Serverless | None
    startup_seconds: float
    shown: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole configuration."""

    config: str
    variants: tuple[VariantPlan, ...]
    shadows: tuple[VariantPlan, ...]
    capture: Mapping[str, Any] | None
    queueing: Mapping[str, Any] | None

    @property
    def is_queued(self) -> bool:
        """Is it an asynchronous endpoint?"""
        return self.queueing is not None


def plan_of(world: World, config: Record) -> Plan:
    """Read a configuration.

    Raises:
        AwsError: a model is gone, or cannot run here.
    """
    region = config.region
    return Plan(
        config=config.key,
        variants=tuple(_variant(world, given, region) for given in config["ProductionVariants"]),
        shadows=tuple(_variant(world, given, region) for given in config.get("ShadowProductionVariants", ())),
        capture=config.get("DataCaptureConfig"),
        queueing=config.get("AsyncInferenceConfig"),
    )


def _variant(world: World, given: Mapping[str, Any], region: str) -> VariantPlan:
    name, limits = given["VariantName"], given.get("ServerlessConfig")
    if not given.get("ModelName"):
        raise invalid(f"The variant {name} has no ModelName. The sandbox runs no inference components.")
    if not limits and not given.get("InstanceType") and not given.get("InstancePools"):
        raise invalid(f"The variant {name} needs an InstanceType or a ServerlessConfig.")
    return VariantPlan(
        name=name,
        model=model_of(world, given["ModelName"], region),
        count=0 if limits else given.get("InitialInstanceCount", 1),
        weight=float(given.get("InitialVariantWeight", 1.0)),
        serverless=Serverless(limits["MemorySizeInMB"], limits["MaxConcurrency"]) if limits else None,
        startup_seconds=given.get("ContainerStartupHealthCheckTimeoutInSeconds") or STARTUP_SECONDS,
        shown={
            shown: given[asked]
            for asked, shown in {
                "RoutingConfig": "RoutingConfig",
                "ServerlessConfig": "CurrentServerlessConfig",
            }.items()
            if given.get(asked)
        },
    )
