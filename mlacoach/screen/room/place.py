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
        pane = self._sheet.scroller.content_region
        seen = [one for one in self._parts() if one.region.bottom > pane.y]
        top = seen[0] if seen else None
        if top is not None and top.region.height:
            self._top = (top, max(pane.y - top.region.y, 0) / top.region.height)
        self._cursor_seen = bool(self._sheet.rows) and pane.contains_region(self._sheet.current.region)

    def restore(self, size: Size) -> None:
        """Go back there."""
        scroller = self._sheet.scroller
        if self._top is not None and self._top[0].is_attached:
            widget, share = self._top
            at_top = widget is self._parts()[0] and share == 0
            line = widget.region.y - scroller.content_region.y + scroller.scroll_offset.y
            scroller.scroll_to(y=0 if at_top else line + share * widget.region.height, animate=False)
        if self._cursor_seen and self._sheet.rows:
            self._sheet.current.scroll_visible(animate=False)
        self._size = size

    def forget(self) -> None:
        """Another question lies on the table: it begins at its top."""
        self._top = None
        self._cursor_seen = True
        self._sheet.scroller.scroll_to(y=0, animate=False)

    def _parts(self) -> list[Widget]:
        beside = self._sheet.scroller is not self._sheet
        texts = ["#stem", "#task"] if beside else ["#case-title", "#scenario", "#stem", "#task"]
        return [one for name in texts for one in self._sheet.query(name) if one.display] + list(
            self._sheet.query(".option, .step, .prompt, .response")
        )
