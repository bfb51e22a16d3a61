"""What the parts of an execution hand to each other."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NotRequired, TypedDict

from mlacoach.sandbox.pipelines.references import Context
from mlacoach.sandbox.pipelines.rows import Rows
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World


class StepStopped(Exception):
    """The execution was stopped while the step ran."""


class Done(TypedDict):
    """What became of a step that has succeeded.

    Attributes:
        properties: what later steps may refer to.
        metadata: what its row says of what it made.
        outcome: of a condition.
        key: what its cache goes by.
        at: when.
        source: the execution that it was taken from.
    """

    properties: Any
    metadata: Mapping[str, Any]
    outcome: bool | None
    key: str
    at: datetime
    source: NotRequired[str]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the steps of an execution share.

    Attributes:
        world: where.
        execution: whose steps.
        context: what references find.
        stopped: set when all is to end.
        rows: what is shown.
        experiment: the ExperimentConfig of its jobs.
    """

    world: World
    execution: Record
    context: Context
    stopped: threading.Event
    rows: Rows
    experiment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Result:
    """What a step has made.

    Attributes:
        properties: what later steps may refer to.
        metadata: what its row says.
        outcome: of a condition.
    """

    properties: Any
    metadata: Mapping[str, Any]
    outcome: bool | None = None
