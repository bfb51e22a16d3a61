"""How one step is performed: its arguments, the cache, its attempts, its row."""

import logging
from collections.abc import Mapping
from importlib import import_module

from mlacoach.sandbox.pipelines import caching, retries
from mlacoach.sandbox.pipelines.doing import Done, Result, StepStopped, Surroundings
from mlacoach.sandbox.pipelines.plan import Step
from mlacoach.sandbox.pipelines.references import StepFailed

LOG = logging.getLogger("mlacoach.sandbox")
LONGEST_REASON = 1024
HERE = "mlacoach.sandbox.pipelines"
MODULES: Mapping[str, str] = {
    "Condition": "deciding",
    "Fail": "deciding",
    "Lambda": "asking",
    "Callback": "asking",
}
# What is no value to be replaced: names of steps, and conditions, which resolve as they are asked.
AS_WRITTEN = ("Name", "Type", "DependsOn", "PropertyFiles", "RetryPolicies", "CacheConfig")


def perform(step: Step, around: Surroundings) -> Done | None:
    """Do a step; None if it failed or was stopped, as its row says."""
    around.rows.begin(step)
    try:
        return _done(step, around)
    except StepStopped:
        around.rows.end(step, "Stopped")
    except StepFailed as failed:
        shown = {"Metadata": failed.metadata} if failed.metadata else {}
        around.rows.end(step, "Failed", FailureReason=str(failed)[:LONGEST_REASON], **shown)
    except Exception as error:
        LOG.exception("The step %s failed.", step.name)
        around.rows.end(step, "Failed", FailureReason=f"InternalServerError: the sandbox failed: {error}")
    return None


def _done(step: Step, around: Surroundings) -> Done:
    # What stands outside of Arguments may refer to something too: a function's ARN, a baseline.
    document = {name: around.context.resolve(value) for name, value in step.document.items() if name not in AS_WRITTEN}
    resolved = Step(step.name, step.kind, {**step.document, **document}, step.after, step.branch)
    arguments = document.get("Arguments") or {}
    key = caching.key_of(step, arguments)
    found = caching.hit(around.world, around.execution, step, key)
    now = around.world.now()
    if found:
        source, old = found
        around.rows.end(
            step, "Succeeded", Metadata=old["metadata"], CacheHitResult={"SourcePipelineExecutionArn": source}
        )
        # It stays as old as it is: taking it over again and again does not make it young.
        return Done(
            properties=old["properties"], metadata=old["metadata"], outcome=None, key=key, at=old["at"], source=source
        )
    module = import_module(f"{HERE}.{MODULES.get(step.kind, 'making')}")
    result: Result = retries.attempt(resolved, around, lambda: module.run(resolved, arguments, around))
    around.rows.end(step, "Succeeded", Metadata=result.metadata)
    return Done(properties=result.properties, metadata=result.metadata, outcome=result.outcome, key=key, at=now)
