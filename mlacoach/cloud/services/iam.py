"""AWS IAM: roles, users, groups and policies. Service-linked roles are never made, so never deleted."""

from collections.abc import Iterator
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Family, Kind, Request, codes, named, pages, pairs, tag_list

ROLE, USER, GROUP, POLICY = "iam-role", "iam-user", "iam-group", "iam-policy"
GONE = codes("NoSuchEntity")
OPERATIONS_ON_A_ROLE = (
    "AttachRolePolicy",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePermissionsBoundary",
    "PutRolePolicy",
    "TagRole",
    "UpdateAssumeRolePolicy",
)
OPERATIONS_ON_A_USER = ("AttachUserPolicy", "DeleteUserPolicy", "DetachUserPolicy", "PutUserPolicy", "TagUser")
OPERATIONS_ON_A_GROUP = ("AttachGroupPolicy", "DeleteGroupPolicy", "DetachGroupPolicy", "PutGroupPolicy")
SIMULATIONS = frozenset({"SimulateCustomPolicy", "SimulatePrincipalPolicy"})


def _delete_role(iam: Any, name: str) -> None:  # noqa: ANN401
    # Also what somebody attached by hand: a role with anything on it is not deleted.
    for profile in _profiles(iam, name):
        iam.remove_role_from_instance_profile(InstanceProfileName=profile, RoleName=name)
    for arn in list(pages(iam, "list_attached_role_policies", "AttachedPolicies", "PolicyArn", RoleName=name)):
        iam.detach_role_policy(RoleName=name, PolicyArn=arn)
    for page in list(iam.get_paginator("list_role_policies").paginate(RoleName=name)):
        for policy in page["PolicyNames"]:
            iam.delete_role_policy(RoleName=name, PolicyName=policy)
    iam.delete_role(RoleName=name)


def _profiles(iam: Any, name: str) -> list[str]:  # noqa: ANN401
    found = pages(iam, "list_instance_profiles_for_role", "InstanceProfiles", "InstanceProfileName", RoleName=name)
    return list(found)


def _every_role(iam: Any) -> Iterator[str]:  # noqa: ANN401
    return pages(iam, "list_roles", "Roles", "RoleName")


def _take_policies(iam: Any, noun: str, member: str, name: str) -> None:  # noqa: ANN401
    """Whoever has any policy is not deleted; `noun` is user or group."""
    request = {member: name}
    for arn in list(pages(iam, f"list_attached_{noun}_policies", "AttachedPolicies", "PolicyArn", **request)):
        getattr(iam, f"detach_{noun}_policy")(**request, PolicyArn=arn)
    for page in list(iam.get_paginator(f"list_{noun}_policies").paginate(**request)):
        for policy in page["PolicyNames"]:
            getattr(iam, f"delete_{noun}_policy")(**request, PolicyName=policy)


def _delete_user(iam: Any, name: str) -> None:  # noqa: ANN401
    for group in list(pages(iam, "list_groups_for_user", "Groups", "GroupName", UserName=name)):
        iam.remove_user_from_group(GroupName=group, UserName=name)
    _take_policies(iam, "user", "UserName", name)
    iam.delete_user(UserName=name)


def _delete_group(iam: Any, name: str) -> None:  # noqa: ANN401
    for user in [user["UserName"] for user in iam.get_group(GroupName=name)["Users"]]:
        iam.remove_user_from_group(GroupName=name, UserName=user)
    _take_policies(iam, "group", "GroupName", name)
    iam.delete_group(GroupName=name)


def _policies(iam: Any) -> Iterator[str]:  # noqa: ANN401
    return pages(iam, "list_policies", "Policies", "Arn", Scope="Local")


def _policy(iam: Any, name: str) -> str | None:  # noqa: ANN401
    return next((arn for arn in _policies(iam) if arn.rpartition("/")[2] == name), None)


def _delete_policy(iam: Any, name: str) -> None:  # noqa: ANN401
    """It goes once nobody has it any more, and then with its versions."""
    arn = _policy(iam, name)
    if arn is None:
        return
    having = iam.list_entities_for_policy(PolicyArn=arn)
    for noun, member in (("group", "GroupName"), ("user", "UserName"), ("role", "RoleName")):
        for each in having[f"Policy{noun.title()}s"]:
            getattr(iam, f"detach_{noun}_policy")(**{member: each[member]}, PolicyArn=arn)
    for version in iam.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    iam.delete_policy(PolicyArn=arn)


def _version_of(request: Request) -> Resource:
    return Resource(POLICY, request["PolicyArn"].rpartition("/")[2])


MEMBERSHIP = ("AddUserToGroup", "RemoveUserFromGroup")

FAMILIES = (
    Family(
        service="iam",
        kinds={
            ROLE: Kind(
                "iam",
                look=lambda iam, name: iam.get_role(RoleName=name),
                delete=_delete_role,
                absent=GONE,
                every=_every_role,
                tags_of=lambda iam, name: pairs(iam.list_role_tags(RoleName=name)["Tags"]),
            ),
            USER: Kind(
                "iam",
                look=lambda iam, name: iam.get_user(UserName=name),
                delete=_delete_user,
                absent=GONE,
                every=lambda iam: pages(iam, "list_users", "Users", "UserName"),
                tags_of=lambda iam, name: pairs(iam.list_user_tags(UserName=name)["Tags"]),
            ),
            GROUP: Kind(
                "iam",
                look=lambda iam, name: iam.get_group(GroupName=name),
                delete=_delete_group,
                absent=GONE,
                every=lambda iam: pages(iam, "list_groups", "Groups", "GroupName"),
            ),
            POLICY: Kind(
                "iam",
                look=_policy,
                delete=_delete_policy,
                absent=GONE,
                every=lambda iam: [arn.rpartition("/")[2] for arn in _policies(iam)],
            ),
        },
        creates={
            "CreateRole": named(ROLE, "RoleName"),
            "CreateUser": named(USER, "UserName"),
            "CreateGroup": named(GROUP, "GroupName"),
            "CreatePolicy": named(POLICY, "PolicyName"),
        },
        parts={
            **dict.fromkeys(OPERATIONS_ON_A_ROLE, named(ROLE, "RoleName")),
            **dict.fromkeys(OPERATIONS_ON_A_USER, named(USER, "UserName")),
            **dict.fromkeys(OPERATIONS_ON_A_GROUP, named(GROUP, "GroupName")),
            **dict.fromkeys(("CreatePolicyVersion", "SetDefaultPolicyVersion"), _version_of),
            **dict.fromkeys(
                MEMBERSHIP,
                lambda request: [Resource(GROUP, request["GroupName"]), Resource(USER, request["UserName"])],
            ),
        },
        tags=dict.fromkeys(("CreateRole", "CreateUser", "CreatePolicy"), tag_list()),
        harmless=SIMULATIONS,
        absent=GONE,
    ),
)
