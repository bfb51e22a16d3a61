"""Who answered which question without seeing its key: `question_bank/REVIEW.md` (Q32)."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mlacoach.content.bank.remark import Remark
from mlacoach.content.library import Library
from mlacoach.content.load import REVIEWS
from mlacoach.content.text_file import read_text
from mlacoach.learning.forms import domain_of

# What a second reader finds. Settled: they answered otherwise, and the documentation upheld the key.
OUTCOMES = frozenset({"agreed", "reworded", "settled", "changed-key"})
DISAGREED = frozenset({"settled", "changed-key"})
_ROW = re.compile(r"^\|\s*([a-z0-9-]+)\s*\|\s*([^|]+?)\s*\|\s*(\d{4}-\d\d-\d\d)\s*\|\s*([a-z-]+)\s*\|\s*([^|]*?)\s*\|$")


@dataclass(frozen=True, slots=True)
class Review:
    """A second reader's pass over a question; `line` is where the record says so."""

    question: str
    reader: str
    day: date
    outcome: str
    changed: str
    line: int


def read_reviews(bank: Path) -> dict[str, Review]:
    """The last review of each question, from the record of a bank's folder; none if there is no record."""
    path = bank / REVIEWS
    text = read_text(path) if path.exists() else ""
    if not isinstance(text, str):
        return {}
    reviews = (_review(line, number) for number, line in enumerate(text.splitlines(), start=1))
    return {review.question: review for review in reviews if review}


def _review(line: str, number: int) -> Review | None:
    """The review that a line of the table holds; None for a line that is none."""
    row = _ROW.match(line)
    with suppress(ValueError):
        return Review(row[1], row[2], date.fromisoformat(row[3]), row[4], row[5], number) if row else None
    return None


def review_rules(library: Library, reviews: Mapping[str, Review]) -> Iterator[Remark]:
    """Every question has been answered by somebody who did not write it."""
    for question in library.questions:
        review = reviews.get(question)
        if review is None:
            yield Remark(question, (), "Q32", f"Nobody has answered it without the key yet: no row in {REVIEWS}.")
        elif review.outcome not in OUTCOMES:
            sentence = f"{REVIEWS}:{review.line} says {review.outcome}; there are {', '.join(sorted(OUTCOMES))}."
            yield Remark(question, (), "Q32", sentence)


def disagreements(library: Library, reviews: Mapping[str, Review]) -> dict[str, tuple[int, int]]:
    """By domain: how many questions were read, and how often the reader's first answer was another than the key."""
    read, otherwise = Counter[str](), Counter[str]()
    for review in reviews.values():
        question = library.questions.get(review.question)
        if question:
            exam = max((ref.exam for ref in question.skills), default="")
            domain = f"domain {domain_of(question, exam)}" if exam else "foundations"
            read[domain] += 1
            otherwise[domain] += review.outcome in DISAGREED
    return {domain: (read[domain], otherwise[domain]) for domain in sorted(read)}
