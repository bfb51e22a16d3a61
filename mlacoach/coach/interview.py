"""Practise an interview: what is due comes first, then what is new, the easier kinds before the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from fsrs import Rating

from mlacoach.coach import Coach
from mlacoach.coach.quiz import review
from mlacoach.curriculum.interviewing import KINDS, InterviewQuestion
from mlacoach.errors import UnknownId

# FSRS's ratings, as the rubric words them.
RUBRIC = {
    1: "less than half of the points, or not within the time",
    2: "half of the points or more, with gaps or a long search for words",
    3: "nearly all points, clear and within the time",
    4: "all points with an example of your own, as you would say it there",
}


@dataclass(frozen=True, slots=True)
class Practised:
    """How far the questions of a kind are; `good` were rated 3 or 4 the last time."""

    kind: str
    questions: int
    practised: int
    good: int


def chosen(coach: Coach, kind: str | None, count: int) -> list[InterviewQuestion]:
    """Those due, longest overdue first; then those never practised; then those that come due next.

    Raises:
        UnknownId: there is no such kind.
    """
    if kind is not None and kind not in KINDS:
        raise UnknownId("kind", kind, KINDS)
    pool = [one for one in coach.library.interviews.values() if kind in (None, one.kind)]
    due = _due(coach)
    later = datetime.max.replace(tzinfo=coach.now().tzinfo)

    def order(one: InterviewQuestion) -> tuple[int, datetime, int, str]:
        state = 1 if one.point not in due else 0 if due[one.point] <= coach.now() else 2
        return state, due.get(one.point, later), KINDS.index(one.kind), one.id

    return sorted(pool, key=order)[:count]


def _due(coach: Coach) -> dict[str, datetime]:
    return {one.point: one.due for one in coach.store.answers.memory()}


def suggested(question: InterviewQuestion, hit: int) -> int:
    """The rating that follows from the number of points hit alone."""
    if hit == len(question.points):
        return 4
    if hit >= len(question.points) - 1:
        return 3
    return 2 if hit >= ceil(len(question.points) / 2) else 1


def keep(coach: Coach, question: InterviewQuestion, rating: int, seconds: float) -> datetime:
    """Keep how it went; when the question comes back. When this returns, a power cut can't take it away."""
    with coach.store.together():
        review(coach, question.point, Rating(rating), None, seconds)
    return _due(coach)[question.point]


def progress(coach: Coach) -> list[Practised]:
    """How far each kind is, in the order of the kinds."""
    last = {review.point: review.rating for review in coach.store.answers.reviews()}
    return [_practised(kind, list(coach.library.interviews.values()), last) for kind in KINDS]


def _practised(kind: str, questions: Sequence[InterviewQuestion], last: dict[str, int]) -> Practised:
    of_kind = [one for one in questions if one.kind == kind]
    ratings = [last[one.point] for one in of_kind if one.point in last]
    return Practised(kind, len(of_kind), len(ratings), sum(one >= 3 for one in ratings))  # noqa: PLR2004 - Good
