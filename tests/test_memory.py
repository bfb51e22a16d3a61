"""Reviews follow FSRS-6, and nothing in them depends on the clock of the machine."""

from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card, Rating, Scheduler

from mlacoach.coach import Coach
from mlacoach.coach.quiz import log
from mlacoach.learning.memory import rating, recall, reviewed
from mlacoach.store.answers import Answered

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("correct", "confidence", "grade"),
    [
        (False, "sure", Rating.Again),
        (True, "guess", Rating.Again),
        (False, "guess", Rating.Again),
        (True, "unsure", Rating.Hard),
        (True, "sure", Rating.Good),
        (True, None, Rating.Good),
    ],
)
def test_the_rating_of_an_answer(correct: bool, confidence: str | None, grade: Rating) -> None:  # noqa: FBT001
    assert rating(correct=correct, confidence=confidence) == grade


def test_four_good_answers_come_back_after_2_11_46_and_163_days() -> None:
    """The golden sequence of FSRS-6's default parameters at 90 % desired retention, without steps of minutes."""
    card, now, days = None, START, []
    for _ in range(4):
        card, due = reviewed(card, Rating.Good, now)
        days.append((due - now).days)
        now = due

    assert days == [2, 11, 46, 163]


def test_a_wrong_answer_is_due_the_next_day() -> None:
    card, _ = reviewed(None, Rating.Good, START)

    _, due = reviewed(card, Rating.Again, START + timedelta(days=2))

    assert due == START + timedelta(days=3)


def test_the_same_reviews_give_the_same_memory_whenever_they_are_replayed() -> None:
    first, due = reviewed(None, Rating.Hard, START)

    assert reviewed(None, Rating.Hard, START) == (first, due)


def test_memory_equals_the_reference_implementation() -> None:
    scheduler = Scheduler(desired_retention=0.9, learning_steps=(), relearning_steps=(), enable_fuzzing=False)
    reference, ours, now = Card(card_id=1, due=START), None, START
    for grade in (Rating.Good, Rating.Hard, Rating.Again, Rating.Good, Rating.Easy):
        reference, _ = scheduler.review_card(reference, grade, review_datetime=now)
        ours, due = reviewed(ours, grade, now)
        assert due == reference.due
        now = due + timedelta(hours=5)

    assert ours == reference.to_json()


def test_recall_is_ninety_per_cent_on_the_day_a_point_is_due() -> None:
    card, due = reviewed(None, Rating.Easy, START)

    assert recall(card, due) == pytest.approx(0.9, abs=0.01)
    assert recall(card, START) == pytest.approx(1.0)
    assert recall(card, due + timedelta(days=60)) < recall(card, due)


def test_close_to_the_exam_a_point_comes_back_earlier(coach: Coach) -> None:
    """In the last three weeks 95 % are to be remembered instead of 90 %."""
    question = next(iter(coach.library.questions.values()))
    due = []
    for exam_on in (None, coach.now().date() + timedelta(days=10)):
        coach.store.profile.put({"exam_date": exam_on.isoformat() if exam_on else None}, coach.now())
        card, _ = reviewed(None, Rating.Good, coach.now() - timedelta(days=9))
        coach.store.answers.remember(question.id, coach.now(), card)
        log(coach, question, Answered(question.id, (), True, 30.0, "sure", "review"))
        due.append(coach.store.answers.next_due())

    assert due[1] < due[0]
