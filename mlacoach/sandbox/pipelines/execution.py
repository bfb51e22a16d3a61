"""One execution of a pipeline: which steps may begin, what became of each, and how the whole ends."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from queue import SimpleQueue
from typing import Any

from mlacoach.sandbox.control.pipelines import DEFINITION, PARAMETERS, STATUS, STEPS
from mlacoach.sandbox.control.required import s3_place
from mlacoach.sandbox.pipelines import experiments
from mlacoach.sandbox.pipelines.doing import Done, Surroundings
from mlacoach.sandbox.pipelines.plan import Step, plan
from mlacoach.sandbox.pipelines.references import Context
from mlacoach.sandbox.pipelines.rows import Rows
from mlacoach.sandbox.pipelines.selecting import reused
from mlacoach.sandbox.pipelines.steps import perform
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.telling import Event
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
FAILED = "Step failure: One or multiple steps failed."
# AWS's own limit where the pipeline sets none.
MOST_AT_ONCE = 50
EVENT = "SageMaker Model Building Pipeline Execution Status Change"


def start(world: World, record: Record) -> None:
    """Run an execution in a thread.

    Raises:
        AwsError: its definition cannot run here.
    """
    steps = plan(record[DEFINITION])
    done = reused(world, record, steps)
    stopped = threading.Event()
    kept = world.store.change(record, {}, {"stopped": stopped, "done": done}) or record
    run = Run(world, kept, steps, stopped)
    threading.Thread(target=run.go, name=record.arn, daemon=True).start()


def stop(_world: World, record: Record) -> None:
    """Begin nothing more, and stop what runs."""
    stopped: threading.Event | None = record.private.get("stopped")
    if stopped:
        stopped.set()


def again(world: World, record: Record) -> None:
    """Run what has not succeeded yet of an execution that has ended."""
    steps = plan(record[DEFINITION])
    stopped = threading.Event()
    done = record.private.get("done", {})
    rows = [row for row in record[STEPS] if row["StepName"] in done]
    fields = {STATUS: "Executing", STEPS: rows, "FailureReason": None, "PipelineExecutionFailureReason": None}
    kept = world.store.change(record, {**fields, "LastModifiedTime": world.now()}, {"stopped": stopped})
    if kept:
        threading.Thread(target=Run(world, kept, steps, stopped).go, name=record.arn, daemon=True).start()


def _perform(step: Step, around: Surroundings, ended: "SimpleQueue[tuple[Step, Done | None]]") -> None:
    ended.put((step, perform(step, around)))


@dataclass
class Run:
    """The thread of one execution.

    Attributes:
        world: where.
        record: the execution.
        steps: of its definition, by name.
        stopped: set when it is to end.
        done: what became of the steps that have succeeded.
        over: the steps that never run: a condition went the other way.
    """

    world: World
    record: Record
    steps: Mapping[str, Step]
    stopped: threading.Event
    done: dict[str, Done] = field(default_factory=dict)
    over: set[str] = field(default_factory=set)

    def go(self) -> None:
        """Run every step that may run."""
        self._tell("")
        try:
            self.done = dict(self.record.private.get("done", {}))
            experiment = experiments.of(self.world, self.record)
            context = self._context()
            rows = Rows(self.world, self.record)
            around = Surroundings(self.world, self.record, context, self.stopped, rows, experiment)
            has_failed = self._all(around)
            self._end("Failed" if has_failed else "Stopped" if self.stopped.is_set() else "Succeeded")
        except Exception:
            LOG.exception("%s failed.", self.record.arn)
            self._end("Failed", "InternalServerError: the sandbox failed; its log says how.")

    def _all(self, around: Surroundings) -> bool:
        """Run the graph. A failure lets what runs come to its end and begins nothing more."""
        # Threads of our own: a pool's would keep the server from ending while a callback waits.
        ended: SimpleQueue[tuple[Step, Done | None]] = SimpleQueue()
        running: set[str] = set()
        has_failed = False
        while True:
            if not has_failed and not self.stopped.is_set():
                for step in self._ready(running)[: self._most() - len(running)]:
                    running.add(step.name)
                    work = partial(_perform, step, around, ended)
                    threading.Thread(target=work, name=f"{self.record.arn}/{step.name}", daemon=True).start()
            if not running:
                return has_failed
            step, done = ended.get()
            running.remove(step.name)
            has_failed |= self._note(step, done, around)

    def _note(self, step: Step, done: Done | None, around: Surroundings) -> bool:
        """Keep what became of a step; has it failed?"""
        if done is None:
            return around.rows.has_failed(step.name)
        self.done[step.name] = done
        around.context.properties[step.name] = done["properties"]
        self.world.store.change(self.record, {}, {"done": dict(self.done)})
        return False

    def _ready(self, running: set[str]) -> list[Step]:
        self._leave_out()
        begun = running | set(self.done) | self.over
        return [step for step in self.steps.values() if step.name not in begun and step.after <= set(self.done)]

    def _leave_out(self) -> None:
        """What stands in the other branch never runs, nor what waits for it."""
        for step in self.steps.values():
            branch = self.done.get(step.branch[0]) if step.branch else None
            is_other = branch is not None and step.branch is not None and branch["outcome"] is not step.branch[1]
            if is_other or step.after & self.over:
                self.over.add(step.name)

    def _most(self) -> int:
        config = self.record.get("ParallelismConfiguration") or self._of_pipeline() or {}
        return int(config.get("MaxParallelExecutionSteps") or MOST_AT_ONCE)

    def _of_pipeline(self) -> Mapping[str, Any] | None:
        pipeline = self.world.store.get("Pipeline", self.record["PipelineName"], self.record.region)
        return pipeline.get("ParallelismConfiguration") if pipeline else None

    def _context(self) -> Context:
        began: datetime = self.record["StartTime"]
        known = {
            "StartDateTime": began.isoformat(),
            "CurrentDateTime": self.world.now().isoformat(),
            "PipelineName": self.record["PipelineName"],
            "PipelineArn": self.record["PipelineArn"],
            "PipelineExecutionId": self.record.key,
            "PipelineExecutionArn": self.record.arn,
        }
        properties = {name: done["properties"] for name, done in self.done.items()}
        return Context(self.record[PARAMETERS], known, self.steps, self._read, properties)

    def _read(self, url: str) -> bytes:
        bucket, key = s3_place(url)
        s3 = self.world.client("s3")
        try:
            return bytes(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except s3.exceptions.ClientError as error:
            raise KeyError(error.response["Error"]["Code"]) from error

    def _end(self, status: str, why: str = FAILED) -> None:
        now = self.world.now()
        fields = {STATUS: status, "LastModifiedTime": now, "EndTime": now}
        if status == "Failed":
            fields |= {"FailureReason": why, "PipelineExecutionFailureReason": why}
        changed = self.world.store.change(self.record, fields)
        if changed:
            self.record = changed
            self._tell("Executing")

    def _tell(self, before: str) -> None:
        detail = {
            "pipelineExecutionDisplayName": self.record.get("PipelineExecutionDisplayName"),
            "pipelineExecutionDescription": self.record.get("PipelineExecutionDescription", ""),
            "previousPipelineExecutionStatus": before or None,
            "currentPipelineExecutionStatus": self.record[STATUS],
            "executionStartTime": self.record["StartTime"].isoformat(),
            "executionEndTime": self.record["EndTime"].isoformat() if self.record.get("EndTime") else None,
            "pipelineArn": self.record["PipelineArn"],
            "pipelineExecutionArn": self.record.arn,
        }
        told = {name: value for name, value in detail.items() if value is not None}
        self.world.events.publish(Event("aws.sagemaker", EVENT, told, [self.record["PipelineArn"], self.record.arn]))
