"""Go through a sitting again: stem, own answer, key, every reason."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from rich.console import Console
from rich.text import Text

from mlacoach.coach.exam.results import Asked, Result
from mlacoach.curriculum.exams import Exam
from mlacoach.curriculum.questions import Question
from mlacoach.curriculum.services import ServiceNote
from mlacoach.learning.forms import domain_in, task_of
from mlacoach.screen.ask import show_question
from mlacoach.screen.explain import show_outcome


@dataclass(frozen=True, slots=True)
class Filter:
    """What to show: everything, or only what is wrong, flagged, guessed, or of a domain."""

    wrong: bool = False
    flagged: bool = False
    guessed: bool = False
    domain: str = ""

    def lets(self, asked: Asked, exam: Exam) -> bool:
        """Does it let this question through?"""
        return (
            (not self.wrong or not asked.right)
            and (not self.flagged or asked.flagged)
            and (not self.guessed or asked.confidence == "guess")
            and (not self.domain or domain_in(exam, asked.question) == self.domain)
        )


def print_review(
    console: Console, result: Result, chosen: Filter, notes: Callable[[Question], Sequence[ServiceNote]]
) -> None:
    """Print every question that the filter lets through, with the parts as they were shown in the sitting."""
    shown = 0
    for number, asked in enumerate(result.asked, start=1):
        if chosen.lets(asked, result.exam):
            shown += 1
            _print_one(console, result, number, asked, notes)
    console.print()
    console.print(Text(f"{shown} of {len(result.asked)} questions."))


def _about(question: Question, exam: str) -> str:
    """Its task in the exam; its topics where it serves none."""
    return f"task {task_of(question, exam)}" if question.serves(exam) else ", ".join(sorted(question.topics))


def _print_one(
    console: Console,
    result: Result,
    number: int,
    asked: Asked,
    notes: Callable[[Question], Sequence[ServiceNote]],
) -> None:
    question = asked.question
    body = question.body.shuffled(Random(f"{result.row.seed}:{question.id}"))
    words = [f"Question {number}", _about(question, result.exam.id), question.id]
    words += [] if asked.scored else ["did not count"]
    words += ["flagged"] if asked.flagged else []
    words += [asked.confidence] if asked.confidence else []
    show_question(console, question, body, " · ".join(words), hint=False)
    show_outcome(console, question, body, asked.answer, notes(question))
    if asked.note:
        console.print(Text(f"Your note: {asked.note}"))
    console.print(Text(f"Facts checked on {question.verified}; it took you {asked.seconds:.0f} s.", style="dim"))
