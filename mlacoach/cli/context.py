"""The one place that chooses the parts: where the files are, what time it is, where chance comes from."""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import typer

from mlacoach.cli.places import cache, database, home
from mlacoach.coach import Coach
from mlacoach.content import Loaded, load, own_pack
from mlacoach.errors import MlacoachError
from mlacoach.store import Store

__all__ = ["Settings", "cache", "clock", "database", "home", "load_content", "open_coach", "packs"]


@dataclass(slots=True)
class Settings:
    """What the words before the command said."""

    packs: list[Path] = field(default_factory=list)


def clock() -> datetime:
    """The time, read here and handed to everything else."""
    return datetime.now(UTC)  # noqa: TID251 - this is where the clock is read


def packs(ctx: typer.Context) -> list[Path]:
    """Our own pack and those named with --pack."""
    settings = ctx.find_object(Settings) or Settings()
    return [own_pack(), *settings.packs]


def open_store(ctx: typer.Context) -> Store:
    """The learner's file, until the command ends."""
    store = Store(database(), clock())
    ctx.call_on_close(store.close)
    return store


def load_content(ctx: typer.Context) -> Loaded:
    """All content; one line on stderr if some of it is faulty."""
    loaded = load(packs(ctx), cache())
    if loaded.faults:
        count = len(loaded.faults)
        typer.echo(f"{count} faults in the content were left out; see `mlacoach content check`.", err=True)
    return loaded


def open_coach(ctx: typer.Context) -> Coach:
    """Everything an action needs."""
    store = open_store(ctx)
    # Called before the file is closed, when the learner has what they came for.
    ctx.call_on_close(lambda: _back_up_today(store))
    coach = Coach(store=store, library=load_content(ctx).library, now=clock, rng=Random(os.urandom(8)), home=home())
    if store.lab_runs.has_unsettled("aws"):
        _remind(coach)
    return coach


def _back_up_today(store: Store) -> None:
    """Make the day's backup; one that can't be made fails no command."""
    from mlacoach.store.backups import for_today  # noqa: PLC0415 - no start waits for it

    try:
        for_today(store, clock())
    except MlacoachError as error:
        typer.echo(f"Today's backup could not be made: {error.what}", err=True)


def _remind(coach: Coach) -> None:
    """Say at every start what still stands on a real account."""
    from mlacoach.coach.lab.reminding import reminders  # noqa: PLC0415 - only where something stands

    for line in reminders(coach):
        typer.echo(line, err=True)
