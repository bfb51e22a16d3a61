"""What happens in a run, for whoever watches it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mlacoach.cloud import Resource
from mlacoach.curriculum.labs import LabFacts, SelfCheck
from mlacoach.labs import Outcome, Shown, Step
from mlacoach.store.lab_runs import LabRunRow


@dataclass(frozen=True, slots=True)
class Starting:
    """The account is about to be ready."""

    lab: LabFacts
    run: LabRunRow


@dataclass(frozen=True, slots=True)
class StepShown:
    """A step is about to run; whoever watches may wait here. `purpose` is what the README says of it."""

    number: int
    of: int
    step: Step
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Ran:
    """A step ran; what it wants to be seen."""

    step: Step
    shown: Shown


@dataclass(frozen=True, slots=True)
class Checked:
    """A step ran and its check looked."""

    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Asking:
    """A question about what was seen. Whoever watches calls `answer` with an option, or leaves it."""

    question: SelfCheck
    answer: Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Finished:
    """Every step is done. `score` is in per cent; `asked` and `right` count the questions that were answered."""

    lab: LabFacts
    score: int
    asked: int
    right: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Kept:
    """Everything stays until `lab clean`."""

    run: LabRunRow


@dataclass(frozen=True, slots=True)
class Ending:
    """What the run made is being taken away."""


@dataclass(frozen=True, slots=True)
class CutShort:
    """The teardown was stopped, or could not go on; what is left stays until `lab clean`."""

    run: LabRunRow


@dataclass(frozen=True, slots=True)
class TornDown:
    """Everything that the run made is gone; `kept` came to rest, and its service keeps it."""

    gone: tuple[Resource, ...]
    kept: tuple[Resource, ...] = ()

    @property
    def sentence(self) -> str:
        """What became of everything."""
        if not self.gone and not self.kept:
            return "There was nothing to take away."
        made = "1 thing was made, and it" if len(self.gone) == 1 else f"{len(self.gone)} things were made, and each"
        records = "its record" if len(self.kept) == 1 else "their records"
        kept = f" {len(self.kept)} ended, and AWS keeps {records}." if self.kept else ""
        return f"{made} is gone.{kept}"


Event = Starting | StepShown | Ran | Checked | Asking | Finished | Kept | Ending | CutShort | TornDown
Watch = Callable[[Event], None]
