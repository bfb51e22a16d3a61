"""Jobs that really run: training, processing, batch transform, hyperparameter tuning."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.call import Call
from mlacoach.sandbox.engines import Engines, Runner
from mlacoach.sandbox.jobs.table import KINDS, Jobs


def register(engines: Engines) -> None:
    """Say what runs which kind of job."""
    jobs = Jobs()
    for kind in KINDS:
        engines.runs(kind, Runner(start=jobs.start, stop=jobs.stop))
    engines.on_reset.append(jobs.forget)
    engines.add("sagemaker", "ListTrainingJobsForHyperParameterTuningJob", _list_trials)


def _list_trials(call: Call) -> Mapping[str, Any]:
    from mlacoach.sandbox.jobs.tuning_lists import list_trials  # noqa: PLC0415 - brings NumPy's users

    return list_trials(call)
