"""`mlacoach lab start` and what goes with it: do a lab by hand."""

import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.celebrate import tell_new
from mlacoach.cli.context import home, open_coach
from mlacoach.cli.lab_data import outcome_as_data, standing_as_data
from mlacoach.cli.lab_flags import ANY_LAB, JSON, LAB_ID
from mlacoach.cli.output import print_json
from mlacoach.coach import sandbox
from mlacoach.coach.lab import by_hand
from mlacoach.coach.lab.folder import write_notebook
from mlacoach.content.lab_code import load_lab_code
from mlacoach.errors import MlacoachError
from mlacoach.labs import Done
from mlacoach.screen.console import stderr, stdout, working
from mlacoach.screen.labs import print_handed, print_help, print_outcomes, print_solution, print_standing

# How often `check --watch` looks, in seconds.
LOOK_EVERY = 3.0
STEP = Annotated[str | None, typer.Option(help="Of this step; the first that is not done.")]


def start(
    ctx: typer.Context,
    lab_id: LAB_ID,
    folder: Annotated[Path | None, typer.Option(help="Your work folder; the lab's name, here.")] = None,
) -> None:
    """Hand out a lab to do by hand: a folder with the task, and your sandbox with what it presupposes."""
    with working(stderr(), "Starting your sandbox …"):
        handed = by_hand.start(open_coach(ctx), lab_id, folder or Path(lab_id))
    print_handed(stdout(), handed)


def check(
    ctx: typer.Context,
    lab_id: ANY_LAB = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again every few seconds, until all is done.")] = False,
    as_json: JSON = False,
) -> None:
    """Look how far a lab that you started is."""
    coach = open_coach(ctx)
    with working(stderr(), "Looking …"):
        standing = by_hand.check(coach, lab_id)
    if as_json:
        print_json("lab-check", standing_as_data(standing))
        return
    print_standing(stdout(), standing)
    if watch and not standing.is_done:
        stderr().print(Text(f"Looking again every {LOOK_EVERY:g} seconds; Ctrl-C stops."))
    while watch and not standing.is_done:
        time.sleep(LOOK_EVERY)
        before, standing = standing, by_hand.check(coach, lab_id)
        if [each.sentence for each in standing.outcomes] != [each.sentence for each in before.outcomes]:
            stdout().print()
            print_standing(stdout(), standing)
    if standing.is_done:
        tell_new(coach, "labs")


def do(
    ctx: typer.Context,
    lab_id: LAB_ID,
    steps: Annotated[list[str] | None, typer.Argument(metavar="[STEP]…", help="The first that is not done.")] = None,
    as_json: JSON = False,
) -> None:
    """Run steps of your own steps.py, and check them."""
    if sys.stderr.isatty():
        # No sign that moves: the learner's code may print, and ask.
        stderr().print(Text("Running your steps.py …"))
    outcomes = by_hand.do(open_coach(ctx), lab_id, steps or [])
    if as_json:
        print_json("lab-do", {"steps": [outcome_as_data(outcome) for outcome in outcomes]})
    else:
        print_outcomes(stdout(), outcomes)
    if not all(isinstance(outcome, Done) for outcome in outcomes):
        raise MlacoachError("A step ran, but it is not done yet.")


def hint(ctx: typer.Context, lab_id: ANY_LAB = None, step: STEP = None, as_json: JSON = False) -> None:
    """Help with a step: first a nudge, then the page where it is written, then the solution."""
    given = by_hand.hint(open_coach(ctx), lab_id, step)
    if as_json:
        data = {"step": given.step.name, "level": given.level, "text": given.text, "url": given.url or None}
        print_json("lab-hint", data)
    else:
        print_help(stdout(), given)


def solution(
    ctx: typer.Context,
    lab_id: LAB_ID,
    step: Annotated[str | None, typer.Argument(metavar="[STEP]", help="This step only.")] = None,
) -> None:
    """How the lab's author does it."""
    print_solution(stdout(), by_hand.solution(open_coach(ctx), lab_id, step))


def shell(ctx: typer.Context, lab_id: ANY_LAB = None) -> None:
    """Open a shell in which every AWS tool talks to the sandbox of the lab."""
    hand = by_hand.at_hand(open_coach(ctx), lab_id)
    prefix, role = hand.log.names.prefix, hand.place.role_arn
    stderr().print(Text(f"Names begin with $MLACOACH_LAB_PREFIX, {prefix}."))
    stderr().print(Text(f"The role of jobs and models is $MLACOACH_LAB_ROLE, {role}."))
    stderr().print(Text(f"See how far you are: mlacoach lab check {hand.lab.id}"), soft_wrap=True)
    stderr().print(Text("Leave with exit."))
    more = {"MLACOACH_LAB": hand.lab.id, "MLACOACH_LAB_PREFIX": prefix, "MLACOACH_LAB_ROLE": role}
    raise typer.Exit(sandbox.shell(home(), more))


def reset(ctx: typer.Context, lab_id: LAB_ID) -> None:
    """Take away what a lab made, so that it can be started anew."""
    with working(stderr(), "Taking away what the lab made …"):
        by_hand.reset(open_coach(ctx), lab_id)
    stdout().print(Text(f"Nothing of {lab_id} is left. Start it anew with: mlacoach lab start {lab_id}"))


def notebook(
    ctx: typer.Context,
    lab_id: LAB_ID,
    out: Annotated[Path | None, typer.Option(help="The file; the lab's name, here.")] = None,
) -> None:
    """Write a lab as a Jupyter notebook."""
    lab = open_coach(ctx).library.lab(lab_id)
    path = out or Path(f"{lab_id}.ipynb")
    write_notebook(path, lab, load_lab_code(lab.folder))
    stdout().print(Text(f"{path} is written. Open it with Jupyter from: mlacoach lab shell {lab_id}"), soft_wrap=True)


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (start, check, do, hint, solution, shell, reset, notebook):
        app.command()(command)
