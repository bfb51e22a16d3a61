"""The walk through a run, drawn as it happens."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.text import Text

from mlacoach.coach.lab import (
    Asking,
    Checked,
    CutShort,
    Ending,
    Event,
    Finished,
    Kept,
    Ran,
    Starting,
    StepShown,
    TornDown,
)
from mlacoach.content.lab_text import story
from mlacoach.screen.ask import read_line
from mlacoach.screen.console import print_hanging, working
from mlacoach.screen.lab_shown import print_shown
from mlacoach.screen.labs import print_outcomes, print_prose, skills_of
from mlacoach.screen.source import print_code, together


class Walk:
    """Draws a run as it happens.

    Args:
        out: where the walk goes.
        talk: where what passes is said.
        pause: called before a step runs, with its number.
        asks: may questions be asked?
    """

    def __init__(self, out: Console, talk: Console, pause: Callable[[int], None], *, asks: bool = False) -> None:
        self._out = out
        self._talk = talk
        self._pause = pause
        self._asks = asks
        self._status = ExitStack()
        # What was shown already beside a step's own code.
        self._shown: set[str] = set()
        self._lab = ""

    @contextmanager
    def live(self) -> Iterator["Walk"]:
        """While this lasts, what runs is shown to run, where a person is looking."""
        try:
            yield self
        finally:
            self._rest()

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        self._rest()
        if isinstance(event, Starting):
            self._begin(event)
        elif isinstance(event, StepShown):
            self._show(event)
        elif isinstance(event, Ran):
            print_shown(self._out, event.shown)
        elif isinstance(event, Checked):
            print_outcomes(self._out, [event.outcome])
            self._out.print()
        elif isinstance(event, Asking):
            self._ask(event)
        else:
            self._end(event)

    def _begin(self, event: Starting) -> None:
        if event.run.target == "aws":
            say = f"Running {event.lab.id} in account {event.run.account}, region {event.run.region} …"
        else:
            say = f"Starting a local AWS for {event.lab.id} …"
        self._talk.print(Text(say))
        self._out.print(Text(event.lab.title, style="bold"))
        print_prose(self._out, story(event.lab.folder))
        self._out.print()
        if event.run.target != "aws" and event.lab.sandbox_differs:
            self._out.print(Text(f"How the sandbox differs: mlacoach lab show {event.lab.id}"), soft_wrap=True)
        self._out.print()
        self._work("Starting …")

    def _show(self, event: StepShown) -> None:
        self._out.print(Text(f"Step {event.number} of {event.of}: {event.step.sentence}", style="bold"))
        self._out.print()
        if event.purpose:
            print_prose(self._out, event.purpose)
            self._out.print()
        new = [piece for piece in event.step.beside if piece not in self._shown]
        self._shown.update(new)
        print_code(self._out, together([*new, event.step.code]))
        self._pause(event.number)
        self._work(f"Running step {event.number} of {event.of} …")

    def _ask(self, event: Asking) -> None:
        if not self._asks:
            return
        question = event.question
        self._out.print(Text(question.ask, style="bold"))
        for number, option in enumerate(question.options, start=1):
            print_hanging(self._out, f"  {number})  ", option)
        number = self._number(len(question.options))
        if number:
            right = event.answer(question.options[number - 1])
            self._out.print(Text("Right." if right else f"Wrong. Right is: {question.answer}"))
        self._out.print(Text(question.why))
        self._out.print()

    def _number(self, most: int) -> int:
        """The number of an option, asked for again after anything else; 0 if the question is left."""
        while True:
            typed = self._read("Number (Enter leaves it): ")
            if not typed:
                return 0
            if typed.isdecimal() and 1 <= int(typed) <= most:
                return int(typed)
            self._out.print(Text(f"Type a number from 1 to {most}, not {typed[:20]!r}."))

    def _read(self, prompt: str) -> str:
        try:
            return read_line(self._out, prompt)
        except KeyboardInterrupt:
            # What is said next begins a line.
            self._out.print()
            raise

    def _end(self, event: Finished | Kept | Ending | CutShort | TornDown) -> None:
        if isinstance(event, Finished):
            self._sum_up(event)
        elif isinstance(event, Ending):
            self._work("Tearing down …")
        elif isinstance(event, Kept):
            self._out.print(Text(f"Everything stays until: mlacoach lab clean {event.run.lab}", style="bold"))
        elif isinstance(event, CutShort):
            say = f"The teardown did not end. What is left stays until: mlacoach lab clean {event.run.lab}"
            self._out.print(Text(say, style="bold"), soft_wrap=True)
        else:
            for kept in event.kept:
                self._out.print(Text(f"It ended, and AWS keeps its record: {kept}"))
            self._out.print(Text(f"Torn down: {event.sentence}", style="green"))
            if self._lab:
                self._talk.print(Text(f"Now by hand: mlacoach lab start {self._lab}"), soft_wrap=True)
                self._talk.print(Text("The others: mlacoach lab list"))

    def _sum_up(self, event: Finished) -> None:
        self._lab = event.lab.id
        answers = f" Questions: {event.right} of {event.asked} right." if event.asked else ""
        self._out.print(
            Text(f"All steps are done: {event.lab.title}. Score: {event.score} per cent.{answers}", style="bold")
        )
        self._out.print(Text(f"Practised: {skills_of(event.lab)}."))
        for name, value in event.metrics.items():
            self._out.print(Text(f"{name}: {value:.6g}"))

    def _work(self, what: str) -> None:
        if self._out.file.isatty():
            self._status.enter_context(working(self._talk, what))

    def _rest(self) -> None:
        self._status.close()
