"""Which question comes next in an adaptive sitting."""

from mlacoach.coach import Coach
from mlacoach.coach.exam.session import Chooser, ExamSession


def chooser(coach: Coach, session: ExamSession) -> Chooser:
    """A function that chooses the next question of a sitting."""
    raise NotImplementedError
