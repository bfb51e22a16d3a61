"""Take up again what runs made whose journal is lost, by the tags on it."""

from collections.abc import Iterable, Sequence

from mlacoach import __version__
from mlacoach.cloud import Entry, Mark, Place, Resource, RunNames
from mlacoach.cloud.adoption import find_by_tags
from mlacoach.cloud.journal import may_exist
from mlacoach.coach import Coach
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.places import AWS, real_place
from mlacoach.coach.lab.real import Terms, who_am_i
from mlacoach.store.lab_runs import LabRunRow

# What others stand on goes last, so it comes first in a journal.
FIRST = ("iam-role", "s3-bucket")


def adopt(coach: Coach, terms: Terms) -> list[tuple[LabRunRow, Sequence[Resource]]]:
    """Write what carries a run's name and tag into the journal of that run; each run and what was new in it.

    Nothing is deleted: `lab clean` does that, as after any run.

    Raises:
        NeedsCredentials: AWS does not let us in.
        MlacoachError: it is the root user.
    """
    who = who_am_i(terms)
    place = real_place(terms.profile, who.region)
    taken: list[tuple[LabRunRow, Sequence[Resource]]] = []
    for names, resources in _found(place).items():
        at = coach.now()
        row = LabRunRow(names.run, at, names.lab, __version__, AWS, who.account, who.region, who.profile)
        log = RunLog(coach, _known(coach, row) or row)
        if _known(coach, row) is None:
            coach.store.lab_runs.begin(row)
        new = _journal(log, resources)
        if new:
            taken.append((log.row, new))
    return taken


def _found(place: Place) -> dict[RunNames, list[Resource]]:
    return find_by_tags(place.session, place.endpoint)


def _known(coach: Coach, row: LabRunRow) -> LabRunRow | None:
    return next((each for each in coach.store.lab_runs.all() if each.id == row.id), None)


def _journal(log: RunLog, resources: Iterable[Resource]) -> list[Resource]:
    with log.held():
        there = set(may_exist(log.entries()))
        new = sorted((each for each in resources if each not in there), key=lambda each: each.kind not in FIRST)
        for resource in new:
            log.journal(Entry(Mark.INTENT, "adoption", "adopt", resource))
    return new
