"""Amazon S3: buckets, with all that lies in them."""

from typing import Any

from mlacoach.cloud.names import RUN_TAG
from mlacoach.cloud.services.family import Family, Kind, Request, StillHolds, codes, named, pairs

BUCKET, CONTENT = "s3-bucket", "s3-bucket-content"
GONE = codes("NoSuchBucket", "404")  # HEAD has no body, and so no code
OPERATIONS_ON_A_BUCKET = (
    "AbortMultipartUpload",
    "CompleteMultipartUpload",
    "CopyObject",
    "CreateMultipartUpload",
    "DeleteBucketPolicy",
    "DeleteObject",
    "DeleteObjects",
    "PutBucketEncryption",
    "PutBucketLifecycleConfiguration",
    "PutBucketNotificationConfiguration",
    "PutBucketPolicy",
    "PutBucketTagging",
    "PutBucketVersioning",
    "PutObject",
    "PutObjectTagging",
    "PutPublicAccessBlock",
    "UploadPart",
)
# The actions of IAM that are not called as the operation is.
ACTIONS = {
    "AbortMultipartUpload": ("s3:AbortMultipartUpload",),
    "CompleteMultipartUpload": ("s3:PutObject",),
    "CopyObject": ("s3:GetObject", "s3:PutObject"),
    "CreateMultipartUpload": ("s3:PutObject",),
    "DeleteObjects": ("s3:DeleteObject", "s3:DeleteObjectVersion"),
    "GetBucketEncryption": ("s3:GetEncryptionConfiguration",),
    "GetBucketLifecycleConfiguration": ("s3:GetLifecycleConfiguration",),
    "GetBucketNotificationConfiguration": ("s3:GetBucketNotification",),
    "GetPublicAccessBlock": ("s3:GetBucketPublicAccessBlock",),
    "HeadBucket": ("s3:ListBucket",),
    "HeadObject": ("s3:GetObject",),
    "ListBuckets": ("s3:ListAllMyBuckets",),
    "ListMultipartUploads": ("s3:ListBucketMultipartUploads",),
    "ListObjectVersions": ("s3:ListBucketVersions",),
    "ListObjects": ("s3:ListBucket",),
    "ListObjectsV2": ("s3:ListBucket",),
    "PutBucketEncryption": ("s3:PutEncryptionConfiguration",),
    "PutBucketLifecycleConfiguration": ("s3:PutLifecycleConfiguration",),
    "PutBucketNotificationConfiguration": ("s3:PutBucketNotification",),
    "PutPublicAccessBlock": ("s3:PutBucketPublicAccessBlock",),
    "UploadPart": ("s3:PutObject",),
}


def _delete_bucket(s3: Any, name: str) -> None:  # noqa: ANN401
    # A policy that denies may deny the deletion too; the account's owner can always take the policy away.
    s3.delete_bucket_policy(Bucket=name)
    _empty(s3, name)
    s3.delete_bucket(Bucket=name)


def _empty(s3: Any, name: str) -> None:  # noqa: ANN401
    # Every page is read before the first deletion: the next page begins after a key that must still be there.
    for page in list(s3.get_paginator("list_multipart_uploads").paginate(Bucket=name)):
        for upload in page.get("Uploads", []):
            s3.abort_multipart_upload(Bucket=name, Key=upload["Key"], UploadId=upload["UploadId"])
    # A page holds at most a thousand, which is what one call may delete.
    for page in list(s3.get_paginator("list_object_versions").paginate(Bucket=name)):
        _delete_versions(s3, name, [*page.get("Versions", []), *page.get("DeleteMarkers", [])])


def _look_into(s3: Any, name: str) -> Any:  # noqa: ANN401
    """One of the things that lie in it."""
    found = s3.list_object_versions(Bucket=name, MaxKeys=1)
    uploads = s3.list_multipart_uploads(Bucket=name, MaxUploads=1)
    return found.get("Versions") or found.get("DeleteMarkers") or uploads.get("Uploads")


def _delete_versions(s3: Any, bucket: str, versions: list[dict[str, Any]]) -> None:  # noqa: ANN401
    if not versions:
        return
    objects = [{"Key": version["Key"], "VersionId": version["VersionId"]} for version in versions]
    answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True})
    # The call succeeds also when not one object was deleted.
    for error in answer.get("Errors", []):
        raise StillHolds(f"{error['Key']}: {error['Code']}: {error.get('Message', '')}")


def _tag_bucket(request: Request, run: str) -> None:
    configuration = request.setdefault("CreateBucketConfiguration", {})
    configuration.setdefault("Tags", []).append({"Key": RUN_TAG, "Value": run})


def _bucket_tags(s3: Any, name: str) -> dict[str, str]:  # noqa: ANN401
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only labs need boto3

    try:
        return pairs(s3.get_bucket_tagging(Bucket=name)["TagSet"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchTagSet":
            return {}
        raise


def _object_lock(request: Request) -> str:
    locks = request.get("ObjectLockEnabledForBucket")
    return "A bucket with object lock keeps its objects for years." if locks else ""


FAMILIES = (
    Family(
        service="s3",
        kinds={
            BUCKET: Kind(
                "s3",
                look=lambda s3, name: s3.head_bucket(Bucket=name),
                delete=_delete_bucket,
                absent=GONE,
                every=lambda s3: [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]],
                tags_of=_bucket_tags,
            ),
            # Of a bucket that something else deletes, a stack: that one fails if anything lies in it.
            CONTENT: Kind("s3", look=_look_into, delete=_empty, absent=GONE),
        },
        creates={"CreateBucket": named(BUCKET, "Bucket")},
        parts=dict.fromkeys(OPERATIONS_ON_A_BUCKET, named(BUCKET, "Bucket")),
        tags={"CreateBucket": _tag_bucket},
        refused={"CreateBucket": _object_lock},
        actions=ACTIONS,
        absent=codes(
            "404",
            "NoSuchBucket",
            "NoSuchBucketPolicy",
            "NoSuchKey",
            "NoSuchLifecycleConfiguration",
            "NoSuchPublicAccessBlockConfiguration",
            "NoSuchTagSet",
            "ServerSideEncryptionConfigurationNotFoundError",
        ),
    ),
)
