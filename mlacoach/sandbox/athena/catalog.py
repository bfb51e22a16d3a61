"""Tables as the Glue catalog knows them, seen by a query."""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlacoach.sandbox.athena.failure import QueryFailed
from mlacoach.sandbox.world import World

VIEW = re.compile(r"/\* Presto View: (\S+) \*/")


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its Hive type."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Partition:
    """A registered partition."""

    values: tuple[str, ...]
    location: str


@dataclass(frozen=True, slots=True)
class Table:
    """What a query needs of a table."""

    database: str
    name: str
    columns: tuple[Column, ...]
    keys: tuple[Column, ...]
    location: str
    serde: str
    serde_parameters: Mapping[str, str]
    parameters: Mapping[str, str]
    view: Mapping[str, Any] | None = None

    @property
    def file_format(self) -> str:
        """How its files are written: parquet, json, quoted or text."""
        serde = self.serde.lower()
        for word, found in (("parquet", "parquet"), ("json", "json"), ("opencsv", "quoted"), ("orc", "orc")):
            if word in serde:
                return found
        return "text"


class Catalog:
    """The Glue catalog of one region.

    Args:
        world: what engines share.
        region: where.
    """

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.glue = world.client("glue", region)

    def has_database(self, name: str) -> bool:
        """Is there such a database?"""
        try:
            self.glue.get_database(Name=name.lower())
        except self.glue.exceptions.EntityNotFoundException:
            return False
        return True

    def find(self, database: str, name: str) -> Table | None:
        """The table, or None."""
        try:
            found = self.glue.get_table(DatabaseName=database.lower(), Name=name.lower())["Table"]
        except self.glue.exceptions.EntityNotFoundException:
            return None
        return table_of(database.lower(), found)

    def need(self, database: str, name: str) -> Table:
        """The table.

        Raises:
            QueryFailed: there is none.
        """
        table = self.find(database, name)
        if table is None:
            raise QueryFailed(f"FAILED: SemanticException [Error 10001]: Table not found {database}.{name}")
        return table

    def partitions(self, table: Table) -> list[Partition]:
        """The registered partitions."""
        pages = self.glue.get_paginator("get_partitions").paginate(DatabaseName=table.database, TableName=table.name)
        return [
            Partition(tuple(each["Values"]), each["StorageDescriptor"]["Location"])
            for page in pages
            for each in page["Partitions"]
        ]

    def add_partition(self, table: Table, values: tuple[str, ...], location: str) -> bool:
        """Register a partition; False if it is there already."""
        stored = self.glue.get_table(DatabaseName=table.database, Name=table.name)["Table"]["StorageDescriptor"]
        given = {"Values": list(values), "StorageDescriptor": {**stored, "Location": location}}
        try:
            self.glue.create_partition(DatabaseName=table.database, TableName=table.name, PartitionInput=given)
        except self.glue.exceptions.AlreadyExistsException:
            return False
        return True


def table_of(database: str, found: Mapping[str, Any]) -> Table:
    """A table as Glue's GetTable answers it."""
    stored = found.get("StorageDescriptor", {})
    serde = stored.get("SerdeInfo", {})
    return Table(
        database=database,
        name=found["Name"],
        columns=_columns(stored.get("Columns", [])),
        keys=_columns(found.get("PartitionKeys", [])),
        location=stored.get("Location", ""),
        serde=serde.get("SerializationLibrary", ""),
        serde_parameters=serde.get("Parameters", {}),
        parameters=found.get("Parameters", {}),
        view=_view(found.get("ViewOriginalText", "")),
    )


def _columns(given: list[dict[str, str]]) -> tuple[Column, ...]:
    return tuple(Column(each["Name"].lower(), each.get("Type", "string").lower()) for each in given)


def _view(text: str) -> Mapping[str, Any] | None:
    found = VIEW.match(text.strip())
    if not found:
        return None
    view: Mapping[str, Any] = json.loads(base64.b64decode(found[1]))
    return view


def view_text(sql: str, database: str, columns: list[Column]) -> str:
    """A view as Athena writes it into the catalog."""
    described = [{"name": each.name, "type": each.kind} for each in columns]
    view = {"originalSql": sql, "catalog": "awsdatacatalog", "schema": database, "columns": described}
    return f"/* Presto View: {base64.b64encode(json.dumps(view).encode()).decode()} */"
