"""Do a lab by hand: a work folder, the learner's own sandbox, checks, hints, and the end of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mlacoach import __version__
from mlacoach.cloud import Account, Place
from mlacoach.coach import Coach
from mlacoach.coach.lab.folder import STEPS, fill, make_empty, take_up
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.places import SANDBOX, lasting_sandbox, place_of
from mlacoach.coach.lab.scoring import SOLUTION, score_of, shown_in
from mlacoach.coach.lab.settling import clean, clean_one, must_be_clean
from mlacoach.content.lab_code import load_functions, load_lab_code
from mlacoach.curriculum.labs import LabFacts
from mlacoach.errors import MlacoachError, UnknownId, UsageFault
from mlacoach.labs import Done, LabCode, Outcome, Step, look, run_checks
from mlacoach.sandbox import ACCOUNT, REGION, need_labs_extra
from mlacoach.store.lab_runs import LabRunRow
from mlacoach.store.rows import new_id

BY_HAND = "by-hand"
NUDGE, PAGE = "nudge", "page"
LEVELS = (NUDGE, PAGE, SOLUTION)


@dataclass(frozen=True, slots=True)
class Handed:
    """A lab to be done: its work folder, and what every name in it begins with.

    Attributes:
        is_new: was it started just now?
        is_kept: is the folder that of an earlier run, with what the learner wrote then?
    """

    lab: LabFacts
    folder: Path
    prefix: str
    is_new: bool
    is_kept: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a lab is: what each check says, the score in per cent, how many steps count half, whether all is done."""

    lab: str
    outcomes: tuple[Outcome, ...]
    score: int
    shown: int = 0

    @property
    def is_done(self) -> bool:
        """Is every step done?"""
        return not self.open_step

    @property
    def open_step(self) -> str:
        """The name of the first step that is not done, or nothing."""
        return next((each.step.name for each in self.outcomes if not isinstance(each, Done)), "")


@dataclass(frozen=True, slots=True)
class Help:
    """Help with a step: how much it gives away, and what it says."""

    step: Step
    level: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class AtHand:
    """A run that stands, opened for work."""

    lab: LabFacts
    code: LabCode
    log: RunLog
    place: Place

    @property
    def account(self) -> Account:
        """The account as the lab sees it."""
        return self.place.account(self.log.names, self.log.journal, self.log.entries())


def start(coach: Coach, lab_id: str, folder: Path) -> Handed:
    """Hand out a work folder and make what the lab presupposes.

    A run that stands already is gone on with, and so is the folder of an earlier run of this lab.

    Raises:
        UnknownId: there is no such lab.
        UsageFault: the folder holds something else.
        TryAgain: it cannot be written.
        MlacoachError: the extra `labs` is missing, or the sandbox does not start.
    """
    lab = coach.library.lab(lab_id)
    need_labs_extra()
    standing = _standing_run(coach, lab.id)
    if standing and _was_cut_off(standing):
        clean_one(coach, standing)
    elif standing:
        return _go_on_with(standing, lab, folder)
    before = _handed_before(coach, lab.id, folder)
    if not before:
        make_empty(folder)
    code, now = load_lab_code(lab.folder), coach.now()
    log = RunLog(coach, LabRunRow(new_id(now), now, lab.id, __version__, SANDBOX, ACCOUNT, REGION, None))
    with log.held():
        coach.store.lab_runs.begin(log.row)
        log.add("terms", mode=BY_HAND, usd_per_hour="0", usd_per_run="0", expires="")
        place = lasting_sandbox(coach, log)
        if code.given:
            code.given(place.account(log.names, log.journal))
        if before:
            take_up(folder, before, log.names.prefix)
        else:
            fill(folder, lab, code, log.names.prefix)
        log.add("folder", path=str(folder.resolve()))
    return Handed(lab, folder, log.names.prefix, is_new=True, is_kept=bool(before))


def _was_cut_off(log: RunLog) -> bool:
    """Did its start not come to the end? Then what the lab presupposes may not be there."""
    terms = log.last("terms")
    return log.last("folder") is None and (terms is None or terms.data["mode"] == BY_HAND)


def _go_on_with(log: RunLog, lab: LabFacts, folder: Path) -> Handed:
    """The work folder of a run that stands; one that was walked through and kept has none yet."""
    kept = log.last("folder")
    if kept:
        return Handed(lab, Path(kept.data["path"]), log.names.prefix, is_new=False)
    make_empty(folder)
    fill(folder, lab, load_lab_code(lab.folder), log.names.prefix)
    log.add("folder", path=str(folder.resolve()))
    return Handed(lab, folder, log.names.prefix, is_new=False)


def _handed_before(coach: Coach, lab_id: str, folder: Path) -> str:
    """What names began with in the run whose work folder this was, or nothing."""
    for row in reversed(coach.store.lab_runs.all()):
        log = RunLog(coach, row)
        kept = log.last("folder") if row.lab == lab_id else None
        if kept and Path(kept.data["path"]) == folder.resolve() and (folder / STEPS).is_file():
            return log.names.prefix
    return ""


def at_hand(coach: Coach, lab_id: str | None) -> AtHand:
    """The run that stands: of this lab, or the last of any.

    Raises:
        UnknownId: there is no such lab.
        UsageFault: none stands.
    """
    if lab_id is not None:
        coach.library.lab(lab_id)
    log = _standing_run(coach, lab_id)
    place = place_of(coach, log) if log else None
    if log is None or place is None:
        raise _not_started(coach, lab_id)
    lab = coach.library.lab(log.row.lab)
    return AtHand(lab, load_lab_code(lab.folder), log, place)


def _not_started(coach: Coach, lab_id: str | None) -> UsageFault:
    """Why no run is at hand; a sandbox ends by itself when nobody asks it anything for some hours."""
    logs = [RunLog(coach, row) for row in coach.store.lab_runs.unsettled() if lab_id in {None, row.lab}]
    ended = [log.row.lab for log in logs if log.row.target == SANDBOX and not log.is_held]
    if ended:
        return UsageFault(
            f"Your sandbox has ended, and with it all that {ended[-1]} had made.",
            f"Start it anew, in the same folder as before: mlacoach lab start {ended[-1]}",
        )
    what = f"The lab {lab_id} is not started." if lab_id else "No lab is started."
    return UsageFault(what, f"Start it with: mlacoach lab start {lab_id or 'LAB'}")


def check(coach: Coach, lab_id: str | None) -> Standing:
    """Look how far the lab is; what is done is logged.

    Raises:
        UsageFault: no such lab is started.
    """
    hand = at_hand(coach, lab_id)
    outcomes = tuple(run_checks(hand.code.steps, hand.account))
    already = hand.log.steps_done()
    for outcome in outcomes:
        if isinstance(outcome, Done) and outcome.step.name not in already:
            hand.log.add("step-done", step=outcome.step.name)
    score = score_of(hand.lab, hand.log, [step.name for step in hand.code.steps])
    standing = Standing(hand.lab.id, outcomes, score, len(shown_in(hand.log)))
    if standing.is_done and not hand.log.events("completed"):
        hand.log.add("completed", steps=str(len(outcomes)))
        hand.log.add("score", score=str(standing.score))
    return standing


def do(coach: Coach, lab_id: str, names: Sequence[str]) -> list[Outcome]:
    """Run steps of the learner's own steps.py, and check each.

    Args:
        coach: the parts.
        lab_id: which lab.
        names: which steps; none means the first that is not done.

    Raises:
        UnknownId: there is no such step.
        MlacoachError: the learner's code does not load, or fails.
    """
    hand = at_hand(coach, lab_id)
    steps = [_step(hand.code, name) for name in names] or [_open_step(hand)]
    kept = hand.log.last("folder")
    if kept is None:
        raise UsageFault(f"The lab {lab_id} has no work folder yet.", f"Make it with: mlacoach lab start {lab_id}")
    path = Path(kept.data["path"]) / STEPS
    functions = load_functions(path)
    outcomes: list[Outcome] = []
    with hand.log.held():
        aws = hand.account
        for step in steps:
            if step.name not in functions:
                raise UnknownId("function in your steps.py", step.name, functions)
            _run(functions[step.name], aws, path)
            outcomes.append(look(step, aws))
    return outcomes


def _run(function: object, aws: Account, path: Path) -> None:
    try:
        function(aws)  # type: ignore[operator]
    except NotImplementedError as error:
        raise UsageFault(f"{path}: {getattr(function, '__name__', '')} is still empty.", "Write it first.") from error
    except MlacoachError:
        raise
    except Exception as error:
        where = _line_in(error, path)
        raise MlacoachError(f"{path}{where}: {type(error).__name__}: {error}", "This comes from your code.") from error


def _line_in(error: Exception, path: Path) -> str:
    trace, line = error.__traceback__, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return f":{line}" if line else ""


def hint(coach: Coach, lab_id: str | None, step_name: str | None = None) -> Help:
    """The next help with a step: a nudge, then the page where it is written, then the solution. Each is logged.

    Raises:
        UnknownId: there is no such step.
        UsageFault: no such lab is started, or nothing is left to do.
    """
    hand = at_hand(coach, lab_id)
    step = _step(hand.code, step_name) if step_name else _open_step(hand)
    given = [event for event in hand.log.events("hint") if event.data["step"] == step.name]
    level = LEVELS[min(len(given), len(LEVELS) - 1)]
    hand.log.add("hint", step=step.name, level=level)
    return _help(hand, step, level)


def solution(coach: Coach, lab_id: str, step_name: str | None = None) -> list[Step]:
    """The steps as the lab's author does them; logged if the lab is started.

    Raises:
        UnknownId: there is no such lab, or no such step.
    """
    lab = coach.library.lab(lab_id)
    code = load_lab_code(lab.folder)
    steps = [_step(code, step_name)] if step_name else list(code.steps)
    log = _standing_run(coach, lab_id)
    for step in steps if log else ():
        if log:
            log.add("hint", step=step.name, level=SOLUTION)
    return steps


def reset(coach: Coach, lab_id: str) -> None:
    """Take away what the lab's runs made, so that it can be started anew; the work folder stays as it is.

    Raises:
        UnknownId: there is no such lab.
        LabNotClean: something is left.
        TryAgain: it is running in another window.
    """
    coach.library.lab(lab_id)
    must_be_clean(clean(coach, lab_id))


def _help(hand: AtHand, step: Step, level: str) -> Help:
    said = hand.lab.hints.get(step.name)
    if level == SOLUTION:
        return Help(step, level, step.code)
    if said is None:
        return Help(step, level, f"See the lab's README: {step.name.replace('_', ' ')}.")
    return Help(step, level, said.nudge) if level == NUDGE else Help(step, level, said.see.title, said.see.url)


def _standing_run(coach: Coach, lab_id: str | None) -> RunLog | None:
    """The newest run that stands in the learner's sandbox and is nobody else's at the moment."""
    for row in reversed(coach.store.lab_runs.unsettled()):
        log = RunLog(coach, row)
        wanted = row.target == SANDBOX and lab_id in {None, row.lab} and not log.is_held
        if wanted and place_of(coach, log) is not None:
            return log
    return None


def _step(code: LabCode, name: str) -> Step:
    for step in code.steps:
        if step.name == name.replace("-", "_"):
            return step
    raise UnknownId("step", name, [step.name for step in code.steps])


def _open_step(hand: AtHand) -> Step:
    for outcome in run_checks(hand.code.steps, hand.account):
        if not isinstance(outcome, Done):
            return outcome.step
    raise UsageFault(f"Every step of {hand.lab.id} is done.", f"End it with: mlacoach lab clean {hand.lab.id}")
