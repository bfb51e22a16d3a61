"""Run a lab: its scripted steps, one after the other, in a sandbox or on AWS."""

import json
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial

from mlacoach import __version__
from mlacoach.cloud import Account, Place, failure, refusal
from mlacoach.cloud.account import AWS_PAUSE, SANDBOX_PAUSE
from mlacoach.coach import Coach
from mlacoach.coach.lab import real
from mlacoach.coach.lab.by_sdk import must_have_sdk_way, surroundings
from mlacoach.coach.lab.events import (
    Asking,
    Checked,
    CutShort,
    Ending,
    Finished,
    Kept,
    Ran,
    Starting,
    StepShown,
    Watch,
)
from mlacoach.coach.lab.log import RunLog
from mlacoach.coach.lab.places import AWS, SANDBOX, lasting_sandbox, passing_sandbox
from mlacoach.coach.lab.pricing import priced
from mlacoach.coach.lab.scoring import score_of
from mlacoach.coach.lab.settling import end_with_its_sandbox, take_away
from mlacoach.content.lab_code import load_lab_code
from mlacoach.content.lab_text import step_texts
from mlacoach.curriculum.labs import LabFacts, SelfCheck
from mlacoach.errors import MlacoachError, NeedsCredentials, UsageFault
from mlacoach.labs import Aws, Broken, Done, LabCode, Missing, Shown, Step, look
from mlacoach.sandbox import ACCOUNT, REGION, need_labs_extra
from mlacoach.store.lab_runs import LabRunRow
from mlacoach.store.rows import new_id

# How often a check that says "not yet" is asked on AWS.
LOOKS_ON_AWS = 6


@dataclass(frozen=True, slots=True)
class How:
    """How a lab is to run.

    Attributes:
        target: `sandbox` or `aws`.
        keep: leave everything standing at the end.
        resume: go on with the paused run of this lab.
        sdk: with the SageMaker Python SDK, where the lab has such a way.
        terms: what concerns a real account alone.
    """

    target: str = SANDBOX
    keep: bool = False
    resume: bool = False
    sdk: bool = False
    terms: real.Terms = field(default_factory=real.Terms)


IN_SANDBOX = How()


def run_lab(coach: Coach, lab_id: str, watch: Watch, how: How = IN_SANDBOX) -> LabRunRow:
    """Run a lab step by step, and tear it down whatever happens, unless it is to be kept or is paused.

    Args:
        coach: the parts.
        lab_id: which lab.
        watch: told of everything that happens; what it raises ends the run.
        how: where, and what stays.

    Raises:
        UnknownId: there is no such lab.
        UsageFault: it can't be done with the SDK.
        MlacoachError: the extra `labs` or `sdk` is missing, the lab's code is faulty, a step did not work, or the
            account must not be used.
        NeedsCredentials: AWS did not let us go on; the run is paused.
        LabNotClean: something is left.
        TryAgain: the sandbox did not start in time, or the run is worked on in another window.
    """
    lab = coach.library.lab(lab_id)
    need_labs_extra()
    if how.sdk:
        must_have_sdk_way(coach, lab)
    code = load_lab_code(lab.folder, sdk=how.sdk)
    log = _paused_run(coach, lab) if how.resume else RunLog(coach, _new_row(coach, lab, how))
    # The lock comes before the row: another mlacoach that sees the row without it takes the run for dead.
    with log.held():
        if not how.resume:
            coach.store.lab_runs.begin(log.row)
            _log_terms(priced(coach, lab, log.row.region), log, how, coach)
        watch(Starting(lab, log.row))
        with _place(coach, log, how) as place, _around(place, log, how):
            _Walk(coach, lab, code, log, place, how, watch).go()
    return log.row


def _new_row(coach: Coach, lab: LabFacts, how: How) -> LabRunRow:
    now = coach.now()
    if how.target != AWS:
        return LabRunRow(new_id(now), now, lab.id, __version__, SANDBOX, ACCOUNT, REGION, None)
    who = real.admit(coach, lab, how.terms)
    return LabRunRow(new_id(now), now, lab.id, __version__, AWS, who.account, who.region, who.profile)


def _paused_run(coach: Coach, lab: LabFacts) -> RunLog:
    rows = [row for row in coach.store.lab_runs.unsettled() if row.lab == lab.id and row.target == AWS]
    if not rows:
        raise UsageFault(f"No run of {lab.id} is paused.", f"Start one with: mlacoach lab run {lab.id}")
    log = RunLog(coach, rows[-1])
    real.must_be_the_same(log.row)
    return log


def _log_terms(lab: LabFacts, log: RunLog, how: How, coach: Coach) -> None:
    """What was agreed when the run began; the lab's own facts may change, or go, while it lives."""
    expires = coach.now() + timedelta(hours=how.terms.hours)
    log.add(
        "terms",
        mode="run",
        services=json.dumps(lab.services),
        usd_per_hour=str(lab.usd_per_hour or 0),
        usd_per_run=str(lab.usd_per_run or 0),
        expires=expires.isoformat() if how.target == AWS else "",
    )


@contextmanager
def _place(coach: Coach, log: RunLog, how: How) -> Iterator[Place]:
    if log.row.target == AWS:
        yield real.place(log)
    elif how.keep:
        yield lasting_sandbox(coach, log)
    else:
        with passing_sandbox(log) as place:
            yield place


def _around(place: Place, log: RunLog, how: How) -> AbstractContextManager[None]:
    return surroundings(place, log.row.profile) if how.sdk else nullcontext()


@dataclass(slots=True)
class _Walk:
    coach: Coach
    lab: LabFacts
    code: LabCode
    log: RunLog
    place: Place
    how: How
    watch: Watch

    def go(self) -> None:
        """Do every step, then tear down."""
        stays = False
        try:
            self._do()
            stays = self.how.keep
        except Exception as error:
            pause = refusal(error) if self.place.outlives_us else None
            if pause:
                stays = True
                raise self._paused(pause) from error
            failed = failure(error) if self.log.row.target == AWS else None
            if failed:
                raise failed from error
            raise
        finally:
            if not stays:
                self._tear_down()
        if stays:
            self.log.add("left-standing")
            self.watch(Kept(self.log.row))

    def _do(self) -> None:
        aws = self._account()
        done = self.log.steps_done()
        if self.code.given and not self.log.events("given"):
            self.code.given(aws)
            self.log.add("given")
        texts = step_texts(self.lab.folder)
        for number, step in enumerate(self.code.steps, start=1):
            self._must_stay_affordable()
            if step.name not in done:
                self.watch(StepShown(number, len(self.code.steps), step, _nth(texts, number)))
                self._take(step, aws)
        self._finish()

    def _account(self) -> Account:
        if self.log.row.target != AWS:
            return self.place.account(self.log.names, self.log.journal, self.log.entries())
        place = replace(self.place, before_each=self._must_stay_affordable)
        aws = place.account(self.log.names, self.log.journal, self.log.entries())
        return real.with_role(self.lab, self.log, place, aws)

    def _must_stay_affordable(self) -> None:
        real.must_stay_affordable(self.coach, self.log, self.how.terms)

    def _take(self, step: Step, aws: Aws) -> None:
        shown = step.do(aws)
        if isinstance(shown, Shown):
            self._keep_metrics(step, shown)
            self.watch(Ran(step, shown))
        outcome = self._look(step, aws)
        self.watch(Checked(outcome))
        if not isinstance(outcome, Done):
            raise MlacoachError(
                f"{self.lab.id}: the step {step.name} ran, but its check does not pass. {outcome.sentence}",
                "This is a fault of the lab, not yours; please report it.",
            )
        self.log.add("step-done", step=step.name)
        for question in self.lab.questions.get(step.name, ()):
            self.watch(Asking(self._mixed(question), partial(self._answer, step, question)))

    def _look(self, step: Step, aws: Aws) -> Done | Missing | Broken:
        """Run the check. What was just made on AWS may not be seen at once, so there we look more than once."""
        for _ in range(LOOKS_ON_AWS - 1 if self.log.row.target == AWS else 0):
            outcome = look(step, aws)
            if not isinstance(outcome, Missing):
                return outcome
            time.sleep(SANDBOX_PAUSE if self.place.endpoint else AWS_PAUSE)
        return look(step, aws)

    def _keep_metrics(self, step: Step, shown: Shown) -> None:
        for name, value in shown.metrics.items():
            self.log.add("metric", step=step.name, name=name, value=repr(float(value)))

    def _mixed(self, question: SelfCheck) -> SelfCheck:
        """The question with its options in an order of this run."""
        options = question.options
        return replace(question, options=tuple(self.coach.rng.sample(options, len(options))))

    def _answer(self, step: Step, question: SelfCheck, given: str) -> bool:
        right = given == question.answer
        self.log.add("question", step=step.name, ask=question.ask, given=given, right="yes" if right else "no")
        return right

    def _finish(self) -> None:
        self.log.add("completed", steps=str(len(self.code.steps)))
        steps = [step.name for step in self.code.steps]
        score = score_of(self.lab, self.log, steps)
        self.log.add("score", score=str(score))
        answers = [event.data["right"] for event in self.log.events("question")]
        metrics = {event.data["name"]: float(event.data["value"]) for event in self.log.events("metric")}
        self.watch(Finished(self.lab, score, len(answers), answers.count("yes"), metrics))

    def _paused(self, why: NeedsCredentials) -> NeedsCredentials:
        self.log.add("paused", because=why.what)
        lab = self.lab.id
        then = f"Then: mlacoach lab run {lab} --resume, or: mlacoach lab clean {lab}."
        return NeedsCredentials(
            f"The run is paused; what it made is kept in the journal. {why.what}", f"{why.try_this} {then}"
        )

    def _tear_down(self) -> None:
        if not self.place.is_there():
            end_with_its_sandbox(self.log)
            return
        # A screen that is gone must not keep the teardown from beginning.
        with suppress(OSError):
            self.watch(Ending())
        try:
            torn_down = take_away(self.log, self.place)
        except BaseException as error:
            # Ctrl-C, a closed terminal, a full disk: nothing else would say that things still stand.
            if self.place.outlives_us and not isinstance(error, MlacoachError):
                self.watch(CutShort(self.log.row))
            raise
        if torn_down:
            self.watch(torn_down)


def _nth(texts: list[str], number: int) -> str:
    return texts[number - 1] if number <= len(texts) else ""
