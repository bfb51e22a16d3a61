"""Run the checks of a lab. A mistake of ours must not look like the learner's; what depends on an open step waits."""

from collections.abc import Sequence
from dataclasses import dataclass

from mlacoach.labs.aws import Aws
from mlacoach.labs.steps import NotYet, Step


@dataclass(frozen=True, slots=True)
class Done:
    """The step is proved."""

    step: Step

    @property
    def sentence(self) -> str:
        """What the learner reads."""
        return f"Done: {self.step.sentence}"


@dataclass(frozen=True, slots=True)
class Missing:
    """The step is not done yet."""

    step: Step
    missing: str
    hint: str

    @property
    def sentence(self) -> str:
        """What the learner reads."""
        return f"Not yet: {self.missing}" + (f" Hint: {self.hint}" if self.hint else "")


@dataclass(frozen=True, slots=True)
class Broken:
    """The check itself failed: our bug, or an account that does not answer."""

    step: Step
    error: Exception

    @property
    def sentence(self) -> str:
        """What the learner reads."""
        return f"The check of {self.step.name} is broken, not your work: {type(self.error).__name__}: {self.error}"


@dataclass(frozen=True, slots=True)
class Waiting:
    """An earlier step is not done, so this one was not looked at."""

    step: Step
    earlier: Step

    @property
    def sentence(self) -> str:
        """What the learner reads."""
        return f"Waits for {self.earlier.name}: {self.step.sentence}"


Outcome = Done | Missing | Broken | Waiting


def look(step: Step, aws: Aws) -> Done | Missing | Broken:
    """Run the check of one step."""
    try:
        step.check(aws)
    except NotYet as answer:
        return Missing(step, answer.missing, answer.hint)
    except Exception as error:  # noqa: BLE001 - whatever else a check raises is a bug, and is shown as one
        return Broken(step, error)
    return Done(step)


def run_checks(steps: Sequence[Step], aws: Aws) -> list[Outcome]:
    """Look at the steps in order; those after the first that is not done wait for it."""
    outcomes: list[Outcome] = []
    open_step: Step | None = None
    for step in steps:
        outcome: Outcome = Waiting(step, open_step) if open_step else look(step, aws)
        if open_step is None and not isinstance(outcome, Done):
            open_step = step
        outcomes.append(outcome)
    return outcomes
