"""A study session as it goes: reviews, quiz, cards, lesson, tick, lab. Parts can be left, extended, taken back."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from rich.console import Console
from rich.text import Text

from mlacoach.coach import Coach, reading
from mlacoach.coach.habits import midnight, minutes_on, streak
from mlacoach.coach.quiz import Kept, Taken, keep, keep_card, take_back
from mlacoach.coach.roadmap import mark
from mlacoach.coach.setup import today
from mlacoach.coach.standing import Standing, standing
from mlacoach.coach.study import Due, Planner, Session, sibling
from mlacoach.curriculum.labs import LabFacts
from mlacoach.curriculum.questions import Answer, Question
from mlacoach.curriculum.reading import CardSide, Lesson
from mlacoach.curriculum.services import named_in
from mlacoach.curriculum.tracks import Item
from mlacoach.learning.planning import QUESTION_MINUTES
from mlacoach.screen.cards import ask_card
from mlacoach.screen.lesson import print_whole, read
from mlacoach.screen.roadmap import print_item
from mlacoach.screen.session import Dialogue, Ended, ask_one, read_or_end

HELP = (
    "Letters answer; add ? if unsure, ?? for a guess; s skips; > leaves this part; + makes it longer; "
    "u takes the last answer back; q ends the session; h is this help."
)
# `+` adds this many minutes, and as many reviews or cards.
MORE = 5
BAR = 20


class NextPart(Exception):
    """The learner leaves this part of the session."""


@dataclass(slots=True)
class Done:
    """What was done in a session: which answers were right, how many cards, and how to take each back."""

    outcomes: list[bool] = field(default_factory=list)
    cards: list[bool] = field(default_factory=list)
    undo: list[tuple[str, Callable[[], object]]] = field(default_factory=list)


class StudyScreen:
    """One session. `run` goes through it; what was answered before it ends is kept."""

    def __init__(self, coach: Coach, console: Console, planner: Planner, session: Session) -> None:
        self._coach, self._console, self._planner, self._session = coach, console, planner, session
        self._began, self._limit, self._more = coach.now(), session.wanted.minutes, 0
        self._done = Done()
        self._before: Standing = planner.standing
        self._earlier = minutes_on(coach, today(coach))

    def run(self) -> LabFacts | None:
        """Go through the session, and say what changed; the lab that the learner wants to start, if any."""
        self._console.print(Text(self._session.reason))
        lab = None
        try:
            for part in (self._reviews, self._quiz, self._cards, self._lesson, self._tick):
                self._more = 0
                try:
                    part()
                except NextPart:
                    self._console.print(Text("On to the next part."))
            lab = self._lab()
        except Ended:
            self._console.print()
        self._summary()
        return lab

    def _reviews(self) -> None:
        due, number = self._session.due, 0
        while number < min(self._session.reviews + self._more, len(due)):
            count = min(self._session.reviews + self._more, len(due))
            self._ask(due[number], f"Review {number + 1} of {count}")
            number += 1

    def _cards(self) -> None:
        cards = self._planner.new_cards(self._session.cards)
        for number, side in enumerate(cards, start=1):
            self._ask(side, f"New card {number} of {len(cards)}")

    def _ask(self, one: Due, heading: str) -> None:
        self._progress()
        if isinstance(one, CardSide):
            ask_card(self._dialogue("review"), one, heading, self._keep_card)
        else:
            ask_one(self._dialogue("review", one.id), sibling(self._coach, one), heading)

    def _quiz(self) -> None:
        item = self._session.item
        if item:
            self._console.print()
            self._console.print(Text("Next on your roadmap:"))
            print_item(self._console, item, self._coach.library.mistakes)
        for one in self._session.due:
            if not isinstance(one, CardSide):
                self._planner.leave_out(one)
        number = 0
        while number < self._session.questions + self._more and not self._time_is_up():
            question = self._planner.next_question()
            if question is None:
                self._console.print(Text("There is no question left about that."))
                return
            number += 1
            self._progress()
            ask_one(self._dialogue("study"), question, f"Question {number} of {self._session.questions + self._more}")

    def _time_is_up(self) -> bool:
        up = self._session.wanted.questions is None and self._minutes() >= self._limit
        if up:
            self._console.print(Text(f"{self._limit:g} minutes are over."))
        return up

    def _lesson(self) -> None:
        lesson = self._session.lesson
        if lesson is None or self._minutes() >= self._limit:
            return
        self._console.print()
        self._console.print(Text(f"To read: {lesson.title} ({lesson.minutes} minutes)", style="bold"))
        if read_or_end(self._console, "r reads it, Enter leaves it: ").lower() not in {"r", "read", "y"}:
            return
        began = self._coach.now()
        if not self._read(lesson):
            self._console.print(Text(f"`mlacoach learn {lesson.id}` goes on here."))
            return
        self._count_as_read(lesson, max((self._coach.now() - began).total_seconds(), 0.0))
        known = self._coach.library.questions
        own = [known[name] for name in lesson.questions if name in known]
        for number, question in enumerate(own, start=1):
            self._progress()
            ask_one(self._dialogue("study"), question, f"Question {number} of {len(own)}")

    def _read(self, lesson: Lesson) -> bool:
        """Show the lesson; whether it was read to its end."""
        if not self._console.is_terminal:
            print_whole(self._console, lesson)
            read_or_end(self._console, "When you have read it, Enter goes on: ")
            return True
        return read(
            self._console,
            lesson,
            reading.place_of(self._coach, lesson),
            lambda place: reading.keep_place(self._coach, lesson, place),
        )

    def _count_as_read(self, lesson: Lesson, seconds: float) -> None:
        readings, now = self._coach.store.readings, self._coach.now
        reading.finish(self._coach, lesson, seconds)
        self._done.undo.append(
            (f"“{lesson.title}” counts as unread", lambda: readings.add(lesson.id, "unread", 0.0, now()))
        )

    def _tick(self) -> None:
        item: Item | None = self._session.item
        if item is None or item.gate:
            return
        self._console.print()
        if read_or_end(self._console, f"Is “{item.title}” done? y ticks it, Enter leaves it: ").lower() in {"y", "yes"}:
            mark(self._coach, item, "done")
            self._console.print(Text("Ticked. `mlacoach roadmap undo` takes it back."))

    def _lab(self) -> LabFacts | None:
        lab = self._session.lab
        if lab is None:
            return None
        self._console.print()
        self._console.print(Text(f"Time for a lab: {lab.title} ({lab.minutes} minutes), `mlacoach lab run {lab.id}`."))
        started = read_or_end(self._console, "y starts it now, Enter leaves it: ").lower() in {"y", "yes"}
        return lab if started else None

    def _dialogue(self, source: str, point: str | None = None) -> Dialogue:
        notes = list(self._coach.library.services.values())

        def kept(question: Question, answer: Answer, seconds: float, confidence: str) -> Kept:
            one = keep(self._coach, question, answer, Taken(seconds, confidence), source, point)
            self._done.outcomes.append(one.right)
            self._planner.answered()
            self._can_take_back("Your last answer counts no more", one, self._done.outcomes)
            return one

        return Dialogue(
            self._console,
            self._coach.now,
            self._coach.rng,
            kept,
            lambda question: named_in(question.text, notes),
            {">": self._leave, "+": self._extend, "u": self._take_back},
            HELP,
        )

    def _keep_card(self, side: CardSide, seconds: float, confidence: str, knew: bool) -> None:  # noqa: FBT001
        one = keep_card(self._coach, side.point, Taken(seconds, confidence), knew=knew)
        self._done.cards.append(knew)
        self._can_take_back("Your last card counts no more", one, self._done.cards)

    def _can_take_back(self, said: str, one: Kept, counted: list[bool]) -> None:
        def undo() -> None:
            take_back(self._coach, one)
            self._planner.answered()
            counted.pop()

        self._done.undo.append((said, undo))

    def _leave(self) -> None:
        raise NextPart

    def _extend(self) -> None:
        self._limit += MORE
        self._more += math.ceil(MORE / QUESTION_MINUTES)
        self._console.print(Text(f"{MORE} minutes more."))

    def _take_back(self) -> None:
        if not self._done.undo:
            self._console.print(Text("There is nothing to take back."))
            return
        said, undo = self._done.undo.pop()
        undo()
        self._console.print(Text(f"{said}."))

    def _minutes(self) -> float:
        return max((self._coach.now() - self._began) / timedelta(minutes=1), 0.0)

    def _progress(self) -> None:
        """How far the session is, and the day; bars only where somebody sees them."""
        spent, limit = self._minutes(), self._limit
        told = f"{spent:.0f} of {limit:g} min, today {self._earlier + spent:.0f} min"
        share = min(spent / limit, 1.0) if limit else 1.0
        bar = f"{'█' * round(share * BAR)}{'░' * (BAR - round(share * BAR))} " if self._console.is_terminal else ""
        self._console.print()
        self._console.print(Text(f"{bar}{told}", style="dim"))

    def _summary(self) -> None:
        outcomes, cards = self._done.outcomes, self._done.cards
        told = [f"{sum(outcomes)} of {len(outcomes)} right"] if outcomes else []
        told += [f"{sum(cards)} of {len(cards)} cards known"] if cards else []
        self._console.print(Text(f"Today: {'; '.join(told)}." if told else "Nothing was answered."))
        if outcomes:
            self._changes()
        days = streak(self._coach)
        self._console.print(Text(f"Streak: {days} {'day' if days == 1 else 'days'}; one day left out is forgiven."))
        due = self._coach.store.answers.next_due()
        if due:
            tomorrow = f"Reviews tomorrow: {self._due_tomorrow()}. "
            self._console.print(
                Text(f"{tomorrow}Next review: {due.astimezone():%A %d %B}. `mlacoach report` shows where you stand.")
            )

    def _changes(self) -> None:
        after = standing(self._coach, self._before.exam)
        for domain in after.exam.domains:
            was, now = _expected(self._before, domain.id), _expected(after, domain.id)
            self._console.print(
                Text(f"  Domain {domain.id} {domain.name}: {was:.0%} → {now:.0%} of its questions expected right")
            )

    def _due_tomorrow(self) -> int:
        return len(self._coach.store.answers.due(midnight(today(self._coach) + timedelta(days=2))))


def _expected(where: Standing, domain: str) -> float:
    rows = [row for row in where.skills.values() if row.domain.id == domain]
    return sum(row.weight * row.right for row in rows) / sum(row.weight for row in rows)


def plain_dialogue(coach: Coach, console: Console, source: str, outcomes: list[bool]) -> Dialogue:
    """A dialogue outside a session, that keeps its answers as coming from `source` and notes which were right."""
    notes = list(coach.library.services.values())

    def kept(question: Question, answer: Answer, seconds: float, confidence: str) -> Kept:
        one = keep(coach, question, answer, Taken(seconds, confidence), source)
        outcomes.append(one.right)
        return one

    return Dialogue(console, coach.now, coach.rng, kept, lambda question: named_in(question.text, notes))
