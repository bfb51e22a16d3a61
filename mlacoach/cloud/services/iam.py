"""AWS IAM: roles, with what is attached to them. Service-linked roles are never made, so never deleted."""

from collections.abc import Iterator
from typing import Any

from mlacoach.cloud.services.family import Family, Kind, codes, named, pages, pairs, tag_list

ROLE = "iam-role"
GONE = codes("NoSuchEntity")
OPERATIONS_ON_A_ROLE = (
    "AttachRolePolicy",
    "DeleteRolePolicy",
    "DetachRolePolicy",
    "PutRolePolicy",
    "TagRole",
    "UpdateAssumeRolePolicy",
)
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
            )
        },
        creates={"CreateRole": named(ROLE, "RoleName")},
        parts=dict.fromkeys(OPERATIONS_ON_A_ROLE, named(ROLE, "RoleName")),
        tags={"CreateRole": tag_list()},
        harmless=SIMULATIONS,
        absent=GONE,
    ),
)
