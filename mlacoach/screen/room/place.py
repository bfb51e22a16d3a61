"""Where the reader was: what stood at the top of the pane, kept while the terminal changes its size."""

from textual.geometry import Size
from textual.widget import Widget

from mlacoach.screen.room.sheet import Sheet


class Place:
    """Remembers by words, not by lines: lines break anew in another width."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._size = Size()
        self._top: tuple[Widget, float] | None = None
        self._cursor_seen = True

    def remember(self, size: Size) -> None:
        """Look where we are, unless a new size is just about to move everything."""
        if self._size and size != self._size:
            return
        self._size = size
        top, height = self._scrolled(), self._sheet.scroller.size.height
        self._top = next((self._share(one, top) for one in self._parts() if self._end(one) > top), None)
        self._cursor_seen = bool(self._sheet.rows) and (
            top <= self._line(self._sheet.current) and self._end(self._sheet.current) <= top + height
        )

    def restore(self, size: Size) -> None:
        """Go back there."""
        parts = self._parts()
        # A scenario that has moved beside the question is no longer in the pane.
        if self._top is not None and self._top[0] in parts:
            widget, share = self._top
            at_top = widget is parts[0] and share == 0
            line = 0 if at_top else self._line(widget) + share * widget.virtual_region.height
            self._sheet.scroller.scroll_to(y=line, animate=False)
        if self._cursor_seen and self._sheet.rows:
            self._sheet.current.scroll_visible(animate=False)
        self._size = size

    def forget(self) -> None:
        """Another question lies on the table: it begins at its top."""
        self._top = None
        self._cursor_seen = True
        self._sheet.scroller.scroll_to(y=0, animate=False)

    def _scrolled(self) -> int:
        return self._sheet.scroller.scroll_offset.y

    def _line(self, widget: Widget) -> int:
        """The line of the pane at which it begins, wherever the pane is scrolled to."""
        line, one = 0, widget
        while one is not self._sheet.scroller:
            line += one.virtual_region.y
            assert isinstance(one.parent, Widget)  # noqa: S101 - all of them stand in the pane
            one = one.parent
        return line

    def _end(self, widget: Widget) -> int:
        return self._line(widget) + widget.virtual_region.height

    def _share(self, widget: Widget, top: int) -> tuple[Widget, float]:
        """How much of it has been scrolled away."""
        return widget, max(top - self._line(widget), 0) / max(widget.virtual_region.height, 1)

    def _parts(self) -> list[Widget]:
        case = self._sheet.has_class("-case") and self._sheet.scroller is self._sheet
        texts = [*(("#case-title", "#scenario") if case else ()), "#stem", "#task"]
        return [
            *(self._sheet.query_one(name) for name in texts),
            *self._sheet.parts,
        ]
