"""Which texts name a service that was renamed, closed or retired."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

# What no learner can use any more, or never could: it may be taught as history, never as the answer.
GONE = frozenset({"discontinued", "retired", "never-existed", "removed"})


@dataclass(frozen=True, slots=True)
class ServiceNote:
    """What became of a service, feature, exam or resource. `names` are the phrases by which texts name it."""

    id: str
    name: str
    names: tuple[str, ...]
    kind: str
    status: str
    when: str
    instead: str
    teach: str
    source: str
    certainty: str
    note: str = ""


@lru_cache(maxsize=512)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    # A name counts as a whole word and as written: "Forecast" in "a forecast" is no service.
    choices = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)")


def named_in(text: str, notes: Sequence[ServiceNote]) -> list[ServiceNote]:
    """The notes on services that the text names, in the order of the notes."""
    # Most texts name none: one search for all the names says so, where one for each would take a second for a bank.
    names = tuple(name for note in notes for name in note.names)
    if not names or not _pattern(names).search(text):
        return []
    return [note for note in notes if note.names and _pattern(note.names).search(text)]
