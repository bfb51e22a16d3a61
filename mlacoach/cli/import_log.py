"""`mlacoach import`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import open_store
from mlacoach.cli.output import print_json
from mlacoach.screen.console import stdout

app = typer.Typer(rich_markup_mode=None)


@app.command()
def import_(
    ctx: typer.Context,
    path: Annotated[Path, typer.Argument(metavar="FILE", help="What `mlacoach export FILE.jsonl` wrote.")],
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Take in what another copy of your data has more; nothing of yours is changed, and twice is once."""
    from mlacoach.coach.exchange import read_log  # noqa: PLC0415 - loads the scheduler

    rows = read_log(open_store(ctx), path)
    if as_json:
        print_json("import", {"rows": dict(rows)})
    else:
        stdout().print(Text(f"New here: {in_words(rows)}."))


def in_words(rows: Mapping[str, int]) -> str:
    """How many rows of which tables, for a person."""
    return ", ".join(f"{count} {table.replace('_', ' ')}" for table, count in rows.items() if count) or "nothing"
