"""What a rule has to say of a question."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from mlacoach.content.faults import Loc
from mlacoach.curriculum.questions import Choice, Part, Question

# Words that carry no subject: shared by everything.
_PLAIN = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "may",
        "more",
        "most",
        "must",
        "no",
        "not",
        "of",
        "on",
        "one",
        "only",
        "or",
        "other",
        "out",
        "over",
        "per",
        "should",
        "so",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "two",
        "up",
        "use",
        "used",
        "uses",
        "using",
        "was",
        "were",
        "when",
        "where",
        "which",
        "while",
        "who",
        "will",
        "with",
        "within",
        "would",
    ]
)


@dataclass(frozen=True, slots=True)
class Remark:
    """A rule that a question breaks; `loc` leads to the place within its file. An error must be mended."""

    question: str
    loc: Loc
    rule: str
    sentence: str
    error: bool = True


def parts_of(question: Question) -> Iterator[tuple[str, int, Part]]:
    """The parts with the list and the place where they stand in the file."""
    body = question.body
    if isinstance(body, Choice):
        lists = [("options", body.options)]
    else:
        lists = [(name, getattr(body, name)) for name in ("steps", "prompts", "responses") if hasattr(body, name)]
    for name, parts in lists:
        for number, part in enumerate(parts):
            yield name, number, part


def words(text: str) -> list[str]:
    """The words of a text, in lower case; a name in code formatting is one word."""
    return re.findall(r"[a-z0-9][a-z0-9.:/_-]*[a-z0-9]|[a-z0-9]", text.lower().replace("`", " "))


@lru_cache(maxsize=4096)
def subjects(text: str) -> frozenset[str]:
    """The stems of the words that say what a text is about; `CreateModel` says create and model."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[:/_.-]", " ", text)
    return frozenset(_stem(word) for word in words(apart) if word not in _PLAIN and len(word) > 1)


@lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    """Without its ending, so that `trains`, `trained` and `training` are one word."""
    for ending in ("ations", "ation", "ings", "ing", "ies", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:  # noqa: PLR2004 - what is left says something
            return word[: -len(ending)]
    return word


def sentences(text: str) -> list[str]:
    """The sentences of a text. A full stop within a name (`ml.m5.large`, `e.g.`) ends none."""
    return [one for one in re.split(r"(?<=[.?!])\s+(?=[A-Z(\"`])", text.strip()) if one]


def mean(numbers: Iterable[float]) -> float:
    """The arithmetic mean; 0 of nothing."""
    listed = list(numbers)
    return sum(listed) / len(listed) if listed else 0.0
