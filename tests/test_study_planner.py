"""What a session is planned from: pace, weakness, lessons, siblings."""

from collections import Counter
from datetime import timedelta
from statistics import fmean

import pytest

from mlacoach.coach import Coach
from mlacoach.coach.quiz import Taken, keep, keep_card, take_back
from mlacoach.coach.study import Planner, Wanted, paces, sibling
from mlacoach.curriculum.questions import Question
from mlacoach.learning.forms import domain_of
from mlacoach.learning.planning import PLACEMENT
from tests.conftest import Clock

EXAM = "MLA-C02"


def key_of(question: Question) -> tuple[str, ...]:
    body = question.body
    return tuple(getattr(body, "key", None) or getattr(body, "right_order", None) or body.pairs)


def answer(coach: Coach, question: Question, *, right: bool, seconds: float = 30.0, source: str = "study") -> None:
    keep(coach, question, key_of(question) if right else ("none",), Taken(seconds, "sure"), source)


@pytest.fixture
def weak_in_three(coach: Coach, clock: Clock) -> Coach:
    """A learner who has everything right but domain 3, of half the bank, forty days ago."""
    clock.now -= timedelta(days=40)
    for number, question in enumerate(coach.library.questions.values()):
        if number % 2 and question.serves(EXAM):
            answer(coach, question, right=domain_of(question, EXAM) != "3")
    clock.now += timedelta(days=40)
    return coach


def test_most_questions_are_about_what_is_weak(weak_in_three: Coach) -> None:
    planner = Planner(weak_in_three, Wanted())

    asked = [planner.next_question() for _ in range(12)]

    domains = Counter(domain_of(question, EXAM) for question in asked if question and question.serves(EXAM))
    assert domains["3"] >= 8
    assert len({question.id for question in asked if question}) == 12
    assert (planner.weakest_task() or "")[0] == "3"


def test_a_newcomer_begins_in_the_middle_and_the_hardest_come_when_the_learner_is_known(coach: Coach) -> None:
    planner = Planner(coach, Wanted())

    levels = []
    for _ in range(PLACEMENT + 10):
        question = planner.next_question()
        assert question is not None
        levels.append(question.difficulty)
        answer(coach, question, right=True)
        planner.answered()

    assert 2 <= fmean(levels[:4]) <= 4
    assert fmean(levels[PLACEMENT:]) > 4


def test_the_lesson_is_about_what_is_weak_and_rests_a_day(weak_in_three: Coach, clock: Clock) -> None:
    lesson = Planner(weak_in_three, Wanted()).lesson()

    assert lesson is not None
    assert any(ref.exam == EXAM and ref.domain == "3" for ref in lesson.skills)
    weak_in_three.store.readings.add(lesson.id, "read", 600.0, clock.now)
    assert Planner(weak_in_three, Wanted()).lesson() is None
    assert Planner(weak_in_three, Wanted(only="lesson")).lesson() not in {None, lesson}
    clock.now += timedelta(days=2)
    assert Planner(weak_in_three, Wanted()).lesson() not in {None, lesson}


def test_a_session_has_as_many_questions_as_the_learner_s_pace_allows(coach: Coach, clock: Clock) -> None:
    quick = Planner(coach, Wanted()).session().questions
    for question in [one for one in coach.library.questions.values() if one.serves(EXAM)][:12]:
        answer(coach, question, right=True, seconds=240.0)
    clock.now += timedelta(hours=1)

    assert paces(coach).question == pytest.approx(4.5)
    assert Planner(coach, Wanted()).session().questions < quick


def twins(coach: Coach) -> tuple[Question, Question]:
    by_point: dict[object, list[Question]] = {}
    for question in coach.library.questions.values():
        by_point.setdefault((question.skills, question.topics), []).append(question)
    first, second = next(pair for pair in by_point.values() if len(pair) == 2)
    return first, second


def test_a_review_asks_another_question_on_the_point_once_it_was_right(coach: Coach, clock: Clock) -> None:
    question, twin = twins(coach)
    assert sibling(coach, question) == question
    answer(coach, question, right=False)
    assert sibling(coach, question) == question
    answer(coach, question, right=True)
    assert sibling(coach, question) == twin
    answer(coach, twin, right=True)
    assert sibling(coach, question) == question
    clock.now += timedelta(days=31)
    assert sibling(coach, question) == twin


def test_a_sibling_s_answer_is_a_review_of_the_point_that_was_due(coach: Coach) -> None:
    question, twin = twins(coach)

    kept = keep(coach, twin, key_of(twin), Taken(20.0, "sure"), "review", question.id)

    assert kept.point == question.id
    assert [row.point for row in coach.store.answers.memory()] == [question.id]
    assert set(coach.store.answers.seen()) == {twin.id}


def test_what_is_due_are_the_questions_and_cards_that_are_still_there(coach: Coach, clock: Clock) -> None:
    question = next(one for one in coach.library.questions.values() if one.serves(EXAM))
    side = next(iter(coach.library.flashcards.values())).sides[0]
    answer(coach, question, right=True)
    keep_card(coach, side.point, Taken(6.0, "sure"), knew=True)
    coach.store.answers.remember("card:gone", clock.now, "{}")
    clock.now += timedelta(days=30)

    due = Planner(coach, Wanted()).due()

    assert {getattr(one, "id", None) or one.point for one in due} == {question.id, side.point}


def test_an_answer_taken_back_measures_nothing_nor_does_the_next_one_to_the_question(coach: Coach) -> None:
    question = next(one for one in coach.library.questions.values() if one.serves(EXAM))
    take_back(coach, keep(coach, question, ("none",), Taken(20.0, "sure"), "study"))
    answer(coach, question, right=True)

    assert coach.store.answers.firsts() == []
    assert [one.first for one in coach.store.answers.log()] == [False]


@pytest.mark.parametrize(
    ("knew", "confidence", "rating"), [(True, "sure", 3), (True, "unsure", 2), (False, "guess", 1)]
)
def test_a_card_is_scheduled_by_how_well_it_was_known(coach: Coach, knew: bool, confidence: str, rating: int) -> None:  # noqa: FBT001
    side = next(iter(coach.library.flashcards.values())).sides[0]

    keep_card(coach, side.point, Taken(6.0, confidence), knew=knew)

    assert [(one.point, one.rating, one.seconds) for one in coach.store.answers.reviews()] == [
        (side.point, rating, 6.0)
    ]


def test_a_card_asked_both_ways_makes_two_points(coach: Coach) -> None:
    card = next(card for card in coach.library.flashcards.values() if card.reverse)

    front, back = card.sides

    assert (front.asks, front.answer) == (back.answer, back.asks)
    assert front.point != back.point
