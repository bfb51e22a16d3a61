"""How each kind of resource is deleted and looked for, from its name alone.

Both functions raise the service's own error when there is no such resource; `absent` lists the codes that say so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlacoach.cloud.calls import BUCKET, DATABASE, TABLE


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: its service, how to delete one, how to look for one, and the codes that say that it is not there."""

    service: str
    delete: Callable[[Any, str], None]
    look: Callable[[Any, str], object]
    absent: frozenset[str]


class StillHolds(Exception):
    """What lies in it could not be deleted."""


def _delete_bucket(s3: Any, name: str) -> None:  # noqa: ANN401
    # A policy that denies may deny the deletion too; the account's owner can always take the policy away.
    s3.delete_bucket_policy(Bucket=name)
    # Every page is read before the first deletion: the next page begins after a key that must still be there.
    for page in list(s3.get_paginator("list_multipart_uploads").paginate(Bucket=name)):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    # A page holds at most a thousand, which is what one call may delete.
    for page in list(s3.get_paginator("list_object_versions").paginate(Bucket=name)):
        _delete_versions(s3, name, [*page.get("Versions", []), *page.get("DeleteMarkers", [])])
    s3.delete_bucket(Bucket=name)


def _delete_versions(s3: Any, bucket: str, versions: list[dict[str, Any]]) -> None:  # noqa: ANN401
    if not versions:
        return
    objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    # The call succeeds also when not one object was deleted.
    for error in answer.get("Errors", []):
        raise StillHolds(f"{error['Key']}: {error['Code']}: {error.get('Message', '')}")


def _delete_database(glue: Any, name: str) -> None:  # noqa: ANN401
    # AWS deletes the tables of a database later and on its own time; we would have to wait to see that they are gone.
    for page in list(glue.get_paginator("get_tables").paginate(DatabaseName=name)):
        for table in page["TableList"]:
            glue.delete_table(DatabaseName=name, Name=table["Name"])
    glue.delete_database(Name=name)


def _delete_table(glue: Any, name: str) -> None:  # noqa: ANN401
    database, _, table = name.partition("/")
    # Its partitions go with it, later too; a new table of this name would not see them.
    glue.delete_table(DatabaseName=database, Name=table)


def _look_for_table(glue: Any, name: str) -> object:  # noqa: ANN401
    database, _, table = name.partition("/")
    return glue.get_table(DatabaseName=database, Name=table)


# 404: HEAD has no body, and so no code.
KINDS: Mapping[str, Kind] = {
    BUCKET: Kind(
        "s3", _delete_bucket, lambda s3, name: s3.head_bucket(Bucket=name), frozenset({"NoSuchBucket", "404"})
    ),
    DATABASE: Kind(
        "glue",
        _delete_database,
        lambda glue, name: glue.get_database(Name=name),
        frozenset({"EntityNotFoundException"}),
    ),
    TABLE: Kind("glue", _delete_table, _look_for_table, frozenset({"EntityNotFoundException"})),
}
