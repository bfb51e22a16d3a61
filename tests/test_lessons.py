"""The lessons that ship: their form, their claims as far as a machine can check them, and their code, which runs."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from mlacoach.content import Library
from mlacoach.content.bank.aws_names import unknown_names
from mlacoach.content.bank.aws_vocabulary import Vocabulary, vocabulary
from mlacoach.content.bank.remark import words
from mlacoach.content.bank.truth import NEEDS_NOTE, PRIMARY
from mlacoach.curriculum.services import GONE, named_in

ROOT = Path(__file__).resolve().parent.parent
LESSONS = sorted(path.stem for path in (ROOT / "curriculum" / "lessons").glob("*.md"))
SECTIONS = ["The idea", "On AWS", "Choose", "Worked example", "Traps"]
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("names"))


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_a_lesson_has_the_form_that_learners_know(lesson_id: str, library: Library) -> None:
    lesson = library.lessons[lesson_id]
    prose = BLOCK.sub("", lesson.text)
    sections = re.findall(r"^## (.+)$", prose, re.MULTILINE)

    assert 700 <= len(prose.split()) <= 1500
    assert sections[: len(SECTIONS)] == SECTIONS
    assert sections[len(SECTIONS) :] in ([], ["What changed"])
    assert 2 <= len(lesson.goals) <= 6
    assert len(set(lesson.questions)) == 5
    assert re.search(r"^\|.+\|$\n^\|[ :|-]+\|$", prose, re.MULTILINE), "the section Choose holds a table"
    assert all(ref.url.split("/")[2] in PRIMARY for ref in lesson.references)
    assert lesson.verified <= TODAY
    assert lesson.skills or lesson.topics


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_what_a_lesson_names_exists(lesson_id: str, library: Library, known: Vocabulary) -> None:
    terms = frozenset(word for group in library.terms.values() for word in group.words)
    text = BLOCK.sub("", library.lessons[lesson_id].text)

    assert [one for term in INLINE.findall(text) for one in unknown_names(term, known, terms)] == []


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_a_lesson_says_what_became_of_the_services_it_names(lesson_id: str, library: Library) -> None:
    text = library.lessons[lesson_id].text
    changed = [
        note
        for note in named_in(text, list(library.services.values()))
        if note.status in NEEDS_NOTE | GONE | {"renamed"}
    ]

    assert not changed or "## What changed" in text, [f"{note.name}: {note.status}" for note in changed]


@pytest.mark.parametrize("lesson_id", LESSONS)
def test_the_code_of_a_lesson_runs(lesson_id: str, library: Library, tmp_path: Path) -> None:
    blocks = [code for kind, code in BLOCK.findall(library.lessons[lesson_id].text) if kind == "python run"]

    for number, code in enumerate(blocks):
        script = tmp_path / f"block{number}.py"
        script.write_text(code, encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "-I", str(script)], cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False
        )
        assert run.returncode == 0, f"block {number} of {lesson_id}:\n{run.stderr}"


def test_no_two_lessons_share_their_sentences(library: Library) -> None:
    seen: dict[str, str] = {}
    for lesson in library.lessons.values():
        for sentence in re.split(r"(?<=[.?!])\s+", BLOCK.sub("", lesson.text)):
            told = " ".join(words(sentence))
            if len(told.split()) >= 12:
                assert seen.setdefault(told, lesson.id) == lesson.id, sentence
