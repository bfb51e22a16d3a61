"""The sheet on the table: scenario, stem, what is asked for, and the rows to choose from."""

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.geometry import Size
from textual.reactive import Reactive
from textual.widget import Widget
from textual.widgets import Static

from mlacoach.curriculum.questions import Choice, Matching, Ordering, Part, Question
from mlacoach.screen.room.desk import Desk
from mlacoach.screen.room.draft import Draft, lettered, numbered, task_of
from mlacoach.screen.room.paint import written
from mlacoach.screen.room.rows import Row

# Where the arrows of a step stand, from the row's left edge (one cell of padding, the cursor, a blank).
UP, DOWN = (3, 4)
# Wide enough for a scenario beside the question.
BESIDE = 110


class Pane(Vertical):
    """A part of the sheet."""

    virtual_size = Reactive(Size(0, 0), layout=False)  # see `Row`


class Words(Static):
    """A text of the sheet."""

    virtual_size = Reactive(Size(0, 0), layout=False)

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, markup=False)


class Sheet(Container):
    """Shows one question; `cursor` counts the rows that the arrow keys visit."""

    virtual_size = Reactive(Size(0, 0), layout=False)

    def __init__(self) -> None:
        super().__init__()
        self.cursor = 0
        self._shown: Question | None = None
        self._rows: list[Row] = []
        # Those that are shown, the responses of a matching as well.
        self.parts: list[Row] = []

    def compose(self) -> ComposeResult:
        """A pane for the scenario, and one for the question."""
        with Pane(id="case"):
            yield Words(id="case-title")
            yield Words(id="scenario")
        with Pane(id="question"):
            yield Words(id="stem")
            yield Words(id="task")
            yield Pane(id="rows")

    @property
    def scroller(self) -> Widget:
        """What scrolls: the question's pane when the scenario stands beside it, else the whole sheet."""
        return self.query_one("#question") if self.has_class("-case") and self.screen.size.width >= BESIDE else self

    @property
    def rows(self) -> list[Row]:
        """The rows that the cursor visits: those of the answer, not the responses of a matching."""
        return [row for row in self.parts if not row.has_class("response")]

    @property
    def current(self) -> Row:
        """The row under the cursor."""
        return self.rows[self.cursor]

    async def lay(self, desk: Desk) -> None:
        """Lay the question that is on the table; nothing if it lies there already."""
        question = desk.session.question
        if question is not self._shown:
            self._shown = question
            self.cursor = 0
            case = question.case
            self.set_class(case is not None, "-case")
            if case:
                self.query_one("#case-title", Static).update(written(case.title))
                self.query_one("#scenario", Static).update(written(case.scenario))
            self.query_one("#stem", Static).update(written(question.stem))
            self.query_one("#task", Static).update(task_of(desk.draft.body))
            await self._lay_rows(list(_signs(desk.draft)))
        self.paint(desk)

    async def _lay_rows(self, signs: list[tuple[str, str]]) -> None:
        """Rows stay when questions change, and hide when they are not needed: each that comes or goes costs 5 ms."""
        for row, (sign, classes) in zip(self._rows, signs, strict=False):
            row.become(sign, classes)
        for number, row in enumerate(self._rows):
            row.display = number < len(signs)
        new = [Row(sign, classes) for sign, classes in signs[len(self._rows) :]]
        self._rows += new
        self.parts = self._rows[: len(signs)]
        if new:
            await self.query_one("#rows").mount_all(new)

    def paint(self, desk: Desk) -> None:
        """Show marks, strokes and the cursor as they are now."""
        draft = desk.draft
        parts = {**numbered(draft), **lettered(draft.body)}
        current = self.rows[self.cursor] if self.rows else None
        for row in self.parts:
            cursor = row is current
            part = parts[row.sign]
            head = Content.assemble(("▸ " if cursor else "  ", "$accent"), _head(draft, row.sign, part))
            row.paint(head, _text(draft, part, struck=part.id in desk.struck), cursor=cursor)


def _signs(draft: Draft) -> Iterator[tuple[str, str]]:
    """The signs of the rows, with their classes."""
    first = "response" if isinstance(draft.body, Matching) else "option"
    for sign in numbered(draft):
        yield sign, "step" if isinstance(draft.body, Ordering) else "prompt"
    for number, sign in enumerate(lettered(draft.body)):
        yield sign, f"{first} -first" if number == 0 else first


def _head(draft: Draft, sign: str, part: Part) -> Content:
    """The mark and the sign."""
    if isinstance(draft.body, Ordering):
        return Content.assemble(("▲▼ ", "$text-soft"), (f"{sign}  ", "bold"))
    if isinstance(draft.body, Choice):
        chosen = part.id in draft.marked
        return Content.styled(f"[{'x' if chosen else ' '}] {sign}  ", "bold $accent" if chosen else "")
    if sign.isalpha():
        return Content.styled(f"{sign}  ", "bold")
    letter = _letter(draft, part)
    return Content.assemble((f"[{letter or ' '}] ", "bold $accent" if letter else ""), (f"{sign}  ", "bold"))


def _text(draft: Draft, part: Part, *, struck: bool) -> Content:
    """What the part says, struck out or with its response."""
    if struck:
        return Content.assemble(written(part.text, "$text-soft strike"), (" (struck)", "$text-soft"))
    text = written(part.text)
    if isinstance(draft.body, Matching) and part in draft.body.prompts:
        response = draft.response_of(part.id)
        answer = next((one.text for one in draft.body.responses if one.id == response), None)
        return text if answer is None else Content.assemble(text, (" → ", "$accent"), written(answer, "$accent"))
    return text


def _letter(draft: Draft, prompt: Part) -> str:
    response = draft.response_of(prompt.id)
    return next((letter for letter, part in lettered(draft.body).items() if part.id == response), "")
