"""Steps that make nothing: conditions, and the step that fails."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.pipelines.conditions import holds
from mlacoach.sandbox.pipelines.doing import Result, Surroundings
from mlacoach.sandbox.pipelines.plan import Step
from mlacoach.sandbox.pipelines.references import StepFailed


def run(step: Step, arguments: Mapping[str, Any], around: Surroundings) -> Result:
    """Decide, or fail.

    Raises:
        StepFailed: that is what it is for, or a condition compares what cannot be compared.
    """
    if step.kind == "Fail":
        message = str(arguments.get("ErrorMessage", ""))
        raise StepFailed(message, metadata={"Fail": {"ErrorMessage": message}})
    outcome = all(holds(one, around.context.resolve) for one in arguments.get("Conditions", []))
    return Result({"Outcome": outcome}, {"Condition": {"Outcome": str(outcome)}}, outcome)
