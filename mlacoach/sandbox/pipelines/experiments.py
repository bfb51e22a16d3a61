"""The experiment and the trial that an execution's jobs are written down in."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.control.pipelines import DEFINITION, PARAMETERS
from mlacoach.sandbox.pipelines.references import Context
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World


def of(world: World, execution: Record) -> Mapping[str, str]:
    """The ExperimentConfig of an execution's jobs, its experiment and trial made; empty where it wants none."""
    config = execution[DEFINITION].get("PipelineExperimentConfig")
    if not config:
        return {}
    known = {"PipelineName": execution["PipelineName"], "PipelineExecutionId": execution.key}
    context = Context(execution[PARAMETERS], known, {}, _nothing)
    # AWS names experiments in lower case.
    experiment = str(context.resolve(config["ExperimentName"])).lower()
    trial = str(context.resolve(config["TrialName"])).lower()
    client = world.client("sagemaker", execution.region)
    _unless_there(client, client.create_experiment, ExperimentName=experiment)
    _unless_there(client, client.create_trial, TrialName=trial, ExperimentName=experiment)
    names = {"ExperimentName": experiment, "TrialName": trial}
    world.store.change(execution, {"PipelineExperimentConfig": names})
    return names


def _nothing(url: str) -> bytes:
    raise KeyError(url)


def _unless_there(client: Any, create: Any, **names: str) -> None:  # noqa: ANN401 - boto3
    try:
        create(**names)
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in {"ValidationException", "ResourceInUse", "ConflictException"}:
            raise
