"""Between S3 and a job's folder."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mlacoach.sandbox.control.required import s3_place
from mlacoach.sandbox.jobs.failing import JobFailed
from mlacoach.sandbox.permissions.acting import client_as
from mlacoach.sandbox.world import World

GIGABYTE = 2**30


class Transfers:
    """What one job takes from S3 and puts there.

    Args:
        world: whose S3.
        gigabytes: the size of the job's volume.
        role: the ARN of the role in whose name it acts.
    """

    def __init__(self, world: World, gigabytes: int, role: str = "") -> None:
        self._s3 = client_as(world, role, "s3")
        self._left = gigabytes * GIGABYTE

    def keys(self, url: str) -> Iterator[tuple[str, str, int]]:
        """Bucket, key and size of every object under a prefix.

        Raises:
            JobFailed: there is no such bucket.
        """
        bucket, prefix = s3_place(url)
        try:
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
                for found in page.get("Contents", []):
                    yield bucket, found["Key"], found["Size"]
        except self._s3.exceptions.ClientError as error:
            raise _download_failed(error) from error

    def prefix(self, url: str, folder: Path) -> None:
        """Everything under a prefix, under the names that come after it.

        Raises:
            JobFailed: nothing is there, or it does not fit.
        """
        _, prefix = s3_place(url)
        whole = [(bucket, key, size) for bucket, key, size in self.keys(url) if not key.endswith("/")]
        if not whole:
            raise JobFailed(f"ClientError: Data download failed:S3 key: {url} matched no files on s3")
        for bucket, key, size in whole:
            self.one(bucket, key, size, inside(folder, relative(key, prefix)))

    def manifest(self, url: str, folder: Path) -> None:
        """Every object that a manifest names.

        Raises:
            JobFailed: it is no manifest, or an object is missing.
        """
        lines = self.json(url)
        if not isinstance(lines, list) or not lines or "prefix" not in lines[0]:
            raise JobFailed(f"ClientError: Data download failed:The manifest {url} is malformed")
        for name in lines[1:]:
            bucket, key = s3_place(lines[0]["prefix"] + name)
            self.one(bucket, key, self._size(bucket, key), inside(folder, name))

    def json(self, url: str) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The JSON of an object.

        Raises:
            JobFailed: there is none.
        """
        try:
            return json.loads(self.bytes(url))
        except ValueError as error:
            raise JobFailed(f"ClientError: Data download failed:{url} is no JSON") from error

    def bytes(self, url: str) -> bytes:
        """An object.

        Raises:
            JobFailed: there is none.
        """
        bucket, key = s3_place(url)
        try:
            return bytes(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        except self._s3.exceptions.ClientError as error:
            raise _download_failed(error) from error

    def object(self, url: str, path: Path) -> None:
        """One object into a file.

        Raises:
            JobFailed: there is none, or it does not fit.
        """
        bucket, key = s3_place(url)
        self.one(bucket, key, self._size(bucket, key), path)

    def _size(self, bucket: str, key: str) -> int:
        try:
            return int(self._s3.head_object(Bucket=bucket, Key=key)["ContentLength"])
        except self._s3.exceptions.ClientError as error:
            raise _download_failed(error) from error

    def one(self, bucket: str, key: str, size: int, path: Path) -> None:
        """One object of a known size into a file.

        Raises:
            JobFailed: it does not fit on the volume, or may not be read.
        """
        self._left -= size
        if self._left < 0:
            raise JobFailed("ClientError: Data download failed:No space left on device. Increase VolumeSizeInGB.")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            body = self._s3.get_object(Bucket=bucket, Key=key)["Body"]
        except self._s3.exceptions.ClientError as error:
            raise _download_failed(error) from error
        with path.open("wb") as file:
            for chunk in body.iter_chunks(2**20):
                file.write(chunk)

    def put(self, path: Path, url: str) -> None:
        """A file to S3.

        Raises:
            JobFailed: there is no such bucket.
        """
        bucket, key = s3_place(url)
        try:
            with path.open("rb") as file:
                self._s3.put_object(Bucket=bucket, Key=key, Body=file)
        except self._s3.exceptions.ClientError as error:
            told = error.response["Error"]
            raise JobFailed(f"ClientError: Failed to upload to {url}: {told['Code']}: {told['Message']}") from error

    def put_folder(self, folder: Path, url: str) -> None:
        """Every file of a folder to S3; what a link leads to is left where it is."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink() and path.resolve().is_relative_to(folder.resolve()):
                self.put(path, f"{url.rstrip('/')}/{path.relative_to(folder).as_posix()}")


def _download_failed(error: Any) -> JobFailed:  # noqa: ANN401 - botocore's ClientError
    told = error.response["Error"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    return JobFailed(f"ClientError: Data download failed:{told['Code']} ({status}): {told['Message']}")


def relative(key: str, prefix: str) -> str:
    """The name of an object in the folder that a prefix becomes."""
    if key.startswith(prefix.rstrip("/") + "/") and prefix:
        return key[len(prefix.rstrip("/")) + 1 :]
    return key[len(prefix.rpartition("/")[0]) :].lstrip("/")


def inside(folder: Path, name: str) -> Path:
    """A path in the folder.

    Raises:
        JobFailed: the name leads out of it.
    """
    path = folder / name.lstrip("/")
    if ".." in path.parts or "\0" in name or not path.resolve().is_relative_to(folder.resolve()):
        raise JobFailed(f"ClientError: Data download failed:The key {name!r} leads out of the input folder")
    return path
