"""`mlacoach study`: what is asked, what is kept, when it comes back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlacoach.content import Library
from tests.program import HEADING, Program, Shown, read_question

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


def study(program: Program, *signs: str) -> list[Shown]:
    """A session in which each question is answered `+` or `-` or by the line given; the questions that were shown."""
    shown = []
    with program.start("study", "--questions", str(max(len(signs), 1))) as running:
        for sign in signs:
            question = running.question()
            shown.append(question)
            running.type({"+": question.right, "-": question.wrong}.get(sign, sign))
        running.until_prompt()
        running.finish()
    return shown


def test_an_answer_is_kept_with_what_was_answered_and_how_long_it_took(program: Program) -> None:
    with program.start("study") as running:
        shown = running.question()
        program.set_clock(NOW + timedelta(seconds=42))
        running.ask(shown.wrong)
        running.finish()

    assert program.rows("SELECT question, correct, seconds, confidence, source, at FROM answers") == [
        (shown.question.id, 0, 42.0, "sure", "study", "2026-11-21T12:00:42.000+00:00")
    ]


def test_a_wrong_answer_is_due_the_next_day_and_a_right_one_later(program: Program) -> None:
    right, wrong = study(program, "+", "-")

    due = dict(program.rows("SELECT point, due FROM memory"))

    assert due[wrong.question.id] == "2026-11-22T12:00:00.000+00:00"
    assert due[right.question.id] > "2026-11-23"


def test_reviews_come_first(program: Program) -> None:
    _, wrong = study(program, "+", "-")
    program.set_clock(NOW + timedelta(days=1))

    with program.start("study", "--questions", "2") as running:
        opening = running.until_prompt()
        review = read_question(opening)
        first_new = running.ask(review.right)
        running.finish()

    assert opening.startswith("1 review is due; ")
    assert (review.heading, review.question) == ("Review 1 of 1", wrong.question)
    assert HEADING.findall(first_new)[0][0] == "Question 1 of 2"
    assert program.rows("SELECT source, correct FROM answers ORDER BY rowid DESC LIMIT 1") == [("review", 1)]


def test_a_review_is_not_due_a_second_time_on_its_day(program: Program) -> None:
    study(program, "-")
    program.set_clock(NOW + timedelta(days=1))
    study(program, "-")

    run = program.run("study")

    assert "due;" not in run.out
    assert [row[0][:10] for row in program.rows("SELECT due FROM memory")] == ["2026-11-23"]


def test_a_right_review_comes_back_later_and_later(program: Program) -> None:
    study(program, "+")
    gaps, now = [], NOW
    for _ in range(3):
        (due,) = program.rows("SELECT due FROM memory ORDER BY due LIMIT 1")
        due = datetime.fromisoformat(due[0])
        gaps.append(due - now)
        now = due
        program.set_clock(now)
        study(program, "+")

    assert gaps == sorted(gaps)
    assert gaps[0] >= timedelta(days=2)
    assert gaps[-1] > 3 * gaps[0]


@pytest.mark.parametrize(("marks", "confidence", "rating"), [("", "sure", 3), ("?", "unsure", 2), (" ??", "guess", 1)])
def test_marks_after_the_letters_say_how_sure_one_is(
    program: Program, marks: str, confidence: str, rating: int
) -> None:
    with program.start("study") as running:
        running.ask(running.question().right + marks)
        running.finish()

    assert program.rows("SELECT correct, confidence, rating FROM answers JOIN reviews ON answer = answers.id") == [
        (1, confidence, rating)
    ]


def test_a_skipped_question_leaves_no_trace(program: Program) -> None:
    with program.start("study", "--questions", "2") as running:
        first = running.question()
        second = read_question(running.ask("s"))
        running.finish()

    assert (first.number, second.number) == (1, 2)
    assert program.rows("SELECT * FROM answers") == program.rows("SELECT * FROM reviews") == []


def test_q_ends_the_session_with_a_summary(program: Program) -> None:
    with program.start("study") as running:
        running.ask(running.question().right)
        said = running.ask("q")
        running.finish()

    assert "Today: 1 of 1 right." in said
    assert "Next review: " in said


def test_h_helps_and_asks_again(program: Program) -> None:
    with program.start("study") as running:
        running.question()
        said = running.ask("h")
        running.finish()

    assert said.startswith("Letters answer; add ? if unsure, ?? for a guess; s skips; q ends the session")


@pytest.mark.parametrize("line", ["", "zz", "1", "a b c d e f", "x"])
def test_a_line_that_is_no_answer_is_explained_and_asked_again(program: Program, line: str) -> None:
    with program.start("study") as running:
        shown = running.question()
        said = running.ask(line)
        after = running.ask(shown.right)
        running.finish()

    assert said.endswith("(h for help): ")
    assert "Right." not in said + "."
    assert "Wrong" not in said
    assert "Right." in after


def test_every_option_is_explained_and_its_sources_are_named(program: Program) -> None:
    with program.start("study") as running:
        shown = running.question()
        said = running.ask(shown.wrong)
        running.finish()

    explained = said[: said.index("See: ")]
    assert explained.startswith("\nWrong: you answered ")
    for part in shown.question.body.parts:
        assert part.why in explained
    for reference in shown.question.references:
        assert f"See: {reference.title} <{reference.url}>" in said


def test_no_question_comes_twice_in_a_session_nor_on_the_next_day(program: Program) -> None:
    first = study(program, *"+" * 8)
    program.set_clock(NOW + timedelta(hours=20))
    second = study(program, *"+" * 8)

    assert len({shown.question.id for shown in first + second}) == 16


def test_the_weakest_task_is_named_and_practised(program: Program, library: Library) -> None:
    study(program, *"-" * 10)

    run = program.run("study")

    weakest = run.out.partition("weakest so far is task ")[2][:3]
    assert weakest in {task.id for task in library.exam("MLA-C02").tasks}


def test_the_item_is_ticked_when_the_learner_says_so(program: Program) -> None:
    with program.start("study", "--questions", "1") as running:
        said = running.ask(running.question().right)
        running.finish(typed="y\n")

    assert said.endswith("” done? y ticks it, Enter leaves it: ")
    assert program.rows("SELECT item, state FROM ticks") == [("roadmap-24-weeks/service-models", "done")]


@pytest.mark.parametrize("line", ["", "n", "later"])
def test_the_item_stays_open_otherwise(program: Program, line: str) -> None:
    with program.start("study", "--questions", "1") as running:
        running.ask(running.question().right)
        running.finish(typed=f"{line}\n")

    assert program.rows("SELECT * FROM ticks") == []


def test_no_new_questions_may_be_asked_for(program: Program) -> None:
    run = program.run("study", "--questions", "0")

    assert not HEADING.search(run.out)
    assert "Nothing was answered." in run.out


def test_at_most_twenty_reviews_come_at_once(program: Program) -> None:
    study(program, *"-" * 22)
    program.set_clock(NOW + timedelta(days=2))

    run = program.run("study")

    assert run.out.startswith("22 reviews are due; ")
    assert "Review 1 of 20" in run.out
