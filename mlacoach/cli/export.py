"""`mlacoach export`."""

from pathlib import Path
from typing import Annotated

import typer

from mlacoach.cli.context import load_content
from mlacoach.coach.anki import write_package
from mlacoach.errors import UsageFault
from mlacoach.screen.console import stderr

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def export() -> None:
    """Take what is yours along to other programs."""


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
