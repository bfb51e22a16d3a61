"""What must be there before SageMaker creates anything: the role, and what a model is made of."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mlacoach.sandbox.aws_error import invalid
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.dispatch import ROLES
from mlacoach.sandbox.fault_rules import cannot_assume
from mlacoach.sandbox.permissions.acting import client_as
from mlacoach.sandbox.world import World

PRINCIPAL = "sagemaker.amazonaws.com"


def require_role(call: Call) -> None:
    """The roles of a request exist and trust SageMaker.

    Raises:
        AwsError: one does not.
    """
    for member in ROLES:
        role = call.request.get(member)
        if role and not can_assume(call.world, str(role)):
            raise cannot_assume(str(role))


def can_assume(world: World, role_arn: str, principal: str = PRINCIPAL) -> bool:
    """Does the role exist, and does it trust the service?"""
    iam = world.client("iam")
    name = role_arn.rpartition("/")[2]
    try:
        role = iam.get_role(RoleName=name)["Role"]
    except iam.exceptions.NoSuchEntityException:
        return False
    return bool(role["Arn"] == role_arn) and _trusts(role["AssumeRolePolicyDocument"], principal)


def _trusts(policy: Any, principal: str) -> bool:  # noqa: ANN401 - boto3 gives a dict, or text that is no JSON
    document = json.loads(policy) if isinstance(policy, str) else policy
    statements = document.get("Statement", [])
    return any(
        statement.get("Effect") == "Allow" and principal in _services(statement.get("Principal", {}))
        for statement in (statements if isinstance(statements, list) else [statements])
    )


def _services(principal: Any) -> list[str]:  # noqa: ANN401
    named = principal.get("Service", []) if isinstance(principal, Mapping) else []
    return [named] if isinstance(named, str) else list(named)


def require_model_data(call: Call) -> None:
    """The artifacts of a model exist.

    Raises:
        AwsError: one does not.
    """
    containers = [call.request.get("PrimaryContainer"), *call.request.get("Containers", [])]
    role = call.request.get("ExecutionRoleArn", "")
    for container in containers:
        url = (container or {}).get("ModelDataUrl")
        # Of a multi-model container it is the place where models will lie.
        if url and container.get("Mode") != "MultiModel" and not object_exists(call.world, url, role):
            raise invalid(
                f'Could not access model data at {url}. Please ensure that the role "{role}" exists and that its '
                'trust relationship policy allows the action "sts:AssumeRole" for the service principal '
                '"sagemaker.amazonaws.com". Also ensure that the role has "s3:GetObject" permissions and that the '
                f"object is located in {call.region}."
            )


def s3_place(url: str) -> tuple[str, str]:
    """Bucket and key of an s3:// address, or of the https address of an object.

    Raises:
        AwsError: it is neither.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3":
        return parts.netloc, parts.path.lstrip("/")
    host = parts.hostname or ""
    if parts.scheme == "https" and host.startswith(("s3.", "s3-")):
        bucket, _, key = parts.path.lstrip("/").partition("/")
        return bucket, key
    if parts.scheme == "https" and ".s3" in host:
        return host.partition(".s3")[0], parts.path.lstrip("/")
    raise invalid(f"{url} is no address in S3.")


def object_exists(world: World, url: str, role: str = "") -> bool:
    """Is there such an object, and may the role read it?"""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - beside the client

    bucket, key = s3_place(url)
    try:
        client_as(world, role, "s3").head_object(Bucket=bucket, Key=key)
    except ClientError:
        return False
    return True
