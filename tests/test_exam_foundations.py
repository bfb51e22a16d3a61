"""The foundations as an exam form: what it asks, what it tells, and that it measures nothing of an exam."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from rich.console import Console

from mlacoach.cli.exam_flags import check_flags, has_clock
from mlacoach.cli.exam_results import show, show_review
from mlacoach.coach import Coach
from mlacoach.coach.exam import Wish, begin, hand_in, lay_out, make, resume
from mlacoach.coach.exam.gaps import Gaps, gaps_of, nearest_lesson
from mlacoach.coach.exam.habits import habits
from mlacoach.coach.exam.plans import pool
from mlacoach.coach.exam.results import Result, result_of, results
from mlacoach.coach.report.drawn import report
from mlacoach.curriculum.questions import Choice
from mlacoach.errors import UsageFault
from mlacoach.learning.forms import lay_by_topic
from mlacoach.learning.mastery import Share
from mlacoach.screen.line_exam import opening
from mlacoach.screen.result import print_result
from mlacoach.screen.review import Filter, print_review
from tests.program import Program
from tests.room import Seat, right_answer
from tests.room import sit as sit_in_room

C02 = "MLA-C02"
WHOLE = Wish(C02, foundations=True, timed=True)
NOT_THEIRS = ("CLF-C02", "AIF-C01", "SAA-C03")


def sit(coach: Coach, wish: Wish, right: int, seed: int = 3) -> Result:
    """Answer the first `right` questions rightly, leave the others open, and hand in."""
    session = begin(coach, make(coach, wish), seed)
    for number in range(right):
        session.show(number)
        session.answer(right_answer(session.question))
    return result_of(coach, hand_in(session))


def told(result: Result, gaps: Gaps) -> str:
    """The result as it is shown, in one line."""
    console = Console(width=100)
    with console.capture() as captured:
        print_result(console, result, None, gaps)
    return " ".join(captured.get().split())


@pytest.mark.parametrize(
    ("wish", "name", "questions", "minutes"),
    [
        (WHOLE, "standard", 65, 90),
        (Wish(C02, foundations=True), "standard", 65, None),
        (Wish(C02, foundations=True, timed=True, questions=20), "quiz", 20, 28),
        (Wish(C02, foundations=True, timed=True, extra_minutes=30), "standard", 65, 120),
        (Wish(C02, foundations=True, practice=True, questions=10), "quiz practice", 10, None),
    ],
)
def test_a_wish_becomes_at_most_65_questions_in_90_minutes(
    coach: Coach, wish: Wish, name: str, questions: int, minutes: float | None
) -> None:
    plan = make(coach, wish)

    assert (plan.name, plan.questions, plan.scored, plan.minutes) == (name, questions, questions, minutes)
    assert len(lay_out(coach, plan, seed=1)[1]) == questions


def test_more_than_the_form_is_refused(coach: Coach) -> None:
    with pytest.raises(UsageFault, match="at most 65"):
        make(coach, Wish(C02, foundations=True, questions=66))


def test_it_asks_only_what_counts_for_no_exam_and_nothing_on_exams_or_whole_systems(coach: Coach) -> None:
    asked = pool(coach, make(coach, WHOLE))

    assert {one.id for one in asked} == {
        one.id
        for one in coach.library.questions.values()
        if not one.skills and one.topics != {"exam-strategy"} and not one.topics & coach.library.architect.keys()
    }


def test_few_questions_are_spread_over_topics_by_lot(coach: Coach) -> None:
    plan = make(coach, Wish(C02, foundations=True, questions=20))
    papers = [[coach.library.questions[name] for name in lay_out(coach, plan, seed)[1]] for seed in (1, 2, 1)]

    for paper in papers:
        assert max(Counter(topic for one in paper for topic in one.topics).values()) == 1
    assert papers[0] == papers[2] != papers[1]


def test_unseen_questions_come_first_and_what_the_bank_lacks_is_said(coach: Coach) -> None:
    bank = pool(coach, make(coach, WHOLE))[:6]
    seen = {one.id: coach.now() for one in bank[:4]}

    paper = lay_by_topic(3, bank, seen, Random(1))

    assert {one.id for one in bank[4:]} < {one.id for one in paper.questions}
    assert lay_by_topic(8, bank, seen, Random(1)).missing == {"all": 2}


def test_before_the_start_and_in_the_result_it_says_what_it_is_not(coach: Coach) -> None:
    session = begin(coach, make(coach, WHOLE), seed=3)
    before = opening(session)
    result = result_of(coach, hand_in(session))
    after = told(result, gaps_of(coach.library, result))

    assert before.startswith("FOUNDATIONS, standard: 65 questions, 1:30:00 left. ")
    for said in (before, after):
        assert all(code in said for code in NOT_THEIRS)
        assert "follows no exam's blueprint" in said
        assert "predicts neither a score nor a pass" in said
        assert "target of 80 %" in said
    assert "1000" not in after
    assert "redicted score" not in after


def test_the_result_tells_topics_with_intervals_and_a_lesson_for_each_miss(coach: Coach) -> None:
    result = sit(coach, WHOLE, right=50)
    gaps = gaps_of(coach.library, result)
    said = told(result, gaps)

    shares = {one.id: one.share for one in gaps.topics}
    for topic, share in shares.items():
        asked = [one.right for one in result.asked if topic in one.question.topics]
        assert share == Share(sum(asked), len(asked))
    often = next(one for one in gaps.topics if one.share.given > 1)
    assert f"{often.title}: {often.share.right} of {often.share.given} (" in said
    assert said.count("90 % interval") > 10
    assert [miss.number for miss in gaps.misses] == list(range(51, 66))
    for miss in gaps.misses:
        assert miss.lesson is not None
        assert f"`mlacoach learn {miss.lesson.id}`" in said


def test_every_foundation_question_has_a_lesson_on_its_topics(coach: Coach) -> None:
    for facts in pool(coach, make(coach, WHOLE)):
        question = coach.library.questions[facts.id]
        lesson = nearest_lesson(coach.library, question)
        assert lesson is not None
        assert lesson.topics & question.topics


@pytest.mark.parametrize(("right", "verdict"), [(65, "reached."), (52, "reached. The interval"), (40, "not reached.")])
def test_the_target_of_80_percent_is_held_against_the_share_right(coach: Coach, right: int, verdict: str) -> None:
    result = sit(coach, WHOLE, right=right)

    assert f"The target of 80% is {verdict}" in told(result, gaps_of(coach.library, result))


def test_the_target_is_held_against_new_questions_only(coach: Coach, clock: object) -> None:
    sit(coach, Wish(C02, foundations=True, questions=60), right=60)
    clock.now += timedelta(days=1)  # type: ignore[attr-defined]
    again = sit(coach, WHOLE, right=65)
    gaps = gaps_of(coach.library, again)

    assert gaps.new.given == len(pool(coach, again.plan)) - 60
    assert f"among those that you hadn't met before: {gaps.new.right} of {gaps.new.given} (" in told(again, gaps)

    clock.now += timedelta(days=1)  # type: ignore[attr-defined]
    known = sit(coach, Wish(C02, foundations=True, questions=5), right=5, seed=8)
    assert gaps_of(coach.library, known).new == Share(0, 0)
    assert "you had met all of these" in told(known, gaps_of(coach.library, known))


def test_nothing_of_it_feeds_readiness_mastery_or_the_criteria(coach: Coach) -> None:
    before = report(coach)
    result = sit(coach, WHOLE, right=30)
    after = report(coach)

    assert after.readiness is None
    assert (after.exams, after.masteries, after.total) == ((), before.masteries, Share(0, 0))
    assert after.criteria[:2] == before.criteria[:2]
    assert [one.row.id for one in results(coach)] == [result.row.id]
    assert habits(result) == []


def test_its_misses_come_back_in_reviews(coach: Coach) -> None:
    result = sit(coach, Wish(C02, foundations=True, questions=10), right=10)

    assert {row.point for row in coach.store.answers.memory()} == {one.question.id for one in result.asked}


def test_the_result_and_the_review_are_told_to_programs_too(coach: Coach, capsys: pytest.CaptureFixture[str]) -> None:
    row = sit(coach, Wish(C02, foundations=True, questions=10), right=8).row
    show(coach, row, as_json=True)
    result = json.loads(capsys.readouterr().out)["exam"]
    show_review(coach, row, Filter(wrong=True), lambda _: [], as_json=True)
    review = json.loads(capsys.readouterr().out)["questions"]

    assert (result["exam"], result["domains"], result["predicted"], result["habits"]) == ("FOUNDATIONS", {}, None, [])
    assert result["foundations"]["new"] == {"right": 8, "asked": 10, "interval_90": [0.5408, 0.9314]}
    assert [miss["number"] for miss in result["foundations"]["misses"]] == [9, 10]
    assert [(one["domain"], one["task"]) for one in review] == [(None, None)] * 2


def test_the_command_lays_it_says_what_it_is_not_and_tells_its_result(home: Path) -> None:
    run = Program(home, now=datetime(2026, 11, 21, 12, 0, tzinfo=UTC)).run(
        "exam", "--foundations", "--questions", "5", typed="x\nyes\n"
    )
    before, _, after = run.out.partition("Hand in?")

    assert before.startswith("FOUNDATIONS, quiz: 5 questions, 0:07:00 left. ")
    assert all(code in part for part in (before, after) for code in NOT_THEIRS)
    assert "FOUNDATIONS quiz: 0 of 5 (" in after
    assert "edicted score" not in after


def test_the_review_names_topics_and_refuses_domains(coach: Coach) -> None:
    result = sit(coach, Wish(C02, foundations=True, questions=5), right=4)
    console = Console(width=100)
    with console.capture() as captured:
        print_review(console, result, Filter(wrong=True), lambda _: [])

    missed = result.asked[4].question
    assert f"Question 5 · {', '.join(sorted(missed.topics))} · {missed.id}" in captured.get()
    with pytest.raises(UsageFault, match="no domains"):
        show_review(coach, result.row, Filter(domain="2"), lambda _: [], as_json=False)


def test_the_room_sits_it_and_an_hour_and_a_half_later_it_hands_itself_in(coach: Coach, clock: object) -> None:
    session = begin(coach, make(coach, WHOLE), seed=3)

    async def scene(seat: Seat) -> None:
        assert "FOUNDATIONS" in seat.text()
        assert "1:30:00" in seat.text()
        await seat.go(next(place for place, one in enumerate(session.questions) if isinstance(one.body, Choice)))
        await seat.press("a")
        await seat.press("ctrl+c", "y")

    sit_in_room(session, scene)
    assert len(resume(coach).answers) == 1
    clock.now += timedelta(minutes=90)  # type: ignore[attr-defined]
    assert [(one.row.ended, one.unanswered) for one in results(coach)] == [("expire", 64)]


@pytest.mark.parametrize("other", ["mini", "adaptive", "form", "code", "domain", "weak", "final"])
def test_its_flag_goes_with_no_other_form(other: str) -> None:
    with pytest.raises(UsageFault, match="do not go together"):
        check_flags({"foundations": True, other: "x"})


def test_it_has_a_clock_unless_it_is_to_be_without() -> None:
    check_flags({"foundations": True, "questions": 20, "accommodation": 30})

    assert has_clock({"foundations": True})
    assert not has_clock({"foundations": True, "untimed": True})
    assert not has_clock({"foundations": True, "practice": True})
