"""Clients for what a service does in a role's name: bound by the role's policies, if the role is."""

from typing import Any

from mlacoach.sandbox.permissions.principals import ENFORCE
from mlacoach.sandbox.world import World


def client_as(world: World, role_arn: str, service: str) -> Any:  # noqa: ANN401 - boto3's
    """A client that may do what a role may: everything, unless the role asks for its policies to be enforced.

    Args:
        world: the sandbox.
        role_arn: the role's; empty for none.
        service: boto3's name.
    """
    if not role_arn or not _is_enforced(world, role_arn):
        return world.client(service)
    session = world.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="SageMaker")
    return world.client(service, access_key=session["Credentials"]["AccessKeyId"])


def _is_enforced(world: World, role_arn: str) -> bool:
    iam = world.watcher("iam")
    try:
        tags = iam.get_role(RoleName=role_arn.rpartition("/")[2])["Role"].get("Tags", ())
    except iam.exceptions.NoSuchEntityException:
        return False
    return {"Key": ENFORCE, "Value": "true"} in tags
