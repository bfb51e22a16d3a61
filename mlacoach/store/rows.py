"""What every table of the log shares: ids that sort by time, and times as text."""

import os
from datetime import UTC, datetime


def new_id(now: datetime) -> str:
    """An id that is unique everywhere and sorts by the millisecond: 12 + 16 hexadecimal digits."""
    return f"{int(now.timestamp() * 1000):012x}{os.urandom(8).hex()}"


def as_text(moment: datetime) -> str:
    """A moment as ISO 8601 in UTC, with a fixed width so that text sorts as time does."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def as_moment(text: str) -> datetime:
    """The moment that `as_text` wrote."""
    return datetime.fromisoformat(text)
