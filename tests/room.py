"""A seat in the exam room: keys and clicks in, what is on the screen out. No real terminal, no waiting."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from html import unescape
from typing import Any

from textual.pilot import Pilot

from mlacoach.coach import Coach
from mlacoach.coach import exam as use
from mlacoach.coach.exam import ExamSession, Wish
from mlacoach.curriculum.questions import Answer, Body, Case, Choice, Matching, Ordering, Part, Question, Reference
from mlacoach.curriculum.services import ServiceNote
from mlacoach.screen.room.app import Room
from mlacoach.screen.room.draft import Draft, lettered, numbered
from mlacoach.screen.room.outcome import Outcome
from mlacoach.screen.room.rows import Row

NARROW, WIDE = (80, 24), (120, 40)
PATIENCE = 100
# A key, what it changes, and what is to be done when that has been drawn.
ROUNDS = 2
# How Textual's screenshots place text: so many units a cell, and the number of the line in the clip path.
CELL = 12.2
TEXT = re.compile(
    r'<text class="[^"]*" x="([\d.]+)" y="[^"]*" textLength="[^"]*" clip-path="[^"]*-line-(\d+)\)">(.*?)</text>'
)


@dataclass(slots=True)
class Seat:
    """Somebody in the room."""

    room: Room
    pilot: Pilot[Outcome]

    @property
    def session(self) -> ExamSession:
        return self.room.desk.session

    async def settle(self) -> None:
        """Let the room do what is due. Pilot's own pause waits for an idle processor, 40 ms each time."""
        for _ in range(ROUNDS):
            await self.pilot.pause(0)

    async def press(self, *keys: str) -> None:
        for key in keys:
            self.room.simulate_key(key)
            await self.settle()

    async def type(self, *keys: str) -> None:
        """Several keys at once, as fast typing does: without a look at the screen in between."""
        for key in keys:
            self.room.simulate_key(key)
        await self.settle()

    async def until(self, there: Callable[[], bool]) -> None:
        """Let the room work until something is so."""
        for _ in range(PATIENCE):
            if there():
                return
            await self.settle()
        raise AssertionError(self.text())

    async def go(self, position: int) -> None:
        """Put a question on the table, as the navigator does."""
        await self.room.paper.go(position)
        await self.settle()

    async def go_to(self, kind: str) -> Question:
        """Put the first question of a kind on the table."""
        await self.go(next(place for place, one in enumerate(self.session.questions) if one.kind == kind))
        return self.session.question

    async def click(self, sign: str, *, column: int = 8, button: int = 1) -> None:
        await self.pilot.click(self.row(sign), offset=(column, 0), button=button)
        await self.settle()

    async def look_at_clock(self) -> None:
        self.room.look_at_clock()
        await self.settle()

    def row(self, sign: str) -> Row:
        return next(row for row in self.room.paper.query(Row) if row.display and row.sign == sign)

    def rows(self) -> list[str]:
        return [row.text for row in self.room.paper.query(Row) if row.display]

    def lines(self) -> list[str]:
        """The screen as it is seen."""
        return lines_of(self.room.export_screenshot(), self.room.size.height)

    def text(self) -> str:
        return "\n".join(self.lines())


def lines_of(svg: str, height: int) -> list[str]:
    """The text of a screenshot."""
    lines = [""] * height
    pieces = [(int(line), round(float(x) / CELL), unescape(text)) for x, line, text in TEXT.findall(svg)]
    for line, column, text in sorted(pieces):
        lines[line] = lines[line].ljust(column) + text.replace("\xa0", " ")
    return [line.rstrip() for line in lines]


def keys_of(question: Question, draft: Draft, answer: Answer) -> list[str]:
    """What to press for an answer to the question on the table."""
    signs = {part.id: sign for sign, part in {**numbered(draft), **lettered(draft.body)}.items()}
    if isinstance(question.body, Choice):
        return [signs[part] for part in answer]
    if isinstance(question.body, Matching):
        return [sign for pair in answer for sign in map(signs.__getitem__, pair.split("="))]
    keys, steps = [], list(draft.marked)
    for place, step in enumerate(answer):
        keys += [str(steps.index(step) + 1), *["K"] * (steps.index(step) - place)]
        steps.remove(step)
        steps.insert(place, step)
    return keys


def right_answer(question: Question) -> Answer:
    """Its key, as the store has it."""
    body = question.body
    if isinstance(body, Ordering):
        return body.right_order
    return tuple(sorted(body.pairs if isinstance(body, Matching) else body.key))


def nothing(_question: Question) -> Sequence[ServiceNote]:
    return ()


def sit(
    session: ExamSession,
    scene: Callable[[Seat], Awaitable[Any]],
    size: tuple[int, int] = NARROW,
    explain: Callable[[Question], Sequence[ServiceNote]] = nothing,
) -> Outcome | None:
    """Play a scene in the room; how the room was left, or None if it was not."""

    async def play() -> Outcome | None:
        room = Room(session, explain)
        async with room.run_test(size=size, notifications=True) as pilot:
            seat = Seat(room, pilot)
            await seat.settle()
            await scene(seat)
        return room.return_value

    return asyncio.run(play())


def begin(coach: Coach, seed: int = 7, **wish: Any) -> ExamSession:  # noqa: ANN401 - as Wish takes them
    """A sitting of MLA-C01, whose bank has every kind."""
    return use.begin(coach, use.make(coach, Wish("MLA-C01", **wish)), seed)


def paper_of(coach: Coach, *kinds: str, **wish: Any) -> ExamSession:  # noqa: ANN401
    """A sitting with one question of each of these kinds."""
    session = begin(coach, **wish)
    bank = coach.library.questions.values()
    session.questions[:] = [next(one for one in bank if one.kind == kind and one.serves("MLA-C01")) for kind in kinds]
    return session


def choice(key: str = "a", count: int = 4, text: str = "Option {}") -> Question:
    """A made-up question; its options say their ids."""
    options = tuple(Part(name, text.format(name), f"Because of {name}.") for name in "abcdefgh"[:count])
    return made(Choice(options, frozenset(key)), "multiple-choice" if len(key) == 1 else "multiple-response")


def made(body: Body, kind: str, name: str = "made-up", stem: str = "What is it?", case: Case | None = None) -> Question:
    """A question that is in no bank."""
    return Question(
        id=name,
        kind=kind,
        stem=stem,
        body=body,
        skills=frozenset(),
        topics=frozenset(),
        difficulty=1,
        cognitive="remember",
        references=(Reference("A page [1]", "https://example.org/[a]"),),
        verified=date(2026, 11, 21),
        case=case,
    )
