"""The dialogue of a study session and of a gate: ask, keep, explain; kept before it is explained."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random

from rich.console import Console
from rich.text import Text

from mlacoach.curriculum.questions import Answer, Body, Question
from mlacoach.curriculum.services import ServiceNote
from mlacoach.screen.ask import parse, read_line, show_question
from mlacoach.screen.explain import show_outcome

HELP = "Letters answer; add ? if unsure, ?? for a guess; s skips; q ends the session; h is this help."


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What a dialogue needs: `keep` stores (question, answer, seconds, confidence) durably.

    `commands` are more words that the learner may type, and what each does; `help` says them all.
    """

    console: Console
    now: Callable[[], datetime]
    rng: Random
    keep: Callable[[Question, Answer, float, str], object]
    notes: Callable[[Question], Sequence[ServiceNote]]
    commands: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    help: str = HELP


class Ended(Exception):
    """The learner ended the session, by `q` or by closing the input."""


def ask_all(dialogue: Dialogue, questions: Sequence[Question], heading: str) -> None:
    """Ask each question.

    Raises:
        Ended: the learner wants to stop. What was answered is kept.
    """
    for number, question in enumerate(questions, start=1):
        ask_one(dialogue, question, f"{heading} {number} of {len(questions)}")


def ask_one(dialogue: Dialogue, question: Question, heading: str) -> None:
    """Ask one question, keep the answer, and explain it.

    Raises:
        Ended: the learner wants to stop.
    """
    body = question.body.shuffled(dialogue.rng)
    began = dialogue.now()
    show_question(dialogue.console, question, body, heading)
    answer, confidence = _answer(dialogue, body)
    if not answer:
        return
    seconds = max((dialogue.now() - began).total_seconds(), 0.0)
    dialogue.keep(question, answer, seconds, confidence)
    show_outcome(dialogue.console, question, body, answer, dialogue.notes(question))


def _answer(dialogue: Dialogue, body: Body) -> tuple[Answer, str]:
    """Ask until there is an answer; an empty one means that the question is skipped."""
    while True:
        line = read_or_end(dialogue.console, "Answer (h for help): ")
        if line.lower() in dialogue.commands:
            dialogue.commands[line.lower()]()
            continue
        typed = parse(body, line)
        if typed.answer:
            return typed.answer, typed.confidence
        if typed.command in {"q", "quit"}:
            raise Ended
        if typed.command in {"s", "skip"}:
            return (), ""
        dialogue.console.print(
            Text(dialogue.help if typed.command in {"h", "help", "?"} else typed.fault or dialogue.help)
        )


def read_or_end(console: Console, prompt: str) -> str:
    """One line from the learner.

    Raises:
        Ended: the input was closed.
    """
    try:
        return read_line(console, prompt)
    except EOFError as error:
        raise Ended from error
