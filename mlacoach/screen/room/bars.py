"""The lines around the sheet: header, progress, state, keys."""

from collections.abc import Iterable, Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Static

from mlacoach.screen.room.desk import Desk

Key = tuple[str, str, str]  # the key, what it does, its action
GAP = "  "


def offered(keys: Iterable[Key]) -> Content:
    """Keys with what they do; a `Clickable` does it when they are clicked."""
    return Content(GAP).join(
        [
            Content.assemble((key, "bold $accent"), f" {label}").stylize(Style.from_meta({"does": action}))
            for key, label, action in keys
        ]
    )


class Clickable(Static):
    """Text whose parts do something; Textual's own links would be drawn as links."""

    ALLOW_SELECT = False

    def __init__(self, content: Content | str = "", *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(content, id=id, markup=False)

    async def on_click(self, event: events.Click) -> None:
        """Do what was clicked."""
        action = event.style.meta.get("does")
        if action:
            event.stop()
            await self.screen.run_action(action)


class Line(Static):
    """A line of text, drawn anew only when it says something else: most keys change one of four."""

    def __init__(self, *, id: str) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, markup=False)
        self._said = Content()

    def say(self, content: Content) -> None:
        """Say this."""
        if not content.is_same(self._said):
            self._said = content
            self.update(content, layout=False)


class Header(Horizontal):
    """Which exam, which question, how much time."""

    def compose(self) -> ComposeResult:
        """Three places in one line."""
        yield Line(id="exam")
        yield Line(id="where")
        yield Clickable(id="time")

    def show(self, desk: Desk) -> None:
        """Show another question."""
        session = desk.session
        exam = Content.assemble((session.exam.id, "bold"), (f"  {session.plan.name}", "$text-soft"))
        self.query_one("#exam", Line).say(exam)
        flag = (" · flagged", "bold $warning") if desk.name in session.flags else ""
        self.query_one("#where", Line).say(Content.assemble((desk.where, "bold"), flag))

    def tell_time(self, text: str, *, urgent: bool) -> None:
        """Show another time."""
        # The clock may be looked at before its place is there.
        for clock in self.query("#time").results(Clickable):
            clock.set_class(urgent, "urgent")
            clock.update(Content.styled(text, Style.from_meta({"does": "timer"})), layout=False)


class Progress(Widget):
    """A rule whose first part is as long as what lies behind."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 0.0

    def show(self, desk: Desk) -> None:
        """Show how far it is."""
        count = desk.session.plan.questions if desk.session.plan.adaptive else len(desk.session.questions)
        self._share = (desk.session.position + 1) / max(count, 1)
        self.refresh()

    def render(self) -> Content:
        """The rule."""
        done = round(self._share * self.size.width)
        return Content.assemble(("━" * done, "$accent"), ("─" * (self.size.width - done), "$rule"))


class State(Horizontal):
    """How it stands with the answer, and whether there is more below."""

    def compose(self) -> ComposeResult:
        """Words on the left, the arrow on the right."""
        yield Line(id="said")
        yield Line(id="more")

    def say(self, text: str, *, warning: bool) -> None:
        """Say it until the next key."""
        said = self.query_one("#said", Line)
        said.set_class(warning, "warning")
        said.say(Content(text))

    def more(self, *, below: bool) -> None:
        """Tell that the sheet goes on."""
        self.query_one("#more", Line).say(Content("↓ more below" if below else ""))


class Keys(Clickable):
    """As many keys as fit, the most needed first; help is always there."""

    ALWAYS: Key = ("?", "help", "help")

    def __init__(self) -> None:
        super().__init__()
        self._keys: Sequence[Key] = ()

    def show(self, keys: Sequence[Key]) -> None:
        """Show other keys."""
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def render(self) -> Content:
        """The keys that fit."""
        fitting = [self.ALWAYS]
        for key in self._keys:
            if offered([*fitting, key]).cell_length > self.size.width:
                break
            fitting.insert(-1, key)
        return offered(fitting)
