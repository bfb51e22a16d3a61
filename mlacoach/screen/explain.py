"""After the answer: right or wrong in words, and why of every part."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from mlacoach.curriculum.questions import Answer, Body, Choice, Ordering, Question
from mlacoach.screen.ask import key_of, typed_form
from mlacoach.screen.console import print_hanging

if TYPE_CHECKING:
    from mlacoach.curriculum.services import ServiceNote


def show_outcome(
    console: Console, question: Question, body: Body, answer: Answer, notes: Sequence["ServiceNote"]
) -> None:
    """Print the verdict, the reason of each part, the references, and what became of the services named."""
    right = question.mark(answer)
    console.print()
    if right:
        console.print(Text("Right.", style="bold green"))
    else:
        given = typed_form(body, answer) or "nothing"
        key = typed_form(body, key_of(body))
        console.print(Text(f"Wrong: you answered {given}; right is {key}.", style="bold red"))
    for label, reason in _reasons(body, answer):
        print_hanging(console, f"  {label}  ", reason)
    for reference in question.references:
        console.print(Text(f"See: {reference.title} <{reference.url}>", style="dim"))
    if question.lifecycle:
        console.print(Text(f"Note: {question.lifecycle}"))
    for note in notes:
        console.print(Text(f"Note: {note.name} is {note.status.replace('-', ' ')} ({note.when})."))


def _reasons(body: Body, answer: Answer) -> list[tuple[str, str]]:
    """A label and a reason for each part."""
    if isinstance(body, Choice):
        letters = {option.id: typed_form(body, (option.id,)) for option in body.options}
        return [
            (f"{letters[option.id]})", f"{_mark(option.id in body.key, option.id in answer)} {option.why}")
            for option in body.options
        ]
    if isinstance(body, Ordering):
        steps = {step.id: step for step in body.steps}
        ordered = [steps[step] for step in body.right_order]
        return [(f"{number}.", f"{step.text} {step.why}") for number, step in enumerate(ordered, start=1)]
    responses = {response.id: response.text for response in body.responses}
    pairs = dict(pair.split("=", 1) for pair in body.pairs)
    return [
        (f"{number}.", f"{prompt.text} → {responses[pairs[prompt.id]]} {prompt.why}")
        for number, prompt in enumerate(body.prompts, start=1)
    ]


def _mark(right: bool, chosen: bool) -> str:  # noqa: FBT001 - two facts about one option
    return ("Right" if right else "Wrong") + (", your answer." if chosen else ".")
