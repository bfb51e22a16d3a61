"""`mlacoach exam review` and `exam list`: what was asked, answered, flagged and guessed."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copyfile

import pytest

from mlacoach.content import Library
from tests.program import Finished, Program, Shown, read_question

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# What is done, by position from 1: everything else is answered rightly.
WRONG, GUESSED, UNSURE, FLAGGED, NOTED, BLANK = {2, 5, 9}, {3, 5}, {7}, {2, 11}, {4}, {20}


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


@pytest.fixture(scope="module")
def sat(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Shown]]:
    """A mini exam that was sat once for all: the learner's file, and the questions as they were shown."""
    program, questions = Program(tmp_path_factory.mktemp("sat"), now=NOW), []
    with program.start("exam", "--mini", "--seed", "6") as running:
        said = running.until_prompt()
        for number in range(1, 21):
            shown = read_question(said)
            questions.append(shown)
            if number in FLAGGED:
                running.ask("f")
            if number in NOTED:
                running.ask("m look at s3[0] [/bold]")
            program.set_clock(NOW + timedelta(seconds=10 * number))
            mark = "??" if number in GUESSED else "?" if number in UNSURE else ""
            if number not in BLANK:
                said = running.ask((shown.wrong if number in WRONG else shown.right) + mark)
        running.finish(typed="x\nyes\n")
    return program.database, questions


@pytest.fixture
def shown(program: Program, sat: tuple[Path, list[Shown]]) -> list[Shown]:
    """That exam in this home; its questions as they were shown."""
    database, questions = sat
    copyfile(database, program.database)
    return questions


def numbers(run: Finished) -> set[int]:
    """The questions that a review shows."""
    return {int(number) for number in re.findall(r"^Question (\d+) · ", run.out, re.MULTILINE)}


def section(run: Finished, number: int) -> str:
    """What a review says of a question."""
    return re.split(r"^Question \d+ · ", run.out, flags=re.MULTILINE)[number]


FILTERS = [
    ([], set(range(1, 21))),
    (["--wrong"], WRONG | BLANK),
    (["--flagged"], FLAGGED),
    (["--guessed"], GUESSED),
    (["--wrong", "--flagged"], WRONG & FLAGGED),
    (["--wrong", "--guessed"], WRONG & GUESSED),
    (["--flagged", "--guessed"], set()),
]


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(("flags", "wanted"), FILTERS, ids=[" ".join(flags) or "all" for flags, _ in FILTERS])
def test_a_filter_lets_through_what_it_names(program: Program, flags: list[str], wanted: set[int]) -> None:
    run = program.run("exam", "review", *flags)
    document = program.run("exam", "review", *flags, "--json").json

    assert numbers(run) == wanted
    assert {one["number"] for one in document["questions"]} == wanted
    assert run.out.endswith(f"\n{len(wanted)} of 20 questions.\n")


def test_a_domain_shows_its_questions(program: Program, shown: list[Shown]) -> None:
    by_domain = {}
    for domain in "1234":
        document = program.run("exam", "review", "--domain", domain, "--json").json
        by_domain[domain] = [one["number"] for one in document["questions"]]
        assert {one["domain"] for one in document["questions"]} == {domain}
        assert numbers(program.run("exam", "review", "--domain", domain)) == set(by_domain[domain])
        for number in by_domain[domain]:
            skills = [ref.skill for ref in shown[number - 1].question.skills if ref.exam == "MLA-C02"]
            assert any(skill.startswith(domain) for skill in skills)

    assert sorted(number for found in by_domain.values() for number in found) == list(range(1, 21))


def test_a_review_shows_each_question_as_it_was_asked(program: Program, shown: list[Shown]) -> None:
    """Stem, letters, own answer, key, the reason of each option, flag, confidence and note."""
    run = program.run("exam", "review")

    for number, one in enumerate(shown, start=1):
        told = section(run, number)
        assert one.question.id in told.splitlines()[0]
        assert one.question.stem in told
        for sign, part in one.parts.items():
            text = next(option.text for option in one.question.body.parts if option.id == part)
            assert f"  {sign})  {text}" in told
        for option in one.question.body.parts:
            assert option.why in told
        assert ("flagged" in told.splitlines()[0]) == (number in FLAGGED)
        assert ("guess" in told.splitlines()[0].split(one.question.id)[1]) == (number in GUESSED)
        assert ("unsure" in told.splitlines()[0].split(one.question.id)[1]) == (number in UNSURE)
        assert ("Your note: look at s3[0] [/bold]" in told) == (number in NOTED)
        # The program writes letters in the order of the alphabet, whatever was typed.
        given = "nothing" if number in BLANK else " ".join(sorted(one.wrong.split()))
        wrong = f"Wrong: you answered {given}; right is {one.right}."
        assert (wrong in told) == (number in WRONG | BLANK)
        assert ("\nRight.\n" in told) == (number not in WRONG | BLANK)
        assert f"Facts checked on {one.question.verified}" in told


def test_the_json_of_a_review_is_what_was_done(program: Program, shown: list[Shown]) -> None:
    document = program.run("exam", "review", "--json").json
    logged = {
        name: (json.loads(response), bool(correct), seconds, confidence)
        for name, response, correct, seconds, confidence in program.rows(
            "SELECT question, response, correct, seconds, confidence FROM answers"
        )
    }

    assert (document["schema"], document["schema_version"]) == ("mlacoach.exam-review", 1)
    for number, (one, told) in enumerate(zip(shown, document["questions"], strict=True), start=1):
        response, correct, seconds, confidence = logged[one.question.id]
        assert (told["number"], told["question"]) == (number, one.question.id)
        assert (told["answer"], told["right"], told["confidence"]) == (response, correct, confidence)
        assert told["seconds"] == seconds
        assert told["right"] == (number not in WRONG | BLANK)
        assert one.question.mark(tuple(told["key"]))
        assert set(told["parts"]) == {part.id for part in one.question.body.parts}
        assert (told["flagged"], told["first"], told["scored"]) == (number in FLAGGED, True, True)
        assert told["note"] == ("look at s3[0] [/bold]" if number in NOTED else "")


@pytest.mark.usefixtures("shown")
def test_result_list_and_review_agree(program: Program) -> None:
    result = program.run("exam", "result", "--json").json
    (listed,) = program.run("exam", "list", "--json").json["exams"]
    reviewed = program.run("exam", "review", "--json").json

    assert (result["schema"], result["schema_version"]) == ("mlacoach.exam-result", 1)
    assert result["exam"] == listed == reviewed["exam"]
    assert (listed["right"], listed["scored"], listed["unanswered"]) == (16, 20, 1)
    assert listed["guessed_right"] == len(GUESSED - WRONG)
    assert listed["right"] == sum(one["right"] for one in reviewed["questions"])


@pytest.mark.usefixtures("shown")
def test_an_exam_is_found_by_the_beginning_of_its_id(program: Program) -> None:
    program.set_clock(NOW + timedelta(days=1))
    program.run("exam", "--mini", "--seed", "8", typed="x\nyes\n")
    first, last = program.run("exam", "list", "--json").json["exams"]

    assert program.run("exam", "review", first["id"][:12], "--json").json["exam"]["id"] == first["id"]
    assert program.run("exam", "result", first["id"], "--json").json["exam"]["id"] == first["id"]
    assert program.run("exam", "review", "--json").json["exam"]["id"] == last["id"]


def test_before_an_exam_there_is_nothing_to_review(program: Program) -> None:
    run = program.run("exam", "review", code=2)

    assert run.err == "No exam has been handed in yet.\nStart one with `mlacoach exam --timed`.\n"
    assert program.run("exam", "result", code=2).err == run.err


def test_an_exam_that_is_open_or_dropped_cannot_be_reviewed(program: Program) -> None:
    program.run("exam", "--mini", code=5)
    program.run("exam", "review", code=2)
    program.run("exam", "abandon")

    program.run("exam", "review", code=2)


@pytest.mark.usefixtures("shown")
@pytest.mark.parametrize(
    ("words", "what"),
    [
        (["review", "fffffff"], "There is no exam that was sat called 'fffffff'."),
        (["result", "fffffff"], "There is no exam that was sat called 'fffffff'."),
        (["review", "--domain", "5"], "There is no domain called '5'."),
    ],
    ids=" ".join,
)
def test_what_is_not_there_is_refused(program: Program, words: list[str], what: str) -> None:
    run = program.run("exam", *words, code=2)

    assert run.err.splitlines()[0] == what
    assert run.out == ""


@pytest.mark.parametrize("exam", ["MLA-C01", "MLA-C02"])
def test_every_kind_of_question_is_reviewed(program: Program, library: Library, exam: str) -> None:
    program.run("exam", "--untimed", "--exam", exam, "--seed", "2", typed="x\nyes\n")

    run = program.run("exam", "review", "--wrong")
    document = program.run("exam", "review", "--json").json

    assert numbers(run) == set(range(1, 66))
    kinds = {library.questions[one["question"]].kind for one in document["questions"]}
    assert kinds == set(library.exam(exam).forms["standard"].kinds)
