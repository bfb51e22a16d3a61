"""The files of a table, brought from S3 into the query's own folder."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mlacoach.sandbox.athena.failure import QueryFailed
from mlacoach.sandbox.athena.objects import download
from mlacoach.sandbox.control.required import s3_place


@dataclass(frozen=True, slots=True)
class File:
    """An object, and where it lies here."""

    url: str
    path: Path
    size: int


class Files:
    """The objects that a query reads; each is brought once.

    Args:
        s3: a client.
        folder: the query's folder.
    """

    def __init__(self, s3: Any, folder: Path) -> None:  # noqa: ANN401 - boto3's client
        self.s3 = s3
        self.folder = folder
        self._here: dict[str, File] = {}

    def under(self, location: str) -> list[File]:
        """The objects under a location; what begins with a dot or an underscore is hidden, as Hive has it.

        Raises:
            QueryFailed: the bucket does not exist.
        """
        return [self._bring(bucket, each) for bucket, each in self.listed(location)]

    def listed(self, location: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """Bucket and entry of each object under a location.

        Raises:
            QueryFailed: the bucket does not exist.
        """
        bucket, prefix = s3_place(location)
        prefix = prefix if not prefix or prefix.endswith("/") else prefix + "/"
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        try:
            for page in pages:
                yield from ((bucket, each) for each in page.get("Contents", []) if _is_data(each, prefix))
        except self.s3.exceptions.NoSuchBucket as error:
            raise QueryFailed(f"HIVE_METASTORE_ERROR: The specified bucket does not exist: {bucket}") from error

    def _bring(self, bucket: str, entry: dict[str, Any]) -> File:
        url = f"s3://{bucket}/{entry['Key']}"
        if url not in self._here:
            name = PurePosixPath(entry["Key"]).name
            # The name keeps its ending alone: it says how the file is compressed.
            ending = "".join(PurePosixPath(name).suffixes[-2:])[-20:]
            ending = ending if ending.replace(".", "").isalnum() else ""
            path = self.folder / (hashlib.sha256(url.encode()).hexdigest()[:24] + ending)
            download(self.s3, bucket, entry["Key"], path)
            self._here[url] = File(url, path, int(entry["Size"]))
        return self._here[url]


def _is_data(entry: dict[str, Any], prefix: str) -> bool:
    name = entry["Key"].removeprefix(prefix)
    hidden = any(part.startswith(("_", ".")) for part in name.split("/"))
    return entry["Size"] > 0 and not hidden and not name.endswith("/")
