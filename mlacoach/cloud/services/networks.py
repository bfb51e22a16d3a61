"""Amazon VPC, a part of Amazon EC2: a request names a thing by its id; its name is the tag `Name`, and that is ours."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.names import RUN_TAG
from mlacoach.cloud.services.family import Absence, Family, Kind, Names, Request, Tags, pairs

VPC, SUBNET, ROUTES, GATEWAY = "vpc", "vpc-subnet", "vpc-route-table", "vpc-internet-gateway"
GROUP, ACL, ENDPOINT, FLOW_LOG = "vpc-security-group", "vpc-network-acl", "vpc-endpoint", "vpc-flow-log"
NOUNS = (
    *("VpcID", "VpcId", "SubnetID", "RouteTableID", "InternetGatewayID", "Group", "NetworkAclID"),
    *("VpcEndpointId", "FlowLogId"),
)
GONE = tuple(Absence(f"Invalid{noun}.NotFound") for noun in NOUNS)
DEFAULT_NAME = "without a tag Name"
Act = Callable[[Any, Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True)
class _Sort:
    """How EC2 speaks of one sort of thing: the operation that lists, the members of its answer, the type in tags."""

    lists: str
    members: str
    key: str
    tagged: str

    def all(self, ec2: Any, **filters: str) -> list[dict[str, Any]]:  # noqa: ANN401
        """Those that the filters let through; an endpoint that is deleted is listed for a while, and is none."""
        # The one operation whose filters are called otherwise.
        member = "Filter" if self.lists == "describe_flow_logs" else "Filters"
        given = [{"Name": name.replace("__", ":"), "Values": [value]} for name, value in filters.items()]
        pages = ec2.get_paginator(self.lists).paginate(**{member: given} if given else {})
        found = [each for page in pages for each in page[self.members]]
        return [each for each in found if str(each.get("State", "")).lower() != "deleted"]

    def called(self, ec2: Any, name: str) -> dict[str, Any] | None:  # noqa: ANN401
        """The one with this name."""
        return next(iter(self.all(ec2, tag__Name=name)), None)

    def name_of(self, ec2: Any, key: str) -> str:  # noqa: ANN401
        """The name of the one with this id."""
        return next((_name(each) for each in self.all(ec2) if each[self.key] == key), "")


SORTS: Mapping[str, _Sort] = {
    VPC: _Sort("describe_vpcs", "Vpcs", "VpcId", "vpc"),
    SUBNET: _Sort("describe_subnets", "Subnets", "SubnetId", "subnet"),
    ROUTES: _Sort("describe_route_tables", "RouteTables", "RouteTableId", "route-table"),
    GATEWAY: _Sort("describe_internet_gateways", "InternetGateways", "InternetGatewayId", "internet-gateway"),
    GROUP: _Sort("describe_security_groups", "SecurityGroups", "GroupId", "security-group"),
    ACL: _Sort("describe_network_acls", "NetworkAcls", "NetworkAclId", "network-acl"),
    ENDPOINT: _Sort("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "vpc-endpoint"),
    FLOW_LOG: _Sort("describe_flow_logs", "FlowLogs", "FlowLogId", "vpc-flow-log"),
}


def _name(found: Mapping[str, Any]) -> str:
    return pairs(found.get("Tags", [])).get("Name", "")


def _delete_routes(ec2: Any, found: Mapping[str, Any]) -> None:  # noqa: ANN401
    for each in found["Associations"]:
        ec2.disassociate_route_table(AssociationId=each["RouteTableAssociationId"])
    ec2.delete_route_table(RouteTableId=found["RouteTableId"])


def _delete_gateway(ec2: Any, found: Mapping[str, Any]) -> None:  # noqa: ANN401
    key = found["InternetGatewayId"]
    for each in found["Attachments"]:
        ec2.detach_internet_gateway(InternetGatewayId=key, VpcId=each["VpcId"])
    ec2.delete_internet_gateway(InternetGatewayId=key)


def _delete_group(ec2: Any, found: Mapping[str, Any]) -> None:  # noqa: ANN401
    """A group that a rule of another one names is not deleted."""
    key = found["GroupId"]
    for other in ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [found["VpcId"]]}])[
        "SecurityGroups"
    ]:
        for rules, revoke in (
            ("IpPermissions", ec2.revoke_security_group_ingress),
            ("IpPermissionsEgress", ec2.revoke_security_group_egress),
        ):
            naming = [rule for rule in other[rules] if key in {each["GroupId"] for each in rule["UserIdGroupPairs"]}]
            if naming and other["GroupId"] != key:
                revoke(GroupId=other["GroupId"], IpPermissions=naming)
    ec2.delete_security_group(GroupId=key)


def _delete_acl(ec2: Any, found: Mapping[str, Any]) -> None:  # noqa: ANN401
    """Its subnets go back to the network's default list; one with subnets is not deleted."""
    if found["Associations"]:
        lists = SORTS[ACL].all(ec2, **{"vpc-id": found["VpcId"]})
        default = next(each["NetworkAclId"] for each in lists if each["IsDefault"])
        for each in found["Associations"]:
            ec2.replace_network_acl_association(AssociationId=each["NetworkAclAssociationId"], NetworkAclId=default)
    ec2.delete_network_acl(NetworkAclId=found["NetworkAclId"])


DELETES: Mapping[str, Act] = {
    VPC: lambda ec2, found: ec2.delete_vpc(VpcId=found["VpcId"]),
    SUBNET: lambda ec2, found: ec2.delete_subnet(SubnetId=found["SubnetId"]),
    ROUTES: _delete_routes,
    GATEWAY: _delete_gateway,
    GROUP: _delete_group,
    ACL: _delete_acl,
    ENDPOINT: lambda ec2, found: ec2.delete_vpc_endpoints(VpcEndpointIds=[found["VpcEndpointId"]]),
    FLOW_LOG: lambda ec2, found: ec2.delete_flow_logs(FlowLogIds=[found["FlowLogId"]]),
}


def _kind(kind: str) -> Kind:
    sort = SORTS[kind]

    def delete(ec2: Any, name: str) -> None:  # noqa: ANN401
        found = sort.called(ec2, name)
        if found:
            DELETES[kind](ec2, found)

    return Kind(
        "ec2",
        look=sort.called,
        delete=delete,
        absent=GONE,
        busy=lambda found: str(found.get("State", "")).lower() in {"pending", "deleting"},
        every=lambda ec2: [name for name in map(_name, sort.all(ec2)) if name],
        tags_of=lambda ec2, name: pairs((sort.called(ec2, name) or {}).get("Tags", [])),
        name_of=sort.name_of,
    )


def _by_tag(kind: str) -> Names:
    def made(request: Request) -> Resource:
        tags = [tag for each in request.get("TagSpecifications", ()) for tag in each.get("Tags", ())]
        return Resource(kind, pairs(tags).get("Name", DEFAULT_NAME))

    return made


def _tag(kind: str) -> Tags:
    def put(request: Request, run: str) -> None:
        specification = {"ResourceType": SORTS[kind].tagged, "Tags": [{"Key": RUN_TAG, "Value": run}]}
        given = request.get("TagSpecifications", [specification])
        first, *rest = given
        tags = [tag for tag in first.get("Tags", ()) if tag["Key"] != RUN_TAG]
        request["TagSpecifications"] = [{**first, "Tags": [*tags, *specification["Tags"]]}, *rest]

    return put


def _by_ids(*members: tuple[str, str]) -> Names:
    """The things whose ids stand in these members of the request: `(kind, member)`."""

    def changed(request: Request) -> list[Resource]:
        return [Resource(kind, key) for kind, member in members for key in _listed(request.get(member, ()))]

    return changed


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


CREATES = {
    "CreateVpc": VPC,
    "CreateSubnet": SUBNET,
    "CreateRouteTable": ROUTES,
    "CreateInternetGateway": GATEWAY,
    "CreateSecurityGroup": GROUP,
    "CreateNetworkAcl": ACL,
    "CreateVpcEndpoint": ENDPOINT,
    "CreateFlowLogs": FLOW_LOG,
}
IN_A_VPC = ("CreateSubnet", "CreateRouteTable", "CreateSecurityGroup", "CreateNetworkAcl", "CreateVpcEndpoint")
RULES = (
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
)
ENTRIES = ("CreateNetworkAclEntry", "ReplaceNetworkAclEntry", "DeleteNetworkAclEntry", "ReplaceNetworkAclAssociation")

FAMILIES = (
    Family(
        service="ec2",
        kinds={kind: _kind(kind) for kind in SORTS},
        creates={operation: _by_tag(kind) for operation, kind in CREATES.items()},
        parts={
            **dict.fromkeys(IN_A_VPC, _by_ids((VPC, "VpcId"))),
            "CreateFlowLogs": _by_ids((VPC, "ResourceIds")),
            "ModifyVpcAttribute": _by_ids((VPC, "VpcId")),
            "ModifySubnetAttribute": _by_ids((SUBNET, "SubnetId")),
            "AssociateRouteTable": _by_ids((ROUTES, "RouteTableId"), (SUBNET, "SubnetId")),
            "AttachInternetGateway": _by_ids((GATEWAY, "InternetGatewayId"), (VPC, "VpcId")),
            **dict.fromkeys(("CreateRoute", "DeleteRoute"), _by_ids((ROUTES, "RouteTableId"))),
            **dict.fromkeys(RULES, _by_ids((GROUP, "GroupId"))),
            **dict.fromkeys(ENTRIES, _by_ids((ACL, "NetworkAclId"))),
            "ModifyVpcEndpoint": _by_ids((ENDPOINT, "VpcEndpointId")),
        },
        tags={operation: _tag(kind) for operation, kind in CREATES.items()},
        absent=GONE,
    ),
)
