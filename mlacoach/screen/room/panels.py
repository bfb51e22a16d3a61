"""The panels that come up over the question: a question to be answered with a key, help, the pause."""

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Static

HELP = """\
Answer
  a b c …         choose this option; again: take it back
  ↑ ↓ Enter       go to a row, choose it; Enter again goes on
  1 2 3 …         go to this line (matching, ordering)
  1 b             matching: give line 1 the response b
  Shift+↑ ↓, K J  ordering: move the step up or down
  Backspace       take the whole answer back
  C               how sure you are: sure, unsure, guess
  x, or s b       strike out the row, or option b
  f               flag (F where f is an option)
  m               note

Move
  n →   p ←       next, previous question
  PgUp PgDn       scroll; Home, End
  v               all questions, with filters
  r               review and hand in

Room
  t               hide or show the time (it comes back at 5 minutes)
  D               light or dark
  l               go on in lines, without this screen
  Space           pause (practice only)
  q, Ctrl+C       save and leave
  Esc             close what came up

Mouse
  Click a row; right-click strikes it out; drag a step, or click its ▲▼;
  click the time, and the keys in the last line.

A small letter that the question shows is always its option, a capital never."""


class Panel(ModalScreen[str | None]):
    """A box with a title, text, and buttons whose first letters are their keys; gives the chosen key, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss", show=False),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, text: str, choices: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._choices = choices

    def compose(self) -> ComposeResult:
        """The box. The last choice is the careful one and has the focus."""
        with Vertical(classes="box" if self._choices else "box help"):
            yield Static(self._title, classes="title", markup=False)
            with VerticalScroll(classes="text", can_focus=not self._choices):
                yield Static(self._text, markup=False)
            if self._choices:
                with Horizontal(classes="choices"):
                    for key, label in self._choices:
                        yield Button(f"{label}  {key}", id=f"key-{key}", compact=True)
            else:
                yield Static("↑ ↓ scroll · Esc closes", classes="hint")

    def on_mount(self) -> None:
        """Enter does the careful thing."""
        if self._choices:
            self.query_one(f"#key-{self._choices[-1][0]}").focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """By mouse, or Enter."""
        self.dismiss((event.button.id or "").removeprefix("key-"))

    def on_key(self, event: events.Key) -> None:
        """By its key."""
        if event.character in {key for key, _ in self._choices}:
            event.stop()
            self.dismiss(event.character)


class Pause(ModalScreen[None]):
    """Covers the question while the clock stands still."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("space,enter", "dismiss", show=False)]

    def compose(self) -> ComposeResult:
        """Nothing of the question can be read."""
        with Vertical(id="paused"):
            yield Static("Paused", classes="title")
            yield Static("The clock stands still. Space goes on.")

    def on_click(self) -> None:
        """By mouse."""
        self.dismiss()
