"""Our flashcards as an Anki package. The ids stay: whoever imports a newer package gets no card twice."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from html import escape
from importlib import import_module
from pathlib import Path
from typing import Any
from zlib import crc32

from mlacoach.curriculum.reading import Flashcard

# Chosen once. Anki knows a kind of note, a deck and a note by these numbers for ever.
ONE_WAY, BOTH_WAYS = 1_607_392_319, 1_607_392_320
_FIRST_DECK = 1 << 30
_FRONT = '{{Front}}<div class="about">{{Deck}}</div>'
_BACK = '{{FrontSide}}<hr id="answer">{{Back}}<div class="about">{{Source}}</div>'
_REVERSED = '{{Back}}<div class="about">{{Deck}}</div>'
_REVERSED_BACK = '{{Back}}<hr id="answer">{{Front}}<div class="about">{{Source}}</div>'
_CSS = (
    ".card { font-family: sans-serif; font-size: 20px; text-align: left; max-width: 40em; margin: 1em auto; }"
    " .about { font-size: 12px; opacity: .7; margin-top: 1.5em; } code { font-family: monospace; }"
)


def write_package(cards: Iterable[Flashcard], path: Path) -> int:
    """Write an `.apkg` file.

    Returns:
        How many notes it holds; a note that is asked both ways makes two cards.
    """
    genanki: Any = import_module("genanki")  # only for an export; it has no types

    fields = [{"name": name} for name in ("Front", "Back", "Deck", "Source")]
    forward = {"name": "Front to back", "qfmt": _FRONT, "afmt": _BACK}
    backward = {"name": "Back to front", "qfmt": _REVERSED, "afmt": _REVERSED_BACK}
    models = {
        False: genanki.Model(ONE_WAY, "mlacoach", fields=fields, templates=[forward], css=_CSS),
        True: genanki.Model(BOTH_WAYS, "mlacoach both ways", fields=fields, templates=[forward, backward], css=_CSS),
    }
    decks: defaultdict[str, list[Flashcard]] = defaultdict(list)
    for card in cards:
        decks[card.deck].append(card)
    package = genanki.Package([_deck(title, own, models) for title, own in decks.items()])
    package.write_to_file(str(path))
    return sum(map(len, decks.values()))


def _deck(title: str, cards: Iterable[Flashcard], models: Mapping[bool, object]) -> object:
    genanki: Any = import_module("genanki")

    name = f"mlacoach::{title}"
    deck = genanki.Deck(_FIRST_DECK + crc32(name.encode()) % _FIRST_DECK, name)
    for card in cards:
        source = "; ".join(f'<a href="{escape(one.url)}">{escape(one.title)}</a>' for one in card.references)
        fields = [_html(card.front), _html(card.back), escape(card.deck), f"{source} ({card.verified})"]
        tags = [str(ref).replace(" ", "::") for ref in sorted(card.skills)]
        guid = genanki.guid_for("mlacoach", card.id)
        deck.add_note(genanki.Note(model=models[card.reverse], fields=fields, guid=guid, tags=tags))
    return deck


def _html(text: str) -> str:
    """Text as HTML; what stands in backticks as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
