"""`mlacoach backup`."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import clock, database, open_store
from mlacoach.cli.output import print_json
from mlacoach.errors import DataDamaged, UsageFault
from mlacoach.screen.console import is_interactive, stderr, stdout
from mlacoach.screen.prompts import confirm
from mlacoach.store import backups

if TYPE_CHECKING:
    from mlacoach.store.backups import Backup, Verified

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)

NAME = Annotated[str | None, typer.Argument(metavar="[NAME]", help="As `backup list` shows it, or a path.")]
JSON = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def backup() -> None:
    """Copies of your data: one is made every day, and before every upgrade."""


@app.command()
def create(ctx: typer.Context, as_json: JSON = False) -> None:
    """Make one now, and check it."""
    made = backups.create(open_store(ctx), clock())
    if as_json:
        print_json("backup-create", _data(made))
    else:
        stdout().print(Text(f"Made and checked: {made.path}"), soft_wrap=True)


@app.command("list")
def list_(as_json: JSON = False) -> None:
    """What there is, oldest first."""
    found = backups.listed(database())
    if as_json:
        print_json("backup-list", {"backups": [_data(one) for one in found]})
        return
    for one in found:
        stdout().print(Text(f"{_when(one)}  {one.kind:<8}  {one.bytes / 1024:>8.0f} KB  {one.path.stem}"))
    if not found:
        stderr().print("There are no backups yet.")


@app.command()
def verify(name: NAME = None, as_json: JSON = False) -> None:
    """Read every page of the backups, or of one; leaves with 6 if one is not sound."""
    wanted = backups.listed(database()) if name is None else [backups.find(database(), name)]
    seen = [backups.verify(one) for one in wanted]
    if as_json:
        print_json("backup-verify", {"backups": [_verified(one) for one in seen]})
    else:
        for one in seen:
            said = one.fault or f"sound, {one.answers} answers"
            stdout().print(Text(f"{one.backup.path.stem}: {said}"), soft_wrap=True)
    # What a restore replaced may well have been replaced for being damaged.
    bad = [one for one in seen if one.fault and (name or one.backup.kind != backups.REPLACED)]
    if bad:
        raise DataDamaged(f"{len(bad)} of {len(seen)} backups are not sound.", "`mlacoach backup create` makes one.")


@app.command()
def restore(
    name: NAME = None,
    yes: Annotated[bool, typer.Option("--yes", help="Without asking.")] = False,
    as_json: JSON = False,
) -> None:
    """Put a backup, the newest sound one if you name none, in place of your data; what was there is kept."""
    from mlacoach.store.restoring import restore  # noqa: PLC0415 - its own name

    chosen = backups.find(database(), name)
    if not yes and not (is_interactive() and confirm(f"Put your data of {_when(chosen)} in place of today's?")):
        raise UsageFault("Nothing was restored.", "Give --yes to restore without being asked.")
    kept = restore(database(), chosen, clock())
    if as_json:
        print_json("backup-restore", {"restored": str(chosen.path), "kept": str(kept.path) if kept else None})
        return
    said = f" What was there is kept as {kept.path}." if kept else ""
    stdout().print(Text(f"Restored: your data of {_when(chosen)}.{said}"), soft_wrap=True)


def _when(one: "Backup") -> str:
    return f"{one.at.astimezone():%Y-%m-%d %H:%M}"


def _data(one: "Backup") -> dict[str, object]:
    return {
        "name": one.path.stem,
        "path": str(one.path),
        "at": one.at.isoformat(timespec="milliseconds"),
        "kind": one.kind,
        "bytes": one.bytes,
    }


def _verified(one: "Verified") -> dict[str, object]:
    return {**_data(one.backup), "fault": one.fault, "schema_of_data": one.schema, "answers": one.answers}
