"""Ask a question and keep the answer: marked, logged, and scheduled for review in one transaction."""

from random import Random

from mlacoach.coach import Coach
from mlacoach.coach.setup import exam_day
from mlacoach.curriculum.questions import Answer, Body, Question
from mlacoach.learning.memory import rating, reviewed
from mlacoach.store.answers import Answered


def shown(question: Question, rng: Random) -> Body:
    """The question's parts in the order in which they are shown."""
    return question.body.shuffled(rng)


def keep(
    coach: Coach, question: Question, answer: Answer, *, seconds: float, confidence: str | None, source: str
) -> bool:
    """Mark an answer and keep it. When this returns, a power cut can't take it away.

    Args:
        coach: the parts.
        question: what was asked.
        answer: the part ids that were given.
        seconds: how long it took.
        confidence: sure, unsure, guess, or None if it was not asked.
        source: study, review or gate.

    Returns:
        Whether it was right.
    """
    with coach.store.together():
        return log(coach, question, Answered(question.id, answer, question.mark(answer), seconds, confidence, source))


def log(coach: Coach, question: Question, answered: Answered) -> bool:
    """Log a marked answer and the review that it is; the caller holds the transaction."""
    now, answers = coach.now(), coach.store.answers
    answer_id = answers.add(answered, now)
    grade = rating(correct=answered.correct, confidence=answered.confidence)
    answers.add_review(question.id, int(grade), answer_id, now)
    exam_on = exam_day(coach.store.profile.all())
    card, due = reviewed(answers.card(question.id), grade, now, exam_on)
    answers.remember(question.id, due, card)
    return answered.correct
