"""Every operation of SageMaker that is emulated, and what answers it."""

from collections.abc import Callable, Iterator, Mapping

from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control import (
    crud,
    experiments,
    features,
    hosting,
    lineage,
    packages,
    pipelines,
    policies,
    search,
    tags,
)
from mlacoach.sandbox.control.families import SERVICE, Family, families
from mlacoach.sandbox.control.listing import lister
from mlacoach.sandbox.control.required import require_model_data
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.protocol.models import service_model
from mlacoach.sandbox.records import Record

# What must be there, besides the role, before one is created.
REQUIRES: Mapping[str, Callable[[Call], None]] = {
    "Model": require_model_data,
    "EndpointConfig": hosting.require_models,
    "Endpoint": hosting.require_config,
    "TransformJob": hosting.require_model,
    "FeatureGroup": features.check_definition,
    "Trial": experiments.require_experiment,
}
# What must be there before one is changed.
UPDATE_REQUIRES: Mapping[str, Callable[[Call], None]] = {"Endpoint": hosting.require_config}
# What keeps one from being deleted, besides its status.
REFUSES: Mapping[str, Callable[[Call, Record], None]] = {
    "ModelPackageGroup": packages.refuse_group_with_packages,
    "Pipeline": pipelines.refuse_running,
    "Trial": experiments.refuse_trial_with_components,
    "Experiment": experiments.refuse_experiment_with_trials,
    "TrialComponent": experiments.refuse_component_of_trials,
}
POLICIES = ("ModelPackageGroup", "Endpoint")


def engines_of(engines: Engines) -> Mapping[str, Engine]:
    """The engines of the whole control plane, by operation."""
    by_rule = {name: engine for family in families().values() for name, engine in _of_family(family, engines)}
    known = set(service_model(SERVICE).operation_names)
    own = {
        **tags.ENGINES,
        **search.ENGINES,
        **packages.ENGINES,
        **lineage.ENGINES,
        **experiments.ENGINES,
        **features.ENGINES,
        **pipelines.engines_of(engines),
        **{name: engine for noun in POLICIES for name, engine in _policies(families()[noun])},
    }
    return {name: engine for name, engine in {**by_rule, **own}.items() if name in known}


def _of_family(family: Family, engines: Engines) -> Iterator[tuple[str, Engine]]:
    requires, refuses = REQUIRES.get(family.noun), REFUSES.get(family.noun)
    yield family.operation("Create"), crud.create(family, engines, requires)
    yield family.operation("Describe"), crud.describe(family)
    yield family.operation("Update"), crud.update(family, engines, UPDATE_REQUIRES.get(family.noun))
    yield family.operation("Delete"), crud.delete(family, engines, refuses)
    yield family.operation("Stop"), crud.stop(family, engines)
    yield family.operation("Start"), crud.start(family, engines)
    if family.lists:
        yield family.lists, lister(family)


def _policies(family: Family) -> Iterator[tuple[str, Engine]]:
    yield f"Put{family.noun}Policy", policies.put(family)
    yield f"Get{family.noun}Policy", policies.get(family)
    yield f"Delete{family.noun}Policy", policies.remove(family)
