import json

PRIVATE = ("private-a", "private-b")
ANYWHERE = "0.0.0.0/0"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
LISTS = {
    "vpc": ("describe_vpcs", "Vpcs", "VpcId"),
    "subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "route-table": ("describe_route_tables", "RouteTables", "RouteTableId"),
    "security-group": ("describe_security_groups", "SecurityGroups", "GroupId"),
}


def another_block(aws):
    """One that the office's network has, too."""
    _vpc(aws, "10.0.0.0/16", names=True)


def without_names(aws):
    """Endpoints could be asked by their address alone."""
    _vpc(aws, "10.20.0.0/16", names=False)


def in_one_zone(aws):
    """Both private ones go down together."""
    for number, suffix in enumerate(("public-a", *PRIVATE)):
        aws.client("ec2").create_subnet(
            VpcId=_id(aws, "vpc", "vpc"),
            CidrBlock=f"10.20.{number}.0/24",
            AvailabilityZone=f"{aws.region}a",
            TagSpecifications=_called(aws, "subnet", suffix),
        )


def one_table_for_all(aws):
    """Then all three are public."""
    _routes(aws, ("public-a", *PRIVATE), out=True)


def no_way_out(aws):
    """A table, but no gateway."""
    _routes(aws, ("public-a",), out=False)


def anybody_at_443(aws):
    """HTTPS is not who asks."""
    jobs, endpoints = _group(aws, "jobs"), _group(aws, "endpoints")
    _let_in(aws, endpoints, IpProtocol="tcp", FromPort=443, ToPort=443, IpRanges=[{"CidrIp": ANYWHERE}])
    _let_in(aws, jobs, IpProtocol="-1", UserIdGroupPairs=[{"GroupId": jobs}])


def at_any_port(aws):
    """From the right group, to everything."""
    jobs, endpoints = _group(aws, "jobs"), _group(aws, "endpoints")
    _let_in(aws, endpoints, IpProtocol="tcp", FromPort=0, ToPort=65535, UserIdGroupPairs=[{"GroupId": jobs}])


def each_for_itself(aws):
    """The endpoints are guarded; the containers of one job can't reach each other."""
    jobs, endpoints = _group(aws, "jobs"), _group(aws, "endpoints")
    _let_in(aws, endpoints, IpProtocol="tcp", FromPort=443, ToPort=443, UserIdGroupPairs=[{"GroupId": jobs}])


def by_udp(aws):
    """The port of HTTPS, and not its protocol."""
    jobs, endpoints = _group(aws, "jobs"), _group(aws, "endpoints")
    _let_in(aws, endpoints, IpProtocol="udp", FromPort=443, ToPort=443, UserIdGroupPairs=[{"GroupId": jobs}])


def as_with_groups(aws):
    """A list does not remember; nothing comes back."""
    acl = _acl(aws, [(100, False, "10.20.0.0/16", (443, 443)), (100, True, ANYWHERE, (443, 443))])
    _bind(aws, acl, PRIVATE)


def everything_passes(aws):
    """As the default list."""
    acl = _acl(aws, [(100, False, ANYWHERE, (0, 65535)), (100, True, ANYWHERE, (0, 65535))])
    _bind(aws, acl, PRIVATE)


def https_from_anywhere(aws):
    """Whoever is outside may knock at 443."""
    block = "10.20.0.0/16"
    rules = [(100, False, ANYWHERE, (443, 443)), (110, False, ANYWHERE, (1024, 65535))]
    acl = _acl(aws, [*rules, (100, True, ANYWHERE, (443, 443)), (110, True, block, (1024, 65535))])
    _bind(aws, acl, PRIVATE)


def on_one_subnet(aws):
    """The other keeps the default list."""
    acl = _acl(aws, [(100, False, ANYWHERE, (443, 65535)), (100, True, ANYWHERE, (443, 65535))])
    _bind(aws, acl, PRIVATE[:1])


def to_any_bucket(aws):
    """Somebody else's too: that is how data leaves."""
    _endpoint(aws, "s3", "s3", "Gateway", RouteTableIds=[_id(aws, "route-table", "private")])


def to_the_objects_alone(aws):
    """A job that lists its prefix first is refused."""
    objects = f"arn:aws:s3:::{aws.name('data')}/*"
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": objects}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    tables = [_id(aws, "route-table", "private")]
    _endpoint(aws, "s3", "s3", "Gateway", RouteTableIds=tables, PolicyDocument=policy)


def for_the_public_side(aws):
    """It has a way already."""
    _endpoint(aws, "s3", "s3", "Gateway", RouteTableIds=[_id(aws, "route-table", "public")])


def in_one_subnet(aws):
    """Whoever stands in the other goes across, or nowhere."""
    _interfaces(aws, PRIVATE[:1], private=True)


def under_another_name(aws):
    """The SDK asks for the usual one."""
    _interfaces(aws, PRIVATE, private=False)


def anywhere(aws):
    """In a network of the service."""
    _model(aws)


def with_a_network(aws):
    """In the VPC, and open to it."""
    subnets = [_id(aws, "subnet", suffix) for suffix in PRIVATE]
    _model(aws, VpcConfig={"Subnets": subnets, "SecurityGroupIds": [_id(aws, "security-group", "jobs")]})


def what_passed(aws):
    """Everything but what was refused."""
    aws.client("ec2").create_flow_logs(
        ResourceIds=[_id(aws, "vpc", "vpc")],
        ResourceType="VPC",
        TrafficType="ACCEPT",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{aws.name('data')}",
        TagSpecifications=_called(aws, "vpc-flow-log", "refused"),
    )


def _called(aws, kind, suffix):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": aws.name(suffix)}]}]


def _id(aws, kind, suffix):
    lists, members, key = LISTS[kind]
    found = getattr(aws.client("ec2"), lists)(Filters=[{"Name": "tag:Name", "Values": [aws.name(suffix)]}])
    return found[members][0][key]


def _vpc(aws, block, *, names):
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=block, TagSpecifications=_called(aws, "vpc", "vpc"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": names})


def _routes(aws, subnets, *, out):
    ec2, vpc = aws.client("ec2"), _id(aws, "vpc", "vpc")
    table = ec2.create_route_table(VpcId=vpc, TagSpecifications=_called(aws, "route-table", "public"))
    key = table["RouteTable"]["RouteTableId"]
    for subnet in subnets:
        ec2.associate_route_table(RouteTableId=key, SubnetId=_id(aws, "subnet", subnet))
    if out:
        found = ec2.create_internet_gateway(TagSpecifications=_called(aws, "internet-gateway", "gateway"))
        gateway = found["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
        ec2.create_route(RouteTableId=key, DestinationCidrBlock=ANYWHERE, GatewayId=gateway)


def _group(aws, suffix):
    made = aws.client("ec2").create_security_group(
        GroupName=aws.name(suffix),
        Description="A group",
        VpcId=_id(aws, "vpc", "vpc"),
        TagSpecifications=_called(aws, "security-group", suffix),
    )
    return made["GroupId"]


def _let_in(aws, group, **rule):
    aws.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])


def _acl(aws, rules):
    ec2 = aws.client("ec2")
    made = ec2.create_network_acl(
        VpcId=_id(aws, "vpc", "vpc"), TagSpecifications=_called(aws, "network-acl", "private")
    )
    acl = made["NetworkAcl"]["NetworkAclId"]
    for number, egress, block, (first, last) in rules:
        ec2.create_network_acl_entry(
            NetworkAclId=acl,
            RuleNumber=number,
            Protocol="6",
            RuleAction="allow",
            Egress=egress,
            CidrBlock=block,
            PortRange={"From": first, "To": last},
        )
    return acl


def _bind(aws, acl, subnets):
    ec2 = aws.client("ec2")
    keys = {_id(aws, "subnet", suffix) for suffix in subnets}
    found = ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [_id(aws, "vpc", "vpc")]}])["NetworkAcls"]
    for each in [each for one in found for each in one["Associations"] if each["SubnetId"] in keys]:
        ec2.replace_network_acl_association(AssociationId=each["NetworkAclAssociationId"], NetworkAclId=acl)


def _endpoint(aws, suffix, service, kind, **more):
    aws.client("ec2").create_vpc_endpoint(
        VpcId=_id(aws, "vpc", "vpc"),
        VpcEndpointType=kind,
        ServiceName=f"com.amazonaws.{aws.region}.{service}",
        TagSpecifications=_called(aws, "vpc-endpoint", suffix),
        **more,
    )


def _interfaces(aws, subnets, *, private):
    for suffix in ("api", "runtime"):
        _endpoint(
            aws,
            f"sagemaker-{suffix}",
            f"sagemaker.{suffix}",
            "Interface",
            SubnetIds=[_id(aws, "subnet", each) for each in subnets],
            SecurityGroupIds=[_id(aws, "security-group", "endpoints")],
            PrivateDnsEnabled=private,
        )


def _model(aws, **more):
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"), ExecutionRoleArn=aws.role_arn, PrimaryContainer={"Image": IMAGE}, **more
    )
