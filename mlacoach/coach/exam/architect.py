"""The Architect form: our questions on the design of whole systems, weighed by the domains of SAA-C03."""

from mlacoach.content import Library
from mlacoach.curriculum.exams import Exam, Form
from mlacoach.curriculum.questions import QuestionFacts

ARCHITECT = "ARCHITECT"
# As many questions and minutes as SAA-C03 has; ours all count.
FORM = Form(questions=65, scored=65, minutes=130, kinds=("multiple-choice", "multiple-response"))


def architect(library: Library) -> Exam:
    """The form as an exam: with domains and weights, without tasks, skills and a pass mark."""
    return Exam(
        id=ARCHITECT,
        name="Design of whole systems on AWS",
        guide="",
        pass_mark=0,
        facts=(),
        forms={"standard": FORM},
        sittings=(),
        domains=tuple(library.architect.values()),
        services=(),
        services_note="",
    )


def architect_questions(library: Library) -> list[QuestionFacts]:
    """The questions that stand under one of its domains."""
    return [one for one in library.catalogue.values() if one.topics & library.architect.keys()]
