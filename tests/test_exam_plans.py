"""Every form of exam: what it asks, how many, for how long."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from mlacoach.coach import Coach
from mlacoach.coach.exam import ExamSession, Wish, begin, hand_in, make, resume
from mlacoach.coach.exam.plans import pool
from mlacoach.coach.exam.results import result_of, unscored_of
from mlacoach.coach.standing import standing
from mlacoach.curriculum.exams import SkillRef
from mlacoach.errors import UnknownId, UsageFault
from mlacoach.learning.forms import domain_of, quotas, task_of

C02 = "MLA-C02"


def key_of(session: ExamSession) -> tuple[str, ...]:
    body = session.question.body
    return tuple(getattr(body, "key", ()) or getattr(body, "right_order", ()) or getattr(body, "pairs", ()))


def sit(session: ExamSession, right: int) -> None:
    """Answer the first `right` questions rightly and the others with one wrong part."""
    for number in range(len(session.questions)):
        session.show(number)
        session.answer(key_of(session) if number < right else ("none",))


@pytest.mark.parametrize(
    ("wish", "questions", "scored", "minutes"),
    [
        (Wish(C02, timed=True), 65, 50, 130),
        (Wish("MLA-C01", timed=True), 65, 50, 130),
        (Wish(C02, form="beta", timed=True), 85, 85, 170),
        (Wish(C02), 65, 50, None),
        (Wish(C02, mini=True), 20, 20, 40),
        (Wish(C02, timed=True, extra_minutes=30), 65, 50, 160),
        (Wish(C02, part="2"), 20, 20, None),
        (Wish(C02, part="2.1", timed=True), 20, 20, 40),
        (Wish(C02, adaptive=True), 65, 65, None),
        (Wish(C02, adaptive=True, questions=30, timed=True), 30, 30, 60),
        (Wish(C02, source="final", timed=True), 65, 50, 130),
    ],
)
def test_a_wish_becomes_a_plan(coach: Coach, wish: Wish, questions: int, scored: int, minutes: float | None) -> None:
    plan = make(coach, wish)

    assert (plan.questions, plan.scored, plan.minutes) == (questions, scored, minutes)


def test_what_does_not_go_together_is_refused(coach: Coach) -> None:
    with pytest.raises(UsageFault, match="Practice explains"):
        make(coach, Wish(C02, timed=True, practice=True))
    with pytest.raises(UsageFault, match="do not go together"):
        make(coach, Wish(C02, part="2", source="missed"))
    with pytest.raises(UnknownId, match=r"2\.9"):
        make(coach, Wish(C02, part="2.9"))
    with pytest.raises(UnknownId, match="beta"):
        make(coach, Wish("MLA-C01", form="beta"))


def test_parts_ask_only_about_themselves(coach: Coach) -> None:
    for part in ("3", "3.2", "3.2.5"):
        asked = pool(coach, make(coach, Wish(C02, part=part)))
        assert asked
        for question in asked:
            assert any(ref.exam == C02 and (ref.skill + ".").startswith(part + ".") for ref in question.skills)


def test_c02_asks_neither_ordering_nor_matching_and_c01_does(coach: Coach) -> None:
    assert {one.kind for one in pool(coach, make(coach, Wish(C02)))} == {"multiple-choice", "multiple-response"}
    assert {one.kind for one in pool(coach, make(coach, Wish("MLA-C01")))} >= {"ordering", "matching"}


def test_an_order_that_serves_c02_as_well_is_left_to_c01(coach: Coach) -> None:
    """What the exam does not ask is not asked, whatever a question says it is good for."""
    order = next(one for one in coach.library.questions.values() if one.kind == "ordering")
    both = replace(order, skills=(*order.skills, SkillRef(C02, "1.1.1")))
    library = replace(coach.library, questions={**coach.library.questions, order.id: both})
    asked = {exam: pool(replace(coach, library=library), make(coach, Wish(exam))) for exam in ("MLA-C01", C02)}

    assert both.serves(C02)
    assert both in asked["MLA-C01"]
    assert both not in asked[C02]


def test_fifteen_of_65_do_not_count_and_the_same_seed_leaves_the_same_out(coach: Coach) -> None:
    session = begin(coach, make(coach, Wish(C02, timed=True)), seed=4)

    left_out = unscored_of(session)

    assert len(left_out) == 15
    counting = Counter(domain_of(one, C02) for one in session.questions if one.id not in left_out)
    assert counting == quotas(session.exam.weights, 50)
    assert unscored_of(resume(coach)) == left_out


def test_the_final_asks_only_unseen_questions_of_certification_level(coach: Coach) -> None:
    sit(begin(coach, make(coach, Wish(C02, mini=True)), seed=1), right=5)
    hand_in(resume(coach))
    seen = coach.store.answers.seen()

    asked = pool(coach, make(coach, Wish(C02, source="final")))

    assert asked
    assert all(question.id not in seen and question.difficulty >= 3 for question in asked)


def test_missed_asks_what_was_wrong_last_time_and_flagged_what_was_flagged(coach: Coach) -> None:
    session = begin(coach, make(coach, Wish(C02, mini=True)), seed=1)
    sit(session, right=12)
    session.show(3)
    session.flag()
    session.show(5)
    session.flag()
    session.flag()
    hand_in(session)

    missed = {one.id for one in pool(coach, make(coach, Wish(C02, source="missed")))}
    flagged = [one.id for one in pool(coach, make(coach, Wish(C02, source="flagged")))]

    assert missed == {question.id for question in session.questions[12:]}
    assert flagged == [session.questions[3].id]


def test_weak_asks_about_the_three_tasks_that_cost_most(coach: Coach) -> None:
    """By the skill estimates that the report and the sessions go by."""
    sit(begin(coach, make(coach, Wish(C02, mini=True)), seed=2), right=10)
    hand_in(resume(coach))
    where = standing(coach, coach.library.exam(C02))
    tasks = where.weakest_tasks()
    lost = {task: sum(row.at_stake for row in where.skills.values() if row.task.id == task) for task in tasks}

    assert list(lost) == sorted(lost, key=lambda task: -lost[task])

    plan = make(coach, Wish(C02, source="weak"), tasks)

    assert plan.tasks == tasks[:3]
    assert {task_of(one, C02) for one in pool(coach, plan)} == set(tasks[:3])


def test_a_whole_form_follows_the_blueprint_through_the_store(coach: Coach) -> None:
    session = begin(coach, make(coach, Wish(C02, timed=True)), seed=9)

    domains = [domain_of(question, C02) for question in session.questions]

    assert {name: domains.count(name) for name in set(domains)} == quotas(coach.library.exam(C02).weights, 65)
    assert session.deadline == coach.now() + timedelta(minutes=130)


def test_the_result_names_time_second_thoughts_and_luck(coach: Coach, clock: object) -> None:
    session = begin(coach, make(coach, Wish(C02, mini=True)), seed=3)
    steps = [(("none",), None), (key_of(session), "guess")]
    for answer, confidence in steps:
        clock.now += timedelta(seconds=30)  # type: ignore[attr-defined]
        session.answer(answer, confidence)
    session.show(1)
    clock.now += timedelta(seconds=300)  # type: ignore[attr-defined]
    session.answer(key_of(session))
    session.answer(("none",))
    row = hand_in(session)

    result = result_of(coach, row)

    assert result.total.right == 1
    assert (result.thoughts.wrong_to_right, result.thoughts.right_to_wrong) == (1, 1)
    assert result.lucky == 1
    assert result.unanswered == 18
    assert result.pace.seconds == 360
    assert [one.seconds for one in result.asked[:2]] == [60, 300]
    assert result.pace.over == 1
