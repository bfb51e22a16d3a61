"""The dialogue of a study session and of a gate: ask, keep, explain; kept before it is explained."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from rich.console import Console
from rich.text import Text

from mlacoach.curriculum.questions import Answer, Body, Question
from mlacoach.curriculum.reading import ServiceNote
from mlacoach.screen.ask import parse, read_line, show_question
from mlacoach.screen.explain import show_outcome

HELP = "Letters answer; add ? if unsure, ?? for a guess; s skips; q ends the session; h is this help."


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What a dialogue needs: `keep` stores (question, answer, seconds, confidence) durably."""

    console: Console
    now: Callable[[], datetime]
    rng: Random
    keep: Callable[[Question, Answer, float, str], object]
    notes: Callable[[Question], Sequence[ServiceNote]]


class Ended(Exception):
    """The learner ended the session, by `q` or by closing the input."""


def ask_all(dialogue: Dialogue, questions: Sequence[Question], heading: str) -> None:
    """Ask each question.

    Raises:
        Ended: the learner wants to stop. What was answered is kept.
    """
    for number, question in enumerate(questions, start=1):
        _ask(dialogue, question, f"{heading} {number} of {len(questions)}")


def _ask(dialogue: Dialogue, question: Question, heading: str) -> None:
    body = question.body.shuffled(dialogue.rng)
    began = dialogue.now()
    show_question(dialogue.console, question, body, heading)
    answer, confidence = _answer(dialogue.console, body)
    if not answer:
        return
    seconds = max((dialogue.now() - began).total_seconds(), 0.0)
    dialogue.keep(question, answer, seconds, confidence)
    show_outcome(dialogue.console, question, body, answer, dialogue.notes(question))


def _answer(console: Console, body: Body) -> tuple[Answer, str]:
    """Ask until there is an answer; an empty one means that the question is skipped."""
    while True:
        try:
            typed = parse(body, read_line(console, "Answer (h for help): "))
        except EOFError as error:
            raise Ended from error
        if typed.answer:
            return typed.answer, typed.confidence
        if typed.command in {"q", "quit"}:
            raise Ended
        if typed.command in {"s", "skip"}:
            return (), ""
        console.print(Text(HELP if typed.command in {"h", "help", "?"} else typed.fault or HELP))
