"""`mlacoach interview`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.cli.output import print_json
from mlacoach.coach import Coach
from mlacoach.coach import interview as use
from mlacoach.curriculum.interviewing import InterviewQuestion
from mlacoach.screen import interview as view
from mlacoach.screen.console import stdout

app = typer.Typer(rich_markup_mode=None)


@app.command()
def interview(  # noqa: PLR0913, PLR0917 - each flag is one choice
    ctx: typer.Context,
    question_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="This question.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only easy, moderate, likely or behavioural ones.")] = None,
    number: Annotated[int, typer.Option(min=1, max=60, help="How many.")] = 3,
    listing: Annotated[bool, typer.Option("--list", help="Name all questions, and ask none.")] = False,
    progress: Annotated[bool, typer.Option("--progress", help="Say how far you are, and ask nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The list or the progress as JSON.")] = False,
) -> None:
    """Answer interview questions aloud or in writing, against the clock and a list of points."""
    coach = open_coach(ctx)
    if listing:
        _list(use.chosen(coach, kind, len(coach.library.interviews)), as_json=as_json)
    elif progress or as_json:
        _progress(coach, as_json=as_json)
    else:
        asked = [coach.library.interview_question(question_id)] if question_id else use.chosen(coach, kind, number)
        _ask(coach, asked)


def _ask(coach: Coach, questions: Sequence[InterviewQuestion]) -> None:
    console = stdout()
    try:
        for place, one in enumerate(questions, start=1):
            rating, seconds = view.ask(console, one, f"Question {place} of {len(questions)} ({one.kind})", coach.now)
            due = use.keep(coach, one, rating, seconds)
            console.print(Text(f"Kept. It comes back on {due.astimezone():%A %d %B}."))
    except EOFError:
        console.print()
    view.print_progress(console, use.progress(coach))


def _list(questions: Sequence[InterviewQuestion], *, as_json: bool) -> None:
    if as_json:
        rows = [{"id": one.id, "kind": one.kind, "question": one.question} for one in questions]
        print_json("interview-list", {"questions": rows})
    else:
        view.print_list(stdout(), questions)


def _progress(coach: Coach, *, as_json: bool) -> None:
    rows = use.progress(coach)
    if as_json:
        print_json("interview-progress", {"kinds": [asdict(row) for row in rows]})
    else:
        view.print_progress(stdout(), rows)
