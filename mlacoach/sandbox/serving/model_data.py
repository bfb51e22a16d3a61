"""Model data from S3 into a folder: archives that stay inside it, prefixes that stay inside it."""

import shutil
import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

from mlacoach.sandbox.control.required import s3_place
from mlacoach.sandbox.jobs.archives import BadArchive, unpack
from mlacoach.sandbox.permissions.acting import client_as
from mlacoach.sandbox.serving.containers import Container
from mlacoach.sandbox.serving.says import CannotStart, no_archive, no_model_data
from mlacoach.sandbox.world import World


def fetch(world: World, container: Container, folder: Path) -> None:
    """Put a container's model into a folder.

    Raises:
        CannotStart: it is not there, or no sound archive.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if container.data_url and not container.is_multi_model:
        whole = container.is_archive and not container.data_url.endswith("/")
        (fetch_archive if whole else _fetch_prefix)(world, container, container.data_url, folder)
    code = container.environment.get("SAGEMAKER_SUBMIT_DIRECTORY", "")
    if code.startswith("s3://"):
        fetch_archive(world, container, code, folder / "code")


def fetch_archive(world: World, container: Container, url: str, folder: Path) -> None:
    """Unpack a tar.gz.

    Raises:
        CannotStart: it is not there, or no sound archive.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside the client

    folder.mkdir(parents=True, exist_ok=True)
    bucket, key = s3_place(url)
    with tempfile.TemporaryDirectory(dir=folder.parent) as holder:
        archive = Path(holder) / "model.tar.gz"
        try:
            _download(client_as(world, container.role, "s3"), bucket, key, archive)
        except ClientError as error:
            raise no_model_data(container.name, url) from error
        try:
            unpack(archive, folder)
        except BadArchive as error:
            raise no_archive(container.name, url, str(error)) from error


def _fetch_prefix(world: World, container: Container, url: str, folder: Path) -> None:
    bucket, prefix = s3_place(url)
    s3 = client_as(world, container.role, "s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    keys = [item["Key"] for page in pages for item in page.get("Contents", []) if not item["Key"].endswith("/")]
    if not keys:
        raise no_model_data(container.name, url)
    for key in keys:
        path = PurePosixPath(key.removeprefix(prefix).lstrip("/") or PurePosixPath(key).name)
        if ".." in path.parts:
            raise CannotStart(f"The key {key} would leave the model's folder.")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        _download(s3, bucket, key, target)


def _download(s3: Any, bucket: str, key: str, path: Path) -> None:  # noqa: ANN401 - boto3's
    with path.open("wb") as file:
        shutil.copyfileobj(s3.get_object(Bucket=bucket, Key=key)["Body"], file)
