"""A note on the question."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static, TextArea


class Note(ModalScreen[str | None]):
    """Gives the text, or None if it is to stay as it was."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "keep", show=False, priority=True),
        Binding("escape", "dismiss", show=False, priority=True),
    ]

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    @property
    def written(self) -> str:
        """What stands there now."""
        return self.query_one(TextArea).text.strip()

    @property
    def changed(self) -> bool:
        """Is it another text than before?"""
        return self.written != self._text

    def compose(self) -> ComposeResult:
        """A place to write."""
        with Vertical(classes="box"):
            yield Static("Note on this question", classes="title")
            yield TextArea(self._text, tab_behavior="focus")
            with Horizontal(classes="choices"):
                yield Button("Keep  Ctrl+S", id="keep", compact=True)
                yield Button("Drop changes  Esc", id="drop", compact=True)

    def on_mount(self) -> None:
        """Write at the end."""
        area = self.query_one(TextArea)
        area.move_cursor(area.document.end)
        area.focus()

    def action_keep(self) -> None:
        """Keep it; an empty note removes it."""
        self.dismiss(self.written)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """By mouse."""
        self.dismiss(self.written if event.button.id == "keep" else None)
