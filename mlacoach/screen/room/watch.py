"""The exam's clock as the room shows it: hideable, back by itself near the end, with two warnings. No terminal here."""

from collections.abc import Iterable
from math import ceil

from mlacoach.coach.exam import ExamSession
from mlacoach.screen.line_exam import clock_text

# As in the test centres' driver: a word at 30 minutes; under 5 the time cannot be hidden.
WARNINGS = (30 * 60, 5 * 60)
LAST = WARNINGS[-1]


class Watch:
    """Reads the session's clock; remembers what was hidden and what was said."""

    def __init__(self, session: ExamSession) -> None:
        self._session = session
        self._hidden = False
        self._said = set(self._passed())

    @property
    def near_the_end(self) -> bool:
        """Under five minutes?"""
        left = self._session.seconds_left()
        return left is not None and left <= LAST

    @property
    def text(self) -> str:
        """What the header shows."""
        left = self._session.seconds_left()
        if left is None:
            return "untimed"
        if self._hidden and not self.near_the_end:
            return "time hidden"
        return f"{clock_text(left)} left"

    def hide_or_show(self) -> str:
        """Hide the time, or show it again; what to say if neither is possible."""
        if self._session.deadline is None:
            return "This exam has no clock."
        if self.near_the_end:
            return "In the last five minutes the time stays in sight."
        self._hidden = not self._hidden
        return ""

    def warning(self) -> str:
        """What has to be said now; each warning comes once, and only the last of several that passed at once."""
        new = set(self._passed()) - self._said
        self._said |= new
        left = self._session.seconds_left()
        if not new or left is None:
            return ""
        minutes = ceil(left / 60)
        return f"{minutes} minute{'s' if minutes > 1 else ''} left."

    def _passed(self) -> Iterable[int]:
        left = self._session.seconds_left()
        return () if left is None else [seconds for seconds in WARNINGS if left <= seconds]
