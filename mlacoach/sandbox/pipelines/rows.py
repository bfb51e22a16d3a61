"""What ListPipelineExecutionSteps shows: a row for each step that has begun, and an event for each of its changes."""

import threading
from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.control.pipelines import STEPS
from mlacoach.sandbox.pipelines.plan import Step
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World

EVENT = "SageMaker Model Building Pipeline Execution Step Status Change"


class Rows:
    """The rows of one execution.

    Args:
        world: where.
        execution: whose.
    """

    def __init__(self, world: World, execution: Record) -> None:
        self._world = world
        self._execution = execution
        self._lock = threading.Lock()

    def begin(self, step: Step, **more: Any) -> None:  # noqa: ANN401
        """A step has begun."""
        row = {
            "StepName": step.name,
            "StepDisplayName": step.document.get("DisplayName"),
            "StepDescription": step.document.get("Description"),
            "StartTime": self._world.now(),
            "StepStatus": "Executing",
            "AttemptCount": 1,
            "Metadata": {},
            **more,
        }
        new = {name: value for name, value in row.items() if value is not None}
        self._world.store.change(self._execution, lambda now: {STEPS: [*now[STEPS], new]})
        self._tell(step, new, None)

    def change(self, step: Step, **fields: Any) -> None:  # noqa: ANN401
        """Something about a step is otherwise now."""
        with self._lock:
            before = self.of(step.name)
            after = {**before, **fields}
            self._world.store.change(
                self._execution,
                lambda now: {STEPS: [after if row["StepName"] == step.name else row for row in now[STEPS]]},
            )
        if after["StepStatus"] != before["StepStatus"]:
            self._tell(step, after, before["StepStatus"])

    def end(self, step: Step, status: str, **fields: Any) -> None:  # noqa: ANN401
        """A step has ended."""
        self.change(step, StepStatus=status, EndTime=self._world.now(), **fields)

    def of(self, name: str) -> Mapping[str, Any]:
        """The row of a step; empty where it has none."""
        now = self._world.store.get(self._execution.kind, self._execution.key, self._execution.region)
        found = [row for row in (now[STEPS] if now else []) if row["StepName"] == name]
        return found[0] if found else {"StepStatus": ""}

    def has_failed(self, name: str) -> bool:
        """Has a step failed?"""
        return bool(self.of(name)["StepStatus"] == "Failed")

    def _tell(self, step: Step, row: Mapping[str, Any], before: str | None) -> None:
        detail = {
            "metadata": {name[:1].lower() + name[1:]: value for name, value in row["Metadata"].items()},
            "stepStartTime": row["StartTime"].isoformat(),
            "stepEndTime": row["EndTime"].isoformat() if "EndTime" in row else None,
            "stepName": step.name,
            "stepType": step.kind,
            "previousStepStatus": before,
            "currentStepStatus": row["StepStatus"],
            "pipelineArn": self._execution["PipelineArn"],
            "pipelineExecutionArn": self._execution.arn,
        }
        told = {name: value for name, value in detail.items() if value is not None}
        resources = [self._execution["PipelineArn"], self._execution.arn]
        self._world.events.publish(Event("aws.sagemaker", EVENT, told, resources))
