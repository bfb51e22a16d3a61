"""One statement, run to its end."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlacoach.sandbox.athena import ddl, showing, writing
from mlacoach.sandbox.athena.catalog import Catalog, Column
from mlacoach.sandbox.athena.duck import connect
from mlacoach.sandbox.athena.failure import QueryCancelled, QueryFailed
from mlacoach.sandbox.athena.files import Files
from mlacoach.sandbox.athena.kinds import column_info, to_hive
from mlacoach.sandbox.athena.objects import upload
from mlacoach.sandbox.athena.reading import Reader, parse
from mlacoach.sandbox.athena.results import rows_file
from mlacoach.sandbox.athena.statements import NAME, WORDS, Statement
from mlacoach.sandbox.athena.values import as_csv, as_lines, as_metadata, shown
from mlacoach.sandbox.athena.workgroups import put_statement, statement_in
from mlacoach.sandbox.control.required import s3_place
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

DDL = {**ddl.STATEMENTS, **showing.STATEMENTS}
AT_ONCE = 10_000
PREPARE = rf"PREPARE\s+{NAME}\s+FROM\s+(.*)\Z"
Row = Sequence[str | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a statement ended."""

    state: str
    scanned: int = 0
    reason: str = ""
    category: int = 2
    columns: Sequence[dict[str, object]] = ()
    rows_written: int = 0
    manifest: str = ""


@dataclass
class Running:
    """A statement that runs, and can be stopped.

    Attributes:
        world: what engines share.
        record: the query's record.
        statement: what to run.
        place: where results go, in S3.
        cutoff: how many bytes it may scan.
    """

    world: World
    record: Record
    statement: Statement
    place: str
    cutoff: int | None = None
    parameters: Sequence[str] = ()
    reader: Reader | None = field(default=None, init=False)
    _is_stopped: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        self.parameters = list(self.record.get("ExecutionParameters") or [])
        self.folder: Path = self.world.folder / "athena" / self.record.key

    @property
    def scanned(self) -> int:
        """The bytes scanned until now."""
        return self.reader.scanned if self.reader else 0

    def stop(self) -> None:
        """End it; the engine stops in the middle of its work."""
        self._is_stopped = True
        if self.reader is not None:
            self.reader.engine.interrupt()

    def go(self) -> Outcome:
        """Run it.

        Raises:
            QueryFailed: it cannot be answered.
            QueryCancelled: it was stopped, or scanned too much.
        """
        work = self.folder / "work"
        work.mkdir(parents=True, mode=0o700)
        catalog = Catalog(self.world, self.record.region)
        engine = connect(work)
        self.reader = Reader(catalog, engine, Files(self.world.client("s3"), work), self.cutoff)
        if self._is_stopped:
            raise QueryCancelled("Query cancelled by user")
        try:
            return self._dispatch(self.reader)
        finally:
            engine.close()

    @property
    def _database(self) -> str:
        return str(self.record.get("QueryExecutionContext", {}).get("Database") or "default").lower()

    def _dispatch(self, reader: Reader) -> Outcome:
        name, text = self.statement.name, self.statement.text
        if name == "select":
            return self._select(reader)
        if name == "create_view":
            self._said(ddl.create_view(reader.catalog, text, self._database, self._view_columns(reader)))
        elif name in DDL:
            self._said(DDL[name](reader.catalog, text, self._database, reader.files))
        elif name in {"prepare", "deallocate"}:
            self._prepare()
        else:
            return self._write(reader)
        return Outcome("SUCCEEDED", columns=[column_info("result", "VARCHAR")])

    def _select(self, reader: Reader) -> Outcome:
        result = reader.run(parse(self.statement.text), self._database, self.parameters)
        columns = [column_info(each[0], str(each[1])) for each in result.description]
        with self._rows_file().open("w", encoding="utf-8") as kept, (self.folder / "out.csv").open("wb") as out:
            heads: list[Row] = [[str(each["Name"]) for each in columns]]
            self._keep(kept, out, heads)
            while rows := reader.fetch(result, AT_ONCE):
                self._keep(kept, out, [[shown(value) for value in row] for row in rows])
        location = self.record["ResultConfiguration"]["OutputLocation"]
        self._upload(location, self.folder / "out.csv")
        self._put(location + ".metadata", as_metadata(columns))
        return Outcome("SUCCEEDED", reader.scanned, columns=columns)

    def _keep(self, kept: Any, out: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - open files
        kept.writelines(json.dumps(row) + "\n" for row in rows)
        out.write(as_csv(rows))

    def _said(self, lines: Sequence[Row]) -> None:
        with self._rows_file().open("w", encoding="utf-8") as kept:
            kept.writelines(json.dumps(line) + "\n" for line in lines)
        self._put(self.record["ResultConfiguration"]["OutputLocation"], as_lines(lines))

    def _view_columns(self, reader: Reader) -> list[Column]:
        body = ddl.view_body(self.statement.text)
        result = reader.run(parse(body), self._database)
        return [Column(str(each[0]).lower(), to_hive(str(each[1]))) for each in result.description]

    def _prepare(self) -> None:
        group, region = self.record["WorkGroup"], self.record.region
        found = re.match(PREPARE, self.statement.text, WORDS)
        if found:
            put_statement(self.world, region, group, found[1], found[3])
        else:
            name = self.statement.text.split()[-1].strip('"`')
            self.world.store.remove(statement_in(self.world, region, group, name))
        self._said([])

    def _write(self, reader: Reader) -> Outcome:
        text = self.statement.text
        if self.statement.name == "create_as":
            written = writing.create_as(reader, text, self._database, self.place)
        elif self.statement.name == "insert":
            written = writing.insert(reader, text, self._database)
        elif self.statement.name == "unload":
            written = writing.unload(reader, text, self._database)
        else:
            raise QueryFailed(f"NOT_SUPPORTED: {self.statement.name}")
        manifest = f"{self.place}{self.record.key}-manifest.csv"
        self._put(manifest, "".join(f"{url}\n" for url in written).encode())
        self._rows_file().touch()
        count = writing.staged_rows(reader)
        return Outcome("SUCCEEDED", reader.scanned, rows_written=count, manifest=manifest)

    def _rows_file(self) -> Path:
        return rows_file(self.world.folder, self.record.key)

    def _put(self, location: str, body: bytes) -> None:
        bucket, key = s3_place(location)
        self.world.client("s3").put_object(Bucket=bucket, Key=key, Body=body)

    def _upload(self, location: str, path: Path) -> None:
        bucket, key = s3_place(location)
        upload(self.world.client("s3"), bucket, key, path)
        path.unlink()
