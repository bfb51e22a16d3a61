"""Flashcards in lines: the front, then the back, then how well it was known."""

from collections.abc import Callable
from typing import TypeVar

from rich.text import Text

from mlacoach.curriculum.reading import CardSide
from mlacoach.screen.session import Dialogue, Ended, read_or_end

SHOW = "Think, then Enter shows the answer (h for help): "
GRADE = "Did you know it? y yes, ? unsure, n no (h for help): "
HELP = "Enter shows the answer, then y, ? or n; s skips; q ends the session."
# What was typed: was it known, and how sure.
GRADES = {"y": (True, "sure"), "?": (True, "unsure"), "n": (False, "guess")}

T = TypeVar("T")
Keep = Callable[[CardSide, float, str, bool], object]


def ask_card(dialogue: Dialogue, side: CardSide, heading: str, keep: Keep) -> None:
    """Show a card, and keep how well it was known: (side, seconds, confidence, knew).

    Raises:
        Ended: the learner wants to stop.
    """
    console, began = dialogue.console, dialogue.now()
    console.print()
    console.print(Text(f"{heading} · {side.card.deck}", style="bold"))
    console.print(Text(side.asks))
    if not _typed(dialogue, SHOW, {"": True}):
        return
    seconds = max((dialogue.now() - began).total_seconds(), 0.0)
    console.print(Text(side.answer))
    for reference in side.card.references:
        console.print(Text(f"See: {reference.title} <{reference.url}>", style="dim"))
    grade = _typed(dialogue, GRADE, GRADES)
    if grade:
        knew, confidence = grade
        keep(side, seconds, confidence, knew)


def _typed(dialogue: Dialogue, prompt: str, known: dict[str, T]) -> T | None:
    """Ask until one of the known is typed; None means that the card is skipped."""
    while True:
        line = read_or_end(dialogue.console, prompt).lower()
        if line in known:
            return known[line]
        if line in dialogue.commands:
            dialogue.commands[line]()
            continue
        if line in {"q", "quit"}:
            raise Ended
        if line in {"s", "skip"}:
            return None
        dialogue.console.print(Text(HELP))
