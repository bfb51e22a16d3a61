"""Interview questions: what ships, and how an answer is practised, rated and brought back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlacoach.coach.interview import suggested
from mlacoach.content import Library
from mlacoach.content.bank.aws_names import unknown_names
from mlacoach.content.bank.aws_vocabulary import Vocabulary, vocabulary
from mlacoach.content.bank.truth import PRIMARY
from mlacoach.curriculum.interviewing import InterviewQuestion
from tests.program import Finished, Program
from tests.test_lessons import INLINE

ROOT = Path(__file__).resolve().parent.parent
IDS = sorted(path.stem for path in (ROOT / "curriculum" / "interview").glob("*.yaml"))
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
FIRST = "supervised-or-unsupervised"


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("names"))


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


@pytest.mark.parametrize("question_id", IDS)
def test_an_interview_question_says_what_a_good_answer_has(
    question_id: str, library: Library, known: Vocabulary
) -> None:
    one = library.interviews[question_id]
    terms = frozenset(word for group in library.terms.values() for word in group.words)

    assert one.question.endswith((".", "?"))
    # Somebody says some 140 words in a minute.
    assert 60 <= len(one.answer.split()) <= 160 * one.minutes
    named = [term for text in (one.answer, *one.points, *one.weakens) for term in INLINE.findall(text)]
    assert [name for term in named for name in unknown_names(term, known, terms)] == []
    assert all(ref.url.split("/")[2] in PRIMARY for ref in one.references)


def practise(program: Program, *typed: str, words: tuple[str, ...] = (FIRST,)) -> Finished:
    with program.start("interview", *words) as person:
        return person.finish(typed="".join(f"{line}\n" for line in typed))


def test_a_typed_answer_is_held_against_the_points_and_rated(program: Program, library: Library) -> None:
    one = library.interviews[FIRST]

    ended = practise(program, "Labels or not.", "", "9", "1, 2 2", "")

    assert one.question in ended.out
    assert all(point in ended.out for point in one.points)
    assert "Type numbers from 1 to" in ended.out
    assert " ".join(one.answer.split())[:60] in ended.out
    rating = suggested(one, 2)
    assert program.rows("SELECT point, rating FROM reviews") == [(one.point, rating)]
    assert "of them good" in ended.out


def test_a_rating_of_ones_own_counts_and_decides_when_it_comes_back(program: Program, library: Library) -> None:
    one = library.interviews[FIRST]
    practise(program, "", "", "4")
    (row,) = program.rows("SELECT rating, due FROM reviews JOIN memory USING (point)")

    assert row[0] == 4
    assert datetime.fromisoformat(row[1]) > NOW + timedelta(days=5)
    assert f"{one.kind}: 1 of" in program.run("interview", "--progress").out
    assert program.run("interview", "--json").json["kinds"][0]["good"] == 1


def test_what_is_due_comes_before_what_is_new_and_that_before_what_comes_later(program: Program) -> None:
    practise(program, "", "", "1")
    later = [row["id"] for row in program.run("interview", "--list", "--json").json["questions"]]
    program.set_clock(NOW + timedelta(days=30))
    due = [row["id"] for row in program.run("interview", "--list", "--json").json["questions"]]

    assert later[-1] == FIRST
    assert due[0] == FIRST


def test_stopping_keeps_what_was_rated_and_nothing_else(program: Program) -> None:
    ended = practise(program, "", "", "3", "q", words=("--number", "2"))

    assert ended.code == 0
    assert len(program.rows("SELECT 1 FROM reviews")) == 1


def test_an_unknown_kind_or_id_brings_the_nearest(program: Program) -> None:
    assert "Did you mean easy" in program.run("interview", "--kind", "eazy", code=2).err
    assert FIRST in program.run("interview", "supervised-or-not", code=2).err


@pytest.mark.parametrize(("hit", "rating"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 3), (5, 4)])
def test_the_rating_offered_follows_from_the_points_hit(hit: int, rating: int, library: Library) -> None:
    one: InterviewQuestion = library.interviews[FIRST]

    assert len(one.points) == 5
    assert suggested(one, hit) == rating
