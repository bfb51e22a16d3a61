"""`mlacoach portfolio`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.cli.output import print_json
from mlacoach.coach.portfolio import gather, write
from mlacoach.errors import MlacoachError
from mlacoach.screen.console import stdout

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)


@app.callback()
def portfolio() -> None:
    """Write a repository from what you did: projects, results, model cards, slides, résumé lines."""


@app.command()
def build(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write; a Git repository of yours, say.")],
    as_json: Annotated[bool, typer.Option("--json", help="What was written, as JSON.")] = False,
) -> None:
    """Write or renew the pages; a file of your own, or one you took over, is never overwritten."""
    from mlacoach.screen.portfolio import pages  # noqa: PLC0415

    coach = open_coach(ctx)
    templates = coach.library.templates
    if not templates:
        raise MlacoachError("The content has no templates for a portfolio.", "Run `mlacoach content check`.")
    found = gather(coach)
    done = write(folder, pages(found, templates))
    if as_json:
        projects = [{"id": one.project.id, "state": one.state} for one in found.projects]
        data = {"folder": folder, "projects": projects, "labs": list(found.labs)}
        print_json("portfolio", {**data, "written": done.written, "kept": done.kept, "same": done.same})
        return
    console = stdout()
    counts = {"projects": len(found.projects), "labs": len(found.labs), "pages written": len(done.written)}
    said = ", ".join(f"{name}: {count}" for name, count in counts.items())
    console.print(Text(f"{said}, unchanged: {len(done.same)}, in {folder}."), soft_wrap=True)
    for name in done.kept:
        console.print(Text(f"  {name} is yours and stays as it is."), soft_wrap=True)
    if not found.projects and not found.labs:
        console.print(Text("Nothing was done yet that could be shown: `mlacoach project list`, `mlacoach lab list`."))
