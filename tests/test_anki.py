"""The Anki package: what it holds, and what real Anki makes of it."""

import sqlite3
import zipfile
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mlacoach.coach.anki import write_package
from mlacoach.curriculum.exams import SkillRef
from mlacoach.curriculum.reading import Flashcard, Reference

PAGE = (Reference("Storage classes", "https://docs.aws.amazon.com/s3?a=1&b=2"),)
CARD = Flashcard(
    "glacier-speed", "Storage", "How fast is `GLACIER_IR` <read>?", "In milliseconds & at any time.",
    frozenset({SkillRef("MLA-C02", "1.1.2")}), frozenset(), PAGE, date(2026, 11, 21),
)  # fmt: skip
BOTH = replace(CARD, id="columnar", front="Parquet", back="A columnar file format.", reverse=True)


def notes(path: Path, tmp_path: Path) -> list[tuple[str, str, str, int]]:
    """The notes of a package: guid, fields, tags, and the cards each makes."""
    with zipfile.ZipFile(path) as package:
        package.extract("collection.anki2", tmp_path)
    connection = sqlite3.connect(tmp_path / "collection.anki2")
    query = "SELECT guid, flds, tags, (SELECT count(*) FROM cards WHERE nid = notes.id) FROM notes ORDER BY id"
    rows = connection.execute(query).fetchall()
    connection.close()
    return rows


def test_a_package_holds_each_card_as_text_and_both_ways_where_asked(tmp_path: Path) -> None:
    assert write_package([CARD, BOTH], tmp_path / "cards.apkg") == 2

    (guid, fields, tags, cards), (_, _, _, both) = notes(tmp_path / "cards.apkg", tmp_path)

    front, back, deck, source = fields.split("\x1f")
    assert front == "How fast is <code>GLACIER_IR</code> &lt;read&gt;?"
    assert (back, deck) == ("In milliseconds &amp; at any time.", "Storage")
    assert 'href="https://docs.aws.amazon.com/s3?a=1&amp;b=2"' in source
    assert tags.split() == ["MLA-C02::1.1.2"]
    assert (cards, both) == (1, 2)
    assert guid


def test_the_ids_depend_on_the_card_alone(tmp_path: Path) -> None:
    write_package([CARD], tmp_path / "one.apkg")
    write_package([BOTH, replace(CARD, back="Within milliseconds.")], tmp_path / "two.apkg")

    (first, *_), second = notes(tmp_path / "one.apkg", tmp_path)[0], notes(tmp_path / "two.apkg", tmp_path)
    assert first in {guid for guid, *_ in second}


def test_real_anki_imports_it_and_again_without_duplicates(tmp_path: Path) -> None:
    collection_module = pytest.importorskip("anki.collection", reason="Anki is in the dependency group `anki`")
    write_package([CARD, BOTH], tmp_path / "cards.apkg")
    write_package([replace(CARD, back="Within milliseconds."), BOTH], tmp_path / "newer.apkg")
    collection = collection_module.Collection(str(tmp_path / "collection.anki2"))

    for name in ("cards.apkg", "cards.apkg", "newer.apkg"):
        request = collection_module.ImportAnkiPackageRequest(package_path=str(tmp_path / name))
        collection.import_anki_package(request)

    assert (collection.note_count(), collection.card_count()) == (2, 3)
    assert collection.decks.id_for_name("mlacoach::Storage") is not None
    assert len(collection.find_notes("tag:MLA-C02::1.1.2")) == 2
    collection.close()
