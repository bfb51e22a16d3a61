"""A crawl: which tables lie under a path, with which columns and partitions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from mlacoach.sandbox.athena.catalog import Catalog
from mlacoach.sandbox.athena.files import File, Files
from mlacoach.sandbox.athena.layouts import LAZY, OPEN_CSV, descriptor
from mlacoach.sandbox.glue.inference import CsvRule, Schema, schema_of

LAYOUTS = {"csv": "TEXTFILE", "json": "JSON", "parquet": "PARQUET"}
# How many files of a table are looked into.
LOOKED_INTO = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A table that lies somewhere.

    Attributes:
        location: its folder in S3.
        schema: of its files.
        keys: the names of its partition keys.
        partitions: their values, with the folder of each.
        files: how many, and their size.
    """

    location: str
    schema: Schema
    keys: tuple[str, ...]
    partitions: Mapping[tuple[str, ...], str]
    count: int
    size: int

    @property
    def name(self) -> str:
        """The folder's name, as Glue makes a table's name of it."""
        text = PurePosixPath(self.location.rstrip("/").removeprefix("s3:/")).name.lower()
        return "".join(letter if letter.isalnum() or letter == "_" else "_" for letter in text)


class Crawl:
    """Looks under paths.

    Args:
        files: brings the files.
        rule: a custom classifier for CSV.
        exclusions: patterns of keys that are left out.
    """

    def __init__(self, files: Files, rule: CsvRule | None = None, exclusions: Sequence[str] = ()) -> None:
        self._files = files
        self._rule = rule
        self._exclusions = exclusions

    def look(self, path: str) -> list[Found]:
        """The tables under a path."""
        base = path.rstrip("/") + "/"
        # A path to one file is a table of that file's folder.
        found = {
            each.url.removeprefix(base): each
            for each in self._files.under(path)
            if not self._is_excluded(each.url.removeprefix(base))
        }
        return self._tables(base, found)

    def _is_excluded(self, key: str) -> bool:
        return any(PurePosixPath(key).match(pattern) for pattern in self._exclusions)

    def _tables(self, base: str, files: Mapping[str, File]) -> list[Found]:
        folders = _by_folder(files)
        if "" in folders or all("=" in name for name in folders):
            return self._one(base, files)
        parts = {name: self._tables(f"{base}{name}/", inner) for name, inner in folders.items()}
        alike = [each[0] for each in parts.values() if len(each) == 1]
        if len(alike) == len(parts) > 1 and len({(each.schema, each.keys) for each in alike}) == 1:
            return self._one(base, files)
        return [found for each in parts.values() for found in each]

    def _one(self, base: str, files: Mapping[str, File]) -> list[Found]:
        schema = self._schema(list(files.values()))
        if schema is None:
            return []
        depth = min((name.count("/") for name in files), default=0)
        names = [name.split("/")[:depth] for name in files]
        keys = tuple(_key(names[0][level], level) for level in range(depth)) if names else ()
        partitions = {
            tuple(_value(folder) for folder in folders): base + "/".join(folders) + "/" for folders in names if folders
        }
        size = sum(each.size for each in files.values())
        return [Found(base, schema, keys, partitions, len(files), size)]

    def _schema(self, files: Sequence[File]) -> Schema | None:
        merged: Schema | None = None
        for each in files[:LOOKED_INTO]:
            found = schema_of(each.path, self._rule)
            if found and merged is None:
                merged = found
            elif found and merged and found.layout == merged.layout:
                merged = merged.merged(found)
        return merged


def _by_folder(files: Mapping[str, File]) -> dict[str, dict[str, File]]:
    folders: dict[str, dict[str, File]] = {}
    for name, file in files.items():
        folder, slash, rest = name.partition("/")
        folders.setdefault(folder if slash else "", {})[rest if slash else name] = file
    return folders


def _key(folder: str, level: int) -> str:
    return folder.partition("=")[0].lower() if "=" in folder else f"partition_{level}"


def _value(folder: str) -> str:
    return folder.partition("=")[2] if "=" in folder else folder


def table_input(found: Found, name: str, crawler: str) -> dict[str, Any]:
    """The table as Glue's crawler puts it into the catalog."""
    schema = found.schema
    columns = [{"Name": column, "Type": kind} for column, kind in schema.columns if column not in found.keys]
    serde = ""
    parameters: dict[str, str] = {}
    if schema.layout == "csv":
        serde = OPEN_CSV if "opencsv" in schema.serde.lower() else LAZY
        parameters = {"field.delim": schema.delimiter}
        if serde == OPEN_CSV:
            parameters = {"separatorChar": schema.delimiter, "quoteChar": schema.quote}
    if schema.layout == "json":
        parameters = {"paths": ",".join(sorted(column for column, _ in schema.columns))}
    stored = descriptor(LAYOUTS[schema.layout], columns, found.location, parameters, serde)
    about = {
        "classification": schema.layout,
        "compressionType": "none",
        "typeOfData": "file",
        "UPDATED_BY_CRAWLER": crawler,
        "CrawlerSchemaDeserializerVersion": "1.0",
        "CrawlerSchemaSerializerVersion": "1.0",
        "objectCount": str(found.count),
        "sizeKey": str(found.size),
        **({"delimiter": schema.delimiter, "areColumnsQuoted": "false"} if schema.layout == "csv" else {}),
        **({"skip.header.line.count": "1"} if schema.has_header else {}),
    }
    return {
        "Name": name,
        "Owner": "owner",
        "TableType": "EXTERNAL_TABLE",
        "Parameters": about,
        "PartitionKeys": [{"Name": key, "Type": "string"} for key in found.keys],
        "StorageDescriptor": {**stored, "Parameters": about},
    }


def put(catalog: Catalog, database: str, given: dict[str, Any], found: Found, *, may_update: bool) -> str:
    """Create or update a table and its partitions; `created`, `updated` or nothing."""
    change = ""
    there = catalog.find(database, given["Name"])
    if there is None:
        catalog.glue.create_table(DatabaseName=database, TableInput=given)
        change = "created"
    elif may_update and _differs(there.columns, given):
        catalog.glue.update_table(DatabaseName=database, TableInput=given)
        change = "updated"
    table = catalog.find(database, given["Name"])
    if table is not None and len(table.keys) == len(found.keys):
        for values, location in found.partitions.items():
            if catalog.add_partition(table, values, location) and not change:
                change = "updated"
    return change


def _differs(columns: Sequence[Any], given: Mapping[str, Any]) -> bool:
    wanted = [(each["Name"], each["Type"]) for each in given["StorageDescriptor"]["Columns"]]
    return [(each.name, each.kind) for each in columns] != wanted
