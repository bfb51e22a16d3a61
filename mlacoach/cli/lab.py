"""`mlacoach lab`."""

import sys
from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.cli.output import print_json
from mlacoach.coach import Coach
from mlacoach.coach.lab import Settled, done_labs, history, list_labs, run_lab, settle
from mlacoach.curriculum.labs import LabFacts
from mlacoach.errors import LabNotClean, TryAgain
from mlacoach.screen.console import stderr, stdout
from mlacoach.screen.labs import Walk, print_lab, print_labs, print_runs

app = typer.Typer(help="Practise on a local AWS, step by step.", rich_markup_mode=None, no_args_is_help=True)


@app.command("list")
def list_(
    ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False
) -> None:
    """The labs there are, and which you have done."""
    coach = open_coach(ctx)
    labs, done = list_labs(coach), done_labs(coach)
    if as_json:
        print_json("labs", {"labs": [_facts(lab, done=lab.id in done) for lab in labs]})
    else:
        print_labs(stdout(), labs, done)


@app.command()
def show(ctx: typer.Context, lab_id: Annotated[str, typer.Argument(metavar="ID", help="Which lab.")]) -> None:
    """What a lab is about: its task, its cost, what the sandbox does differently."""
    lab = open_coach(ctx).library.lab(lab_id)
    print_lab(stdout(), lab, (lab.folder / "README.md").read_text(encoding="utf-8"))


@app.command()
def run(
    ctx: typer.Context,
    lab_id: Annotated[str, typer.Argument(metavar="ID", help="Which lab.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Run every step without asking.")] = False,
) -> None:
    """Walk through a lab in a sandbox of its own; it is torn down at the end."""
    walk(open_coach(ctx), lab_id, yes=yes)


def walk(coach: Coach, lab_id: str, *, yes: bool) -> None:
    """Run a lab from its first step to its teardown; with `yes` without asking."""
    asks = not yes and sys.stdin.isatty() and sys.stdout.isatty()
    run_lab(coach, lab_id, Walk(stdout(), stderr(), _ask if asks else _go_on))


@app.command()
def status(
    ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False
) -> None:
    """Your runs, and whether anything of them is left."""
    coach = open_coach(ctx)
    runs = history(coach)
    if as_json:
        print_json("lab-status", {"runs": [_run(settled) for settled in runs], "done": done_labs(coach)})
    else:
        print_runs(stdout(), runs)


@app.command()
def clean(
    ctx: typer.Context,
    lab_id: Annotated[str | None, typer.Argument(metavar="[ID]", help="Of this lab only.")] = None,
) -> None:
    """Make sure that nothing of your runs is left."""
    coach = open_coach(ctx)
    if lab_id is not None:
        _must_be_known(coach, lab_id)
    runs = [settled for settled in settle(coach) if lab_id in {None, settled.run.lab}]
    print_runs(stdout(), runs) if runs else stdout().print(Text("Nothing is left."))
    left = [settled for settled in runs if settled.state == "dirty"]
    if left:
        raise LabNotClean(f"{len(left)} runs are not clean.", "Run `mlacoach lab status` to see which.")
    if any(settled.state == "running" for settled in runs):
        raise TryAgain("A lab is running in another window.", "Let it end, or stop it there with Ctrl-C.")


def _must_be_known(coach: Coach, lab_id: str) -> None:
    # A lab may have left the content since it was run.
    if lab_id not in {row.lab for row in coach.store.lab_runs.all()}:
        coach.library.lab(lab_id)


def _ask(number: int) -> None:
    stderr().print(Text(f"Enter to run step {number}; Ctrl-C to stop and tear down. "), end="")
    input()


def _go_on(_number: int) -> None:
    """Run the step at once."""


def _facts(lab: LabFacts, *, done: bool) -> dict[str, object]:
    return {
        "id": lab.id,
        "title": lab.title,
        "summary": lab.summary,
        "skills": sorted(str(skill) for skill in lab.skills),
        "topics": sorted(lab.topics),
        "minutes": lab.minutes,
        "services": list(lab.services),
        "usd_per_run": lab.usd_per_run,
        "usd_per_hour": lab.usd_per_hour,
        "prices_read": lab.prices_read.isoformat(),
        "done": done,
    }


def _run(settled: Settled) -> dict[str, object]:
    row = settled.run
    return {
        "run": row.id,
        "lab": row.lab,
        "at": row.at.isoformat(),
        "target": row.target,
        "state": settled.state,
        "because": settled.because,
    }
