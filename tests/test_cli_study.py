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

    assert said.startswith("Letters answer; add ? if unsure, ?? for a guess; s skips; > leaves this part; ")


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


def test_reviews_take_at_most_three_fifths_of_a_session(program: Program) -> None:
    study(program, *"-" * 22)
    program.set_clock(NOW + timedelta(days=2))

    half_an_hour, ten_minutes = program.run("study"), program.run("study", "--minutes", "10")

    assert half_an_hour.out.startswith("22 reviews are due; ")
    assert "Review 1 of 18" in half_an_hour.out
    assert "Review 1 of 6" in ten_minutes.out


def test_in_the_last_week_reviews_take_more_and_nothing_new_is_read(program: Program) -> None:
    study(program, *"-" * 30)
    program.run("init", "--exam-date", "2026-11-27")
    program.set_clock(NOW + timedelta(days=2))

    run = program.run("study")

    assert "4 days to the exam." in run.out
    assert "Review 1 of 25" in run.out
    assert "to read: " not in run.out


def test_an_answer_is_taken_back_and_stays_in_the_log(program: Program) -> None:
    with program.start("study", "--questions", "2") as running:
        running.ask(running.question().wrong)
        said = running.ask("u")
        running.finish()

    assert said.startswith("Your last answer counts no more.")
    assert program.rows("SELECT count(*) FROM answers") == [(1,)]
    assert (
        program.rows("SELECT count(*) FROM standing_answers") == program.rows("SELECT count(*) FROM memory") == [(0,)]
    )
    assert "Nothing was answered." in running.said


def test_an_answer_taken_back_leaves_the_memory_of_the_reviews_before(program: Program) -> None:
    study(program, "+")
    before = program.rows("SELECT * FROM memory")
    program.set_clock(NOW + timedelta(days=3))
    with program.start("study", "--questions", "1") as running:
        running.ask(running.question().wrong)
        during = program.rows("SELECT * FROM memory")
        running.ask("u")
        running.finish()

    assert during != before
    assert program.rows("SELECT * FROM memory") == before


def test_there_may_be_nothing_to_take_back(program: Program) -> None:
    with program.start("study") as running:
        running.question()
        assert running.ask("u").startswith("There is nothing to take back.")


def test_a_part_is_left_and_the_next_one_begins(program: Program) -> None:
    with program.start("study") as running:
        running.question()
        said = running.ask(">")

    assert said.startswith("On to the next part.")
    assert said.endswith("” done? y ticks it, Enter leaves it: ")


def test_a_part_is_made_longer(program: Program) -> None:
    with program.start("study", "--questions", "1") as running:
        first = running.question()
        running.ask("+")
        second = read_question(running.ask(first.right))

    assert (first.number, first.count) == (1, 1)
    assert (second.number, second.count) == (2, 4)


def test_the_quiz_ends_when_the_time_is_up_and_goes_on_if_it_is_made_longer(program: Program) -> None:
    with program.start("study", "--minutes", "10") as running:
        shown = running.question()
        program.set_clock(NOW + timedelta(minutes=11))
        said = running.ask(shown.right)

    assert shown.count == 4
    assert "10 minutes are over." in said
    with program.start("study", "--minutes", "10") as running:
        shown = running.question()
        running.ask("+")
        program.set_clock(NOW + timedelta(minutes=23))
        assert read_question(running.ask(shown.right)).number == 2


def test_the_session_and_the_day_are_told_in_minutes(program: Program) -> None:
    with program.start("study") as running:
        shown = running.question()
        program.set_clock(NOW + timedelta(minutes=4))
        running.ask(shown.right)
    program.set_clock(NOW + timedelta(hours=3))

    run = program.run("study", "--minutes", "12")

    assert "4 of 30 min, today 4 min" in running.said
    assert "0 of 12 min, today 4 min" in run.out


def test_new_cards_come_once_something_is_known_and_are_reviewed_like_questions(program: Program) -> None:
    study(program, "+")
    with program.start("study", "--questions", "0") as running:
        front = running.until_prompt()
        back = running.ask("")
        running.ask("y")
        kept_at_once = program.rows("SELECT count(*), min(rating) FROM reviews WHERE point LIKE 'card:%'")
        running.finish()
    program.set_clock(NOW + timedelta(days=4))

    later = program.run("study", "--only", "cards")

    assert "New card 1 of " in front
    assert "See: " in back
    assert kept_at_once == [(1, 3)]
    assert "Today: 1 of 1 cards known." in running.said
    assert "Review 1 of 1 · " in later.out


def test_a_lesson_is_read_counted_and_checked(program: Program) -> None:
    with program.start("study", "--only", "lesson") as running:
        offered = running.until_prompt()
        text = running.ask("r")
        program.set_clock(NOW + timedelta(minutes=9))
        check = read_question(running.ask(""))
        running.ask(check.right)
        running.finish()

    assert "To read: " in offered
    assert "Afterwards you can:" in text
    assert check.number == 1
    assert program.rows("SELECT state, seconds FROM readings") == [("read", 540.0)]
    assert program.rows("SELECT source FROM answers") == [("study",)]


def test_a_lesson_that_was_read_is_not_offered_again_until_it_is_taken_back(program: Program) -> None:
    def offered() -> str:
        return program.run("study", "--only", "lesson").out.partition("To read: ")[2].partition("\n")[0]

    first = offered()
    with program.start("study", "--only", "lesson") as running:
        running.until_prompt()
        running.ask("r")
        running.ask("")
        between = offered()
        running.ask("u")

    assert between != first
    assert offered() == first


@pytest.mark.parametrize("only", ["reviews", "cards", "quiz", "lesson"])
def test_only_one_part(program: Program, only: str) -> None:
    study(program, *"--")
    program.set_clock(NOW + timedelta(days=2))

    run = program.run("study", "--only", only, typed="s\n" * 200)

    shown = {
        "reviews": "Review 1 of 2" in run.out,
        "cards": "New card 1 of " in run.out,
        "quiz": "Question 1 of 15" in run.out,
        "lesson": "To read: " in run.out,
    }
    assert shown == {name: name == only for name in shown}
    assert "Enter leaves it: " not in run.out.replace("r reads it, Enter leaves it: ", "")


def test_only_one_topic(program: Program, library: Library) -> None:
    shown = []
    with program.start("study", "--topic", "glue", "--questions", "5") as running:
        for _ in range(5):
            question = running.question()
            shown.append(question.question)
            running.type(question.right)

    assert all("glue" in question.topics for question in shown)
    assert "glue" in library.topics


@pytest.mark.parametrize("words", [("--topic", "gleu"), ("--only", "quizz")])
def test_what_does_not_exist_is_refused_with_the_nearest(program: Program, words: tuple[str, str]) -> None:
    run = program.run("study", *words, code=2)

    assert "Did you mean " in run.err


def test_a_lab_is_offered_when_the_track_has_one_next(program: Program) -> None:
    program.run("init", "--track", "certification-10-weeks", "--yes")
    program.run("roadmap", "done", "platform-map", "which-exam", "sagemaker-introduction", "ai-services")

    run = program.run("study", typed=">\n>\n\n")

    assert "Time for a lab: " in run.out
    assert "`mlacoach lab run s3-data-lake`." in run.out


def test_a_session_ends_with_what_changed_and_a_streak(program: Program) -> None:
    for day in (0, 1, 3):
        program.set_clock(NOW + timedelta(days=day))
        study(program, "+")
    program.set_clock(NOW + timedelta(days=4))

    with program.start("study", "--questions", "1") as running:
        running.ask(running.question().right)
        running.finish(typed=">\n>\n")

    assert "Streak: 4 days; one day left out is forgiven." in running.said
    assert running.said.count("of its questions expected right") == 4
    assert "Reviews tomorrow: " in running.said
