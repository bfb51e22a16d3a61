"""The room: the one place where Textual runs. It looks at the clock, and it knows how it is left."""

import asyncio
import gc
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.reactive import Reactive
from textual.theme import Theme

from mlacoach.coach.exam import ExamSession
from mlacoach.curriculum.questions import Question
from mlacoach.screen.room.desk import Desk
from mlacoach.screen.room.look import DARK, LIGHT, THEMES
from mlacoach.screen.room.outcome import Outcome
from mlacoach.screen.room.panels import Panel
from mlacoach.screen.room.paper import Paper
from mlacoach.screen.room.terminal import DEADLY, draws_elsewhere, is_there, mind_closing, signals_kept, turn_away
from mlacoach.screen.room.watch import Watch

if TYPE_CHECKING:
    from mlacoach.curriculum.services import ServiceNote

Explain = Callable[[Question], Sequence["ServiceNote"]]
# Twice a second, so that the seconds are seen to pass one by one.
TICK = 0.5
# When the first question is being read, there is time for what was left out of the start.
SETTLED = 0.3
LEAVE = "leave"
# The modules of screens that bring Textual's table and its editor, 30 ms.
COMING_UP = ("explanation", "navigator", "note")


class Room(App[Outcome]):
    """Shows a session until it is left."""

    CSS_PATH = Path(__file__).with_name("room.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+c,ctrl+q", "leave", show=False, priority=True),
        Binding("ctrl+z", "suspend_process", show=False, priority=True),
    ]
    # Set when the room is open, it would have the whole style sheet read twice.
    theme = Reactive(DARK)

    def __init__(self, session: ExamSession, explain: Explain) -> None:
        with _colour_as_wished():
            super().__init__()
        self.desk = Desk(session)
        self.clock = Watch(session)
        self.explain = explain
        self.fault: BaseException | None = None
        self._in_terminal = is_there()

    @property
    def available_themes(self) -> dict[str, Theme]:
        """Ours, known before anything asks for one."""
        return {theme.name: theme for theme in THEMES}

    def get_default_screen(self) -> Paper:
        """The question on the table."""
        return Paper(self.desk, self.explain, self.size)

    def on_mount(self) -> None:
        """The clock runs from here."""
        if self._in_terminal:
            mind_closing(lambda: self.finish(Outcome.TERMINATED))
        self.desk.session.go_on()
        self.set_interval(TICK, self.look_at_clock)
        self.set_timer(SETTLED, self._settle)

    def _settle(self) -> None:
        """Load what comes up, and have the collector pass by what stays, which would hold up a key now and then."""
        for name in COMING_UP:
            import_module(f"mlacoach.screen.room.{name}")
        gc.freeze()

    @property
    def paper(self) -> Paper:
        """The screen below everything that came up."""
        paper = self.screen_stack[0]
        assert isinstance(paper, Paper)  # noqa: S101 - the default screen
        return paper

    def look_at_clock(self) -> None:
        """Tell the time, warn, and end the sitting when the time is up, whatever is open."""
        if not self.screen_stack:
            return  # the room is being left, and the timer has not been told yet
        if self._in_terminal and not is_there():
            # We may have been told to ignore the hang-up; Textual would wait for keys for ever.
            self.finish(Outcome.TERMINATED)
            return
        if self.desk.session.over:
            self.finish(Outcome.HANDED_IN)
            return
        warning = self.clock.warning()
        if warning:
            # It comes up beside what is being done and takes no key away.
            self.notify(warning, severity="warning", timeout=10, markup=False)
        self.paper.tell_time(self.clock)

    def finish(self, outcome: Outcome) -> None:
        """Leave the room; a note that is being written is kept."""
        if self._in_terminal and not is_there():
            turn_away()
        # A signal may come before there is any screen.
        note = self.paper.open_note if self.is_running and self.screen_stack else None
        if note and note.changed:
            self.desk.session.note(note.written)
        self.exit(outcome)

    def interrupt(self) -> None:
        """Leave as every command does when somebody sends SIGINT; Ctrl-C is a key here."""
        self.fault = KeyboardInterrupt()
        self.finish(Outcome.LEFT)

    def turn_look(self) -> None:
        """Light or dark."""
        self.theme = LIGHT if self.theme == DARK else DARK

    def action_leave(self) -> None:
        """Ask whether to leave; asked once only."""
        if not any(screen.id == LEAVE for screen in self.screen_stack):
            panel = Panel("Save and leave?", self._leaving(), [("y", "Leave"), ("n", "Stay")])
            panel.id = LEAVE
            self.push_screen(panel, self._left)

    def _leaving(self) -> str:
        session = self.desk.session
        clock = "" if session.deadline is None or session.plan.practice else " The clock goes on."
        halves = self.desk.halves
        lost = f"\n\nBegun but not complete, so not saved: question {_numbers(halves)}." if halves else ""
        return f"Every answer, flag and note is saved.{clock} `mlacoach exam resume` goes on.{lost}"

    def _left(self, key: str | None) -> None:
        if key == "y":
            self.finish(Outcome.LEFT)

    def _fatal_error(self) -> None:
        # Textual would print a traceback with all local variables; ours goes to `main`, which saves it.
        self.fault = self._exception
        self._close_messages_no_wait()


def run_room(session: ExamSession, explain: Explain) -> Outcome:
    """Sit in the room until it is left; the terminal is then as it was. Where it can't be seen, lines are wanted."""
    if draws_elsewhere():
        return Outcome.PLAIN
    room = Room(session, explain)
    with signals_kept():
        outcome = asyncio.run(_sit(room))
    if room.fault:
        raise room.fault
    return outcome or Outcome.LEFT


async def _sit(room: Room) -> Outcome | None:
    # Left to itself, Textual dies of a signal and leaves the terminal in the alternate screen with the mouse on.
    loop = asyncio.get_running_loop()
    # Windows has no such handlers; its terminals close by themselves.
    with suppress(NotImplementedError):
        loop.add_signal_handler(signal.SIGINT, room.interrupt)
        for number in DEADLY:
            # nohup has us ignore a hang-up.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, room.finish, Outcome.TERMINATED)
    return await room.run_async()


def _numbers(places: Sequence[int]) -> str:
    return ", ".join(str(place + 1) for place in places)


@contextmanager
def _colour_as_wished() -> Iterator[None]:
    """Textual takes an empty NO_COLOR for a wish, which it isn't, and doesn't know our own variable."""
    before = os.environ.pop("NO_COLOR", None)
    if before or os.environ.get("MLACOACH_NO_COLOR"):
        os.environ["NO_COLOR"] = "1"
    try:
        yield
    finally:
        os.environ.pop("NO_COLOR", None)
        if before is not None:
            os.environ["NO_COLOR"] = before
