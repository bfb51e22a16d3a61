"""Take up again what runs made whose journal is lost, by the tags on it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mlacoach import __version__
from mlacoach.cloud import Entry, Mark, Resource, RunNames
from mlacoach.cloud.adoption import Unseen, find_by_tags
from mlacoach.cloud.identity import Identity
from mlacoach.cloud.journal import may_exist
from mlacoach.coach import Coach
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.places import AWS, real_place
from mlacoach.coach.lab.pricing import priced
from mlacoach.coach.lab.real import Terms, who_am_i
from mlacoach.coach.lab.settling import CLEAN, DIRTY
from mlacoach.store.lab_runs import LabRunRow

# What others stand on goes last, so it comes first in a journal.
FIRST = ("iam-role", "s3-bucket")


@dataclass(frozen=True, slots=True)
class Adopted:
    """What came of looking: each run and what was new in it, what could not be looked at, and where we looked."""

    runs: tuple[tuple[LabRunRow, Sequence[Resource]], ...]
    unseen: tuple[Unseen, ...]
    who: Identity


def adopt(coach: Coach, terms: Terms) -> Adopted:
    """Write what carries a run's name and tag into the journal of that run.

    Nothing is deleted: `lab clean` does that, as after any run. A run that another window works on is left to it.

    Raises:
        NeedsCredentials: AWS does not let us in.
        MlacoachError: it is the root user.
    """
    who = who_am_i(terms)
    place = real_place(terms.profile, who.region)
    found, unseen = find_by_tags(place.session, place.endpoint)
    taken: list[tuple[LabRunRow, Sequence[Resource]]] = []
    for names, resources in found.items():
        log = _log_of(coach, names, who)
        new = [] if log.is_held else _journal(log, resources)
        if new:
            taken.append((log.row, new))
    return Adopted(tuple(taken), tuple(unseen), who)


def _log_of(coach: Coach, names: RunNames, who: Identity) -> RunLog:
    """The log of the run in this region, begun if there is none.

    IAM is the same in every region, so a run may have been taken up from another one, where the rest of it is not. It
    then has a second log here: a teardown looks in one region. Names carry the end of the id only.
    """
    elsewhere = f"{who.region}-{names.run}"
    known = {row.id: row for row in coach.store.lab_runs.all() if row.id in {names.run, elsewhere}}
    here = [row for row in known.values() if row.region == who.region]
    if here:
        return RunLog(coach, here[0])
    run = elsewhere if known else names.run
    row = LabRunRow(run, coach.now(), _lab_of(coach, names), __version__, AWS, who.account, who.region, who.profile)
    coach.store.lab_runs.begin(row)
    log = RunLog(coach, row)
    _log_terms(coach, log)
    return log


def _lab_of(coach: Coach, names: RunNames) -> str:
    """The lab's id; names carry its beginning only."""
    labs = [lab for lab in sorted(coach.library.labs) if RunNames(lab, names.run).prefix == names.prefix]
    return labs[0] if labs else names.lab


def _log_terms(coach: Coach, log: RunLog) -> None:
    """What it may cost as long as it stands, if the lab is still known; when it was to be over, nobody knows."""
    lab = coach.library.labs.get(log.row.lab)
    usd_per_hour = priced(coach, lab, log.row.region).usd_per_hour if lab else None
    log.add("terms", mode="run", usd_per_hour=str(usd_per_hour or 0), usd_per_run="0", expires="")


def _journal(log: RunLog, resources: Iterable[Resource]) -> list[Resource]:
    with log.held():
        there = set(may_exist(log.entries()))
        new = sorted((each for each in resources if each not in there), key=lambda each: each.kind not in FIRST)
        verdict = log.last("verdict")
        if new and verdict and verdict.data["verdict"] == CLEAN:
            # What came after the teardown had looked; without this the run would still count as clean.
            log.add("verdict", verdict=DIRTY, because="It was clean; something of it was found again by its tags.")
        for resource in new:
            log.journal(Entry(Mark.INTENT, "adoption", "adopt", resource))
    return new
