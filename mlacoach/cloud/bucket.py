"""A place in a bucket of S3 for synchronising."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlacoach.cloud.account import new_client
from mlacoach.cloud.refusals import DENIED, refusal
from mlacoach.errors import MlacoachError, NeedsCredentials, TryAgain

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.exceptions import ClientError

# Two that write the same object at the same time: the first one's stands.
ALREADY_THERE = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})


class Bucket:
    """Named objects below a prefix, each written once."""

    def __init__(self, session: "Session", bucket: str, prefix: str, endpoint: str | None = None) -> None:
        self._client = new_client(session, "s3", endpoint)
        self._bucket, self._prefix = bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.name = f"s3://{bucket}/{self._prefix}"

    def names(self) -> list[str]:
        """The objects, by what follows the prefix.

        Raises:
            MlacoachError: there is no such bucket.
            NeedsCredentials: AWS does not let us in, or not do that.
            TryAgain: it does not answer.
        """
        with self._said():
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            keys = [entry["Key"] for page in pages for entry in page.get("Contents", ())]
        return sorted(key.removeprefix(self._prefix) for key in keys)

    def read(self, name: str) -> bytes:
        """What an object holds."""
        with self._said():
            return bytes(self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)["Body"].read())

    def write(self, name: str, data: bytes) -> None:
        """Write an object, unless there is one of that name."""
        from botocore.exceptions import ClientError  # noqa: PLC0415 - only who synchronises with S3 needs boto3

        with self._said():
            try:
                self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=data, IfNoneMatch="*")
            except ClientError as error:
                if error.response["Error"]["Code"] not in ALREADY_THERE:
                    raise

    @contextmanager
    def _said(self) -> Iterator[None]:
        """Say in our words what AWS refuses."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            yield
        except ClientError as error:
            raise self._refused(error) from error
        except BotoCoreError as error:
            raise refusal(error) or TryAgain(f"{self.name}: {error}", "Check the network and the region.") from error

    def _refused(self, error: "ClientError") -> MlacoachError:
        code = error.response["Error"]["Code"]
        if code == "NoSuchBucket":
            return MlacoachError(f"There is no bucket {self._bucket}.", "Make it, private; mlacoach makes none.")
        # S3 has no words where a request has no body to answer with.
        if code in DENIED or code == "403":
            return NeedsCredentials(
                f"AWS refused a call on {self.name}: {error}",
                "It takes s3:ListBucket on the bucket, s3:GetObject and s3:PutObject on what is in it.",
            )
        return refusal(error) or TryAgain(f"{self.name}: {error}", "Try again later.")
