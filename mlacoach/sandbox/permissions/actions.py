"""Which actions on which resources a request asks for.

Names of actions and forms of ARNs are those of the Service Authorization Reference. What has no form here is asked for
on `*`.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import unescape
from typing import Any

from mlacoach.sandbox.control.families import families
from mlacoach.sandbox.routing import Route
from mlacoach.sandbox.world import World

ANY = "*"
PREFIXES: Mapping[str, str] = {
    "stepfunctions": "states",
    "sagemaker-runtime": "sagemaker",
    "sagemaker-featurestore-runtime": "sagemaker",
    "sagemaker-metrics": "sagemaker",
    "apigatewayv2": "apigateway",
    "bedrock-runtime": "bedrock",
    "opensearch": "es",
}
ACTIONS: Mapping[tuple[str, str], str] = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("s3", "ListObjects"): "ListBucket",
    ("s3", "ListObjectsV2"): "ListBucket",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "ListBuckets"): "ListAllMyBuckets",
    ("s3", "ListObjectVersions"): "ListBucketVersions",
    ("s3", "ListMultipartUploads"): "ListBucketMultipartUploads",
    ("s3", "HeadObject"): "GetObject",
    ("s3", "CopyObject"): "PutObject",
    ("s3", "CreateMultipartUpload"): "PutObject",
    ("s3", "UploadPart"): "PutObject",
    ("s3", "UploadPartCopy"): "PutObject",
    ("s3", "CompleteMultipartUpload"): "PutObject",
    ("s3", "ListParts"): "ListMultipartUploadParts",
    ("s3", "DeleteObjects"): "DeleteObject",
    ("s3", "GetBucketEncryption"): "GetEncryptionConfiguration",
    ("s3", "PutBucketEncryption"): "PutEncryptionConfiguration",
    ("s3", "DeleteBucketEncryption"): "PutEncryptionConfiguration",
    ("s3", "GetBucketLifecycleConfiguration"): "GetLifecycleConfiguration",
    ("s3", "PutBucketLifecycleConfiguration"): "PutLifecycleConfiguration",
    ("s3", "DeleteBucketLifecycle"): "PutLifecycleConfiguration",
    ("s3", "GetPublicAccessBlock"): "GetBucketPublicAccessBlock",
    ("s3", "PutPublicAccessBlock"): "PutBucketPublicAccessBlock",
    ("s3", "DeletePublicAccessBlock"): "PutBucketPublicAccessBlock",
    ("s3", "GetBucketNotificationConfiguration"): "GetBucketNotification",
    ("s3", "PutBucketNotificationConfiguration"): "PutBucketNotification",
}
# service → member → the ARN's end; the first member that a request has counts.
FORMS: Mapping[str, Mapping[str, str]] = {
    "athena": {"WorkGroup": "workgroup/{}"},
    "cloudwatch": {"AlarmName": "alarm:{}"},
    "dynamodb": {"TableName": "table/{}"},
    "ecr": {"repositoryName": "repository/{}"},
    "events": {"Rule": "rule/{}", "EventBusName": "event-bus/{}"},
    "firehose": {"DeliveryStreamName": "deliverystream/{}"},
    "glue": {"JobName": "job/{}", "CrawlerName": "crawler/{}", "DatabaseName": "database/{}"},
    "kinesis": {"StreamName": "stream/{}"},
    "kms": {"KeyId": "key/{}"},
    "lambda": {"FunctionName": "function:{}"},
    "logs": {"logGroupName": "log-group:{}"},
    "sagemaker-featurestore-runtime": {"FeatureGroupName": "feature-group/{}"},
    "sagemaker-runtime": {"EndpointName": "endpoint/{}"},
    "secretsmanager": {"SecretId": "secret:{}", "Name": "secret:{}"},
    "sns": {"Name": "{}"},
    "sqs": {"QueueName": "{}"},
    "ssm": {"Name": "parameter/{}"},
}
# IAM is global: its ARNs have no region.
OF_IAM: Mapping[str, str] = {"RoleName": "role/{}", "UserName": "user/{}", "GroupName": "group/{}",
                             "PolicyName": "policy/{}", "InstanceProfileName": "instance-profile/{}"}  # fmt: skip
# Members that hold the ARN of what a request is about.
ARNS = (
    "ResourceArn",
    "ResourceARN",
    "TopicArn",
    "TargetArn",
    "stateMachineArn",
    "executionArn",
    "PolicyArn",
    "SecretId",
)
ROLES = ("RoleArn", "ExecutionRoleArn", "Role", "roleArn")
# Of these operations the role is not passed on but taken on, looked at, or changed.
PASSES_NONE = frozenset({"sts", "iam"})
VERBS = re.compile(r"(?:Create|Describe|Update|Delete|Stop|Start|BatchPut|Put|Get|Add)")


def asked(
    world: World, region: str, route: Route, request: Mapping[str, Any], headers: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """The actions that a request needs, each with the ARN of its resource.

    Args:
        world: the sandbox.
        region: where it is asked.
        route: its service and operation.
        request: its members; of S3 those in the address, and the body of DeleteObjects.
        headers: its headers, names in lower case.
    """
    if route.service == "s3":
        yield from _storage(world, route, request, headers)
        return
    prefix = PREFIXES.get(route.service, route.service)
    action = ACTIONS.get((route.service, route.operation), route.operation)
    yield f"{prefix}:{action}", _resource(world, region, route, request)
    roles = () if route.service in PASSES_NONE else ROLES
    for role in {str(request[name]) for name in roles if request.get(name)}:
        yield "iam:PassRole", role


def _resource(world: World, region: str, route: Route, request: Mapping[str, Any]) -> str:
    if route.service == "sts":
        return str(request.get("RoleArn", ANY))
    arn = next((str(request[name]) for name in ARNS if str(request.get(name, "")).startswith("arn:")), "")
    if arn:
        return arn
    own = OWN_FORMS.get(route.service, _of_form)
    return own(world, region, route, request)


def _of_form(world: World, region: str, route: Route, request: Mapping[str, Any]) -> str:
    forms = FORMS.get(route.service, {})
    name = next((name for name in forms if request.get(name)), "")
    value = str(request.get(name, ""))
    if not name or value.startswith("arn:"):
        return value or ANY
    # A parameter's name begins with the slash that its ARN has anyway.
    return world.arn(forms[name].format(value.lstrip("/")), PREFIXES.get(route.service, route.service), region)


def _of_iam(world: World, _region: str, _route: Route, request: Mapping[str, Any]) -> str:
    form = next((OF_IAM[name].format(request[name]) for name in OF_IAM if request.get(name)), "")
    return f"arn:aws:iam::{world.account}:{form}" if form else ANY


def _of_queue(world: World, region: str, route: Route, request: Mapping[str, Any]) -> str:
    url = str(request.get("QueueUrl", ""))
    return world.arn(url.rpartition("/")[2], "sqs", region) if url else _of_form(world, region, route, request)


def _of_sagemaker(world: World, region: str, route: Route, request: Mapping[str, Any]) -> str:
    operation = route.operation
    noun = VERBS.sub("", operation, count=1)
    family = families().get(noun) or families().get(noun.removesuffix("Execution"))
    if family is None or operation.startswith("List"):
        return ANY
    names = [str(request[key]) for key in family.keys if request.get(key)]
    if names and names[0].startswith("arn:"):
        return names[0]
    return world.arn(f"{family.arn_path}/{'/'.join(names).lower()}", region=region) if names else ANY


OWN_FORMS: Mapping[str, Callable[[World, str, Route, Mapping[str, Any]], str]] = {
    "sagemaker": _of_sagemaker,
    "iam": _of_iam,
    "sqs": _of_queue,
}


def _storage(
    world: World, route: Route, request: Mapping[str, Any], headers: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    action = ACTIONS.get(("s3", route.operation), route.operation)
    bucket, key = request.get("Bucket", ""), request.get("Key", "")
    if not bucket:
        yield f"s3:{action}", ANY
        return
    for each in request.get("Keys") or [key]:
        yield f"s3:{action}", f"arn:aws:s3:::{bucket}/{each}" if each else f"arn:aws:s3:::{bucket}"
    source = headers.get("x-amz-copy-source", "").lstrip("/").partition("?")[0]
    if source:
        yield "s3:GetObject", f"arn:aws:s3:::{source}"
    if action == "PutObject" and headers.get("x-amz-server-side-encryption", "").startswith("aws:kms"):
        given = headers.get("x-amz-server-side-encryption-aws-kms-key-id")
        if given:
            yield "kms:GenerateDataKey", _key(world, given)
    if action == "GetObject" and key:
        yield from _decrypting(world, bucket, key)


def _decrypting(world: World, bucket: str, key: str) -> Iterator[tuple[str, str]]:
    """What reading an object asks of the key that it is encrypted with."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside the client

    try:
        head = world.watcher("s3").head_object(Bucket=bucket, Key=key)
    except ClientError:
        return
    if head.get("SSEKMSKeyId"):
        yield "kms:Decrypt", _key(world, head["SSEKMSKeyId"])


def _key(world: World, given: str) -> str:
    return given if given.startswith("arn:") else world.arn(f"key/{given}", "kms")


def resource_policy(world: World, resource: str) -> tuple[str | None, bool]:
    """The policy of a bucket or a key, and whether it alone may let the account's identities in.

    Args:
        world: the sandbox.
        resource: an ARN.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside the client

    service = resource.split(":")[2] if resource.startswith("arn:") else ""
    try:
        if service == "s3":
            bucket = resource.rpartition(":")[2].partition("/")[0]
            return world.watcher("s3").get_bucket_policy(Bucket=bucket)["Policy"], False
        if service == "kms":
            client = world.watcher("kms", resource.split(":")[3])
            return client.get_key_policy(KeyId=resource.rpartition("/")[2], PolicyName="default")["Policy"], True
    except ClientError:
        pass
    return None, False


def deleted_keys(body: bytes) -> list[str]:
    """The keys that a DeleteObjects names."""
    return [unescape(each.decode("utf-8", "replace")) for each in re.findall(rb"<Key>(.*?)</Key>", body, re.DOTALL)]


def types_of(request: Mapping[str, Any]) -> Sequence[str]:
    """Every instance type that a request names."""
    found: list[str] = []

    def look(value: Any) -> None:  # noqa: ANN401 - JSON
        if isinstance(value, Mapping):
            found.extend(str(each) for name, each in value.items() if name == "InstanceType")
            for each in value.values():
                look(each)
        elif isinstance(value, list | tuple):
            for each in value:
                look(each)

    look(request)
    return found
