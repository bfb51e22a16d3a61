"""Study on several devices: each writes what it has done to a shared place, and takes in what the others wrote.

A place holds a mark and segments. A segment is written once and has the SHA-256 of what it holds in its name; the
learner's file itself never goes there. What two devices did apart from each other is merged by union, so that nobody
has to be online, or first.
"""

import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

from mlacoach.cloud.bucket import Bucket
from mlacoach.coach.exchange import merge
from mlacoach.errors import DataDamaged, MlacoachError, TryAgain, UsageFault
from mlacoach.store import Store, jsonl
from mlacoach.store.sync_folder import SyncFolder

Place = SyncFolder | Bucket
MARK = "mlacoach-sync.json"
SCHEMA, VERSION = "mlacoach.sync", 1
FOLDER, ENDING = "segments/", ".jsonl.gz"
SEGMENT = re.compile(rf"{FOLDER}\d{{8}}T\d{{6}}-[0-9a-f]{{16}}-(?P<sha256>[0-9a-f]{{64}}){re.escape(ENDING)}")
S3 = "s3://"


@dataclass(frozen=True, slots=True)
class Synced:
    """What went out or came in: rows by table, in so many segments."""

    rows: Mapping[str, int]
    segments: int


def open_place(target: str, profile: str | None = None, region: str | None = None) -> Place:
    """A folder, or `s3://bucket/prefix`.

    Raises:
        MlacoachError: it is not there.
    """
    if not target.startswith(S3):
        return SyncFolder(Path(target).expanduser().resolve())
    bucket, _, prefix = target.removeprefix(S3).partition("/")
    if not bucket:
        raise UsageFault(f"{target} names no bucket.", "Write it as s3://bucket/prefix.")
    from mlacoach.cloud import real_session  # noqa: PLC0415 - boto3 costs 200 ms

    return Bucket(real_session(profile, region), bucket, prefix)


def push(store: Store, place: Place, now: datetime) -> Synced:
    """Write what was done since the last time; nothing, if nothing was.

    Raises:
        MlacoachError: the place is foreign, damaged, or can't be written. Nothing was changed here.
    """
    names = frozenset(place.names())
    target = _target(place, names) or _begin(place)
    exchange = store.exchange
    with store.together():
        if not exchange.segments(target) <= names:
            # Somebody took segments away. Whatever was in them is here: it goes out again.
            exchange.forget(target)
        upto = exchange.marks()
        rows = list(exchange.rows(exchange.at_target(target)))
    if not rows:
        return Synced({}, 0)
    name = _write(place, jsonl.write(rows, exchange.device, now), exchange.device, now)
    with store.together():
        exchange.note(target, [name], upto)
    return Synced(Counter(row.table for row in rows), 1)


def pull(store: Store, place: Place) -> Synced:
    """Take in what other devices wrote, all of it or nothing.

    Raises:
        MlacoachError: nothing was pushed there yet, or the place is foreign, damaged or can't be read. Nothing was
            changed here.
    """
    names = place.names()
    target = _target(place, names)
    if target is None:
        raise MlacoachError(f"Nothing was pushed to {place.name} yet.", "Start with `mlacoach sync push`.")
    exchange = store.exchange
    fresh = [name for name in _segments(place, names) if name not in exchange.segments(target)]
    rows = [row for name in fresh for row in _read(place, name)]
    with store.together():
        there = exchange.at_target(target)
        all_pushed = all(last <= there.get(table, 0) for table, last in exchange.marks().items())
        merged = merge(store, rows)
        # What just came from there need not go there again; unless rows of our own lie before it, then it does once.
        exchange.note(target, fresh, exchange.marks() if all_pushed else {})
    return Synced(merged, len(fresh))


def _target(place: Place, names: Iterable[str]) -> str | None:
    """The name that a place has for our own notes; None if it is empty.

    Raises:
        MlacoachError: it is somebody else's.
        DataDamaged: its mark is.
    """
    if MARK not in names:
        if not names:
            return None
        raise MlacoachError(
            f"{place.name} holds something else than our segments ({next(iter(sorted(names)))}).",
            "Name an empty folder or prefix, or one that `mlacoach sync push` wrote to.",
        )
    try:
        mark = json.loads(place.read(MARK))
        if mark["schema"] == SCHEMA and mark["version"] <= VERSION:
            return str(mark["id"])
        newer = mark["schema"] == SCHEMA
    except (ValueError, KeyError, TypeError) as error:
        raise DataDamaged(f"{place.name}{_slash(place)}{MARK} is damaged.", "Delete it, and push anew.") from error
    if newer:
        raise DataDamaged(f"{place.name} was written by a newer mlacoach.", "Upgrade mlacoach here.")
    raise MlacoachError(f"{place.name} belongs to another program.", "Name an empty folder or prefix.")


def _slash(place: Place) -> str:
    return "" if place.name.endswith("/") else "/"


def _begin(place: Place) -> str:
    """Mark an empty place as ours; if another device does so at the same time, the first one's mark stands."""
    place.write(MARK, json.dumps({"schema": SCHEMA, "version": VERSION, "id": uuid4().hex}).encode())
    found = _target(place, [MARK])
    if found is None:
        raise TryAgain(f"{place.name} does not keep what is written to it.", "Try again, or name another place.")
    return found


def _segments(place: Place, names: Iterable[str]) -> list[str]:
    """The segments; other programs' files beside them don't matter.

    Raises:
        DataDamaged: something looks like a segment and is none.
    """
    found = [name for name in names if name.startswith(FOLDER) and name.endswith(ENDING)]
    for name in found:
        if not SEGMENT.fullmatch(name):
            raise DataDamaged(f"{place.name}{_slash(place)}{name} is no segment of ours.", "Move it away.")
    return found


def _write(place: Place, lines: bytes, device: str, now: datetime) -> str:
    data = gzip.compress(lines, mtime=0)
    name = f"{FOLDER}{now:%Y%m%dT%H%M%S}-{device}-{hashlib.sha256(data).hexdigest()}{ENDING}"
    place.write(name, data)
    if place.read(name) != data:
        raise TryAgain(f"{place.name} does not keep what is written to it.", "Try again, or name another place.")
    return name


def _read(place: Place, name: str) -> list[jsonl.Row]:
    """The rows of a segment.

    Raises:
        DataDamaged: it is not what its device wrote, or that was a newer mlacoach.
    """
    data, known = place.read(name), SEGMENT.fullmatch(name)
    source = f"{place.name}{_slash(place)}{name}"
    if known is None or hashlib.sha256(data).hexdigest() != known["sha256"]:
        raise DataDamaged(
            f"{source} was cut short or changed: its check sum does not fit.",
            "If another program is still copying it, try later. Else delete it, and push anew from its device.",
        )
    return jsonl.read(gzip.decompress(data), source)
