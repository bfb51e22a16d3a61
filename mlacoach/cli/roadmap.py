"""`mlacoach roadmap`."""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from mlacoach.cli.celebrate import tell_new
from mlacoach.cli.context import open_coach
from mlacoach.cli.output import print_json
from mlacoach.coach import Coach
from mlacoach.coach import roadmap as use
from mlacoach.coach.roadmap import Progress
from mlacoach.coach.setup import profile
from mlacoach.curriculum.tracks import Item
from mlacoach.errors import MlacoachError, UnknownId
from mlacoach.screen.console import stdout
from mlacoach.screen.roadmap import print_item, print_tree
from mlacoach.screen.session import Ended, ask_all
from mlacoach.screen.study import plain_dialogue

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def show(
    ctx: typer.Context,
    track: Annotated[str | None, typer.Option(help="Another track than yours.")] = None,
    phase: Annotated[str | None, typer.Option(help="Show the items of this phase.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Show the items of every phase.")] = False,
    as_json: Json = False,
) -> None:
    """Your track as a tree; tick items off."""
    if ctx.invoked_subcommand:
        return
    coach = open_coach(ctx)
    progress = _progress(coach, track)
    phases = [one.id for one in progress.track.phases]
    if phase and phase not in phases:
        raise UnknownId("phase", phase, phases)
    if as_json:
        print_json("roadmap", _data(progress))
    else:
        print_tree(stdout(), progress, phase, all_items=everything)


@app.command()
def tracks(ctx: typer.Context, as_json: Json = False) -> None:
    """List the tracks."""
    console, all_tracks = stdout(), list(open_coach(ctx).library.tracks.values())
    if as_json:
        names = ("id", "title", "summary", "weeks", "hours")
        print_json("tracks", {"tracks": [{name: getattr(track, name) for name in names} for track in all_tracks]})
        return
    for track in all_tracks:
        least, most = track.hours
        console.print(
            Text(f"{track.id}: {track.title}, {track.weeks} weeks, {least:g} to {most:g} hours", style="bold")
        )
        console.print(Text(f"  {track.summary}"))


@app.command(name="next")
def next_items(
    ctx: typer.Context,
    count: Annotated[int, typer.Option(min=1, help="How many items to show.")] = 3,
    as_json: Json = False,
) -> None:
    """What comes next, with what the plan it comes from gets wrong."""
    coach, console = open_coach(ctx), stdout()
    progress = _progress(coach, None)
    if as_json:
        print_json("roadmap-next", {"items": [_item_data(progress, item) for item in progress.next(count)]})
        return
    for item in progress.next(count):
        print_item(console, item, coach.library.mistakes)


@app.command()
def done(
    ctx: typer.Context,
    items: Annotated[list[str], typer.Argument(help="Ids of items, as the tree shows them.")],
    skip_gate: Annotated[bool, typer.Option("--skip-gate", help="Go through gates without their questions.")] = False,
) -> None:
    """Tick items off. A gate asks its questions before the next phase opens."""
    coach, console = open_coach(ctx), stdout()
    track = profile(coach).track
    for item in [coach.library.item(track, name) for name in items]:
        home = coach.library.track(item.key.partition("/")[0])
        gates = use.progress(coach, home).gates_before(home.phase_of(item))
        for gate in [*gates, *([item] if item.gate else [])]:
            _pass(coach, console, gate, skip=skip_gate)
        if not item.gate:
            use.mark(coach, item, "done")
        console.print(Text(f"Done: {item.title}."))
    tell_new(coach, "roadmap")


@app.command()
def undo(ctx: typer.Context) -> None:
    """Take the last tick back."""
    item = use.undo(open_coach(ctx))
    stdout().print(Text(f"Open again: {item.title}." if item else "There is nothing to take back."))


def _progress(coach: Coach, track: str | None) -> Progress:
    return use.progress(coach, coach.library.track(track) if track else profile(coach).track)


def _pass(coach: Coach, console: Console, gate: Item, *, skip: bool) -> None:
    """Ask a gate's questions.

    Raises:
        MlacoachError: the gate stays shut.
    """
    if skip:
        use.mark(coach, gate, "gate-skipped")
        console.print(Text(f"Gate skipped: {gate.title}. That is on record."))
        return
    questions = use.gate_questions(coach, gate, coach.rng)
    console.print(Text(f"Gate: {gate.title}. {len(questions)} questions; two thirds right open it."))
    outcomes: list[bool] = []
    try:
        ask_all(plain_dialogue(coach, console, "gate", outcomes), questions, "Gate question")
    except Ended:
        outcomes += [False] * (len(questions) - len(outcomes))
    if not use.judge_gate(coach, gate, outcomes):
        raise MlacoachError(
            f"The gate stays shut: {sum(outcomes)} of {len(questions)} right.",
            "Look at the explanations and try again, or go through with --skip-gate.",
        )


def _item_data(progress: Progress, item: Item) -> dict[str, object]:
    state = progress.states.get(item.key, "open")
    return {"id": item.id, "title": item.title, "kind": item.kind, "hours": item.hours, "state": state}


def _data(progress: Progress) -> dict[str, object]:
    return {
        "track": progress.track.id,
        "title": progress.track.title,
        "phases": [
            {
                "id": phase.id,
                "title": phase.title,
                "weeks": phase.weeks,
                "hours": phase.hours,
                "open": not progress.gates_before(phase),
                "items": [_item_data(progress, item) for item in phase.items],
            }
            for phase in progress.track.phases
        ],
    }
