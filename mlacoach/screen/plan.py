"""The dated plan in lines: this week and the next by days, the rest by weeks."""

from collections.abc import Sequence
from datetime import date, timedelta

from rich.console import Console
from rich.text import Text

from mlacoach.coach.plan import REVIEWS, Entry, Plan
from mlacoach.screen.console import print_hanging

NEAR_WEEKS = 2


def print_plan(console: Console, drawn: Plan, help_lines: Sequence[str], *, everything: bool) -> None:
    """Print the plan, whether it fits, and what would help if not."""
    learner = drawn.learner
    when = f", exam on {learner.exam_date}" if learner.exam_date else ", no exam date yet (`mlacoach init`)"
    console.print(Text(f"{learner.track.title}: {learner.hours_per_week:g} hours a week{when}.", style="bold"))
    print_sums(console, drawn, help_lines)
    by_week: dict[date, list[Entry]] = {}
    for one in drawn.entries:
        by_week.setdefault(one.placed.start - timedelta(days=one.placed.start.weekday()), []).append(one)
    for number, (monday, entries) in enumerate(by_week.items()):
        console.print()
        hours = sum(one.placed.hours for one in entries)
        console.print(Text(f"Week of {monday:%d %B %Y}: {len(entries)} items, {hours:.1f} h", style="bold"))
        if number < NEAR_WEEKS or everything:
            for one in entries:
                _print_entry(console, one)
    if not everything and len(by_week) > NEAR_WEEKS:
        console.print(Text("`mlacoach plan show --all` lists every week's items.", style="dim"))


def _print_entry(console: Console, one: Entry) -> None:
    start, end = one.placed.start, one.placed.end
    days = f"{start:%a %d %b}" if start == end else f"{start:%a %d} to {end:%a %d %b}"
    name = f" ({one.item.id})" if one.item else ""
    print_hanging(console, f"  {days}: ", f"{one.title}{name}, {one.placed.hours:.1f} h")


def print_sums(console: Console, drawn: Plan, help_lines: Sequence[str]) -> None:
    """Print what the plan adds up to."""
    slack = drawn.slack
    if slack is None:
        console.print(Text(f"{drawn.needed:.0f} h of work are open; at your pace they are done on {drawn.ends}."))
    elif slack >= 0:
        console.print(
            Text(f"{drawn.needed:.0f} h of work are open, {drawn.available:.0f} h are left: {slack:.0f} h to spare.")
        )
    else:
        console.print(
            Text(
                f"It does not fit: {drawn.needed:.0f} h of work are open, {drawn.available:.0f} h are left. "
                f"{len(drawn.left_out)} items are left out, those first that the exam does not ask for.",
                style="bold red",
            )
        )
        for line in help_lines:
            console.print(Text(f"  You could {line}."))
    console.print(
        Text(f"Of every day {REVIEWS:.0%} is kept for reviews and questions (`mlacoach study`).", style="dim")
    )
    behind = drawn.expected_hours - drawn.done_hours
    if abs(behind) >= 1 and drawn.expected_hours:
        word = "behind" if behind > 0 else "ahead of"
        console.print(Text(f"You have ticked {drawn.done_hours:.0f} h: {abs(behind):.0f} h {word} your own pace."))


def print_why(console: Console, drawn: Plan, help_lines: Sequence[str]) -> None:
    """Print how the plan comes about."""
    track = drawn.learner.track
    whole = sum(item.hours for item in track.items)
    least, most = track.hours
    weeks = track.weeks * drawn.learner.hours_per_week
    console.print(Text(f"{track.title}", style="bold"))
    console.print(
        Text(
            f"The track says {track.weeks} weeks and {least:g} to {most:g} hours; its items add up to {whole:g} h. "
            f"{track.weeks} weeks of your {drawn.learner.hours_per_week:g} hours are {weeks:g} h."
        )
    )
    for mistake in drawn.sums:
        console.print(Text(f"{mistake}"))
    console.print(
        Text(
            "Items keep the track's order; phases that run alongside are spread over their weeks. An item takes the "
            "track's hours, half of them once you know its skills, and at least the minutes of its lessons and labs. "
            "Whole practice exams stand two weeks and one week before the exam; the last two days are for reviews."
        )
    )
    print_sums(console, drawn, help_lines)


def print_why_entry(console: Console, one: Entry) -> None:
    """Print why an item stands on its days."""
    console.print(Text(f"{one.title}: {one.placed.start} to {one.placed.end}, {one.placed.hours:.1f} h.", style="bold"))
    for reason in one.reasons:
        console.print(Text(f"  {reason}"))
