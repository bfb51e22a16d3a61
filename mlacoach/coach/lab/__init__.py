"""Labs: which there are, run one in a sandbox or on AWS, do one by hand, what is still open, what was done."""

from mlacoach.coach.lab.events import (
    Asking,
    Checked,
    CutShort,
    Ending,
    Event,
    Finished,
    Kept,
    Ran,
    Starting,
    StepShown,
    TornDown,
    Watch,
)
from mlacoach.coach.lab.listing import Filter, done_labs, list_labs
from mlacoach.coach.lab.real import Terms
from mlacoach.coach.lab.settling import Settled, clean, history, settle, unfinished_runs
from mlacoach.coach.lab.walking import How, run_lab

__all__ = [
    "Asking",
    "Checked",
    "CutShort",
    "Ending",
    "Event",
    "Filter",
    "Finished",
    "How",
    "Kept",
    "Ran",
    "Settled",
    "Starting",
    "StepShown",
    "Terms",
    "TornDown",
    "Watch",
    "clean",
    "done_labs",
    "history",
    "list_labs",
    "run_lab",
    "settle",
    "unfinished_runs",
]
