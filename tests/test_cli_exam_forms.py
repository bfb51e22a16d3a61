"""The forms of `mlacoach exam`: each flag lays what it names, and the result says what it rests on."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pexpect
import pytest

from mlacoach.content import Library
from mlacoach.store import Store
from mlacoach.store.answers import Answered
from tests.program import PATIENCE, Program, Running, read_question

# pexpect forks, which Python 3.12 and later remark on in a process with threads, as pytest-xdist's workers are.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HAND_IN = "x\nyes\n"
C01, C02 = "MLA-C01", "MLA-C02"
FORMS = [
    (["--timed"], "standard", 65, 130, 15),
    (["--timed", "--exam", C01], "standard", 65, 130, 15),
    (["--untimed"], "standard", 65, None, 15),
    (["--practice"], "standard practice", 65, None, 15),
    (["--timed", "--form", "beta"], "beta", 85, 170, 0),
    (["--mini"], "mini", 20, 40, 0),
    (["--mini", "--timed"], "mini", 20, 40, 0),
    (["--mini", "--practice"], "mini practice", 20, 40, 0),
    (["--timed", "--accommodation", "30"], "standard", 65, 160, 15),
    (["--timed", "--form", "beta", "--accommodation", "30"], "beta", 85, 200, 0),
    (["--mini", "--accommodation", "30"], "mini", 20, 70, 0),
    (["--domain", "2"], "quiz 2", 20, None, 0),
    (["--domain", "2", "--timed"], "quiz 2", 20, 40, 0),
    (["--domain", "2", "--questions", "7", "--timed"], "quiz 2", 7, 14, 0),
    (["--weak", "--questions", "5"], "quiz weak", 5, None, 0),
]


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home, now=NOW)


def paper(program: Program) -> list[str]:
    (row,) = program.rows("SELECT paper FROM sittings ORDER BY rowid DESC LIMIT 1")
    questions: list[str] = json.loads(row[0])
    return questions


def answer_all(running: Running, count: int, right: int) -> str:
    """Answer questions until so many are answered or it asks to hand in; what it said after the last."""
    for number in range(count):
        shown = running.question()
        running.type(shown.right if number < right else shown.wrong)
    return running.until_prompt()


def sit(program: Program, *flags: str, right: int = 0, seed: int = 1) -> str:
    """Sit a mini exam or a quiz to its end; the result as it was told."""
    with program.start("exam", *flags, "--seed", str(seed)) as running:
        first = running.question()
        for number in range(first.count):
            shown = first if number == 0 else running.question()
            running.type(shown.right if number < right else shown.wrong)
        before = len(running.said)
        return running.finish(typed="yes\n").out[before:]


@pytest.mark.parametrize(
    ("flags", "name", "questions", "minutes", "unscored"), FORMS, ids=[" ".join(flags) for flags, *_ in FORMS]
)
def test_each_flag_lays_the_form_that_it_names(
    program: Program, flags: list[str], name: str, questions: int, minutes: int | None, unscored: int
) -> None:
    run = program.run("exam", *flags, typed=HAND_IN)
    sat = program.run("exam", "result", "--json").json["exam"]

    exam = C01 if C01 in flags else C02
    clock = "untimed" if minutes is None else f"{minutes // 60}:{minutes % 60:02}:00 left"
    assert run.out.startswith(f"{exam}, {name}: {questions} questions, {clock}. ")
    assert (sat["exam"], sat["form"], sat["questions"], sat["missing"]) == (exam, name, questions, {})
    assert sat["questions"] - sat["scored"] == unscored
    assert len(set(paper(program))) == questions
    (deadline,) = program.rows("SELECT deadline FROM sittings")
    due = None if minutes is None else (NOW + timedelta(minutes=minutes)).isoformat(timespec="milliseconds")
    assert deadline == (due,)


@pytest.mark.parametrize(("flag", "part"), [("--domain", "3"), ("--task", "3.2"), ("--skill", "3.2.5")])
def test_a_part_asks_only_about_itself(program: Program, library: Library, flag: str, part: str) -> None:
    program.run("exam", flag, part, code=5)

    for name in paper(program):
        skills = [ref.skill for ref in library.questions[name].skills if ref.exam == C02]
        assert any(skill == part or skill.startswith(f"{part}.") for skill in skills)


def test_an_unknown_part_is_answered_with_the_nearest(program: Program) -> None:
    run = program.run("exam", "--task", "2.9", code=2)

    assert run.err.startswith("There is no domain, task or skill called '2.9'.\nDid you mean ")


def test_missed_asks_what_was_wrong_and_flagged_what_was_flagged(program: Program) -> None:
    with program.start("exam", "--mini", "--seed", "3") as running:
        running.until_prompt()
        running.ask("4")
        running.ask("f")
        running.type("1")
        answer_all(running, 20, right=12)
        running.finish(typed="yes\n")
    laid = paper(program)

    program.run("exam", "--missed", code=5)
    missed = paper(program)
    program.run("exam", "abandon")
    program.run("exam", "--flagged", code=5)

    assert sorted(missed) == sorted(laid[12:])
    assert paper(program) == [laid[3]]


@pytest.mark.parametrize("source", ["--missed", "--flagged"])
def test_without_a_history_there_is_nothing_to_ask(program: Program, source: str) -> None:
    run = program.run("exam", source, code=2)

    assert run.err == (
        f"There is no question for this exam (quiz {source[2:]}).\nTry another part, or `mlacoach study`.\n"
    )
    assert program.rows("SELECT * FROM sittings") == []


def test_weak_asks_about_the_three_tasks_whose_wrong_answers_cost_most(program: Program, library: Library) -> None:
    sit(program, "--mini", right=10)
    cost: Counter[str] = Counter()
    for skill in program.run("report", "--json").json["weak"]:
        cost[skill["task"]] += skill["weight_percent"] * (1 - skill["expected_right"])
    weakest = [task for task, _ in cost.most_common(3)]

    program.run("exam", "--weak", code=5)

    (plan,) = program.rows("SELECT plan FROM sittings ORDER BY rowid DESC LIMIT 1")
    assert json.loads(plan[0])["tasks"] == weakest
    for name in paper(program):
        tasks = {ref.skill[:3] for ref in library.questions[name].skills if ref.exam == C02}
        assert tasks & set(weakest)


def test_a_final_is_timed_hard_new_and_says_exactly_what_the_bank_lacks(program: Program, library: Library) -> None:
    hard = [one.id for one in library.questions.values() if one.serves(C02) and one.difficulty >= 3]
    seen = [name for name in hard if by_domain(library, [name], C02)["1"]][5:]
    store = Store(program.database, NOW)
    for name in seen:
        store.answers.add(Answered(name, ("a",), correct=False, seconds=30.0, confidence="sure", source="study"), NOW)
    store.close()

    run = program.run("exam", "--final", typed=HAND_IN)

    laid = paper(program)
    assert not set(seen) & set(laid)
    assert all(library.questions[name].difficulty >= 3 for name in laid)
    assert "2:10:00 left." in run.out
    wanted, have = {"1": 18, "2": 16, "3": 16, "4": 15}, by_domain(library, laid, C02)
    lacks = [f"{wanted[name] - have[name]} in domain {name}" for name in "1234" if have[name] < wanted[name]]
    said = f"The bank has {len(laid)} of the 65 questions: {', '.join(lacks)} are missing."
    assert lacks[0] == "13 in domain 1"
    opening, _, rest = run.out.partition("Question 1 of ")
    assert said in opening
    assert said in rest
    lacked = {name: wanted[name] - have[name] for name in "1234" if have[name] < wanted[name]}
    assert program.run("exam", "result", "--json").json["exam"]["missing"] == lacked


def by_domain(library: Library, questions: list[str], exam: str) -> Counter[str]:
    """The domain of each question: the one with most of its skills, counted here anew."""
    counted: Counter[str] = Counter()
    for name in questions:
        skills = Counter(ref.skill[0] for ref in library.questions[name].skills if ref.exam == exam)
        counted[min(skills, key=lambda domain: (-skills[domain], domain))] += 1
    return counted


def test_a_quiz_on_a_small_part_says_how_many_questions_there_are(program: Program, library: Library) -> None:
    run = program.run("exam", "--skill", "3.2.5", "--questions", "200", code=5)

    count = sum(any(str(ref) == f"{C02} 3.2.5" for ref in one.skills) for one in library.questions.values())
    assert len(paper(program)) == count > 0
    assert f"The bank has {count} of the 200 questions." in run.out


def test_c02_has_multiple_choice_and_response_only_and_c01_has_orders_and_pairs_too(
    program: Program, library: Library
) -> None:
    kinds = {}
    for exam in (C01, C02):
        program.run("exam", "--untimed", "--exam", exam, "--seed", "2", code=5)
        kinds[exam] = {library.questions[name].kind for name in paper(program)}
        program.run("exam", "abandon")

    assert kinds[C02] == {"multiple-choice", "multiple-response"}
    assert kinds[C01] == {"multiple-choice", "multiple-response", "ordering", "matching"}


def test_which_fifteen_do_not_count_is_told_only_afterwards(program: Program) -> None:
    with program.start("exam", "--timed", "--seed", "5") as running:
        answer_all(running, 65, right=65)
        asked = running.said
        told = running.finish(typed="yes\n").out[len(asked) :]
    review = program.run("exam", "review").out
    headings = re.findall(r"^Question \d+ · task .*$", review, re.MULTILINE)

    assert "count" not in asked.replace("A question without an answer counts as wrong", "").split("Question 1 of")[0]
    assert "did not count" not in asked
    assert "50 of 50 (100%" in told
    assert "15 of the 65 questions did not count, as in the exam." in told
    assert len(headings) == 65
    assert sum("did not count" in heading for heading in headings) == 15


@pytest.mark.parametrize("flags", [["--mini"], ["--domain", "2"], ["--timed"], ["--adaptive"]], ids=" ".join)
def test_a_seed_lays_the_same_form_with_the_options_in_the_same_order(home: Path, flags: list[str]) -> None:
    shown = []
    for name, seed in (("one", "7"), ("two", "7"), ("three", "8")):
        program = Program(home / name, now=NOW)
        run = program.run("exam", *flags, "--seed", seed, typed="a\na\na\n", code=5)
        shown.append((paper(program), run.out))

    assert shown[0] == shown[1]
    assert shown[0][1] != shown[2][1]


def test_an_adaptive_exam_says_that_it_goes_forward_only_and_does(program: Program) -> None:
    with program.start("exam", "--adaptive", "--seed", "1") as running:
        first = running.until_prompt()
        skipped = running.ask("n")
        running.ask(read_question(first).wrong)
        back, there = running.ask("p"), running.ask("1")
        running.finish(code=5)

    assert "so it goes forward only, and it ends when it has decided." in first.split("Question 1 of at most 65")[0]
    assert "needs an answer before it can go on" in skipped
    for said in (back, there):
        assert "Question 1 of" not in said
    assert program.rows("SELECT count(DISTINCT question) FROM sitting_events WHERE kind = 'show'") == [(2,)]


def adaptive(program: Program, *flags: str, right: bool) -> tuple[int, str]:
    """Sit an adaptive exam to its end: how many it asked, and the result as it was told."""
    with program.start("exam", "--adaptive", *flags, "--seed", "4") as running:
        asked = 0
        while "Look at it again" not in (said := running.until_prompt()):
            shown = read_question(said)
            asked += 1
            running.type(shown.right if right else shown.wrong)
        return asked, said


@pytest.mark.parametrize("right", [True, False])
def test_an_adaptive_exam_ends_when_it_has_decided(program: Program, right: bool) -> None:  # noqa: FBT001
    asked, said = adaptive(program, right=right)
    (sat,) = program.run("exam", "list", "--json").json["exams"]

    assert 10 <= asked < 65
    assert sat["questions"] == asked
    assert ("pass." in said) == right
    assert (sat["predicted"]["pass_probability"] > 0.5) == right


def test_an_adaptive_exam_of_fixed_length_asks_so_many(program: Program) -> None:
    asked, said = adaptive(program, "--questions", "14", right=False)

    assert asked == 14
    assert "it asked 14 questions." in said


def test_an_adaptive_result_tells_the_score_and_no_share(program: Program) -> None:
    """Adaptive forms choose questions of which about half are right: a share would tell of the form alone."""
    _, said = adaptive(program, "--questions", "12", right=True)
    listed, today = program.run("exam", "list").out, program.run("report").out

    assert re.search(r"Predicted score \d+ \(90 % interval \d+ to \d+; 720 passes\)", said)
    assert "not how many were right counts" in said
    assert re.search(r"^  1 Data .*: (meets|needs improvement) \(\d+% sure\)$", said, re.MULTILINE)
    for told in (said, listed, today.split("\nExams\n")[1].split("Covered so far")[0]):
        assert not re.search(r"\d+ of \d+ \(\d+%", told)
    assert "12 questions asked; predicted score " in listed


def test_the_answer_that_an_adaptive_exam_was_left_without_says_nothing(program: Program) -> None:
    with program.start("exam", "--adaptive", "--questions", "20", "--seed", "4") as running:
        for _ in range(3):
            running.type(running.question().right)
        running.until_prompt()
        running.finish(typed=HAND_IN)

    (sat,) = program.run("exam", "list", "--json").json["exams"]
    assert (sat["questions"], sat["unanswered"]) == (4, 1)
    assert sat["predicted"]["answers"] == 3


def test_practice_explains_each_answer_and_can_pause(program: Program) -> None:
    with program.start("exam", "--mini", "--practice", "--seed", "1") as running:
        shown = running.question()
        explained = running.ask(shown.wrong)
        running.ask("z")
        program.set_clock(NOW + timedelta(hours=2))
        running.ask("")
        time = running.ask("t")
        running.finish(code=5)

    assert "Wrong: you answered" in explained
    assert shown.question.references[0].url in explained
    assert "0:40:00 left." in time


def test_a_timed_exam_neither_explains_nor_pauses(program: Program) -> None:
    with program.start("exam", "--mini", "--seed", "1") as running:
        explained = running.ask(running.question().wrong)
        paused = running.ask("z")
        running.finish(code=5)

    assert "Wrong" not in explained
    assert "Paused" not in paused


def test_an_accommodation_of_thirty_minutes_is_kept_after_a_restart(program: Program) -> None:
    program.run("exam", "--timed", "--accommodation", "30", code=5)
    program.set_clock(NOW + timedelta(minutes=140))

    assert "0:20:00 left." in program.run("exam", "resume", typed="t\n", code=5).out


@pytest.mark.parametrize("words", [["exam"], ["exam", "resume"], ["exam", "--mini"]], ids=" ".join)
def test_an_exam_whose_time_ran_out_is_handed_in_at_the_next_start(program: Program, words: list[str]) -> None:
    with program.start("exam", "--mini", "--seed", "1") as running:
        answer_all(running, 4, right=4)
        running.finish(code=5)
    program.set_clock(NOW + timedelta(hours=1))

    run = program.run(*words, code=5 if "--mini" in words else 0)

    assert run.out.startswith("Time ran out at 2026-11-21 12:40: the exam was handed in with what was there.\n")
    assert "MLA-C02 mini: 4 of 20 (20%, " in run.out
    assert program.rows("SELECT count(*), sum(correct) FROM answers") == [(20, 4)]
    assert program.rows("SELECT kind, at FROM sitting_events WHERE kind = 'expire'") == [
        ("expire", "2026-11-21T12:40:00.000+00:00")
    ]


def test_the_result_says_everything_and_what_it_rests_on(program: Program) -> None:
    with program.start("exam", "--mini", "--seed", "2") as running:
        first = running.question()
        running.ask(first.wrong)
        running.ask("1")
        second = read_question(running.ask(first.right))
        program.set_clock(NOW + timedelta(seconds=300))
        running.ask(f"{second.right}??")
        said = running.finish(typed=HAND_IN).out
    sat = program.run("exam", "result", "--json").json["exam"]
    predicted = sat["predicted"]
    low, high = predicted["interval_90"]

    assert "MLA-C02 mini: 2 of 20 (10%, 90 % interval " in said
    told = re.search(r"Predicted score (\d+) \(90 % interval (\d+) to (\d+); 720 passes\): fail\.", said)
    assert told
    assert [float(number) for number in told.groups()] == pytest.approx([predicted["score"], low, high], abs=0.51)
    assert "Probability of passing less than 1%; " in said
    assert "if the real exam is harder for you than these questions, " in said
    assert (
        "That rests on 20 questions that you met for the first time (18 of them without an answer, which counts as "
        "wrong), whose difficulty is known from their authors' ranking (fewer than 100 learners' answers)." in said
    )
    assert "AWS publishes neither (docs/measuring.md)." in said
    assert len(re.findall(r"; (?:meets|needs improvement) \(\d+% sure\)$", said, re.MULTILINE)) == 4
    assert "18 without an answer: each counts as wrong." in said
    assert "1 right by a guess of yours" in said
    assert "Changed answers: 1 from wrong to right, 0 from right to wrong." in said
    assert "Time: 0:05:00; half of the questions took less than 300 s, the exam allows 120 s for each; 1 took" in said
    assert f"mlacoach exam review {sat['id'][:12]}`" in said
    assert low <= predicted["score"] <= high
    assert predicted["if_harder"] <= predicted["pass_probability"] <= predicted["if_easier"]
    assert (sat["guessed_right"], sat["changed"]) == (
        1,
        {"right_to_wrong": 0, "wrong_to_right": 1, "wrong_to_wrong": 0},
    )
    assert sat["pace"] == {"seconds": 300.0, "median": 300.0, "allowed": 120.0, "over": 1}
    assert predicted["difficulties"] == {"expert": 20}
    assert set(predicted["domains"]) == set("1234")


def test_the_result_can_be_read_again(program: Program) -> None:
    told = sit(program, "--mini", right=9)

    again = program.run("exam", "result").out

    assert again.strip()
    assert told.endswith(again)


def test_a_paper_that_was_met_before_predicts_nothing_and_says_so(program: Program) -> None:
    sit(program, "--mini")
    program.set_clock(NOW + timedelta(hours=1))

    again = sit(program, "--missed")

    assert "MLA-C02 quiz missed: 0 of 20 (0%" in again
    assert "No score is predicted: you had met every question before" in again
    assert "Predicted score" not in again
    assert program.run("exam", "list", "--json").json["exams"][1]["predicted"] is None


def test_a_better_exam_predicts_a_better_score(home: Path) -> None:
    scores = []
    for right in (4, 12, 20):
        program = Program(home / str(right), now=NOW)
        sit(program, "--mini", right=right)
        (sat,) = program.run("exam", "list", "--json").json["exams"]
        scores.append((sat["predicted"]["score"], sat["predicted"]["pass_probability"]))

    assert scores == sorted(scores)
    assert len(set(scores)) == 3


def in_terminal(program: Program, *words: str) -> "pexpect.spawn[str]":
    command = program.command("exam", *words)
    environment = program.environment()
    del environment["COLUMNS"]
    return pexpect.spawn(
        command[0], command[1:], env=environment, dimensions=(40, 120), encoding="utf-8", timeout=PATIENCE
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--adaptive"], "it goes forward only"), (["--domain", "2", "--questions", "200"], "of the 200 questions.")],
    ids=" ".join,
)
def test_before_the_room_opens_it_says_what_the_room_does_not(program: Program, words: list[str], said: str) -> None:
    child = in_terminal(program, *words)
    child.expect_exact("Enter starts it, q leaves: ")
    told = child.before
    child.sendline("q")
    child.expect(pexpect.EOF)
    child.close()

    assert said in " ".join(told.split())
    assert child.exitstatus == 0
    assert program.rows("SELECT * FROM sittings") == []


def test_yes_starts_without_asking(program: Program) -> None:
    child = in_terminal(program, "--adaptive", "--yes", "--plain")
    child.expect_exact("(h for help): ")
    child.sendeof()
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == 5
    assert len(program.rows("SELECT * FROM sittings")) == 1
