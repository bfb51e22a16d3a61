"""After an answer in practice: right or wrong, and why of every part."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from mlacoach.curriculum.questions import Answer, Body, Choice, Matching, Ordering, Question
from mlacoach.curriculum.services import ServiceNote
from mlacoach.screen.ask import key_of, typed_form
from mlacoach.screen.room.bars import Clickable, offered
from mlacoach.screen.room.paint import written
from mlacoach.screen.room.rows import Row


class Reason(Row):
    """A line of the explanation; nothing happens when it is clicked."""

    ALLOW_SELECT = True

    def __init__(self, head: Content, text: Content) -> None:
        super().__init__()
        self.add_class("reason")
        self.paint(head, text, cursor=False)


class Explanation(ModalScreen[bool]):
    """Gives True to go on, False to look at the question again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,n,right", "dismiss(True)", show=False),
        Binding("escape,p,left", "dismiss(False)", show=False),
    ]

    def __init__(self, question: Question, body: Body, answer: Answer, notes: Sequence[ServiceNote]) -> None:
        super().__init__()
        self._question = question
        self._body = body
        self._answer = answer
        self._notes = notes

    def compose(self) -> ComposeResult:
        """The verdict, the reasons, where to read on."""
        right = self._question.mark(self._answer)
        with Vertical(id="explanation"):
            yield Static(
                verdict(self._body, self._answer, right=right), classes="right" if right else "wrong", id="verdict"
            )
            with VerticalScroll(id="reasons"):
                for head, text in reasons(self._body, self._answer):
                    yield Reason(head, text)
                for line in self._further():
                    yield Static(written(line), classes="further", markup=False)
            yield Clickable(offered([("Enter", "next question", "dismiss(True)"), ("Esc", "back", "dismiss(False)")]))

    def _further(self) -> Iterator[str]:
        for reference in self._question.references:
            yield f"See: {reference.title} <{reference.url}>"
        if self._question.lifecycle:
            yield f"Note: {self._question.lifecycle}"
        for note in self._notes:
            yield f"Note: {note.name} is {note.status.replace('-', ' ')} ({note.when})."


def verdict(body: Body, answer: Answer, *, right: bool) -> Content:
    """Right or wrong, in words."""
    if right:
        return Content("Right.")
    if isinstance(body, Ordering):
        return Content("Wrong: the right order follows.")
    return Content(f"Wrong: you answered {typed_form(body, answer)}; right is {typed_form(body, key_of(body))}.")


def reasons(body: Body, answer: Answer) -> Iterator[tuple[Content, Content]]:
    """Each part with its label, and why it is right or wrong."""
    if isinstance(body, Choice):
        for option in body.options:
            label = f"{typed_form(body, (option.id,))}  "
            yield _bold(label), _said(_mark(option.id, body, answer), option.text, option.why)
    elif isinstance(body, Ordering):
        steps = {step.id: step for step in body.steps}
        for number, name in enumerate(body.right_order, start=1):
            yours = f"Your place: {answer.index(name) + 1}. " if answer.index(name) + 1 != number else ""
            yield _bold(f"{number}  "), _said(yours, steps[name].text, steps[name].why)
    else:
        yield from _pairs(body, answer)


def _pairs(body: Matching, answer: Answer) -> Iterator[tuple[Content, Content]]:
    responses = {response.id: response.text for response in body.responses}
    pairs = dict(pair.split("=", 1) for pair in body.pairs)
    given = dict(pair.split("=", 1) for pair in answer)
    for number, prompt in enumerate(body.prompts, start=1):
        wrong = given[prompt.id] != pairs[prompt.id]
        yours = f"You chose {responses[given[prompt.id]]}. " if wrong else "Right. "
        yield _bold(f"{number}  "), _said(yours, f"{prompt.text} → {responses[pairs[prompt.id]]}", prompt.why)


def _mark(option: str, body: Choice, answer: Answer) -> str:
    return ("Right" if option in body.key else "Wrong") + (", your answer. " if option in answer else ". ")


def _bold(text: str) -> Content:
    return Content.styled(text, "bold")


def _said(mark: str, text: str, why: str) -> Content:
    # What is wrong and was not chosen is no matter for a warning.
    style = "bold $success" if mark.startswith("Right") else "bold $warning" if "you" in mark.lower() else "bold"
    return Content.assemble((mark, style), written(text, "$text-soft"), "\n", written(why))
