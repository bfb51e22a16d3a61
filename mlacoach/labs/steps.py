"""The steps of a lab: what the learner reads, what does it, what proves it."""

from collections.abc import Callable
from dataclasses import dataclass

from mlacoach.labs.aws import Aws
from mlacoach.labs.shown import Shown

Act = Callable[[Aws], Shown | None]


class NotYet(Exception):
    """Raised by a check: what is missing, and a hint at how to get there."""

    def __init__(self, missing: str, hint: str = "") -> None:
        super().__init__(missing)
        self.missing = missing
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Step:
    """One step: `do` is one way to do it, `check` returns if it is done, `code` is the source of `do`."""

    name: str
    sentence: str
    check: Act
    do: Act
    code: str


@dataclass(frozen=True, slots=True)
class LabCode:
    """What the folder of a lab does. `given` makes what the lab presupposes, before the first step."""

    steps: tuple[Step, ...]
    given: Act | None = None
