"""The foundations: questions that count for no skill of an exam, sat like a form under a name that is no exam's."""

from mlacoach.coach import Coach
from mlacoach.coach.exam.architect import ARCHITECT, architect
from mlacoach.curriculum.exams import Exam, Form
from mlacoach.curriculum.questions import QuestionFacts

FORM = Form(questions=65, scored=65, minutes=90, kinds=("multiple-choice", "multiple-response", "ordering", "matching"))
# It has no domains: what a sitting came to is told by topic.
FOUNDATIONS = Exam(
    id="FOUNDATIONS",
    name="Foundations of cloud, machine learning and containers",
    guide="",
    pass_mark=0,
    facts=(),
    forms={"standard": FORM},
    sittings=(),
    domains=(),
    services=(),
    services_note="",
)
# How to sit an exam is no part of what an exam asks.
ABOUT_EXAMS = frozenset({"exam-strategy"})


def can_load(coach: Coach, exam: str) -> bool:
    """Is it the foundations, the Architect form, or an exam that the packs still have?"""
    return exam in {FOUNDATIONS.id, ARCHITECT} or exam in coach.library.exams


def exam_of(coach: Coach, exam: str) -> Exam:
    """The foundations, the Architect form, or an exam of the packs.

    Raises:
        UnknownId: there is no such exam.
    """
    if exam == ARCHITECT:
        return architect(coach.library)
    return FOUNDATIONS if exam == FOUNDATIONS.id else coach.library.exam(exam)


def foundation_questions(coach: Coach) -> list[QuestionFacts]:
    """The questions of the foundations; the design of whole systems is no part of them."""
    elsewhere = coach.library.architect.keys()
    return [
        one
        for one in coach.library.catalogue.values()
        if not (one.skills or one.topics <= ABOUT_EXAMS or one.topics & elsewhere)
    ]
