"""The online and the offline store of every feature group."""

import json
import logging
import threading
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mlacoach.sandbox.control.required import s3_place
from mlacoach.sandbox.features.groups import EXTRA, KEYS, PARQUET, kind_of
from mlacoach.sandbox.features.values import Row
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
# AWS writes within fifteen minutes; here nobody waits for that.
FLUSH_SECONDS = 0.5
DUCK = {"bigint": "BIGINT", "double": "DOUBLE", "string": "VARCHAR", "timestamp": "TIMESTAMP", "boolean": "BOOLEAN"}


@dataclass(frozen=True, slots=True)
class Written:
    """A row on its way to the offline store."""

    row: Row
    at: datetime


class Stores:
    """Every record of a sandbox's feature groups.

    Args:
        world: whose.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._lock = threading.Lock()
        self._online: dict[str, dict[str, Row]] = {}
        self._waiting: dict[str, tuple[Record, list[Written]]] = {}
        self._folder = world.folder / "features"
        self._folder.mkdir(exist_ok=True, mode=0o700)

    def put(self, group: Record, row: Row) -> None:
        """Keep a row online, unless a later one is there already."""
        with self._lock:
            rows = self._online.setdefault(group.arn, {})
            old = rows.get(row.identifier)
            if old is None or old.event <= row.event:
                rows[row.identifier] = row

    def remove(self, group: Record, identifier: str) -> None:
        """Forget a row, its time included."""
        with self._lock:
            self._online.get(group.arn, {}).pop(identifier, None)

    def find(self, group: Record, identifier: str) -> Row | None:
        """The latest row of an identifier that lives; None where there is none."""
        with self._lock:
            row = self._online.get(group.arn, {}).get(identifier)
        return row if row and self._lives(row) and not row.is_deleted else None

    def identifiers(self, group: Record, *, deleted: bool) -> list[str]:
        """Of every row that lives, in order."""
        with self._lock:
            rows = list(self._online.get(group.arn, {}).values())
        return sorted(row.identifier for row in rows if self._lives(row) and (deleted or not row.is_deleted))

    def _lives(self, row: Row) -> bool:
        return row.expires is None or row.expires > self._world.now()

    def drop(self, arn: str) -> None:
        """Forget all of a group's rows; what lies in S3 stays."""
        with self._lock:
            self._online.pop(arn, None)

    def keep(self, group: Record, row: Row) -> None:
        """Put a row on its way to the offline store."""
        with self._lock:
            is_first = not self._waiting
            self._waiting.setdefault(group.arn, (group, []))[1].append(Written(row, self._world.now()))
        if is_first:
            timer = threading.Timer(FLUSH_SECONDS, self.flush)
            timer.daemon = True
            timer.start()

    def flush(self) -> None:
        """Write what waits, one file for each hour of event time."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        for group, rows in waiting.values():
            try:
                self._write(self._world.store.get(group.kind, group.key, group.region) or group, rows)
            except Exception:
                LOG.exception("Could not write records of %s to its offline store.", group.arn)

    def _write(self, group: Record, rows: Iterable[Written]) -> None:
        by_hour: dict[str, list[Written]] = {}
        for each in rows:
            by_hour.setdefault(each.row.event.strftime("%Y/%m/%d/%H"), []).append(each)
        for hour, some in by_hour.items():
            name = f"{some[-1].row.event:%Y%m%dT%H%M%SZ}_{uuid.uuid4().hex[:16]}.parquet"
            path = self._folder / name
            try:
                _parquet(group, some, self._world.now(), path)
                self._upload(group, hour.split("/"), path)
            finally:
                path.unlink(missing_ok=True)

    def _upload(self, group: Record, values: list[str], path: Path) -> None:
        config = group["OfflineStoreConfig"]
        parts = "/".join(f"{key}={value}" for key, value in zip(KEYS, values, strict=True))
        url = f"{config['S3StorageConfig']['ResolvedOutputS3Uri']}/{parts}"
        bucket, key = s3_place(f"{url}/{path.name}")
        with path.open("rb") as file:
            self._world.client("s3").put_object(Bucket=bucket, Key=key, Body=file)
        catalog = config.get("DataCatalogConfig")
        if catalog:
            self._add_partition(group, catalog, values, url)

    def _add_partition(self, group: Record, catalog: Mapping[str, str], values: list[str], url: str) -> None:
        glue = self._world.client("glue", group.region)
        table = {"DatabaseName": catalog["Database"], "TableName": catalog["TableName"]}
        part = {"Values": values, "StorageDescriptor": {"Columns": _columns(group), "Location": url, **PARQUET}}
        with suppress(glue.exceptions.AlreadyExistsException):
            glue.create_partition(**table, PartitionInput=part)


def _columns(group: Record) -> list[dict[str, str]]:
    features = [(each["FeatureName"].lower(), kind_of(each)) for each in group["FeatureDefinitions"]]
    return [{"Name": name, "Type": kind} for name, kind in (*features, *EXTRA)]


def _parquet(group: Record, rows: Iterable[Written], now: datetime, path: Path) -> None:
    import duckdb  # noqa: PLC0415 - 60 MB that only an offline store needs

    lines = path.with_suffix(".json")
    names = {each["FeatureName"]: each["FeatureName"].lower() for each in group["FeatureDefinitions"]}
    kinds = {each["Name"]: _duck(each["Type"]) for each in _columns(group)}
    casts = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in kinds.items())
    texts = ", ".join(f"'{name}': '{_read_as(kind)}'" for name, kind in kinds.items())
    try:
        with lines.open("w", encoding="utf-8") as file:
            file.writelines(json.dumps(_line(each, names, now)) + "\n" for each in rows)
        with duckdb.connect(":memory:") as engine:
            engine.execute(
                f"COPY (SELECT {casts} FROM read_json('{lines}', columns={{{texts}}}, "  # noqa: S608 - names of features have letters, digits, - and _ alone
                f"format='newline_delimited')) TO '{path}' (FORMAT parquet, COMPRESSION snappy)"
            )
    finally:
        lines.unlink(missing_ok=True)


def _line(each: Written, names: Mapping[str, str], now: datetime) -> dict[str, Any]:
    values = {names[name]: value for name, value in each.row.values.items()}
    own = {"write_time": _plain(now), "api_invocation_time": _plain(each.at), "is_deleted": each.row.is_deleted}
    return values | own


def _plain(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")


def _duck(kind: str) -> str:
    return f"{DUCK[kind[6:-1]]}[]" if kind.startswith("array<") else DUCK[kind]


def _read_as(kind: str) -> str:
    """How the JSON lines have it: everything is text there but lists and truth."""
    return "VARCHAR[]" if kind.endswith("[]") else "BOOLEAN" if kind == "BOOLEAN" else "VARCHAR"
