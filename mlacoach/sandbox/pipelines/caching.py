"""Step caching: a step that has succeeded with the same arguments is not run again while its result is young enough."""

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from mlacoach.sandbox.control.pipelines import KIND
from mlacoach.sandbox.pipelines.plan import Step
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

# What makes a step another one: AWS's documentation, "Default cache key attributes by pipeline step type". Other
# types go by all their arguments.
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "Processing": ("AppSpecification", "Environment", "ProcessingInputs"),
    "Training": (
        "AlgorithmSpecification",
        "CheckpointConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "Environment",
        "HyperParameters",
        "InputDataConfig",
    ),
    "Tuning": ("HyperParameterTuningJobConfig", "TrainingJobDefinition", "TrainingJobDefinitions"),
}
DURATION = re.compile(r"(\d+)([a-z])")
DAYS = {"y": 365, "m": 30, "w": 7, "d": 1}
SECONDS = {"h": 3600, "m": 60, "s": 1}


def key_of(step: Step, arguments: Mapping[str, Any]) -> str:
    """What two runs of a step have in common if the result of one serves for the other."""
    wanted = ATTRIBUTES.get(step.kind, tuple(arguments))
    told = {name: arguments[name] for name in wanted if name in arguments and name != "ExperimentConfig"}
    return json.dumps([step.name, step.kind, told], sort_keys=True, default=str)


def hit(world: World, execution: Record, step: Step, key: str) -> tuple[str, Mapping[str, Any]] | None:
    """The execution whose result serves, and that result; None where the step has to run."""
    config = step.document.get("CacheConfig") or {}
    if not config.get("Enabled"):
        return None
    oldest = world.now() - lasting(str(config.get("ExpireAfter") or "1y"))
    for other in reversed(world.store.all(KIND, execution.region)):
        done = other.private.get("done", {}).get(step.name)
        is_same = other["PipelineArn"] == execution["PipelineArn"] and other.arn != execution.arn
        if is_same and done and done["key"] == key and _moment(done) >= oldest:
            return done.get("source", other.arn), done
    return None


def _moment(done: Mapping[str, Any]) -> datetime:
    moment: datetime = done["at"]
    return moment


def lasting(text: str) -> timedelta:
    """How long an ISO 8601 duration is; AWS takes it without the P too, as `30dT5h`."""
    days, _, time = text.lower().removeprefix("p").partition("t")
    whole = timedelta()
    for number, unit in DURATION.findall(days):
        whole += timedelta(days=int(number) * DAYS.get(unit, 0))
    for number, unit in DURATION.findall(time):
        whole += timedelta(seconds=int(number) * SECONDS.get(unit, 0))
    return whole
