"""All rules over all questions, as faults with path and line."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mlacoach.content.bank.aws_names import name_rules
from mlacoach.content.bank.aws_vocabulary import Vocabulary
from mlacoach.content.bank.duplicates import duplicates
from mlacoach.content.bank.kinds import case_rules, kind_rules
from mlacoach.content.bank.options import option_rules
from mlacoach.content.bank.remark import Remark, subjects
from mlacoach.content.bank.reviews import Review, read_reviews, review_rules
from mlacoach.content.bank.stems import option_reading_rules, stem_rules
from mlacoach.content.bank.truth import truth_rules
from mlacoach.content.faults import Fault
from mlacoach.content.library import Library
from mlacoach.content.load import Loaded
from mlacoach.content.reader import locate
from mlacoach.curriculum.questions import Question

# The share of the questions that may have a rare word.
RARE = 0.02


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """A remark at its place; an error must be mended before a release."""

    fault: Fault
    question: str
    error: bool


def lint(loaded: Loaded, known: Vocabulary | None, today: date, only: Iterable[str] = ()) -> list[Finding]:
    """Hold every question to every rule, in the order of the files.

    Args:
        loaded: the packs; faults of loading are no part of the answer.
        known: AWS's names, or None to leave them unchecked.
        today: the day from which the age of a check is counted.
        only: the ids of the questions to speak of; all if there are none.
    """
    wanted = frozenset(only) or loaded.library.questions.keys()
    reviews = reviews_of(loaded)
    remarks = [one for one in _remarks(loaded.library, known, reviews, today) if one.question in wanted]
    places = [(loaded.sources["question", one.question], one.loc) for one in remarks]
    found = [
        Finding(Fault(path, line, one.rule, one.sentence), one.question, one.error)
        for one, (path, _), line in zip(remarks, places, locate(places), strict=True)
    ]
    return sorted([*found, *_cases(loaded, wanted)])


def _remarks(
    library: Library, known: Vocabulary | None, reviews: Mapping[str, Review], today: date
) -> Iterator[Remark]:
    questions = library.questions.values()
    rare, notes = _rare(questions), list(library.services.values())
    terms = frozenset(word for group in library.terms.values() for word in group.words)
    for question in questions:
        yield from stem_rules(question)
        yield from option_reading_rules(question)
        yield from option_rules(question, rare)
        yield from kind_rules(question)
        yield from truth_rules(question, notes, today)
        if known:
            yield from name_rules(question, known, terms)
    yield from duplicates(questions)
    yield from review_rules(library, reviews)


def reviews_of(loaded: Loaded) -> dict[str, Review]:
    """The second readings that the banks of all packs record."""
    banks = {path.parent.parent for (kind, _), path in loaded.sources.items() if kind == "question"}
    return {name: review for bank in sorted(banks) for name, review in read_reviews(bank).items()}


def _rare(questions: Iterable[Question]) -> frozenset[str]:
    """The words that few questions have: one that a stem shares with its key alone gives the key away."""
    counts = Counter[str]()
    total = 0
    for question in questions:
        counts.update(subjects(question.text))
        total += 1
    return frozenset(word for word, count in counts.items() if count <= RARE * total)


def _cases(loaded: Loaded, wanted: Iterable[str]) -> Iterator[Finding]:
    questions = list(loaded.library.questions.values())
    named = {one.case.id for one in questions if one.case and one.id in wanted} | loaded.library.cases.keys()
    for case, sentence in case_rules(loaded.library.cases, questions):
        if case in named:
            yield Finding(Fault(Path(loaded.sources["case", case]), 1, "Q27", sentence), case, error=True)
