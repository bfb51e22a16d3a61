"""SageMaker Pipelines that run: a definition's steps as a graph, each step a job, a model, a message or a condition."""

from mlacoach.sandbox.engines import Engines, Runner
from mlacoach.sandbox.late import add_late
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

OPERATIONS = ("RetryPipelineExecution", "SendPipelineExecutionStepSuccess", "SendPipelineExecutionStepFailure")


def register(engines: Engines) -> None:
    """Say what runs an execution, and take over what is told to one that runs."""
    engines.runs("PipelineExecution", Runner(start=_start, stop=_stop))
    add_late(engines, "sagemaker", "mlacoach.sandbox.pipelines.answers", OPERATIONS)


def _start(world: World, record: Record) -> None:
    from mlacoach.sandbox.pipelines.execution import start  # noqa: PLC0415 - when the first pipeline runs

    start(world, record)


def _stop(world: World, record: Record) -> None:
    from mlacoach.sandbox.pipelines.execution import stop  # noqa: PLC0415 - as above

    stop(world, record)
