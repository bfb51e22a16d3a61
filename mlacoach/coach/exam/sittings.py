"""Begin a sitting, go on with it, drop it, hand it in."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from random import Random

from mlacoach.coach import Coach
from mlacoach.coach.exam.adaptive import Adaptive
from mlacoach.coach.exam.foundations import can_load, exam_of
from mlacoach.coach.exam.plans import ALL, Plan, pool
from mlacoach.coach.exam.session import Chooser, ExamSession, play
from mlacoach.curriculum.questions import Question
from mlacoach.errors import UnknownId, UsageFault
from mlacoach.learning.forms import lay, lay_by_topic, lay_by_weight
from mlacoach.store.answers import Answered
from mlacoach.store.rows import new_id
from mlacoach.store.sittings import SittingEvent, SittingRow


def begin(coach: Coach, plan: Plan, seed: int) -> ExamSession:
    """Lay a paper and start the clock.

    Args:
        coach: the parts.
        plan: what to lay.
        seed: the same seed, bank and history lay the same paper.

    Raises:
        UsageFault: a sitting is open, or there is no question for this plan.
    """
    if unfinished(coach):
        raise UsageFault("An exam is still open.", "Go on with `mlacoach exam resume`, or drop it with `exam abandon`.")
    plan, paper = lay_out(coach, plan, seed)
    if not paper:
        raise UsageFault(f"There is no question for this exam ({plan.name}).", "Try another part, or `mlacoach study`.")
    now = coach.now()
    deadline = now + timedelta(minutes=plan.minutes) if plan.minutes is not None else None
    row = SittingRow(new_id(now), now, plan.exam, plan.name, seed, deadline, paper, asdict(plan), None, None)
    coach.store.sittings.begin(row)
    session = resume(coach)
    session.show(0)
    return session


def lay_out(coach: Coach, plan: Plan, seed: int) -> tuple[Plan, tuple[str, ...]]:
    """What would be sat: the plan with what the bank lacks for it, and the questions.

    Of an adaptive sitting it is the first question, since every further one follows from the answers.
    """
    exam, bank = exam_of(coach, plan.exam), pool(coach, plan)
    if plan.adaptive:
        first = Adaptive(coach, plan, seed).following([], {})
        missing = {ALL: plan.questions - len(bank)} if len(bank) < plan.questions else {}
        return replace(plan, missing=missing), (first.id,) if first else ()
    seen, rng = coach.store.answers.seen(), Random(seed)
    if plan.foundations:
        paper = lay_by_topic(plan.questions, bank, seen, rng)
    elif plan.architect:
        paper = lay_by_weight(exam, plan.questions, bank, seen, rng)
    else:
        paper = lay(exam, plan.questions, bank, seen, rng, by_blueprint=plan.whole)
    return replace(plan, missing=dict(paper.missing)), tuple(question.id for question in paper.questions)


def unfinished(coach: Coach) -> SittingRow | None:
    """The sitting that is open, after handing in those whose time ran out while nobody was there."""
    hand_in_expired(coach)
    return coach.store.sittings.open()


def hand_in_expired(coach: Coach) -> list[SittingRow]:
    """Hand in the sittings whose time ran out while nobody was there, with what was answered by then."""
    open_rows = [row for row in coach.store.sittings.all() if row.ended is None]
    sessions = [load(coach, row) for row in open_rows if can_load(coach, row.exam)]
    return [hand_in(session) for session in sessions if session.over]


def resume(coach: Coach) -> ExamSession:
    """Go on with the open sitting, where it was left.

    Raises:
        UsageFault: there is none.
    """
    row = unfinished(coach)
    if row is None:
        raise UsageFault("No exam is open.", "Start one with `mlacoach exam --timed`.")
    return load(coach, row)


def abandon(coach: Coach) -> SittingRow:
    """Drop the open sitting: nothing of it counts, the log keeps it.

    Raises:
        UsageFault: there is none.
    """
    row = resume(coach).row
    coach.store.sittings.add(row.id, "abandon", coach.now())
    return row


def find(coach: Coach, wanted: str | None) -> SittingRow:
    """A sitting that was handed in: the one whose id begins so, or the last.

    Raises:
        UsageFault: none was handed in yet.
        UnknownId: no id begins so.
    """
    unfinished(coach)
    ended = [row for row in coach.store.sittings.all() if row.ended in {"submit", "expire"}]
    if not ended:
        raise UsageFault("No exam has been handed in yet.", "Start one with `mlacoach exam --timed`.")
    if wanted is None:
        return ended[-1]
    found = [row for row in ended if row.id.startswith(wanted)]
    if not found:
        raise UnknownId("exam that was sat", wanted, [row.id for row in ended])
    return found[-1]


def load(coach: Coach, row: SittingRow) -> ExamSession:
    """The session of a sitting, brought to where its events left it."""
    # A question may have left the bank since; the rest of the paper stands.
    bank = coach.library.questions
    plan = Plan(**{**row.plan, "tasks": tuple(row.plan["tasks"])})
    questions = [bank[name] for name in row.paper if name in bank]
    session = ExamSession(coach, row, plan, exam_of(coach, row.exam), questions)
    play(session, coach.store.sittings.events(row.id), bank)
    if plan.adaptive:
        session.choose = _chooser(Adaptive(coach, plan, row.seed))
    return session


def _chooser(adaptive: Adaptive) -> Chooser:
    def choose(session: ExamSession) -> Question | None:
        right = {name: session.coach.library.question(name).mark(given) for name, given in session.answers.items()}
        return adaptive.following([question.id for question in session.questions], right)

    return choose


def hand_in(session: ExamSession) -> SittingRow:
    """End a sitting: its answers go into the log, all or none. Past the deadline it ended then."""
    coach, row = session.coach, session.row
    deadline = session.deadline
    with coach.store.together():
        # Another window may have handed it in meanwhile; it counts once.
        if _row(coach, row.id).ended is None:
            if deadline is not None and session.over:
                _log_end(session, "expire", deadline)
            else:
                _log_end(session, "submit", coach.now())
    return _row(coach, row.id)


def _row(coach: Coach, sitting: str) -> SittingRow:
    return next(row for row in coach.store.sittings.all() if row.id == sitting)


def _log_end(session: ExamSession, kind: str, at: datetime) -> None:
    from mlacoach.coach.quiz import log  # noqa: PLC0415 - FSRS costs 10 ms, and an exam begins without

    coach, row = session.coach, session.row
    took = seconds_by_question(coach.store.sittings.events(row.id), at)
    coach.store.sittings.add(row.id, kind, at)
    for question in session.questions:
        answer = session.answers.get(question.id, ())
        confidence = session.confidences.get(question.id)
        seconds = took.get(question.id, 0.0)
        log(coach, question, Answered(question.id, answer, question.mark(answer), seconds, confidence, "exam", row.id))


def seconds_by_question(events: list[SittingEvent], end: datetime) -> dict[str, float]:
    """How long each question lay on the table, over all its visits, pauses left out."""
    took: dict[str, float] = {}
    current, since = "", end
    for event in events:
        if event.kind in {"show", "pause", "continue"}:
            if current:
                took[current] = took.get(current, 0.0) + max((event.at - since).total_seconds(), 0.0)
            current = "" if event.kind == "pause" else event.question or ""
            since = event.at
    if current:
        took[current] = took.get(current, 0.0) + max((end - since).total_seconds(), 0.0)
    return took
