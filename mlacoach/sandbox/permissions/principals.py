"""Who asks, and which policies they bring: of a role, of a user and the user's groups."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mlacoach.sandbox.permissions.documents import Statement, statements
from mlacoach.sandbox.world import World

# With this tag, set to true, a role or a user may do no more than its policies say.
ENFORCE = "mlacoach:enforce"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Attributes:
        arn: as STS says it: a user, or a session of a role.
        entity: the ARN of the user or of the role.
        identity: the statements of its policies.
        boundary: those of its permissions boundary; None where it has none.
        tags: of the user or of the role.
        user_id: as STS says it.
    """

    arn: str
    entity: str
    identity: tuple[Statement, ...]
    boundary: tuple[Statement, ...] | None
    tags: Mapping[str, str] = field(default_factory=dict)
    user_id: str = ""

    @property
    def is_enforced(self) -> bool:
        """May it do no more than its policies say?"""
        return self.tags.get(ENFORCE, "").lower() == "true"

    @property
    def names(self) -> list[str]:
        """By what a resource's policy may name it."""
        account = self.entity.split(":")[4]
        return [self.arn, self.entity, account, f"arn:aws:iam::{account}:root"]


def principal_of(world: World, arn: str, user_id: str = "") -> Principal | None:
    """The principal of an ARN: a role, a session of one, or a user; None for the account itself.

    Args:
        world: the sandbox.
        arn: as STS or IAM says it.
        user_id: as STS says it.

    Raises:
        ClientError: there is no such role or user.
    """
    kind, _, rest = arn.rpartition(":")[2].partition("/")
    if kind == "assumed-role":
        return _of_role(world, arn, rest.split("/")[0], user_id)
    if kind == "role":
        return _of_role(world, arn, rest.rpartition("/")[2], user_id)
    if kind == "user":
        return _of_user(world, arn, rest.rpartition("/")[2], user_id)
    return None


def _of_role(world: World, arn: str, name: str, user_id: str) -> Principal:
    iam = world.watcher("iam")
    role = iam.get_role(RoleName=name)["Role"]
    found: list[Statement] = []
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        document = iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]
        found += statements(document, f"role_{name}_{policy}")
    for policy in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        found += managed(world, policy["PolicyArn"])
    return Principal(arn, role["Arn"], tuple(found), _boundary(world, role), _tags(role), user_id)


def _of_user(world: World, arn: str, name: str, user_id: str) -> Principal:
    iam = world.watcher("iam")
    user = iam.get_user(UserName=name)["User"]
    found: list[Statement] = []
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        document = iam.get_user_policy(UserName=name, PolicyName=policy)["PolicyDocument"]
        found += statements(document, f"user_{name}_{policy}")
    for policy in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        found += managed(world, policy["PolicyArn"])
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        found += _of_group(iam, world, group["GroupName"])
    return Principal(arn, user["Arn"], tuple(found), _boundary(world, user), _tags(user), user_id)


def _of_group(iam: Any, world: World, name: str) -> list[Statement]:  # noqa: ANN401 - boto3's
    found: list[Statement] = []
    for policy in iam.list_group_policies(GroupName=name)["PolicyNames"]:
        document = iam.get_group_policy(GroupName=name, PolicyName=policy)["PolicyDocument"]
        found += statements(document, f"group_{name}_{policy}")
    for policy in iam.list_attached_group_policies(GroupName=name)["AttachedPolicies"]:
        found += managed(world, policy["PolicyArn"])
    return found


def managed(world: World, arn: str) -> list[Statement]:
    """The statements of a managed policy's default version."""
    iam = world.watcher("iam")
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return statements(document, arn.rpartition("/")[2])


def _boundary(world: World, entity: Mapping[str, Any]) -> tuple[Statement, ...] | None:
    given = entity.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return tuple(managed(world, given)) if given else None


def _tags(entity: Mapping[str, Any]) -> dict[str, str]:
    return {each["Key"]: each["Value"] for each in entity.get("Tags", ())}
