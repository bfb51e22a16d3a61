"""`mlacoach sync`."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import clock, open_store
from mlacoach.cli.import_log import in_words
from mlacoach.cli.output import print_json
from mlacoach.screen.console import stdout

if TYPE_CHECKING:
    from mlacoach.coach.sync import Synced

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

TARGET = Annotated[str, typer.Argument(metavar="DIR|s3://BUCKET/PREFIX", help="Shared by your devices.")]
PROFILE = Annotated[str | None, typer.Option(help="Profile of your AWS configuration.")]
REGION = Annotated[str | None, typer.Option(help="Region of the bucket, if no profile says it.")]
JSON = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def sync() -> None:
    """Study on several devices: push what you did, pull what you did elsewhere, in any order."""


@app.command()
def push(
    ctx: typer.Context, where: TARGET, profile: PROFILE = None, region: REGION = None, as_json: JSON = False
) -> None:
    """Write what is new here to a folder or a bucket; your data file itself never goes there."""
    from mlacoach.coach import sync  # noqa: PLC0415 - loads the scheduler

    place = sync.open_place(where, profile, region)
    _tell("sync-push", "Pushed", sync.push(open_store(ctx), place, clock()), as_json=as_json)


@app.command()
def pull(
    ctx: typer.Context, where: TARGET, profile: PROFILE = None, region: REGION = None, as_json: JSON = False
) -> None:
    """Take in what your other devices wrote there, all of it or nothing."""
    from mlacoach.coach import sync  # noqa: PLC0415

    place = sync.open_place(where, profile, region)
    _tell("sync-pull", "New here", sync.pull(open_store(ctx), place), as_json=as_json)


def _tell(kind: str, what: str, synced: "Synced", *, as_json: bool) -> None:
    if as_json:
        print_json(kind, {"rows": dict(synced.rows), "segments": synced.segments})
    else:
        stdout().print(Text(f"{what}: {in_words(synced.rows)}."))
