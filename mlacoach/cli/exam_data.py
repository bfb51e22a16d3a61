"""Exams that were sat, for programs."""

from dataclasses import asdict

from mlacoach.coach.exam.gaps import TARGET, Gaps
from mlacoach.coach.exam.habits import habits
from mlacoach.coach.exam.prediction import Prediction
from mlacoach.coach.exam.results import Asked, Result
from mlacoach.curriculum.exams import Exam
from mlacoach.learning.forms import domain_in, task_of
from mlacoach.learning.mastery import Share
from mlacoach.screen.ask import key_of
from mlacoach.screen.review import Filter


def as_data(result: Result) -> dict[str, object]:
    """What was counted."""
    return {
        "id": result.row.id,
        "at": result.row.at.isoformat(),
        "exam": result.row.exam,
        "form": result.row.form,
        "seed": result.row.seed,
        "ended": result.row.ended,
        "adaptive": result.plan.adaptive,
        "seconds": round(result.pace.seconds, 1),
        "right": result.total.right,
        "scored": result.total.given,
        "questions": len(result.asked),
        "unanswered": result.unanswered,
        "domains": {name: {"right": share.right, "scored": share.given} for name, share in result.by_domain.items()},
    }


def result_data(result: Result, prediction: Prediction | None) -> dict[str, object]:
    """What was counted, what that predicts, and how the time and the second thoughts went."""
    return {
        **as_data(result),
        "missing": dict(result.plan.missing),
        "pace": {**asdict(result.pace), "seconds": round(result.pace.seconds, 1)},
        "changed": asdict(result.thoughts),
        "guessed_right": result.lucky,
        "habits": [asdict(one) for one in habits(result)],
        "predicted": None if prediction is None else _prediction_data(prediction),
    }


def gaps_data(gaps: Gaps) -> dict[str, object]:
    """What a sitting of no exam came to, beside the result."""
    return {
        "target": TARGET,
        "reached": gaps.reached if gaps.new.given else None,
        "new": _share_data(gaps.new),
        "topics": {one.id: _share_data(one.share) for one in gaps.topics},
        "misses": [
            {"number": one.number, "question": one.question.id, "lesson": one.lesson.id if one.lesson else None}
            for one in gaps.misses
        ],
    }


def _share_data(share: Share) -> dict[str, object]:
    low, high = share.interval
    return {"right": share.right, "asked": share.given, "interval_90": [round(low, 4), round(high, 4)]}


def _prediction_data(prediction: Prediction) -> dict[str, object]:
    return {
        "score": round(prediction.score, 1),
        "interval_90": [round(prediction.low, 1), round(prediction.high, 1)],
        "pass_probability": round(prediction.pass_probability, 4),
        "if_harder": round(prediction.if_harder, 4),
        "if_easier": round(prediction.if_easier, 4),
        "answers": prediction.answers,
        "difficulties": dict(prediction.states),
        "domains": {one.domain: {"meets": one.meets, "sure": round(one.sure, 4)} for one in prediction.domains},
    }


def review_data(result: Result, prediction: Prediction | None, chosen: Filter) -> dict[str, object]:
    """The result, and every question that the filter lets through."""
    exam = result.exam
    return {
        "exam": result_data(result, prediction),
        "questions": [
            {"number": number, **_question_data(asked, exam)}
            for number, asked in enumerate(result.asked, start=1)
            if chosen.lets(asked, exam)
        ],
    }


def _question_data(asked: Asked, exam: Exam) -> dict[str, object]:
    question = asked.question
    return {
        "question": question.id,
        "kind": question.kind,
        "domain": domain_in(exam, question),
        "task": task_of(question, exam.id) if question.serves(exam.id) else None,
        "stem": question.stem,
        "parts": {part.id: part.text for part in question.body.parts},
        "answer": list(asked.answer),
        "key": list(key_of(question.body)),
        "right": asked.right,
        "scored": asked.scored,
        "seconds": round(asked.seconds, 1),
        "confidence": asked.confidence,
        "flagged": asked.flagged,
        "note": asked.note,
        "first": asked.first,
    }
