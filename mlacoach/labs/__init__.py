"""How a lab runs: its steps, their checks, what a check may find. The author's API is `Aws`, `NotYet` and `Shown`."""

from mlacoach.labs.aws import Aws
from mlacoach.labs.checks import Broken, Done, Missing, Outcome, Waiting, look, run_checks
from mlacoach.labs.shown import Shown
from mlacoach.labs.steps import LabCode, NotYet, Step

__all__ = [
    "Aws",
    "Broken",
    "Done",
    "LabCode",
    "Missing",
    "NotYet",
    "Outcome",
    "Shown",
    "Step",
    "Waiting",
    "look",
    "run_checks",
]
