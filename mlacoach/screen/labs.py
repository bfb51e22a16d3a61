"""Labs in the terminal: the list, one lab's task, the walk through a run."""

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from mlacoach.coach.lab import Checked, Event, Settled, Starting, StepShown, TornDown
from mlacoach.curriculum.labs import LabFacts
from mlacoach.labs import Done

NARROW = 60


def print_labs(console: Console, labs: Sequence[LabFacts], done: Sequence[str]) -> None:
    """Every lab, and whether it was done."""
    if console.width < NARROW:
        for lab in labs:
            console.print(Text(f"{lab.id}: {lab.title} ({lab.minutes} min, {_state(lab, done)})"))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Lab", no_wrap=True)
    table.add_column("", ratio=1)
    table.add_column("Minutes", justify="right")
    table.add_column("Done")
    for lab in labs:
        table.add_row(Text(lab.id), Text(lab.title), Text(str(lab.minutes)), Text(_state(lab, done)))
    console.print(table)


def print_lab(console: Console, lab: LabFacts, readme: str) -> None:
    """What a lab is about, what it costs, and its task."""
    console.print(Text(lab.title, style="bold"))
    console.print(Text(lab.summary))
    console.print(Text(f"{lab.minutes} minutes. Services: {', '.join(lab.services)}."))
    console.print(Text(f"Skills: {', '.join(sorted(str(skill) for skill in lab.skills))}."))
    console.print(
        Text(
            f"On an AWS account at most {lab.usd_per_run:g} US dollars a run (prices of {lab.prices_read}); "
            "in the sandbox nothing."
        )
    )
    if lab.new_accounts:
        console.print(Text(f"New accounts: {lab.new_accounts}"))
    for difference in lab.sandbox_differs:
        console.print(Text(f"The sandbox differs: {difference}"))
    console.print()
    console.print(Text(readme.strip()))


def print_runs(console: Console, runs: Sequence[Settled]) -> None:
    """Each run and how it ended."""
    if not runs:
        console.print(Text("No lab was run yet. `mlacoach lab list` shows what there is."))
    for settled in runs:
        at = settled.run.at.astimezone()
        console.print(Text(f"{at:%Y-%m-%d %H:%M} {settled.run.lab}: {settled.state}. {settled.because}"))


class Walk:
    """Draws a run as it happens.

    Args:
        out: where the walk goes.
        talk: where what passes is said.
        pause: called before a step runs, with its number.
    """

    def __init__(self, out: Console, talk: Console, pause: Callable[[int], None]) -> None:
        self._out = out
        self._talk = talk
        self._pause = pause

    def __call__(self, event: Event) -> None:
        """Draw one event."""
        if isinstance(event, Starting):
            self._talk.print(Text(f"Starting a local AWS for {event.lab.title} …"))
        elif isinstance(event, StepShown):
            self._show(event)
        elif isinstance(event, Checked):
            done = isinstance(event.outcome, Done)
            self._out.print(Text(event.outcome.sentence, style="green" if done else "red"))
            self._out.print()
        elif isinstance(event, TornDown):
            self._out.print(Text(f"Torn down: {len(event.gone)} things were made, and each is gone.", style="green"))

    def _show(self, event: StepShown) -> None:
        self._out.print(Text(f"Step {event.number} of {event.of}: {event.step.sentence}", style="bold"))
        self._print_code(event.step.code.rstrip())
        self._pause(event.number)

    def _print_code(self, code: str) -> None:
        if self._out.is_terminal:
            self._out.print(Syntax(code, "python", theme="ansi_dark", background_color="default", word_wrap=True))
        else:
            # In a pipe a line stays a line, without the blanks with which Syntax fills it up.
            self._out.print(Text(code), soft_wrap=True)


def _state(lab: LabFacts, done: Sequence[str]) -> str:
    return "done" if lab.id in done else "open"
