"""`mlacoach doctor`."""

from dataclasses import asdict
from typing import Annotated

import typer

from mlacoach.cli.context import clock, database, packs
from mlacoach.cli.output import print_json
from mlacoach.coach.doctor import examine
from mlacoach.screen.console import print_record, stdout

app = typer.Typer(rich_markup_mode=None)


@app.command()
def doctor(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Check data, content and extras, and say what to do; exit 1 on a fault."""
    checks = list(examine(database(), packs(ctx), clock()))
    if as_json:
        print_json("doctor", {"checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            print_record(stdout(), f"{check.level:>5}", f"{check.name}: {check.says}")
            if check.try_this and check.level != "ok":
                print_record(stdout(), "       →", check.try_this)
    if any(check.level == "fault" for check in checks):
        raise typer.Exit(1)
