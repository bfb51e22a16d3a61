"""The flashcards that ship: one fact each, true names, none twice."""

import re
from datetime import date
from pathlib import Path

import pytest

from mlacoach.content import Library
from mlacoach.content.bank.aws_names import unknown_names
from mlacoach.content.bank.aws_vocabulary import Vocabulary, vocabulary
from mlacoach.content.bank.remark import words
from mlacoach.content.bank.truth import PRIMARY

ROOT = Path(__file__).resolve().parent.parent
LONGEST_BACK = 40


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("names"))


def test_there_are_three_hundred_cards_and_every_skill_of_both_exams_has_one(library: Library) -> None:
    served = {ref for card in library.flashcards.values() for ref in card.skills}

    assert len(library.flashcards) >= 300
    for code in ("MLA-C01", "MLA-C02"):
        skills = {skill for exam, skill in served if exam == code}
        assert library.exam(code).skills.keys() - skills == set()


def test_a_back_can_be_read_at_a_glance_and_does_not_give_the_term_away(library: Library) -> None:
    for card in library.flashcards.values():
        assert len(card.back.split()) <= LONGEST_BACK, card.id
        if card.reverse:
            assert " ".join(words(card.front)) not in " ".join(words(card.back)), card.id


def test_no_front_is_asked_twice(library: Library) -> None:
    fronts = [" ".join(words(card.front)) for card in library.flashcards.values()]

    assert len(fronts) == len(set(fronts))


def test_the_names_in_cards_exist_and_their_sources_are_official(library: Library, known: Vocabulary) -> None:
    terms = frozenset(word for group in library.terms.values() for word in group.words)
    wrong = [
        (card.id, sentence)
        for card in library.flashcards.values()
        for term in re.findall(r"`([^`]+)`", f"{card.front} {card.back}")
        for sentence in unknown_names(term, known, terms)
    ]

    assert wrong == []
    for card in library.flashcards.values():
        assert card.verified <= date(2026, 11, 21)
        assert all(reference.url.split("/")[2] in PRIMARY for reference in card.references), card.id
