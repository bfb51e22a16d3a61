"""Reviews follow FSRS-6, and nothing in them depends on the clock of the machine."""

from datetime import UTC, datetime, timedelta

import pytest
from fsrs import Card, Rating, Scheduler

from mlacoach.coach import Coach
from mlacoach.coach.quiz import Taken, keep, keep_card, log
from mlacoach.learning.memory import is_slow, rating, recall, reviewed
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


def test_a_slow_answer_is_rated_as_an_unsure_one_and_never_as_a_wrong_one() -> None:
    assert rating(correct=True, confidence="sure", slow=True) == Rating.Hard
    assert rating(correct=True, confidence="unsure", slow=True) == Rating.Hard
    assert rating(correct=False, confidence="sure", slow=True) == Rating.Again


@pytest.mark.parametrize(
    ("seconds", "before", "slow"),
    [
        (18.0, range(1, 21), True),
        (17.0, range(1, 21), False),
        (100.0, range(1, 20), False),
        (5.0, [5.0] * 50, False),
    ],
    ids=["above the 85th percentile", "at it", "of too few to tell", "as all others"],
)
def test_slow_is_above_the_85th_percentile_of_at_least_twenty(seconds: float, before: list[float], slow: bool) -> None:  # noqa: FBT001
    assert is_slow(seconds, before) == slow


def test_a_right_answer_slower_than_the_learners_own_is_hard(coach: Coach) -> None:
    """Beside the answers of the same source: an exam question takes longer than a card."""
    questions = list(coach.library.questions.values())[:22]
    for number, question in enumerate(questions[:20]):
        log(coach, question, Answered(question.id, (), True, 10.0 + number, "sure", "study"))
    for _ in range(20):
        keep_card(coach, "a-card", Taken(4.0, None), knew=True)

    log(coach, questions[20], Answered(questions[20].id, (), True, 27.0, "sure", "exam"))
    log(coach, questions[21], Answered(questions[21].id, (), True, 27.0, "sure", "study"))
    keep(coach, questions[0], ("none",), Taken(90.0, "sure"), "study")
    keep_card(coach, "another-card", Taken(5.0, None), knew=True)

    ratings = {row.point: row.rating for row in coach.store.answers.reviews()}
    assert ratings[questions[20].id] == Rating.Good
    assert ratings[questions[21].id] == Rating.Hard
    assert ratings[questions[0].id] == Rating.Again
    assert ratings["another-card"] == Rating.Hard


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
