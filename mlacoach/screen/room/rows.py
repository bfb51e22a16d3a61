"""A row that can be chosen: an option, a step, a prompt or a response."""

from functools import lru_cache

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.widget import Widget

from mlacoach.screen.room.paint import hanging

RIGHT_BUTTON = 3
# The class of the row under the cursor.
CURSOR = "-cursor"


class Row(Widget):
    """`sign` is its letter or number; what it shows is set by `paint`."""

    # What was laid out has its size. Where one has changed, Textual lays all of it out and draws it once more; only a
    # widget that gives itself another size to scroll in needs that.
    virtual_size = Reactive(Size(0, 0), layout=False)
    # Dragging moves steps; it marks no text.
    ALLOW_SELECT = False

    class Picked(Message):
        """Somebody clicked it: `column` counts from the row's left edge, `strike` is the right button."""

        def __init__(self, sign: str, column: int, *, strike: bool) -> None:
            super().__init__()
            self.sign = sign
            self.column = column
            self.strike = strike

    class Dragged(Message):
        """The button went down over it, or up (`dropped`)."""

        def __init__(self, sign: str, *, dropped: bool) -> None:
            super().__init__()
            self.sign = sign
            self.dropped = dropped

    def __init__(self, sign: str = "", classes: str = "") -> None:
        super().__init__(classes=classes)
        self.sign = sign
        self._head = Content()
        self._text = Content()
        # A row is measured several times before it is drawn.
        self._hanging = lru_cache(maxsize=4)(lambda width: hanging(self._head, self._text, width))

    def become(self, sign: str, classes: str) -> None:
        """Serve another part; its styles are worked out anew if it is of another kind."""
        self.sign = sign
        if set(classes.split()) != self.classes - {CURSOR}:
            self.set_classes(classes)

    @property
    def text(self) -> str:
        """Everything it shows, unwrapped."""
        return self._head.plain + self._text.plain

    def paint(self, head: Content, text: Content, *, cursor: bool) -> None:
        """Show something else."""
        self.set_class(cursor, CURSOR)
        if head.is_same(self._head) and text.is_same(self._text):
            return
        as_long = head.cell_length == self._head.cell_length and text == self._text
        self._head, self._text = head, text
        self._hanging.cache_clear()
        self.refresh(layout=not as_long)

    def render(self) -> Content:
        """Its text, hanging beside its head."""
        return self._hanging(self.size.width)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002 - Textual's words
        """As many lines as the text takes."""
        return self._hanging(width).plain.count("\n") + 1

    def on_click(self, event: events.Click) -> None:
        """Choose it, or strike it out with the right button."""
        event.stop()
        self.post_message(self.Picked(self.sign, event.x, strike=event.button == RIGHT_BUTTON))

    def on_mouse_down(self) -> None:
        """A drag may begin."""
        self.post_message(self.Dragged(self.sign, dropped=False))

    def on_mouse_up(self) -> None:
        """A drag may end."""
        self.post_message(self.Dragged(self.sign, dropped=True))
