"""Sit an exam: lay a paper, answer it, hand it in. No terminal here: `screen` drives a session in lines.

Everything done is an event in the store before the next thing happens; a session is those events played back. The
deadline is a moment in the store: closing the lid does not stop the clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from mlacoach.coach import Coach
from mlacoach.coach.quiz import log
from mlacoach.coach.setup import profile
from mlacoach.curriculum.exams import Exam
from mlacoach.curriculum.questions import Answer, Body, Question
from mlacoach.errors import UnknownId, UsageFault
from mlacoach.learning.forms import domain_of, lay
from mlacoach.learning.mastery import Share
from mlacoach.store.answers import Answered
from mlacoach.store.sittings import ENDINGS, SittingEvent, SittingRow


@dataclass(frozen=True, slots=True)
class Result:
    """What a sitting came to. Raw shares: AWS does not publish how they become a score of 100 to 1000.

    `seconds` is from the start to the end; `short` is how many questions the bank lacked for the whole form.
    """

    sitting: SittingRow
    total: Share
    by_domain: Mapping[str, Share]
    unanswered: int
    seconds: float
    short: int


@dataclass(slots=True)
class ExamSession:
    """A sitting in progress."""

    coach: Coach
    row: SittingRow
    exam: Exam
    questions: tuple[Question, ...]
    position: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    @property
    def question(self) -> Question:
        """The question on the table."""
        return self.questions[self.position]

    @property
    def body(self) -> Body:
        """Its parts in the order in which this sitting shows them, the same every time."""
        return self.question.body.shuffled(Random(f"{self.row.seed}:{self.question.id}"))

    def seconds_left(self) -> float | None:
        """Seconds until the deadline, 0 when it has passed, None without one."""
        if self.row.deadline is None:
            return None
        return max((self.row.deadline - self.coach.now()).total_seconds(), 0.0)

    @property
    def over(self) -> bool:
        """Has the deadline passed?"""
        return self.seconds_left() == 0

    def unanswered(self) -> list[int]:
        """The positions of the questions without an answer."""
        return [number for number, question in enumerate(self.questions) if question.id not in self.answers]

    def show(self, position: int) -> None:
        """Put a question on the table.

        Raises:
            UsageFault: there is none at that position.
        """
        if not 0 <= position < len(self.questions):
            raise UsageFault(f"There is no question {position + 1}; the paper has {len(self.questions)}.")
        self.position = position
        self._log("show")

    def answer(self, answer: Answer) -> bool:
        """Answer the question on the table; False if the time was up and the answer did not count."""
        if self.over:
            return False
        self._log("answer", answer)
        self.answers[self.question.id] = answer
        return True

    def flag(self) -> bool:
        """Flag the question on the table, or take the flag off; whether it is flagged now."""
        flagged = self.question.id not in self.flags
        self._log("flag" if flagged else "unflag")
        self.flags ^= {self.question.id}
        return flagged

    def hand_in(self) -> Result:
        """End the sitting; past the deadline it ended then."""
        return _end(self, "expire" if self.over else "submit")

    def _log(self, kind: str, value: Answer = ()) -> None:
        self.coach.store.sittings.add(self.row.id, kind, self.coach.now(), self.question.id, value)


def begin(coach: Coach, *, exam: str | None, form: str, timed: bool, seed: int) -> ExamSession:
    """Lay a paper and start the clock.

    Raises:
        UnknownId: there is no such exam or form.
        UsageFault: a sitting is open, or the bank has no question for this form.
    """
    if unfinished(coach):
        raise UsageFault("An exam is still open.", "Go on with `mlacoach exam --resume`, or drop it with `--abandon`.")
    chosen = coach.library.exam(exam) if exam else profile(coach).exam
    if form not in chosen.forms:
        raise UnknownId("form", form, chosen.forms)
    shape = chosen.forms[form]
    paper = lay(chosen, shape, list(coach.library.questions.values()), coach.store.answers.seen(), Random(seed))
    if not paper.questions:
        raise UsageFault(f"The bank has no questions for {chosen.id}.", "Run `mlacoach content check`.")
    now = coach.now()
    deadline = now + timedelta(minutes=shape.minutes) if timed else None
    ids = tuple(question.id for question in paper.questions)
    coach.store.sittings.begin(chosen.id, form, seed, deadline, ids, now)
    session = resume(coach)
    session.show(0)
    return session


def unfinished(coach: Coach) -> SittingRow | None:
    """The sitting that is open, after handing in those whose time ran out while nobody was there."""
    hand_in_expired(coach)
    return coach.store.sittings.open()


def hand_in_expired(coach: Coach) -> list[Result]:
    """Hand in the sittings whose time ran out while nobody was there, with what was answered by then."""
    now = coach.now()
    open_rows = [row for row in coach.store.sittings.all() if row.ended is None]
    expired = [row for row in open_rows if row.deadline is not None and row.deadline <= now]
    return [_end(_session(coach, row), "expire") for row in expired]


def resume(coach: Coach) -> ExamSession:
    """Go on with the open sitting, where it was left.

    Raises:
        UsageFault: there is none.
    """
    row = unfinished(coach)
    if row is None:
        raise UsageFault("No exam is open.", "Start one with `mlacoach exam --timed`.")
    return _session(coach, row)


def abandon(coach: Coach) -> SittingRow:
    """Drop the open sitting: nothing of it counts, the log keeps it.

    Raises:
        UsageFault: there is none.
    """
    row = resume(coach).row
    coach.store.sittings.add(row.id, "abandon", coach.now())
    return row


def results(coach: Coach) -> list[Result]:
    """Every sitting that was handed in, oldest first."""
    unfinished(coach)
    rows = [row for row in coach.store.sittings.all() if row.ended in ("submit", "expire")]
    return [_result(_session(coach, row)) for row in rows if row.exam in coach.library.exams]


def _session(coach: Coach, row: SittingRow) -> ExamSession:
    # A question may have left the bank since; the rest of the paper stands.
    known = (coach.library.questions.get(name) for name in row.paper)
    questions = tuple(question for question in known if question is not None)
    session = ExamSession(coach, row, coach.library.exam(row.exam), questions)
    places = {question.id: number for number, question in enumerate(questions)}
    for event in coach.store.sittings.events(row.id):
        if event.kind in ENDINGS:
            break  # what another window did after that does not count
        if event.question in places:
            _play(session, event, places[event.question])
    return session


def _play(session: ExamSession, event: SittingEvent, place: int) -> None:
    question = session.questions[place].id
    if event.kind == "show":
        session.position = place
    elif event.kind == "answer":
        session.answers[question] = event.value
    elif event.kind == "flag":
        session.flags.add(question)
    elif event.kind == "unflag":
        session.flags.discard(question)


def _end(session: ExamSession, kind: str) -> Result:
    coach, row = session.coach, session.row
    deadline = row.deadline
    at = deadline if kind == "expire" and deadline else coach.now()
    with coach.store.together():
        # Another window may have handed it in meanwhile; it counts once.
        if _row(coach, row.id).ended is None:
            _log_end(session, kind, at)
    return _result(_session(coach, _row(coach, row.id)))


def _row(coach: Coach, sitting: str) -> SittingRow:
    return next(row for row in coach.store.sittings.all() if row.id == sitting)


def _log_end(session: ExamSession, kind: str, at: datetime) -> None:
    coach, row = session.coach, session.row
    took = _seconds_by_question(coach.store.sittings.events(row.id), at)
    coach.store.sittings.add(row.id, kind, at)
    for question in session.questions:
        answer = session.answers.get(question.id, ())
        seconds = took.get(question.id, 0.0)
        marked = Answered(question.id, answer, question.mark(answer), seconds, None, "exam", row.id)
        log(coach, question, marked)


def _seconds_by_question(events: list[SittingEvent], end: datetime) -> dict[str, float]:
    """How long each question lay on the table, over all its visits."""
    shows = [event for event in events if event.kind == "show" and event.question]
    took: dict[str, float] = {}
    for number, event in enumerate(shows):
        until = shows[number + 1].at if number + 1 < len(shows) else max(end, event.at)
        took[event.question or ""] = took.get(event.question or "", 0.0) + (until - event.at).total_seconds()
    return took


def _result(session: ExamSession) -> Result:
    by_domain = {domain.id: Share(0, 0) for domain in session.exam.domains}
    for question in session.questions:
        right = question.mark(session.answers.get(question.id, ()))
        by_domain[domain_of(question, session.exam.id)] += Share(int(right), 1)
    row = session.row
    form = session.exam.forms.get(row.form)
    return Result(
        sitting=row,
        total=sum(by_domain.values(), Share(0, 0)),
        by_domain=by_domain,
        unanswered=len(session.unanswered()),
        seconds=((row.ended_at or row.at) - row.at).total_seconds(),
        short=form.questions - len(row.paper) if form else 0,
    )
