"""What a run of a lab is worth: the weights of its steps, less what was looked up."""

from collections.abc import Sequence

from mlacoach.coach.lab.log import RunLog
from mlacoach.curriculum.labs import LabFacts

# A step whose solution was shown before it was done counts half.
SHOWN = 0.5
SOLUTION = "solution"


def shown_in(log: RunLog) -> set[str]:
    """The steps whose solution was shown."""
    return {event.data["step"] for event in log.events("hint") if event.data["level"] == SOLUTION}


def score_of(lab: LabFacts, log: RunLog, steps: Sequence[str]) -> int:
    """The weights of the steps that are done, in per cent of those of all."""
    weights = {step: lab.weights.get(step, 1) for step in steps}
    shown = shown_in(log)
    done = log.steps_done()
    reached = sum(weight * (SHOWN if step in shown else 1) for step, weight in weights.items() if step in done)
    return round(100 * reached / sum(weights.values()))
