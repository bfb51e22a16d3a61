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
    """One step.

    Attributes:
        name: of the function in check.py, and of that in steps.py.
        sentence: what is true when it is done.
        check: returns if it is done.
        do: one way to do it.
        code: the source of `do`.
        beside: what `do` uses beside itself: imports, constants, helpers, each as it is written.
    """

    name: str
    sentence: str
    check: Act
    do: Act
    code: str
    beside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabCode:
    """What the folder of a lab does. `given` makes what the lab presupposes, before the first step."""

    steps: tuple[Step, ...]
    given: Act | None = None
