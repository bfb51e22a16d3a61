"""All questions with what became of them."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import DataTable, Static

from mlacoach.screen.room.bars import Clickable, offered
from mlacoach.screen.room.desk import Desk

FILTERS = {"a": "all", "u": "unanswered", "g": "flagged"}


class Navigator(ModalScreen[int | None]):
    """Gives the position to go to, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"only('{key}')", show=False) for key in FILTERS),
        Binding("escape,v,q", "dismiss", show=False),
    ]

    def __init__(self, desk: Desk, only: str = "a") -> None:
        super().__init__()
        self._desk = desk
        self._only = only

    def compose(self) -> ComposeResult:
        """A table and its filters."""
        with Vertical(classes="box tall"):
            yield Static("Questions", classes="title")
            yield Clickable(id="filters")
            table: DataTable[Text] = DataTable(cursor_type="row")
            yield table
            yield Static(id="none")
            yield Static(id="go", classes="hint")

    def on_mount(self) -> None:
        """All of them, or what was asked for."""
        table = self.query_one(DataTable)
        for title, width in (("Question", 10), ("Status", 14), ("Flagged", 10)):
            table.add_column(title, width=width)
        one_way = self._desk.session.forward_only
        self.query_one("#go", Static).update(
            "This exam goes forward only. Esc closes" if one_way else "Enter goes there · Esc closes"
        )
        self.action_only(self._only)
        table.focus()

    def status(self, position: int) -> str:
        """In the words of the test centres."""
        name = self._desk.session.questions[position].id
        if name in self._desk.session.answers:
            return "Complete"
        return "Incomplete" if name in self._desk.session.shown else "Unseen"

    def flagged(self, position: int) -> bool:
        """Does its flag stand?"""
        return self._desk.session.questions[position].id in self._desk.session.flags

    def action_only(self, only: str) -> None:
        """Show those that the filter lets through, with the cursor on the question on the table if it is there."""
        self._only = only
        session = self._desk.session
        places = [place for place in range(len(session.questions)) if self._lets(place)]
        table = self.query_one(DataTable)
        table.clear()
        for place in places:
            words = (str(place + 1), self.status(place), "flagged" if self.flagged(place) else "")
            table.add_row(*(Text(word) for word in words), key=str(place))
        if session.position in places:
            # Where to scroll is known when the rows have been laid out.
            self.call_after_refresh(table.move_cursor, row=places.index(session.position))
        self.query_one("#none", Static).update("" if places else f"Nothing is {FILTERS[only]}.")
        shown = [(key, f"[{name}]" if key == only else name, f"only('{key}')") for key, name in FILTERS.items()]
        self.query_one("#filters", Static).update(offered(shown))

    def _lets(self, position: int) -> bool:
        if self._only == "g":
            return self.flagged(position)
        return self._only == "a" or self.status(position) != "Complete"

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Go there, unless the exam goes forward only."""
        event.stop()
        if not self._desk.session.forward_only:
            self.dismiss(int(event.row_key.value or 0))
