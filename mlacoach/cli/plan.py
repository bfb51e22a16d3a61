"""`mlacoach plan`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.cli.output import day_of, print_json
from mlacoach.coach import Coach
from mlacoach.coach.plan import Entry, Plan, change, plan, what_to_do
from mlacoach.curriculum.tracks import Item
from mlacoach.errors import UsageFault
from mlacoach.screen.console import stderr, stdout
from mlacoach.screen.plan import print_plan, print_why, print_why_entry

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True)

ItemId = Annotated[str, typer.Argument(metavar="ITEM", help="Id of an item, as the plan shows it.")]


@app.callback()
def shown(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    ics: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as a calendar; importing anew updates.")
    ] = None,
) -> None:
    """Your track with dates: from today to the exam, drawn anew each time."""
    if ctx.invoked_subcommand:
        return
    coach = open_coach(ctx)
    if ics:
        from mlacoach.coach.calendar import write_calendar  # noqa: PLC0415 - loads icalendar

        count = write_calendar(coach, plan(coach), ics)
        stderr().print(Text(f"{count} events written to {ics}."), soft_wrap=True)
        return
    _show(coach, as_json=as_json, everything=False)


@app.command()
def show(
    ctx: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="The items of every week.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """The plan: two weeks by days, the rest by weeks."""
    _show(open_coach(ctx), as_json=as_json, everything=everything)


@app.command()
def why(
    ctx: typer.Context, item: Annotated[str | None, typer.Argument(metavar="[ITEM]", help="Of this item only.")] = None
) -> None:
    """How the plan comes about, and what does not add up in the track that it follows."""
    coach = open_coach(ctx)
    drawn = plan(coach)
    if item is None:
        print_why(stdout(), drawn, what_to_do(coach, drawn))
        return
    wanted = coach.library.item(drawn.learner.track, item)
    for one in drawn.entries:
        if one.key == wanted.key:
            print_why_entry(stdout(), one)
            return
    stdout().print(Text(f"{wanted.title}: {_absence(drawn, wanted)}"))


def _absence(drawn: Plan, item: Item) -> str:
    if item in drawn.skipped:
        return f"you skipped it; `mlacoach plan restore {item.id}` takes that back."
    if item in drawn.left_out:
        return "left out, since not everything fits before the exam."
    return "done, or a pointer without work of its own."


@app.command()
def move(
    ctx: typer.Context, item: ItemId, day: Annotated[str, typer.Argument(metavar="DAY", help="As YYYY-MM-DD.")]
) -> None:
    """Begin an item on a day of your choice; everything else is planned around it."""
    on = day_of(day)
    if on is None:
        raise UsageFault("A day is missing.", "Write it as YYYY-MM-DD.")
    moved = change(open_coach(ctx), item, "move", on)
    stdout().print(Text(f"Moved to {on}: {moved.title}."))


@app.command()
def skip(ctx: typer.Context, item: ItemId) -> None:
    """Leave an item out of the plan; it stays open on the roadmap."""
    stdout().print(Text(f"Skipped: {change(open_coach(ctx), item, 'skip').title}."))


@app.command()
def restore(ctx: typer.Context, item: ItemId) -> None:
    """Plan an item as the track has it, after a move or a skip."""
    stdout().print(Text(f"As the track has it: {change(open_coach(ctx), item, 'restore').title}."))


def _show(coach: Coach, *, as_json: bool, everything: bool) -> None:
    drawn = plan(coach)
    advice = what_to_do(coach, drawn)
    if as_json:
        print_json("plan", _data(drawn, advice))
    else:
        print_plan(stdout(), drawn, advice, everything=everything)


def _data(drawn: Plan, advice: list[str]) -> dict[str, object]:
    return {
        "track": drawn.learner.track.id,
        "from": drawn.day.isoformat(),
        "exam_date": drawn.learner.exam_date.isoformat() if drawn.learner.exam_date else None,
        "hours_per_week": drawn.learner.hours_per_week,
        "hours_needed": round(drawn.needed, 2),
        "hours_available": None if drawn.available is None else round(drawn.available, 2),
        "slack_hours": None if drawn.slack is None else round(drawn.slack, 2),
        "ends": drawn.ends.isoformat(),
        "hours_done": drawn.done_hours,
        "hours_expected": round(drawn.expected_hours, 2),
        "advice": advice,
        "sums": [str(mistake) for mistake in drawn.sums],
        "entries": [_entry(one) for one in drawn.entries],
        "left_out": [item.id for item in drawn.left_out],
        "skipped": [item.id for item in drawn.skipped],
    }


def _entry(one: Entry) -> dict[str, object]:
    return {
        "key": one.key,
        "item": one.item.id if one.item else None,
        "title": one.title,
        "start": one.placed.start.isoformat(),
        "end": one.placed.end.isoformat(),
        "hours": round(one.placed.hours, 2),
        "why": list(one.reasons),
    }
