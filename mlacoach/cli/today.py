"""`mlacoach` alone: what to do today."""

import typer
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.coach.lab import unfinished_runs
from mlacoach.coach.today import overview
from mlacoach.screen.console import stdout
from mlacoach.screen.result import exam_line


def today(ctx: typer.Context) -> None:
    """Say what is due, what is next, and what is still open or running."""
    coach, console = open_coach(ctx), stdout()
    day = overview(coach)
    if not day.learner.set_up:
        console.print(Text("Welcome. Start with `mlacoach init`, or go straight to `mlacoach study`."))
    for result in day.handed_in:
        console.print(Text(f"Time ran out, and your exam was handed in: {exam_line(result)}.", style="bold"))
    if day.exam:
        console.print(Text(f"An exam is open ({day.exam.exam}): `mlacoach exam resume`.", style="bold"))
    console.print(Text(f"{day.learner.exam.id}. {day.pace}"))
    done, total = day.roadmap.counts()
    console.print(Text(f"{day.learner.track.title}: {done} of {total} items done."))
    for item in day.roadmap.next():
        console.print(Text(f"Next: {item.title}."))
    due = f"{day.due} reviews are due" if day.due != 1 else "1 review is due"
    later = f"; the next comes on {day.next_due.astimezone():%A %d %B}" if day.next_due and not day.due else ""
    console.print(Text(f"{due}{later}. `mlacoach study` takes about half an hour."))
    for run in unfinished_runs(coach):
        console.print(Text(f"Lab {run.lab} is not clean: `mlacoach lab clean`.", style="bold"))
