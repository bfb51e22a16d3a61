"""The screen with the question on the table, and every key that works there."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen

from mlacoach.curriculum.questions import Choice, Matching, Ordering, Question
from mlacoach.screen.room.bars import Header, Keys, Progress, State
from mlacoach.screen.room.desk import Desk
from mlacoach.screen.room.draft import Draft, lettered, numbered
from mlacoach.screen.room.keys import KEYS, offers
from mlacoach.screen.room.outcome import Outcome
from mlacoach.screen.room.panels import HELP, Panel, Pause
from mlacoach.screen.room.place import Place
from mlacoach.screen.room.rows import Row
from mlacoach.screen.room.sheet import BESIDE, DOWN, UP, Sheet
from mlacoach.screen.room.watch import Watch

if TYPE_CHECKING:
    from mlacoach.curriculum.services import ServiceNote
    from mlacoach.screen.room.app import Room
    from mlacoach.screen.room.note import Note

# Below this height there is no room for blank lines between options.
AIRY = 30


class Paper(Screen[None]):
    """Shows the desk and acts on keys and clicks; what they change is in the store before it is seen."""

    app: "Room"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BESIDE, "-wide")]  # noqa: RUF012 - so it is in Textual
    VERTICAL_BREAKPOINTS = [(0, "-dense"), (AIRY, "-airy")]  # noqa: RUF012

    def __init__(self, desk: Desk, explain: Callable[[Question], Sequence["ServiceNote"]], size: Size) -> None:
        wide, airy = size.width >= BESIDE, size.height >= AIRY
        # Classes that came with the first size would have every style worked out twice.
        super().__init__(classes=f"{'-wide' if wide else '-narrow'} {'-airy' if airy else '-dense'}")
        self.desk = desk
        self._explain = explain
        self._striking = False
        self._held: str | None = None
        self.open_note: Note | None = None

    def compose(self) -> ComposeResult:
        """Header, sheet, state, keys."""
        yield Header()
        yield Progress()
        yield Sheet()
        yield State()
        yield Keys()

    async def on_mount(self) -> None:
        """Lay the question where the sitting was left."""
        self._place = Place(self.sheet)
        for pane in (self.sheet, self.query_one("#question")):
            self.watch(pane, "scroll_y", self._on_scroll, init=False)
        await self.lay()
        self.app.look_at_clock()

    @property
    def sheet(self) -> Sheet:
        """The question."""
        return self.query_one(Sheet)

    async def lay(self) -> None:
        """Show the question on the table from its top."""
        with self.app.batch_update():
            await self.sheet.lay(self.desk)
            self._place.forget()
            self._tell_around()

    def tell(self, said: str = "", *, warning: bool = False) -> None:
        """Show everything as it is now, with something to say about it until the next key."""
        self.sheet.paint(self.desk)
        self._tell_around(said, warning=warning)

    def _tell_around(self, said: str = "", *, warning: bool = False) -> None:
        """Show in the lines around the sheet how it stands."""
        self.query_one(Header).show(self.desk)
        self.query_one(Progress).show(self.desk)
        self.query_one(State).say(said or self.desk.state, warning=warning)
        self.query_one(Keys).show(offers(self.desk))
        self.call_after_refresh(self._scrolled)

    def tell_time(self, watch: Watch) -> None:
        """Show what the clock says."""
        for header in self.query(Header):
            header.tell_time(watch.text, urgent=watch.near_the_end)

    # --- keys that depend on what is shown

    async def on_key(self, event: events.Key) -> None:
        """Letters and numbers that the question shows come first, then the keys of the room.

        No key is a Textual binding: those run in another queue, and somebody who types fast would have an answer
        overtake the key that turns the page.
        """
        if self.app.screen is not self:
            # It was typed right after the key that brought something up, and belongs there.
            self.app.simulate_key(event.key)
            return
        sign, draft, action = event.character or "", self.desk.draft, KEYS.get(event.key)
        if self._striking:
            self._striking = False
            self.tell(self.desk.strike(sign) if sign.isprintable() and sign else "")
        elif sign in lettered(draft.body) or sign in numbered(draft):
            self.pick(sign)
        elif action:
            await self.run_action(action)
        else:
            return
        event.stop()
        event.prevent_default()

    def pick(self, sign: str) -> None:
        """Choose an option or response, or go to a numbered row."""
        body, draft = self.desk.draft.body, self.desk.draft
        signs = [row.sign for row in self.sheet.rows]
        if sign in signs:
            self.sheet.cursor = signs.index(sign)
        if isinstance(body, Choice):
            self.mark(draft.toggled(lettered(body)[sign].id))
        elif isinstance(body, Matching) and sign in lettered(body):
            prompt = body.prompts[self.sheet.cursor]
            paired = draft.paired(prompt.id, lettered(body)[sign].id)
            if self.mark(paired) and paired.response_of(prompt.id):
                self._go_to_open_prompt(body)
        else:
            self.tell()
        self.sheet.current.scroll_visible(animate=False)

    def mark(self, draft: Draft) -> bool:
        """Store it and show it; False if it cannot be any more."""
        if self.desk.explained:
            self.tell("You have seen the explanation; this answer stands.", warning=True)
            return False
        if not self.desk.mark(draft):
            self.app.look_at_clock()
            return False
        self.tell()
        return True

    def _go_to_open_prompt(self, body: Matching) -> None:
        after = [*range(self.sheet.cursor, len(body.prompts)), *range(self.sheet.cursor)]
        still = [place for place in after if self.desk.draft.response_of(body.prompts[place].id) is None]
        self.sheet.cursor = still[0] if still else self.sheet.cursor
        self.tell()

    # --- the answer

    async def action_enter(self) -> None:
        """Choose the row; on what is chosen, go on: to the explanation in practice, else to the next question."""
        draft, sign = self.desk.draft, self.sheet.current.sign
        if isinstance(draft.body, Choice) and lettered(draft.body)[sign].id not in draft.marked:
            self.pick(sign)
        elif isinstance(draft.body, Ordering) and not draft.begun:
            self.mark(draft.kept())
        elif not self.desk.session.plan.practice:
            await self.action_forward()
        elif self.desk.answer:
            self._show_explanation()
        else:
            self.tell(f"{draft.guard}.", warning=True)

    def _show_explanation(self) -> None:
        question = self.desk.session.question
        from mlacoach.screen.room.explanation import Explanation  # noqa: PLC0415 - see `Room._settle`

        self.desk.explain()
        panel = Explanation(question, self.desk.draft.body, self.desk.answer, self._explain(question))
        self.app.push_screen(panel, self._explained)

    async def _explained(self, go_on: bool | None) -> None:  # noqa: FBT001 - Textual hands it over so
        if go_on:
            await self.action_forward()

    def action_clear(self) -> None:
        """Take the answer back."""
        if self.desk.explained:
            self.tell("You have seen the explanation; this answer stands.", warning=True)
        elif self.desk.clear():
            self.tell()

    def action_row(self, by: int) -> None:
        """Go to another row; from the first and the last, scroll on."""
        cursor = self.sheet.cursor + by
        if 0 <= cursor < len(self.sheet.rows):
            self.sheet.cursor = cursor
            self.tell()
            self.sheet.current.scroll_visible(animate=False)
        else:
            self.sheet.scroller.scroll_relative(y=3 * by, animate=False)

    def action_carry(self, by: int) -> None:
        """Move the step under the cursor."""
        to = self.sheet.cursor + by
        if isinstance(self.desk.draft.body, Ordering) and 0 <= to < len(self.sheet.rows):
            self.carry(self.sheet.cursor, to)

    def carry(self, place: int, to: int) -> None:
        """Move a step from one place to another; the cursor goes with it."""
        before, self.sheet.cursor = self.sheet.cursor, to
        if not self.mark(self.desk.draft.moved(place, to)):
            self.sheet.cursor = before
        self.sheet.current.scroll_visible(animate=False)

    def action_confidence(self) -> None:
        """Say how sure."""
        self.desk.next_confidence()
        self.tell()

    def action_flag(self) -> None:
        """Flag, or take the flag off."""
        self.desk.session.flag()
        self.tell()

    def action_strike_row(self) -> None:
        """Strike out the option under the cursor."""
        if isinstance(self.desk.draft.body, Choice):
            self.desk.strike(self.sheet.current.sign)
            self.tell()
        else:
            self.tell("Only options can be struck out; s and a letter for responses.")

    def action_strike_letter(self) -> None:
        """Strike out the option whose letter follows."""
        self._striking = True
        self.tell("Strike out which letter?")

    # --- moving

    async def action_forward(self) -> None:
        """The next question."""
        if self._warned():
            return
        if self.desk.session.forward_only and not self.desk.answer:
            text = "It counts as wrong, and this exam goes forward only."
            panel = Panel("Go on without an answer?", text, [("y", "Go on"), ("n", "Stay")])
            self.app.push_screen(panel, self._went_on)
            return
        await self._forward()

    async def _went_on(self, key: str | None) -> None:
        if key == "y":
            await self._forward()

    async def _forward(self) -> None:
        if self.desk.session.forward():
            await self.lay()
        else:
            self.action_review("That was the last question. ")

    async def action_back(self) -> None:
        """The question before."""
        if self.desk.session.forward_only:
            self.tell("This exam goes forward only.")
        elif self.desk.session.position and not self._warned():
            await self.go(self.desk.session.position - 1)

    async def go(self, position: int | None) -> None:
        """Go to a question."""
        if position is not None and position != self.desk.session.position and not self._warned():
            self.desk.session.show(position)
            await self.lay()

    def _warned(self) -> bool:
        warning = self.desk.warning()
        if warning:
            self.tell(warning, warning=True)
        return bool(warning)

    def action_page(self, by: int) -> None:
        """Scroll."""
        height = self.sheet.scroller.size.height - 2
        self.sheet.scroller.scroll_relative(y=by * height, animate=False)

    def action_top(self) -> None:
        """Scroll to the beginning."""
        self.sheet.scroller.scroll_home(animate=False)

    def action_bottom(self) -> None:
        """Scroll to the end."""
        self.sheet.scroller.scroll_end(animate=False)

    # --- what comes up

    def action_navigator(self, only: str = "a") -> None:
        """All questions."""
        from mlacoach.screen.room.navigator import Navigator  # noqa: PLC0415 - see `Room._settle`

        self.app.push_screen(Navigator(self.desk, only), self.go)

    def action_review(self, before: str = "") -> None:
        """Review, and hand in."""
        choices = [("y", "Hand in"), ("u", "Unanswered"), ("g", "Flagged"), ("b", "Back")]
        self.app.push_screen(Panel("Hand in?", before + self._review(), choices), self._reviewed)

    def _review(self) -> str:
        session = self.desk.session
        open_ones = len(session.unanswered())
        begun = f", {len(self.desk.halves)} of them begun but not complete" if self.desk.halves else ""
        return (
            f"{len(session.answers)} answered\n{open_ones} unanswered{begun}\n{len(session.flags)} flagged\n\n"
            "What is unanswered counts as wrong. Once handed in, nothing can be changed."
        )

    def _reviewed(self, key: str | None) -> None:
        if key == "y":
            self.app.finish(Outcome.HANDED_IN)
        elif key in {"u", "g"}:
            self.action_navigator(key)

    def action_note(self) -> None:
        """Write a note."""
        from mlacoach.screen.room.note import Note  # noqa: PLC0415 - see `Room._settle`

        before = self.desk.session.notes.get(self.desk.name, "")

        def keep(text: str | None) -> None:
            self.open_note = None
            if text is not None and text != before:
                self.desk.session.note(text)
            self.tell()

        self.open_note = Note(before)
        self.app.push_screen(self.open_note, keep)

    def action_help(self) -> None:
        """All keys."""
        self.app.push_screen(Panel("Keys", HELP))

    def action_timer(self) -> None:
        """Hide or show the time."""
        self.tell(self.app.clock.hide_or_show())
        self.app.look_at_clock()

    def action_look(self) -> None:
        """Light or dark."""
        self.app.turn_look()

    def action_lines(self) -> None:
        """Go on in lines."""
        if self.app.is_web:
            self.tell("A browser has no lines; leave, and go on with `mlacoach exam resume --plain`.")
        elif not self._warned():
            self.app.finish(Outcome.PLAIN)

    def action_leave(self) -> None:
        """Leave; the last line of the screen is clicked."""
        self.app.action_leave()

    def action_pause(self) -> None:
        """Stop the clock and cover the question, in practice."""
        if not self.desk.session.plan.practice:
            self.tell("Only practice can pause; the exam's clock runs on.")
            return
        self.desk.session.pause()
        self.app.push_screen(Pause(), lambda _: self.desk.session.go_on())

    # --- mouse and size

    def on_row_picked(self, event: Row.Picked) -> None:
        """A row was clicked."""
        signs = [row.sign for row in self.sheet.rows]
        if event.strike:
            self.tell(self.desk.strike(event.sign))
        elif isinstance(self.desk.draft.body, Ordering) and event.column in {UP, DOWN}:
            self.sheet.cursor = signs.index(event.sign)
            self.action_carry(-1 if event.column == UP else 1)
        else:
            self.pick(event.sign)

    def on_row_dragged(self, event: Row.Dragged) -> None:
        """A step was dragged from one place to another."""
        held, self._held = self._held, None if event.dropped else event.sign
        if event.dropped and held and held != event.sign and isinstance(self.desk.draft.body, Ordering):
            self.carry(int(held) - 1, int(event.sign) - 1)

    def _on_scroll(self) -> None:
        # Where everything stands is known when it has been drawn.
        self.call_after_refresh(self._scrolled)

    def _scrolled(self) -> None:
        scroller = self.sheet.scroller
        self.query_one(State).more(below=scroller.scroll_offset.y < scroller.max_scroll_y)
        self._place.remember(self.size)

    def on_resize(self) -> None:
        """The same place in another size."""
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        self._place.restore(self.size)
        self.call_after_refresh(self._scrolled)
