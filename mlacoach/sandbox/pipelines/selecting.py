"""Selective execution: some steps run, and the others' results are those of an execution before."""

from collections.abc import Mapping

from mlacoach.sandbox.aws_error import invalid
from mlacoach.sandbox.control.pipelines import KIND, STATUS
from mlacoach.sandbox.pipelines.doing import Done
from mlacoach.sandbox.pipelines.plan import Step
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World


def reused(world: World, record: Record, steps: Mapping[str, Step]) -> dict[str, Done]:
    """What an execution takes over from another; empty where all its steps run.

    Raises:
        AwsError: it selects what is not there, or there is no execution to take from.
    """
    config = record.get("SelectiveExecutionConfig")
    if not config:
        return {}
    selected = {each["StepName"] for each in config["SelectedSteps"]}
    unknown = sorted(selected - set(steps))
    if unknown:
        raise invalid(f"The selected steps {', '.join(unknown)} are not in the pipeline definition.")
    source = _source(world, record, config.get("SourcePipelineExecutionArn"))
    return {name: done for name, done in source.private.get("done", {}).items() if name not in selected}


def _source(world: World, record: Record, arn: str | None) -> Record:
    others = [one for one in world.store.all(KIND, record.region) if one["PipelineArn"] == record["PipelineArn"]]
    ended = [one for one in others if one.arn == arn or (arn is None and one[STATUS] == "Succeeded")]
    if not ended:
        raise invalid("There is no pipeline execution whose results the selected steps could use.")
    return ended[-1]
