"""`mlacoach milestones`."""

from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.cli.output import print_json
from mlacoach.coach.milestones import celebrate, celebrated
from mlacoach.screen.console import stdout

app = typer.Typer(rich_markup_mode=None)


@app.command()
def milestones(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """What you reached: checkpoints, phases, streaks, exams, labs, projects."""
    coach = open_coach(ctx)
    new = {one.name for one in celebrate(coach)}
    rows = celebrated(coach)
    if as_json:
        data = [{"name": one.name, "at": one.at.isoformat(), "text": one.text, "new": one.name in new} for one in rows]
        print_json("milestones", {"milestones": data})
        return
    console = stdout()
    for one in rows:
        console.print(Text(f"{one.at.astimezone():%Y-%m-%d}  {one.text}{' New!' if one.name in new else ''}"))
    if not rows:
        console.print(Text("None yet. The first come with three days in a row, a checkpoint, a lab."))
