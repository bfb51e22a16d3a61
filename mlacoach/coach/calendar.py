"""The plan as an iCalendar file (RFC 5545). Each item keeps its UID, so importing again moves what has moved."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mlacoach.coach import Coach
from mlacoach.coach.plan import Plan
from mlacoach.store.whole_file import write_whole

if TYPE_CHECKING:
    from icalendar import Event

# RFC 5545 wants a SEQUENCE that grows with every revision: minutes since this year began.
EPOCH_MINUTES = 29_453_760


def write_calendar(coach: Coach, drawn: Plan, path: Path) -> int:
    """Write the plan's items, practice exams and the exam as all-day events; how many there are comes back.

    All-day events have no time zone, so that no summer time can move them. What was skipped is cancelled.

    Raises:
        TryAgain: the file cannot be written.
    """
    from icalendar import Calendar  # noqa: PLC0415 - 115 ms, only for an export

    calendar = Calendar()
    calendar.add("prodid", "-//mlacoach//study plan//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    now = coach.now()
    for one in drawn.entries:
        told = f"{one.placed.hours:.1f} h: {'; '.join(one.reasons)}."
        calendar.add_component(_event(one.key, one.title, told, (one.placed.start, one.placed.end), now))
    for item in drawn.skipped:
        cancelled = _event(item.key, item.title, "Skipped.", (drawn.day, drawn.day), now)
        cancelled.add("status", "CANCELLED")
        calendar.add_component(cancelled)
    exam_on = drawn.learner.exam_date
    if exam_on:
        calendar.add_component(_event("exam", f"Exam {drawn.learner.exam.id}", "The day.", (exam_on, exam_on), now))
    write_whole(path, calendar.to_ical())
    return len(calendar.subcomponents)


def _event(key: str, title: str, told: str, days: tuple[date, date], now: datetime) -> "Event":
    from icalendar import Event  # noqa: PLC0415

    event = Event()
    event.add("uid", f"{key}@mlacoach")
    event.add("summary", title)
    event.add("description", told)
    event.add("dtstart", days[0])
    event.add("dtend", days[1] + timedelta(days=1))
    event.add("dtstamp", now)
    event.add("last-modified", now)
    event.add("sequence", max(int(now.timestamp() // 60) - EPOCH_MINUTES, 0))
    event.add("transp", "TRANSPARENT")
    return event
