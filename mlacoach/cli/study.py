"""`mlacoach study`."""

from typing import Annotated

import typer

from mlacoach.cli.celebrate import tell_new
from mlacoach.cli.context import open_coach
from mlacoach.coach.study import MINUTES, PARTS, Planner, Wanted
from mlacoach.errors import UnknownId
from mlacoach.screen.console import stdout
from mlacoach.screen.study import StudyScreen

app = typer.Typer(rich_markup_mode=None)


@app.command()
def study(
    ctx: typer.Context,
    minutes: Annotated[float, typer.Option(min=1, max=480, help="How long it may take.")] = MINUTES,
    only: Annotated[str | None, typer.Option(help="Only one part: reviews, lesson, quiz or cards.")] = None,
    topic: Annotated[
        str | None, typer.Option(help="Only what is about this topic, domain, task or skill, such as glue or 2.1.")
    ] = None,
    questions: Annotated[
        int | None, typer.Option(min=0, max=50, help="How many new questions, instead of as many as fit.")
    ] = None,
) -> None:
    """Today's session: what is due, what is worth most, a lesson, what is next on the roadmap, a lab in its time."""
    if only is not None and only not in PARTS:
        raise UnknownId("part", only, PARTS)
    coach = open_coach(ctx)
    planner = Planner(coach, Wanted(minutes, only, topic, questions))
    lab = StudyScreen(coach, stdout(), planner, planner.session()).run()
    tell_new(coach, "streak", "roadmap")
    if lab:
        # What a lab needs is loaded when one is wanted.
        from mlacoach.cli.lab import walk  # noqa: PLC0415
        from mlacoach.coach.lab.walking import How  # noqa: PLC0415

        walk(coach, lab.id, How(), yes=False)
