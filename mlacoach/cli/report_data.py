"""The report as plain data."""

from mlacoach.cli.exam_data import as_data
from mlacoach.cli.lab_data import result_as_data
from mlacoach.coach.report.criteria import Criterion
from mlacoach.coach.report.drawn import Report, Sat
from mlacoach.coach.report.mastery import Mastery
from mlacoach.coach.report.readiness import Readiness, Standpoint
from mlacoach.coach.report.tasks import TaskShare
from mlacoach.coach.report.weak import Area
from mlacoach.learning.mastery import Share

PLACES = 4


def as_report_data(drawn: Report) -> dict[str, object]:
    """Everything the report says."""
    done, total = drawn.roadmap.counts()
    kept, timing, met = drawn.retention, drawn.timing, drawn.met
    return {
        "exam": drawn.exam.id,
        "at": drawn.at.isoformat(),
        "readiness": _readiness(drawn.readiness) if drawn.readiness else None,
        "mastery": {
            "domains": {name: _mastery(one) for name, one in drawn.masteries.domains.items()},
            "tasks": {name: _mastery(one) for name, one in drawn.masteries.tasks.items()},
            "skills": {name: _mastery(one) for name, one in drawn.masteries.skills.items()},
        },
        "weak": [_area(one) for one in drawn.areas],
        "retention": {
            "kept": None if kept.value is None else round(kept.value, PLACES),
            "interval_90": [round(end, PLACES) for end in kept.interval],
            "points": kept.share.given,
            "guessing": round(kept.guessing, PLACES),
        },
        "confidence": {word: _share(share) for word, share in drawn.confidence.items()},
        "time": {
            "median_seconds_study": timing.study,
            "median_seconds_exam": timing.exam,
            "allowed_seconds": timing.allowed,
            "slow": _share(timing.slow),
        },
        "first_answers": {"right": drawn.total.right, "given": drawn.total.given},
        "tasks": [_task(row) for row in drawn.tasks],
        "exams": [_sat(one) for one in drawn.exams],
        "roadmap": {"track": drawn.roadmap.track.id, "done": done, "items": total, "hours": drawn.roadmap.hours_done()},
        "met": {"questions": met.questions, "cards": met.cards, "lessons": met.lessons, "labs": met.labs},
        "reviews_due": drawn.due,
        "labs_done": [result.lab for result in drawn.labs],
        "labs": [result_as_data(result) for result in drawn.labs],
        "threshold_percent": drawn.threshold,
        "criteria": [_criterion(one) for one in drawn.criteria],
        "ticked_criteria": [{"criterion": title, "done": done} for title, done in drawn.ticked],
        "streak": drawn.streak,
        "days": [
            {"day": day.day.isoformat(), "given": day.given, "right": day.right, "minutes": round(day.minutes, 2)}
            for day in drawn.days
        ],
    }


def _readiness(ready: Readiness) -> dict[str, object]:
    ahead = ready.forecast
    days = {"day": ahead.day, "earliest": ahead.earliest, "latest": ahead.latest}
    forecast = {name: day.isoformat() if day else None for name, day in days.items()}
    return {
        **_standpoint(ready.now),
        "difficulties": dict(ready.states),
        "trend": [_standpoint(one) for one in ready.trend],
        "forecast": {**forecast, "theta_per_week": ahead.per_week},
    }


def _standpoint(one: Standpoint) -> dict[str, object]:
    return {
        "day": one.day.isoformat(),
        "theta": round(one.theta, PLACES),
        "se": round(one.se, PLACES),
        "pass_probability": round(one.pass_probability, PLACES),
        "if_harder": round(one.if_harder, PLACES),
        "if_easier": round(one.if_easier, PLACES),
        "score": round(one.score, 1),
        "interval_90": [round(one.low, 1), round(one.high, 1)],
        "answers": one.answers,
    }


def _mastery(one: Mastery) -> dict[str, object]:
    return {
        "expected_right": round(one.right, PLACES),
        "interval_90": [round(one.low, PLACES), round(one.high, PLACES)],
        "answers": one.answered,
    }


def _area(one: Area) -> dict[str, object]:
    return {
        "skill": one.row.skill.id,
        "name": one.row.skill.text,
        "task": one.row.task.id,
        "weight_percent": round(one.row.weight, PLACES),
        "expected_right": round(one.row.right, PLACES),
        "recall": round(one.row.recall, PLACES),
        "gain_percent": round(one.gain, PLACES),
        "hours": round(one.hours, PLACES),
        "gain_percent_per_hour": round(one.per_hour, PLACES),
        "actions": [{"kind": act.kind, "text": act.text, "command": act.command} for act in one.actions],
    }


def _share(share: Share) -> dict[str, object]:
    low, high = share.interval
    return {"right": share.right, "given": share.given, "interval_90": [round(low, PLACES), round(high, PLACES)]}


def _task(row: TaskShare) -> dict[str, object]:
    return {"task": row.task.id, "name": row.task.name, "domain": row.domain.id, **_share(row.share)}


def _sat(one: Sat) -> dict[str, object]:
    predicted = {
        "score": None if one.score is None else round(one.score, 1),
        "pass_probability": None if one.pass_probability is None else round(one.pass_probability, PLACES),
    }
    return {**as_data(one.result), "predicted": predicted}


def _criterion(one: Criterion) -> dict[str, object]:
    return {"name": one.name, "target": one.target, "now": one.now, "gap": one.gap, "met": one.met}
