"""Files to S3 and back, a piece at a time."""

import shutil
from pathlib import Path
from typing import Any


def download(s3: Any, bucket: str, key: str, path: Path) -> None:  # noqa: ANN401 - boto3's client
    """Bring an object here."""
    with path.open("wb") as file:
        shutil.copyfileobj(s3.get_object(Bucket=bucket, Key=key)["Body"], file)


def upload(s3: Any, bucket: str, key: str, path: Path) -> None:  # noqa: ANN401
    """Put a file into S3."""
    with path.open("rb") as file:
        s3.put_object(Bucket=bucket, Key=key, Body=file)
