"""Which texts name a service that was renamed, closed or retired."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlacoach.curriculum.reading import ServiceNote

# What no learner can use any more, or never could: it may be taught as history, never as the answer.
GONE = frozenset({"discontinued", "retired", "never-existed", "removed"})


@lru_cache(maxsize=512)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    # A name counts as a whole word and as written: "Forecast" in "a forecast" is no service.
    choices = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)")


def named_in(text: str, notes: Sequence["ServiceNote"]) -> list["ServiceNote"]:
    """The notes on services that the text names, in the order of the notes."""
    # Most texts name none: one search for all the names says so, where one for each would take a second for a bank.
    names = tuple(name for note in notes for name in note.names)
    if not names or not _pattern(names).search(text):
        return []
    return [note for note in notes if note.names and _pattern(note.names).search(text)]
