"""The comparisons that ship, and how `mlacoach learn` shows them."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from mlacoach.coach.learn import compare, search
from mlacoach.content import Library
from mlacoach.content.bank.aws_names import unknown_names
from mlacoach.content.bank.aws_vocabulary import Vocabulary, vocabulary
from mlacoach.content.bank.truth import PRIMARY
from mlacoach.curriculum.comparing import Comparison
from mlacoach.curriculum.services import GONE, named_in
from mlacoach.errors import UnknownId, UsageFault
from mlacoach.screen.comparing import decide
from mlacoach.store.search import SearchIndex
from tests.program import Program
from tests.test_lessons import INLINE

ROOT = Path(__file__).resolve().parent.parent
IDS = sorted(path.stem for path in (ROOT / "curriculum" / "comparisons").glob("*.yaml"))


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Vocabulary:
    return vocabulary(tmp_path_factory.mktemp("names"))


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


def texts(one: Comparison) -> list[str]:
    says = [text for aspect in one.aspects for text in aspect.says.values()]
    branches = [f"{branch.text} {branch.because}" for step in one.steps for branch in step.branches]
    cases = [f"{case.situation} {case.because}" for case in one.use_cases]
    return [one.summary, *(other.what for other in one.alternatives), *says, *branches, *cases]


@pytest.mark.parametrize("comparison_id", IDS)
def test_what_a_comparison_names_exists_and_is_not_gone(
    comparison_id: str, library: Library, known: Vocabulary
) -> None:
    one = library.comparisons[comparison_id]
    terms = frozenset(word for group in library.terms.values() for word in group.words)
    gone = [note for note in library.services.values() if note.status in GONE]

    named = [term for text in texts(one) for term in INLINE.findall(text)]
    assert [name for term in named for name in unknown_names(term, known, terms)] == []
    assert named_in(" ".join(other.name for other in one.alternatives), gone) == []
    assert all(ref.url.split("/")[2] in PRIMARY for ref in one.references)
    assert one.depth() <= 5
    assert {case.choose for case in one.use_cases} == {other.id for other in one.alternatives}, "one case for each"


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["SageMaker-serverless", "SageMaker-async"], ["serverless", "asynchronous"]),
        (["batch", "real-time"], ["real-time", "batch-transform"]),
        (["inference-options"], ["real-time", "serverless", "asynchronous", "batch-transform"]),
    ],
)
def test_alternatives_are_found_by_the_names_that_people_type(
    names: list[str], chosen: list[str], library: Library
) -> None:
    compared = compare(library, names)

    assert compared.comparison.id == "inference-options"
    assert [one.id for one in compared.chosen] == chosen


def test_a_wrong_name_brings_the_nearest(library: Library) -> None:
    with pytest.raises(UnknownId) as raised:
        compare(library, ["serverles", "async"])

    assert "'serverles'" in raised.value.what
    assert "serverless" in raised.value.try_this


def test_names_of_different_comparisons_are_told_where_they_stand(library: Library) -> None:
    with pytest.raises(UsageFault) as raised:
        compare(library, ["redshift", "pgvector"])

    assert "redshift and pgvector together" in raised.value.what
    assert "pgvector is in vector-stores" in raised.value.try_this


def test_a_comparison_is_a_table_where_there_is_room_and_a_list_where_there_is_not(program: Program) -> None:
    wide = program.run("learn", "compare", "serverless", "async", env={"COLUMNS": "120"})
    narrow = program.run("learn", "compare", "serverless", "async", env={"COLUMNS": "50"})

    for shown in (wide.out, narrow.out):
        assert "Serverless endpoint" in shown
        assert "Asynchronous endpoint" in shown
        assert "Real-time endpoint" not in shown
        assert "https://docs.aws.amazon.com/" in shown
    assert "│" in wide.out
    assert "│" not in narrow.out
    assert max(len(line) for line in narrow.out.splitlines() if "https" not in line) <= 50


def test_the_chooser_asks_says_why_and_ends_with_one(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    told = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO("7\n2\n1\n"))

    chosen = decide(Console(file=told, width=80), library.comparisons["inference-options"])

    assert chosen.id == "asynchronous"
    said = told.getvalue()
    order = [
        "Does a caller wait",
        "Type a number from 1 to 2.",
        "How do the requests",
        "The queue takes",
        "=> Asynchronous",
    ]
    assert [said.index(one) for one in order] == sorted(said.index(one) for one in order)


def test_in_a_pipe_the_whole_tree_is_printed(program: Program, library: Library) -> None:
    told = program.run("learn", "decide", "inference-options")

    for step in library.comparisons["inference-options"].steps:
        assert step.ask in told.out
        assert all(branch.because in told.out for branch in step.branches)


def test_search_finds_lessons_and_comparisons(program: Program) -> None:
    found = program.run("learn", "search", "cold", "start", "--json").json["found"]

    assert {"lesson", "comparison"} <= {one["kind"] for one in found}
    nothing = program.run("learn", "search", "xyzzy", code=1)
    assert "Nothing has these words." in nothing.err


def test_a_search_sees_what_changed_in_the_text_of_a_lesson(library: Library) -> None:
    index = SearchIndex(None)
    library = Library(lessons=dict(library.lessons))
    assert search(library, index, "zyzzyva", 5) == []

    lesson = library.lessons["inference-cost"]
    library.lessons[lesson.id] = replace(lesson, text=f"{lesson.text}\nA zyzzyva.\n")

    assert [one.id for one in search(library, index, "zyzzyva", 5)] == [lesson.id]
    index.close()
