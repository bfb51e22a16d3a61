"""`mlacoach exam`: the paper, the clock, going on, handing in, and what a sitting comes to."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mlacoach.content import Library
from tests.program import HEADING, Program, Running

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HAND_IN = "x\nyes\n"


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


def paper(program: Program) -> list[str]:
    (row,) = program.rows("SELECT paper FROM sittings ORDER BY rowid DESC LIMIT 1")
    return json.loads(row[0])


def scored(program: Program) -> set[str]:
    """The questions of the last exam that counted."""
    review = program.run("exam", "review", "--json").json
    return {one["question"] for one in review["questions"] if one["scored"]}


def counting(program: Program) -> int:
    """How many right answers counted."""
    (row,) = program.rows("SELECT count(*) FROM sitting_events WHERE kind IN ('submit', 'expire')")
    assert row[0] == 1
    right = {row[0] for row in program.rows("SELECT question FROM answers WHERE correct")}
    return len(right & scored(program))


def answer(running: Running, right: int, wrong: int) -> None:
    """Answer the next questions."""
    for number in range(right + wrong):
        shown = running.question()
        running.type(shown.right if number < right else shown.wrong)


def domains(library: Library, questions: list[str], exam: str) -> Counter[str]:
    """The domain of each question: the one with most of its skills, counted here anew."""
    counted: Counter[str] = Counter()
    for name in questions:
        skills = Counter(ref.skill[0] for ref in library.questions[name].skills if ref.exam == exam)
        counted[min(skills, key=lambda domain: (-skills[domain], domain))] += 1
    return counted


def test_a_timed_form_follows_the_blueprint(program: Program, library: Library) -> None:
    run = program.run("exam", "--timed", "--exam", "MLA-C02", code=5)

    assert run.out.startswith("MLA-C02, standard: 65 questions, 2:10:00 left. ")
    assert domains(library, paper(program), "MLA-C02") == {"1": 18, "2": 16, "3": 16, "4": 15}
    assert len(set(paper(program))) == 65
    assert program.rows("SELECT deadline FROM sittings") == [("2026-11-21T14:10:00.000+00:00",)]


def test_each_exam_has_its_own_blueprint(program: Program, library: Library) -> None:
    program.run("exam", "--untimed", "--exam", "MLA-C01", code=5)

    assert domains(library, paper(program), "MLA-C01") == {"1": 18, "2": 17, "3": 14, "4": 16}


def test_the_beta_form_is_longer_and_says_what_the_bank_lacks(program: Program, library: Library) -> None:
    form = library.exam("MLA-C02").forms["beta"]

    run = program.run("exam", "--timed", "--exam", "MLA-C02", "--form", "beta", typed=HAND_IN)

    short = form.questions - len(paper(program))
    assert (f"The bank was {short} questions short" in run.out) == (short > 0)
    assert f"{form.minutes // 60}:{form.minutes % 60:02}:00 left" in run.out


def test_the_same_seed_lays_the_same_paper(home: Path) -> None:
    papers = []
    for name, seed in (("one", "7"), ("two", "7"), ("three", "8")):
        program = Program(home / name, now=NOW)
        run = program.run("exam", "--untimed", "--seed", seed, code=5)
        papers.append((paper(program), run.out))

    assert papers[0] == papers[1]
    assert papers[0][0] != papers[2][0]


def test_without_a_seed_each_paper_is_another(program: Program) -> None:
    program.run("exam", "--untimed", code=5)
    first = paper(program)
    program.run("exam", "abandon")
    program.run("exam", "--untimed", code=5)

    assert paper(program) != first


def test_a_question_comes_again_only_where_its_domain_has_no_other(program: Program, library: Library) -> None:
    program.run("exam", "--untimed", typed=HAND_IN)
    first = paper(program)
    program.run("exam", "--untimed", typed=HAND_IN)
    again = domains(library, [name for name in paper(program) if name in first], "MLA-C02")

    kinds = library.exam("MLA-C02").forms["standard"].kinds
    bank = [one.id for one in library.questions.values() if one.serves("MLA-C02") and one.kind in kinds]
    stock, laid = domains(library, bank, "MLA-C02"), domains(library, first, "MLA-C02")
    assert {name: again[name] for name in "1234"} == {name: max(2 * laid[name] - stock[name], 0) for name in "1234"}


def test_it_goes_on_where_it_was_left(program: Program) -> None:
    """Position, flags, answers and deadline; the options in the same order."""
    with program.start("exam", "--timed") as running:
        answer(running, right=2, wrong=0)
        running.until_prompt()
        running.ask("f")
        running.ask("12")
        running.ask("f")
        running.ask("f")
        running.ask("3")
        running.ask("p")
        before = running.ask("n")
        left = running.finish(code=5, typed="q\n")
    assert left.err == (
        "Saved: 2 of 65 questions are answered. The clock goes on.\nGo on with `mlacoach exam resume`.\n"
    )
    program.set_clock(NOW + timedelta(minutes=30))

    with program.start("exam", "resume") as running:
        again = running.until_prompt()
        overview = running.ask("r")
        time = running.ask("t")
        second = running.ask("2")

    assert HEADING.findall(again)[0][0] == "Question 3 of 65 (flagged)"
    assert again[again.index("Question 3") :] == before[before.index("Question 3") :]
    assert "Without an answer: 3, 4, 5," in overview
    assert "Flagged: 3." in overview
    assert "1:40:00 left." in time
    assert "Your answer so far: " in second


def test_exam_alone_goes_on_with_what_is_open(program: Program) -> None:
    program.run("exam", "--timed", typed="9\n", code=5)

    run = program.run("exam", code=5)

    assert "Question 9 of 65" in run.out


def test_a_second_exam_waits_for_the_first(program: Program) -> None:
    program.run("exam", "--timed", code=5)

    run = program.run("exam", "--timed", code=2)

    assert run.err == ("An exam is still open.\nGo on with `mlacoach exam resume`, or drop it with `exam abandon`.\n")
    assert program.rows("SELECT count(*) FROM sittings") == [(1,)]


def test_the_score_by_domain_is_what_a_recount_gives(program: Program, library: Library) -> None:
    with program.start("exam", "--timed", "--exam", "MLA-C02") as running:
        answer(running, right=20, wrong=15)
        program.set_clock(NOW + timedelta(minutes=61, seconds=5))
        run = running.finish(typed=HAND_IN)
    right = [row[0] for row in program.rows("SELECT question FROM answers WHERE correct")]
    counted = scored(program)
    won = domains(library, [name for name in right if name in counted], "MLA-C02")
    laid = domains(library, [name for name in paper(program) if name in counted], "MLA-C02")
    (sat,) = program.run("exam", "list", "--json").json["exams"]

    assert (len(right), len(counted)) == (20, 50)
    assert sat["domains"] == {name: {"right": won[name], "scored": laid[name]} for name in "1234"}
    assert (sat["right"], sat["scored"], sat["questions"], sat["unanswered"]) == (won.total(), 50, 65, 30)
    assert (sat["exam"], sat["form"], sat["ended"], sat["seconds"]) == ("MLA-C02", "standard", "submit", 3665.0)
    assert f"MLA-C02 standard: {won.total()} of 50 ({won.total() / 50:.0%}, 90 % interval" in run.out
    assert "30 without an answer: each counts as wrong." in run.out
    assert "Time: 1:01:05; " in run.out
    for domain in library.exam("MLA-C02").domains:
        assert f"  {domain.id} {domain.name}: {won[domain.id]} of {laid[domain.id]} (" in run.out
    assert program.rows("SELECT count(*), sum(response = '[]') FROM answers") == [(65, 30)]


def test_an_answer_may_be_changed_and_the_last_one_counts(program: Program) -> None:
    with program.start("exam", "--untimed") as running:
        first = running.question()
        running.ask(first.wrong)
        running.ask("p")
        running.ask(first.right)
        running.finish(typed=HAND_IN)

    assert program.rows("SELECT correct FROM answers WHERE question = ?", first.question.id) == [(1,)]


def test_the_time_on_a_question_is_all_its_visits(program: Program) -> None:
    with program.start("exam", "--untimed") as running:
        first = running.question()
        program.set_clock(NOW + timedelta(seconds=40))
        running.ask("n")
        program.set_clock(NOW + timedelta(seconds=100))
        running.ask("p")
        program.set_clock(NOW + timedelta(seconds=105))
        running.finish(typed=HAND_IN)

    assert program.rows("SELECT seconds FROM answers WHERE question = ?", first.question.id) == [(45.0,)]


def test_handing_in_is_asked_for_twice(program: Program) -> None:
    with program.start("exam", "--untimed") as running:
        running.until_prompt()
        asked = running.ask("x")
        again = running.ask("no")
        running.finish(code=5)

    assert asked.endswith("Hand in? Type yes: ")
    assert "Question 1 of 65" in again
    assert program.rows("SELECT * FROM answers") == []


def test_an_answer_after_the_deadline_does_not_count(program: Program) -> None:
    with program.start("exam", "--timed") as running:
        answer(running, right=3, wrong=0)
        late = running.question()
        program.set_clock(NOW + timedelta(minutes=130))
        run = running.finish(typed=f"{late.right}\n")

    assert "Time is up: the exam hands itself in." in run.out
    assert f"{counting(program)} of 50 (" in run.out
    assert program.rows("SELECT sum(correct), count(*) FROM answers") == [(3, 65)]
    assert program.rows("SELECT kind, at FROM sitting_events ORDER BY rowid DESC LIMIT 1") == [
        ("expire", "2026-11-21T14:10:00.000+00:00")
    ]


def left_with_three_right(program: Program) -> None:
    with program.start("exam", "--timed", "--exam", "MLA-C02") as running:
        answer(running, right=3, wrong=1)
        running.until_prompt()
        running.finish(code=5, typed="q\n")


def test_a_deadline_that_passed_while_away_hands_in_what_was_there(program: Program) -> None:
    """Whoever comes back to go on is told so, and gets the result."""
    left_with_three_right(program)
    program.set_clock(NOW + timedelta(days=3))

    run = program.run("exam", "resume")
    (sat,) = program.run("exam", "list", "--json").json["exams"]

    assert run.out.startswith("Time ran out at ")
    assert f"MLA-C02 standard: {counting(program)} of 50 (" in run.out
    assert (sat["ended"], sat["right"], sat["unanswered"]) == ("expire", counting(program), 61)
    assert sat["seconds"] == 130 * 60.0
    assert program.rows("SELECT sum(correct) FROM answers") == [(3,)]
    assert program.rows("SELECT count(*) FROM answers") == [(65,)]
    program.run("exam", "resume", code=2)


def test_a_new_exam_may_begin_after_a_deadline_passed(program: Program) -> None:
    left_with_three_right(program)
    program.set_clock(NOW + timedelta(days=3))

    run = program.run("exam", "--timed", code=5)

    assert f"MLA-C02 standard: {counting(program)} of 50 (" in run.out
    assert "Question 1 of 65" in run.out
    assert program.rows("SELECT count(*) FROM sittings") == [(2,)]


def test_an_untimed_exam_never_runs_out(program: Program) -> None:
    program.run("exam", "--untimed", code=5)
    program.set_clock(NOW + timedelta(days=300))

    run = program.run("exam", "resume", typed="t\n", code=5)

    assert "Untimed." in run.out


def test_an_abandoned_exam_does_not_count(program: Program) -> None:
    with program.start("exam", "--timed") as running:
        answer(running, right=1, wrong=0)
        running.until_prompt()
        running.finish(code=5)

    run = program.run("exam", "abandon")

    assert run.out == "Dropped: MLA-C02 standard of 2026-11-21 12:00.\n"
    assert program.rows("SELECT * FROM answers") == []
    assert program.run("exam", "list", "--json").json["exams"] == []
    assert "No exam has been sat yet" in program.run("exam", "list").out
    program.run("exam", "resume", code=2)


def test_an_exam_handed_in_from_another_window_counts_once(program: Program) -> None:
    """The first window still shows a question, and hands in as well."""
    with program.start("exam", "--untimed") as first:
        answer(first, right=2, wrong=0)
        first.until_prompt()
        program.run("exam", "resume", typed=HAND_IN)
        run = first.finish(typed=HAND_IN)

    assert f"MLA-C02 standard: {counting(program)} of 50 (" in run.out
    assert program.rows("SELECT count(*) FROM answers") == [(65,)]
    assert program.rows("SELECT count(*) FROM sitting_events WHERE kind = 'submit'") == [(1,)]


def test_an_exam_that_expires_in_two_windows_counts_once(program: Program) -> None:
    with program.start("exam", "--timed") as first:
        answer(first, right=2, wrong=0)
        first.until_prompt()
        program.set_clock(NOW + timedelta(days=1))
        program.run("exam", "list")
        run = first.finish(typed="n\n")

    assert f"MLA-C02 standard: {counting(program)} of 50 (" in run.out
    assert program.rows("SELECT count(*) FROM answers") == [(65,)]


def test_what_an_exam_got_wrong_comes_back_as_a_review(program: Program) -> None:
    with program.start("exam", "--untimed") as running:
        answer(running, right=1, wrong=1)
        running.finish(typed=HAND_IN)

    due = dict(program.rows("SELECT point, substr(due, 1, 10) FROM memory"))

    wrong = [row[0] for row in program.rows("SELECT question FROM answers WHERE NOT correct")]
    assert len(wrong) == 64
    assert {due[question] for question in wrong} == {"2026-11-22"}


def test_the_list_and_its_json_agree(program: Program) -> None:
    program.run("exam", "--untimed", "--exam", "MLA-C01", "--seed", "5", typed=HAND_IN)
    listed = program.run("exam", "list").out
    document = program.run("exam", "list", "--json").json

    (sat,) = document["exams"]
    assert listed.startswith(f"{sat['id'][:12]}  2026-11-21 MLA-C01 standard: 0 of 50 (0%, 90 % interval 0% to ")
    predicted = sat["predicted"]
    low, high = predicted["interval_90"]
    told = re.search(r"; predicted score (\d+) \((\d+) to (\d+)\)\n$", listed)
    assert told
    assert [float(number) for number in told.groups()] == pytest.approx([predicted["score"], low, high], abs=0.51)
    assert (document["schema"], document["schema_version"]) == ("mlacoach.exams-sat", 1)
    assert [(sat["exam"], sat["seed"], sat["right"]) for sat in document["exams"]] == [("MLA-C01", 5, 0)]


@pytest.mark.parametrize(
    "line", ["zz", "99", "0", "-1", "a b c d e f", "x y", "n 3", "f 2", "q now", "t 1", "s", "s z"]
)
def test_a_line_that_means_nothing_changes_nothing(program: Program, line: str) -> None:
    with program.start("exam", "--untimed", "--seed", "1") as running:
        running.until_prompt()
        said = running.ask(line)
        events = program.rows("SELECT kind FROM sitting_events")

    assert said.endswith("(h for help): ")
    assert not HEADING.search(said)
    assert events == [("show",)]
