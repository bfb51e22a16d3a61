"""Which labs there are, which were done, and which of them a filter means."""

from dataclasses import dataclass

from mlacoach.coach import Coach
from mlacoach.curriculum.labs import LabFacts
from mlacoach.errors import UnknownId

DONE, OPEN = "done", "open"
STATES = (DONE, OPEN)


@dataclass(frozen=True, slots=True)
class Filter:
    """What a lab must be; None lets every one pass. `domain` is a number, `skill` an id such as 1.1.2."""

    exam: str | None = None
    domain: int | None = None
    skill: str | None = None
    service: str | None = None
    minutes: int | None = None
    usd: float | None = None
    state: str | None = None


def list_labs(coach: Coach, which: Filter | None = None) -> list[LabFacts]:
    """The labs that the filter means, by id.

    Raises:
        UnknownId: there is no such state.
    """
    which = which or Filter()
    if which.state is not None and which.state not in STATES:
        raise UnknownId("state", which.state, STATES)
    done = set(done_labs(coach))
    labs = [coach.library.labs[lab] for lab in sorted(coach.library.labs)]
    return [lab for lab in labs if _is_meant(lab, which) and which.state in {None, DONE if lab.id in done else OPEN}]


def done_labs(coach: Coach) -> list[str]:
    """The labs whose every step was done in one run."""
    return coach.store.lab_runs.completed()


def _is_meant(lab: LabFacts, which: Filter) -> bool:
    skills = {ref.skill for ref in lab.skills if which.exam in {None, ref.exam}}
    return all(
        (
            skills or which.exam is None,
            which.skill is None or which.skill in skills,
            which.domain is None or any(skill.startswith(f"{which.domain}.") for skill in skills),
            which.service is None or any(which.service.lower() in service.lower() for service in lab.services),
            which.minutes is None or lab.minutes <= which.minutes,
            which.usd is None or (lab.usd_per_run is not None and lab.usd_per_run <= which.usd),
        )
    )
