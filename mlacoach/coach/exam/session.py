"""A sitting in progress: one core without a terminal, which the room and the lines both drive.

Everything done is an event in the store before the next thing happens; a session is those events played back. The
deadline is a moment in the store: closing the lid does not stop the clock. Only practice can pause, and a pause moves
its deadline.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from mlacoach.coach import Coach
from mlacoach.coach.exam.plans import Plan
from mlacoach.curriculum.exams import Exam
from mlacoach.curriculum.questions import Answer, Body, Ordering, Question
from mlacoach.errors import UsageFault
from mlacoach.store.sittings import ENDINGS, SittingEvent, SittingRow

CONFIDENCES = ("sure", "unsure", "guess")
# Chooses the question to ask next, or None to end the sitting; only adaptive sittings have one.
Chooser = Callable[["ExamSession"], Question | None]


@dataclass(slots=True)
class ExamSession:
    """A sitting. The dictionaries are by question id; `strikes` are the options struck out."""

    coach: Coach
    row: SittingRow
    plan: Plan
    exam: Exam
    questions: list[Question]
    choose: Chooser | None = None
    position: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    confidences: dict[str, str] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    strikes: dict[str, frozenset[str]] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)
    shown: set[str] = field(default_factory=set)
    paused_at: datetime | None = None
    paused_for: timedelta = timedelta()

    @property
    def question(self) -> Question:
        """The question on the table."""
        return self.questions[self.position]

    @property
    def body(self) -> Body:
        """Its parts in the order in which this sitting shows them, the same every time."""
        return self.question.body.shuffled(Random(f"{self.row.seed}:{self.question.id}"))

    @property
    def forward_only(self) -> bool:
        """Adaptive sittings choose by every answer, so that none can be changed."""
        return self.plan.adaptive

    @property
    def deadline(self) -> datetime | None:
        """When the time is up, pauses added; None without a clock."""
        return None if self.row.deadline is None else self.row.deadline + self.paused_for

    def seconds_left(self) -> float | None:
        """Seconds until the deadline, 0 when it has passed, None without one."""
        if self.deadline is None:
            return None
        moment = self.paused_at or self.coach.now()
        return max((self.deadline - moment).total_seconds(), 0.0)

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
            UsageFault: there is none at that position, or the sitting goes forward only.
        """
        if not 0 <= position < len(self.questions):
            raise UsageFault(f"There is no question {position + 1}; the paper has {len(self.questions)}.")
        if self.forward_only and position < self.position:
            raise UsageFault("An adaptive exam goes forward only.")
        self.position = position
        self._log("show")
        self.shown.add(self.question.id)

    def answer(self, answer: Answer, confidence: str | None = None) -> bool:
        """Answer the question on the table; an empty answer takes it back. False if the time was up.

        Raises:
            UsageFault: no such confidence, or the sitting is paused.
        """
        if self.paused_at is not None:
            raise UsageFault("The exam is paused.", "Go on with it first.")
        if self.over:
            return False
        name = self.question.id
        if not answer:
            self._log("clear")
            self.answers.pop(name, None)
            return True
        if not isinstance(self.question.body, Ordering):
            # In one order only, so that the same choice reads as the same answer.
            answer = tuple(sorted(answer))
        self._log("answer", answer)
        self.answers[name] = answer
        if confidence:
            self.be_confident(confidence)
        return True

    def be_confident(self, confidence: str) -> None:
        """Say how sure the answer on the table is.

        Raises:
            UsageFault: it is none of sure, unsure, guess.
        """
        if confidence not in CONFIDENCES:
            raise UsageFault(f"{confidence!r} is no confidence.", f"It is one of {', '.join(CONFIDENCES)}.")
        self._log("confidence", (confidence,))
        self.confidences[self.question.id] = confidence

    def flag(self) -> bool:
        """Flag the question on the table, or take the flag off; whether it is flagged now."""
        flagged = self.question.id not in self.flags
        self._log("flag" if flagged else "unflag")
        self.flags ^= {self.question.id}
        return flagged

    def strike(self, part: str) -> bool:
        """Strike an option out, or take that back; whether it is struck now."""
        name = self.question.id
        before = self.strikes.get(name, frozenset())
        self._log("unstrike" if part in before else "strike", (part,))
        self.strikes[name] = before ^ {part}
        return part not in before

    def note(self, text: str) -> None:
        """Keep a note on the question on the table; an empty one removes it."""
        self._log("note", (text,))
        self.notes[self.question.id] = text

    def pause(self) -> None:
        """Stop the clock.

        Raises:
            UsageFault: the sitting is no practice.
        """
        if not self.plan.practice:
            raise UsageFault("Only practice can pause; the exam's clock runs on.")
        if self.paused_at is None:
            self._log("pause")
            self.paused_at = self.coach.now()

    def go_on(self) -> None:
        """Start the clock again."""
        if self.paused_at is not None:
            self._log("continue")
            self.paused_for += self.coach.now() - self.paused_at
            self.paused_at = None

    def forward(self) -> bool:
        """Go to the next question; False if there is none (the last one, or an adaptive sitting that has decided)."""
        if self.position + 1 < len(self.questions):
            self.show(self.position + 1)
            return True
        following = self.choose(self) if self.choose else None
        if following is None:
            return False
        self.questions.append(following)
        self.show(self.position + 1)
        return True

    def _log(self, kind: str, value: Answer = ()) -> None:
        self.coach.store.sittings.add(self.row.id, kind, self.coach.now(), self.question.id, value)


def play(session: ExamSession, events: list[SittingEvent], bank: Mapping[str, Question]) -> None:
    """Bring a session to where its events left it."""
    places = {question.id: number for number, question in enumerate(session.questions)}
    for event in events:
        if event.kind in ENDINGS:
            break  # what another window did after that does not count
        name = event.question or ""
        if name in bank and name not in places:
            # An adaptive paper grows by what was shown.
            places[name] = len(session.questions)
            session.questions.append(bank[name])
        if name in places:
            _play_one(session, event, places[name])


def _play_one(session: ExamSession, event: SittingEvent, place: int) -> None:
    name = session.questions[place].id
    match event.kind:
        case "show":
            session.position = place
            session.shown.add(name)
        case "answer":
            session.answers[name] = event.value
        case "clear":
            session.answers.pop(name, None)
        case "confidence":
            session.confidences[name] = event.value[0]
        case "note":
            session.notes[name] = event.value[0]
        case "flag" | "unflag":
            session.flags ^= {name}
        case "strike" | "unstrike":
            session.strikes[name] = session.strikes.get(name, frozenset()) ^ frozenset(event.value)
        case "pause" | "continue":
            _play_pause(session, event)


def _play_pause(session: ExamSession, event: SittingEvent) -> None:
    if event.kind == "pause":
        session.paused_at = event.at
    else:
        session.paused_for += event.at - (session.paused_at or event.at)
        session.paused_at = None
