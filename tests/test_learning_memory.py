"""Memory before an exam, and the plain FSRS-6 that the benchmarks simulate with."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from fsrs import Card, Rating, Scheduler
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.fsrs6 import A_PERSON, DEFAULT, Memory, first, interval, recall, reviewed
from mlacoach.learning import memory

START = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "retention"), [(None, 0.9), (22, 0.9), (21, 0.95), (1, 0.95), (0, 0.95), (-1, 0.9), (400, 0.9)]
)
def test_the_last_three_weeks_ask_for_more(days: int | None, retention: float) -> None:
    assert memory.desired_retention(days) == retention


def test_a_point_comes_back_sooner_when_the_exam_is_near() -> None:
    def due_in(days_to_exam: int | None) -> int:
        exam = (START + timedelta(days=days_to_exam)).date() if days_to_exam is not None else None
        return (memory.reviewed(None, Rating.Easy, START, exam)[1] - START).days

    assert due_in(None) == due_in(60) == 8
    assert due_in(20) < due_in(60)


@given(st.lists(st.sampled_from([Rating.Hard, Rating.Good, Rating.Easy]), min_size=1, max_size=5), st.integers(1, 90))
def test_what_comes_back_after_the_exam_is_remembered_on_its_day(grades: list[Rating], days: int) -> None:
    """No interval needs a cap for the exam: recall falls to .90 only on the day a point is due."""
    exam = START + timedelta(days=days)
    card, now = None, START
    for grade in grades:
        card, due = memory.reviewed(card, grade, now, exam.date())
        if due > exam:
            assert memory.recall(card, exam) >= 0.90
            return
        now = due


@pytest.mark.parametrize("parameters", [DEFAULT, A_PERSON], ids=["default", "a person"])
def test_the_plain_fsrs_6_equals_the_package(parameters: tuple[float, ...]) -> None:
    scheduler = Scheduler(parameters=parameters, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    rng = Random(1)
    for number in range(30):
        now, card, ours = START, Card(card_id=number, due=START), Memory(0, 0)
        for review in range(8):
            grade, days = rng.randint(1, 4), rng.choice([0, 1, 3, 10, 40]) if review else 0
            now += timedelta(days=days)
            card, _ = scheduler.review_card(card, Rating(grade), review_datetime=now)
            ours = reviewed(parameters, ours, grade, days) if review else first(parameters, grade)
            assert ours.stability == pytest.approx(card.stability, rel=1e-9)
            assert ours.difficulty == pytest.approx(card.difficulty, rel=1e-9)
            assert interval(parameters, ours.stability, 0.9) == (card.due - now).days
            later = scheduler.get_card_retrievability(card, now + timedelta(days=9))
            assert recall(parameters, ours, 9) == pytest.approx(later, rel=1e-9)
