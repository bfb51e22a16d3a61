"""Ask a question and keep the answer: marked, logged, and scheduled for review in one transaction."""

from dataclasses import dataclass

from fsrs import Rating

from mlacoach.coach import Coach
from mlacoach.coach.memory import relearn
from mlacoach.coach.setup import exam_day
from mlacoach.curriculum.questions import Answer, Question
from mlacoach.learning.memory import is_slow, rating, reviewed
from mlacoach.store.answers import Answered


@dataclass(frozen=True, slots=True)
class Taken:
    """How long an answer took in seconds, and how sure it was: sure, unsure, guess, or None if that was not asked."""

    seconds: float
    confidence: str | None


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept: the row of the log that `take_back` takes, the point that it was a review of, and the verdict."""

    row: str
    point: str
    right: bool


def keep(coach: Coach, question: Question, answer: Answer, taken: Taken, source: str, point: str | None = None) -> Kept:
    """Mark an answer and keep it. When this returns, a power cut can't take it away.

    Args:
        coach: the parts.
        question: what was asked.
        answer: the part ids that were given.
        taken: how long it took, and how sure the learner was.
        source: study, review or gate.
        point: what it was a review of, where a sibling of that question was asked.
    """
    answered = Answered(question.id, answer, question.mark(answer), taken.seconds, taken.confidence, source)
    with coach.store.together():
        row = _log(coach, point or question.id, answered)
    return Kept(row, point or question.id, answered.correct)


def keep_card(coach: Coach, point: str, taken: Taken, *, knew: bool) -> Kept:
    """Keep how well a card was known; durable when this returns."""
    grade = _grade(coach, taken, "card", correct=knew)
    with coach.store.together():
        row = review(coach, point, grade, None, taken.seconds)
    return Kept(row, point, knew)


def log(coach: Coach, question: Question, answered: Answered) -> None:
    """Log a marked answer and the review that it is; the caller holds the transaction."""
    _log(coach, question.id, answered)


def _log(coach: Coach, point: str, answered: Answered) -> str:
    taken = Taken(answered.seconds, answered.confidence)
    grade = _grade(coach, taken, answered.source, correct=answered.correct)
    row = coach.store.answers.add(answered, coach.now())
    review(coach, point, grade, row)
    return row


def _grade(coach: Coach, taken: Taken, source: str, *, correct: bool) -> Rating:
    """The rating, in which an answer is slow beside the learner's own of the same source before it."""
    slow = is_slow(taken.seconds, coach.store.answers.recent_seconds(source))
    return rating(correct=correct, confidence=taken.confidence, slow=slow)


def review(coach: Coach, point: str, grade: Rating, answer: str | None, seconds: float | None = None) -> str:
    """Log a review and schedule the next one; the caller holds the transaction. The review's id comes back."""
    now, answers = coach.now(), coach.store.answers
    row = answers.add_review(point, int(grade), answer, now, seconds)
    card, due = reviewed(answers.card(point), grade, now, exam_day(coach.store.profile.all()))
    answers.remember(point, due, card)
    return row


def take_back(coach: Coach, kept: Kept) -> None:
    """Take an answer or a card back: the point's memory is what its other reviews make of it."""
    with coach.store.together():
        coach.store.answers.take_back(kept.row, coach.now())
        relearn(coach.store, [kept.point])
