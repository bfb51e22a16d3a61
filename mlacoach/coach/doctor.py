"""Look at everything the program stands on, and say what to do where something is wrong."""

import importlib.util
import os
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic

from mlacoach.content import load
from mlacoach.errors import MlacoachError, UsageFault
from mlacoach.store import Store
from mlacoach.store.backups import find
from mlacoach.store.database import Unsound

LABS = ("boto3", "moto", "flask")
# Folders whose contents another program copies while we write: a live SQLite file does not survive that.
SYNCED = ("Dropbox", "OneDrive", "Google Drive", "GoogleDrive", "iCloud", "Mobile Documents", "Nextcloud")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `level` is ok, note (works, but know this) or fault."""

    name: str
    level: str
    says: str
    try_this: str = ""


def examine(database: Path, packs: Sequence[Path], now: datetime) -> Iterator[Check]:
    """Every check, in order. Nothing is changed, except that a missing data file is made.

    Args:
        database: the learner's file.
        packs: the content packs.
        now: the moment, in UTC.
    """
    yield _python()
    yield _data(database, now)
    yield from _place(database)
    yield _content(packs)
    yield _extra("labs", LABS, "the local AWS and the labs")
    yield _sandbox()
    yield _extra("sdk", ("sagemaker",), "labs with the SageMaker Python SDK")
    yield _extra("projects", ("kubernetes_validate",), "checking Kubernetes manifests of projects")


def _python() -> Check:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Check("python", "ok", f"Python {version}, SQLite {sqlite3.sqlite_version}.")


def _data(database: Path, now: datetime) -> Check:
    existed = database.exists()
    try:
        store = Store(database, now)
    except Unsound as error:
        return Check("data", "fault", error.what, _remedy(database))
    except MlacoachError as error:
        return Check("data", "fault", error.what, error.try_this)
    try:
        damage = store.check()
        answers = sum(1 for _ in store.answers.log())
    finally:
        store.close()
    if damage:
        return Check("data", "fault", f"{database} is damaged: {damage}.", _remedy(database))
    said = f"{database}: sound, {answers} answers." if existed else f"{database}: made just now."
    return Check("data", "ok", said)


def _remedy(database: Path) -> str:
    try:
        # A backup that was cut short is none.
        newest = find(database, None)
    except UsageFault:
        return "There is no backup. Keep the file if it matters to you, but move it away; a new one will be made."
    return f"The newest backup is {newest.path}; `mlacoach backup restore` puts it in place and keeps the file."


def _place(database: Path) -> Iterator[Check]:
    synced = [name for name in SYNCED if any(name in part for part in database.parts)]
    if synced:
        yield Check(
            "place",
            "note",
            f"The data lie in a folder that {synced[0]} synchronises, which can damage a database in use.",
            "Set MLACOACH_HOME to a folder that stays on this machine.",
        )
    if not os.access(database.parent, os.W_OK):
        yield Check("place", "fault", f"{database.parent} cannot be written.", "Check the folder's rights.")


def _content(packs: Sequence[Path]) -> Check:
    try:
        loaded = load(packs)
    except MlacoachError as error:
        return Check("content", "fault", error.what, error.try_this)
    library = loaded.library
    counts = f"{len(library.questions)} questions, {len(library.tracks)} tracks, {len(library.labs)} labs"
    if loaded.faults:
        what = f"{counts}; {len(loaded.faults)} faults, the first: {loaded.faults[0]}"
        return Check("content", "fault", what, "Run `mlacoach content check`.")
    return Check("content", "ok", f"{counts}; no faults.")


def _sandbox() -> Check:
    """Start the local AWS and ask it something."""
    from mlacoach.sandbox import Sandbox  # noqa: PLC0415 - only here, and only a second after everything else

    if any(importlib.util.find_spec(module) is None for module in LABS):
        return Check("sandbox", "note", "The local AWS needs the extra labs.", "pip install 'mlacoach[labs]'")
    began = monotonic()
    try:
        with Sandbox() as sandbox:
            url = sandbox.url
    except MlacoachError as error:
        return Check("sandbox", "fault", error.what, error.try_this)
    return Check("sandbox", "ok", f"The local AWS answers on loopback ({url}), after {monotonic() - began:.1f} s.")


def _extra(name: str, modules: Sequence[str], purpose: str) -> Check:
    absent = [module for module in modules if importlib.util.find_spec(module) is None]
    if absent:
        missing = f"Not installed: {', '.join(absent)} ({purpose})."
        return Check(name, "note", missing, f"pip install 'mlacoach[{name}]'")
    return Check(name, "ok", f"Installed: {purpose}.")
