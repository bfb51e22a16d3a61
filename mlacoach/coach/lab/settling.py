"""How runs ended, and the end of those that have not: what is gone with its sandbox, what is left, take it away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from mlacoach.cloud import Dirty, Entry, Mark, Place, Verdict
from mlacoach.cloud.adoption import Unseen, find_by_name
from mlacoach.cloud.journal import may_exist
from mlacoach.coach import Coach
from mlacoach.coach.lab import real
from mlacoach.coach.lab.events import TornDown
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.places import AWS, place_of, sandbox_of
from mlacoach.errors import LabNotClean, MlacoachError, NeedsCredentials, TryAgain
from mlacoach.store.lab_runs import LabRunRow

CLEAN, DIRTY, ALIVE, RUNNING = "clean", "dirty", "alive", "running"


@dataclass(frozen=True, slots=True)
class Settled:
    """A run, and how it stands: `clean`, `dirty`, `alive` (it was kept, paused or killed), or `running` elsewhere.

    `usd_per_hour` is what it may cost as long as it stands; `expires` is when it was to be over.
    """

    run: LabRunRow
    state: str
    because: str
    usd_per_hour: float = 0.0
    expires: datetime | None = None


def unfinished_runs(coach: Coach) -> list[LabRunRow]:
    """The runs of which something may still exist. Those that ended with their sandbox are logged as clean first."""
    return [settled.run for settled in settle(coach) if settled.state != CLEAN]


def settle(coach: Coach) -> list[Settled]:
    """Look at every run without a clean verdict, and log that it is clean where its sandbox is gone."""
    return [_settle(coach, RunLog(coach, row)) for row in coach.store.lab_runs.unsettled()]


def history(coach: Coach) -> list[Settled]:
    """Every run and how it ended, oldest first; the open ones are settled first."""
    opened = {settled.run.id: settled for settled in settle(coach)}
    return [opened.get(row.id) or _as_logged(RunLog(coach, row)) for row in coach.store.lab_runs.all()]


def clean(coach: Coach, lab_id: str | None = None) -> list[Settled]:
    """Take away what is left of the runs; how each stands then. One that we may not touch keeps no other.

    Raises:
        NeedsCredentials: AWS does not let us in; the journal is kept.
        MlacoachError: the credentials are those of another account than the run's.
    """
    cleaned: list[Settled] = []
    faults: list[MlacoachError] = []
    for run in settle(coach):
        if lab_id not in {None, run.run.lab}:
            continue
        try:
            cleaned.append(_clean(coach, run) if run.state in {DIRTY, ALIVE} else run)
        except MlacoachError as error:
            faults.append(error)
    if faults:
        raise faults[0]
    return cleaned


def must_be_clean(runs: Sequence[Settled]) -> None:
    """What `clean` left must be nothing.

    Raises:
        LabNotClean: something may still exist.
        TryAgain: one is worked on in another window.
    """
    left = [run for run in runs if run.state == DIRTY]
    if left:
        what = "One run is not clean." if len(left) == 1 else f"{len(left)} runs are not clean."
        raise LabNotClean(what, "What is left: mlacoach lab status. Try again: mlacoach lab clean")
    if any(run.state == RUNNING for run in runs):
        raise TryAgain("A lab is running in another window.", "Let it end, or stop it there with Ctrl-C.")


def clean_one(coach: Coach, log: RunLog) -> Settled:
    """Take away what is left of this run; how it stands then. Raises what `clean` raises."""
    return _clean(coach, _settle(coach, log))


def take_away(log: RunLog, place: Place, unseen: Sequence[Unseen] = ()) -> TornDown | None:
    """Tear a run down; None if its sandbox ended meanwhile, and everything with it.

    Where `unseen` could not be looked at, something may be left that the journal does not name, so it is not clean.

    Raises:
        LabNotClean: something is left.
        NeedsCredentials: AWS does not let us in any more.
    """
    try:
        verdict = place.tear_down(log.names, log.entries(), log.journal)
    except NeedsCredentials as error:
        raise NeedsCredentials(error.what, f"{error.try_this} Then: mlacoach lab clean {log.row.lab}") from error
    if not place.is_there():
        end_with_its_sandbox(log)
        return None
    left = [*_left(verdict), *(f"could not look at {each.sentence}" for each in unseen)]
    if left or isinstance(verdict, Dirty):
        log.add("verdict", verdict=DIRTY, because="; ".join(left))
        raise LabNotClean(f"The lab is not clean. Left: {'; '.join(left)}", _what_now(log, place))
    torn_down = TornDown(verdict.gone, verdict.kept)
    log.add("verdict", verdict=CLEAN, because=torn_down.sentence)
    log.forget_files()
    return torn_down


def end_with_its_sandbox(log: RunLog) -> str:
    """Log that nothing is left, because the sandbox is gone; the reason."""
    because = "The run ended early, and its sandbox with it: nothing is left."
    log.add("verdict", verdict=CLEAN, because=because)
    log.forget_files()
    return because


def _clean(coach: Coach, run: Settled) -> Settled:
    log = RunLog(coach, run.run)
    with log.held():
        place = place_of(coach, log)
        if place is None:
            return Settled(run.run, CLEAN, end_with_its_sandbox(log))
        if run.run.target == AWS:
            real.must_be_the_same(run.run)
        unseen = [] if run.run.target == AWS else _take_up_what_was_made_by_hand(log, place)
        try:
            take_away(log, place, unseen)
        except LabNotClean:
            return _settle(coach, log, held=True)
    return _as_logged(log)


def _take_up_what_was_made_by_hand(log: RunLog, place: Place) -> list[Unseen]:
    """The learner's own tools write no journal; what they made in the sandbox carries the run in its name.

    Returns what could not be looked at.
    """
    known = set(may_exist(log.entries()))
    found, unseen = find_by_name(place.session, place.endpoint, log.names)
    for resource in found:
        if resource not in known:
            log.journal(Entry(Mark.INTENT, "sandbox", "found", resource))
    return unseen


def _left(verdict: Verdict) -> list[str]:
    return [leftover.sentence for leftover in verdict.left] if isinstance(verdict, Dirty) else []


def _what_now(log: RunLog, place: Place) -> str:
    if not place.outlives_us:
        return "It is in the sandbox only, which ends now."
    end = " Or end your sandbox, and it with it: mlacoach sandbox stop" if place.is_own else ""
    return f"Try again later with: mlacoach lab clean {log.row.lab}{end}"


def _settle(coach: Coach, log: RunLog, *, held: bool = False) -> Settled:
    row, verdict = log.row, log.last("verdict")
    cost, expires = cost_per_hour(log), expiry(log)
    if not held and log.is_held:
        return Settled(row, RUNNING, "It is running in another window.", cost, expires)
    if row.target != AWS and sandbox_of(coach, log) is None:
        return Settled(row, CLEAN, end_with_its_sandbox(log))
    if verdict is not None:
        return Settled(row, DIRTY, verdict.data["because"], cost, expires)
    where = "on a real account" if row.target == AWS else "in your sandbox"
    return Settled(row, ALIVE, f"It stands {where}.", cost, expires)


def cost_per_hour(log: RunLog) -> float:
    """What the run may cost as long as it stands, in US dollars an hour."""
    terms = log.last("terms")
    return float(terms.data["usd_per_hour"]) if terms and log.row.target == AWS else 0.0


def expiry(log: RunLog) -> datetime | None:
    """When the run was to be over; None in a sandbox."""
    terms = log.last("terms")
    return datetime.fromisoformat(terms.data["expires"]) if terms and terms.data["expires"] else None


def _as_logged(log: RunLog) -> Settled:
    verdict = log.last("verdict")
    if verdict is None:
        return Settled(log.row, ALIVE, "")
    return Settled(log.row, verdict.data["verdict"], verdict.data["because"])
