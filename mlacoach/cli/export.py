"""`mlacoach export`."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from mlacoach.cli.context import clock, load_content, open_coach, open_store
from mlacoach.coach.anki import write_package
from mlacoach.errors import UsageFault
from mlacoach.screen.console import stderr


class Export(TyperGroup):
    """`export FILE.jsonl` is `export jsonl FILE.jsonl`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - click's own signature
        """Put the name of the format before a file that says it."""
        words = ["jsonl", *args] if args and args[0].endswith(".jsonl") else args
        return super().parse_args(ctx, words)


app = typer.Typer(cls=Export, rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def export() -> None:
    """Take what is yours along: `export FILE.jsonl` writes everything; the others are for other programs."""


@app.command()
def jsonl(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The .jsonl file; `mlacoach import` takes it in.")],
) -> None:
    """Write everything that is yours, a row a line."""
    from mlacoach.coach.exchange import write_log  # noqa: PLC0415 - loads the scheduler

    rows = write_log(open_store(ctx), path, clock())
    stderr().print(Text(f"{sum(rows.values())} rows written to {path}."), soft_wrap=True)


@app.command()
def csv(ctx: typer.Context, path: Annotated[Path, typer.Argument(metavar="FILE", help="The .csv file.")]) -> None:
    """Write your answers as a table for a spreadsheet."""
    from mlacoach.coach.answers_csv import write_answers  # noqa: PLC0415 - its own name

    count = write_answers(open_coach(ctx), path)
    stderr().print(Text(f"{count} answers written to {path}."), soft_wrap=True)


@app.command()
def ics(ctx: typer.Context, path: Annotated[Path, typer.Argument(metavar="FILE", help="The .ics file.")]) -> None:
    """Write your plan as a calendar, as `mlacoach plan --ics` does; importing a newer one updates."""
    from mlacoach.coach.calendar import write_calendar  # noqa: PLC0415 - loads icalendar
    from mlacoach.coach.plan import plan  # noqa: PLC0415

    coach = open_coach(ctx)
    count = write_calendar(coach, plan(coach), path)
    stderr().print(Text(f"{count} events written to {path}."), soft_wrap=True)


@app.command()
def anki(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="The .apkg file.")],
    deck: Annotated[list[str] | None, typer.Option(help="Only this deck, by its title; repeat for more.")] = None,
) -> None:
    """Write the flashcards as an Anki package; importing a newer one brings nothing twice."""
    cards = load_content(ctx).library.flashcards.values()
    titles = {card.deck for card in cards}
    for title in deck or ():
        if title not in titles:
            raise UsageFault(f"There is no deck {title}.", f"The decks: {', '.join(sorted(titles)) or 'none'}")
    wanted = [card for card in cards if not deck or card.deck in deck]
    if not wanted:
        raise UsageFault("There are no flashcards.")
    stderr().print(f"{write_package(wanted, path)} notes written to {path}.", soft_wrap=True)
