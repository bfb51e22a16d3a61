"""Which calls a lab may send, and what each makes.

A call that only looks is sent. Any other must stand in one of the tables below, or it is refused: what nobody journals,
nobody takes away. A new lab that needs a new kind of resource adds a row here and its deletion in `kinds`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.names import RUN_TAG

Call = tuple[str, str]
Request = dict[str, Any]

LOOKS = ("Get", "List", "Describe", "Head", "BatchGet", "Search")

BUCKET, DATABASE, TABLE = "s3-bucket", "glue-database", "glue-table"


def _bucket(request: Request) -> Resource:
    return Resource(BUCKET, request["Bucket"])


def _table(request: Request) -> Resource:
    return Resource(TABLE, f"{request['DatabaseName']}/{request['TableName']}")


# Makes a resource: the call, and what it will have made.
CREATES: Mapping[Call, Callable[[Request], Resource]] = {
    ("s3", "CreateBucket"): _bucket,
    ("glue", "CreateDatabase"): lambda request: Resource(DATABASE, request["DatabaseInput"]["Name"]),
    ("glue", "CreateTable"): lambda request: Resource(
        TABLE, f"{request['DatabaseName']}/{request['TableInput']['Name']}"
    ),
}

# Changes a resource of this run: the call, and whose part it changes. What it makes goes when its owner goes.
PARTS: Mapping[Call, Callable[[Request], Resource]] = {
    **{
        ("s3", operation): _bucket
        for operation in (
            "AbortMultipartUpload",
            "CompleteMultipartUpload",
            "CreateMultipartUpload",
            "DeleteObject",
            "DeleteObjects",
            "PutBucketEncryption",
            "PutBucketLifecycleConfiguration",
            "PutBucketPolicy",
            "PutBucketTagging",
            "PutBucketVersioning",
            "PutObject",
            "PutObjectTagging",
            "PutPublicAccessBlock",
            "UploadPart",
        )
    },
    ("glue", "BatchCreatePartition"): _table,
    ("glue", "CreatePartition"): _table,
}


def _tag_bucket(request: Request, run: str) -> None:
    configuration = request.setdefault("CreateBucketConfiguration", {})
    configuration.setdefault("Tags", []).append({"Key": RUN_TAG, "Value": run})


def _tag_database(request: Request, run: str) -> None:
    request.setdefault("Tags", {})[RUN_TAG] = run


# Takes tags when it makes something; a Glue table has none.
TAGS: Mapping[Call, Callable[[Request, str], None]] = {
    ("s3", "CreateBucket"): _tag_bucket,
    ("glue", "CreateDatabase"): _tag_database,
}


def only_looks(operation: str) -> bool:
    """Does the call leave the account as it is?"""
    return operation.startswith(LOOKS)


def resists_deletion(call: Call, request: Request) -> bool:
    """Would what the call makes refuse to be deleted? A bucket with object lock keeps its objects for years."""
    return call == ("s3", "CreateBucket") and bool(request.get("ObjectLockEnabledForBucket"))
