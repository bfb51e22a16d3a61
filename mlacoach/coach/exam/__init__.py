"""Sit exams: plan a form, begin, resume, hand in, and read what came of it. No terminal here."""

from mlacoach.coach.exam.plans import Plan, Wish, make
from mlacoach.coach.exam.session import ExamSession
from mlacoach.coach.exam.sittings import (
    abandon,
    begin,
    find,
    hand_in,
    hand_in_expired,
    lay_out,
    load,
    resume,
    unfinished,
)

__all__ = [
    "ExamSession",
    "Plan",
    "Wish",
    "abandon",
    "begin",
    "find",
    "hand_in",
    "hand_in_expired",
    "lay_out",
    "load",
    "make",
    "resume",
    "unfinished",
]
