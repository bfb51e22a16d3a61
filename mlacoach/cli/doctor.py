"""`mlacoach doctor`."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import clock, database, packs
from mlacoach.cli.output import print_json
from mlacoach.coach.doctor import examine
from mlacoach.screen.console import stdout

app = typer.Typer(rich_markup_mode=None)


@app.command()
def doctor(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Check data, content and extras, and say what to do; exit 1 on a fault."""
    checks = list(examine(database(), packs(ctx), clock()))
    if as_json:
        print_json("doctor", {"checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            stdout().print(Text(f"{check.level:>5}  {check.name}: {check.says}"), soft_wrap=True)
            if check.try_this and check.level != "ok":
                stdout().print(Text(f"       → {check.try_this}"), soft_wrap=True)
    if any(check.level == "fault" for check in checks):
        raise typer.Exit(1)
