"""What a sitting shows of one's habits, and what to practise."""

from datetime import timedelta
from pathlib import Path

import pytest

from mlacoach.coach import Coach
from mlacoach.coach.exam import ExamSession, Wish, begin, hand_in, make
from mlacoach.coach.exam.habits import LESSON, habits
from mlacoach.coach.exam.results import result_of
from mlacoach.content import load
from mlacoach.curriculum.questions import Answer
from mlacoach.screen.ask import key_of
from tests.conftest import Clock

ROOT = Path(__file__).resolve().parent.parent


def wrong(session: ExamSession) -> Answer:
    """As many parts as the key has, one of them another."""
    body = session.question.body
    key = list(key_of(body))
    other = next(part.id for part in body.parts if part.id not in key)
    return (*key[1:], other)


class Sitting:
    """Twenty questions; the first are answered as told, the rest right and within a minute."""

    def __init__(self, coach: Coach, clock: Clock, **wish: bool) -> None:
        self.coach, self.clock = coach, clock
        self.session = begin(coach, make(coach, Wish("MLA-C02", **({"mini": True} | wish))), seed=3)
        self.left = len(self.session.questions)

    def answer(self, *answers: Answer, seconds: float = 60) -> None:
        self.clock.now += timedelta(seconds=seconds)
        for answer in answers:
            self.session.answer(answer)
        self.left -= 1
        if self.left:
            self.session.forward()

    def right(self) -> Answer:
        return tuple(key_of(self.session.question.body))

    def names(self) -> list[str]:
        while self.left:
            self.answer(self.right())
        hand_in(self.session)
        (row,) = self.coach.store.sittings.all()
        return [habit.name for habit in habits(result_of(self.coach, row))]


def test_who_answers_all_right_in_good_time_hears_nothing(coach: Coach, clock: Clock) -> None:
    assert Sitting(coach, clock).names() == []


def test_a_question_without_an_answer_is_told(coach: Coach, clock: Clock) -> None:
    sitting = Sitting(coach, clock)
    sitting.answer()

    assert sitting.names() == ["unanswered"]


@pytest.mark.parametrize(("slow", "told"), [(2, []), (3, ["slow"])])
def test_more_than_one_in_ten_that_took_twice_their_time_is_slow(
    coach: Coach, clock: Clock, slow: int, told: list[str]
) -> None:
    sitting = Sitting(coach, clock)
    for _ in range(slow):
        sitting.answer(sitting.right(), seconds=260)

    assert sitting.names() == told


def test_right_answers_changed_to_wrong_ones_are_told_unless_as_many_went_the_other_way(
    coach: Coach, clock: Clock
) -> None:
    sitting = Sitting(coach, clock)
    for _ in range(2):
        sitting.answer(sitting.right(), wrong(sitting.session))

    assert sitting.names() == ["second-thoughts"]


def test_changes_both_ways_are_no_habit(coach: Coach, clock: Clock) -> None:
    sitting = Sitting(coach, clock)
    for _ in range(2):
        sitting.answer(sitting.right(), wrong(sitting.session))
        sitting.answer(wrong(sitting.session), sitting.right())

    assert sitting.names() == []


def test_fast_and_wrong_is_hurried_but_fast_and_right_is_not(coach: Coach, clock: Clock) -> None:
    sitting = Sitting(coach, clock)
    while sitting.left:
        answer = wrong(sitting.session) if sitting.left > 10 else sitting.right()
        sitting.answer(answer, seconds=30)

    assert "hurried" in sitting.names()


def test_fast_and_right_is_no_habit(coach: Coach, clock: Clock) -> None:
    sitting = Sitting(coach, clock)
    while sitting.left:
        sitting.answer(sitting.right(), seconds=20)

    assert sitting.names() == []


def test_questions_with_several_keys_that_fail_alone_are_told(coach: Coach, clock: Clock) -> None:
    sitting = Sitting(coach, clock, mini=False)
    while sitting.left:
        several = sitting.session.question.kind == "multiple-response"
        sitting.answer(wrong(sitting.session) if several else sitting.right())

    assert sitting.names() == ["choose-several"]


def test_an_adaptive_sitting_shows_no_habits(coach: Coach, clock: Clock) -> None:
    session = begin(coach, make(coach, Wish("MLA-C02", questions=15, adaptive=True)), seed=3)
    clock.now += timedelta(hours=1)
    hand_in(session)
    (row,) = coach.store.sittings.all()

    assert habits(result_of(coach, row)) == []


def test_the_lesson_that_is_named_ships() -> None:
    assert LESSON in load([ROOT]).library.lessons
