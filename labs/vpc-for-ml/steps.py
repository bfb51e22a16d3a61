import json

from mlacoach.labs import Shown

NETWORK = "10.20.0.0/16"
SUBNETS = {"public-a": ("10.20.0.0/24", "a"), "private-a": ("10.20.1.0/24", "a"), "private-b": ("10.20.2.0/24", "b")}
PRIVATE = ("private-a", "private-b")
ANYWHERE = "0.0.0.0/0"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"


def draw_the_network(aws):
    """Private names of endpoints need both: that the VPC asks Amazon's DNS, and that it gives names."""
    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock=NETWORK, TagSpecifications=_called(aws, "vpc", "vpc"))["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})


def split_it_into_subnets(aws):
    """A subnet lies in one Availability Zone; two private ones survive the loss of a zone."""
    for suffix, (block, zone) in SUBNETS.items():
        aws.client("ec2").create_subnet(
            VpcId=_id(aws, "vpc"),
            CidrBlock=block,
            AvailabilityZone=f"{aws.region}{zone}",
            TagSpecifications=_called(aws, "subnet", suffix),
        )


def route_the_traffic(aws):
    """What makes a subnet public is a route to an internet gateway, and nothing else."""
    ec2, vpc = aws.client("ec2"), _id(aws, "vpc")
    found = ec2.create_internet_gateway(TagSpecifications=_called(aws, "internet-gateway", "gateway"))
    gateway = found["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    for suffix, subnets in (("public", ("public-a",)), ("private", PRIVATE)):
        made = ec2.create_route_table(VpcId=vpc, TagSpecifications=_called(aws, "route-table", suffix))
        table = made["RouteTable"]["RouteTableId"]
        for subnet in subnets:
            ec2.associate_route_table(RouteTableId=table, SubnetId=_id(aws, "subnet", subnet))
        if suffix == "public":
            ec2.create_route(RouteTableId=table, DestinationCidrBlock=ANYWHERE, GatewayId=gateway)


def group_by_task(aws):
    """A group may name another one as its source: whoever carries that may come in, whatever its address."""
    jobs, endpoints = _group(aws, "jobs"), _group(aws, "endpoints")
    ec2 = aws.client("ec2")
    from_jobs = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": jobs}]}
    ec2.authorize_security_group_ingress(GroupId=endpoints, IpPermissions=[from_jobs])
    # The containers of one job talk to each other.
    among = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": jobs}]}
    ec2.authorize_security_group_ingress(GroupId=jobs, IpPermissions=[among])


def bar_the_subnets(aws):
    """A list does not remember who asked: answers need a rule of their own, at the ports above 1023."""
    ec2 = aws.client("ec2")
    made = ec2.create_network_acl(VpcId=_id(aws, "vpc"), TagSpecifications=_called(aws, "network-acl", "private"))
    acl = made["NetworkAcl"]["NetworkAclId"]
    rules = [
        (100, False, NETWORK, (443, 443)),
        (110, False, ANYWHERE, (1024, 65535)),
        (100, True, ANYWHERE, (443, 443)),
        (110, True, NETWORK, (1024, 65535)),
    ]
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
    for subnet in PRIVATE:
        key = _id(aws, "subnet", subnet)
        for found in ec2.describe_network_acls(Filters=[_filter("association.subnet-id", key)])["NetworkAcls"]:
            for each in found["Associations"]:
                if each["SubnetId"] == key:
                    ec2.replace_network_acl_association(AssociationId=each["NetworkAclAssociationId"], NetworkAclId=acl)


def reach_s3_from_within(aws):
    """A gateway endpoint is a route, and costs nothing; its policy says what may be reached through it."""
    bucket = f"arn:aws:s3:::{aws.name('data')}"
    statement = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": ["s3:GetObject", "s3:PutObject", "s3:ListBucket"],
        "Resource": [bucket, f"{bucket}/*"],
    }
    aws.client("ec2").create_vpc_endpoint(
        VpcId=_id(aws, "vpc"),
        VpcEndpointType="Gateway",
        ServiceName=f"com.amazonaws.{aws.region}.s3",
        RouteTableIds=[_id(aws, "route-table", "private")],
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        TagSpecifications=_called(aws, "vpc-endpoint", "s3"),
    )


def reach_the_services(aws):
    """An interface endpoint is an address in each subnet, guarded by a group; the service keeps its usual name."""
    for suffix in ("api", "runtime"):
        aws.client("ec2").create_vpc_endpoint(
            VpcId=_id(aws, "vpc"),
            VpcEndpointType="Interface",
            ServiceName=f"com.amazonaws.{aws.region}.sagemaker.{suffix}",
            SubnetIds=[_id(aws, "subnet", each) for each in PRIVATE],
            SecurityGroupIds=[_id(aws, "security-group", "endpoints")],
            PrivateDnsEnabled=True,
            TagSpecifications=_called(aws, "vpc-endpoint", f"sagemaker-{suffix}"),
        )


def keep_the_model_inside(aws):
    """VpcConfig says where its network interfaces stand; isolation takes the container's network away altogether."""
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={"Image": IMAGE},
        VpcConfig={
            "Subnets": [_id(aws, "subnet", each) for each in PRIVATE],
            "SecurityGroupIds": [_id(aws, "security-group", "jobs")],
        },
        EnableNetworkIsolation=True,
    )


def log_what_is_refused(aws):
    """Who was turned away, by which address and port; flow logs hold no contents."""
    aws.client("ec2").create_flow_logs(
        ResourceIds=[_id(aws, "vpc")],
        ResourceType="VPC",
        TrafficType="REJECT",
        LogDestinationType="s3",
        LogDestination=f"arn:aws:s3:::{aws.name('data')}",
        TagSpecifications=_called(aws, "vpc-flow-log", "refused"),
    )
    found = aws.client("ec2").describe_route_tables(Filters=[_filter("vpc-id", _id(aws, "vpc"))])["RouteTables"]
    rows = [
        (_name_of(aws, table), route.get("DestinationCidrBlock", "Amazon S3"), route.get("GatewayId", ""))
        for table in found
        for route in table["Routes"]
    ]
    return Shown(columns=("route table", "to", "through"), rows=rows)


LISTS = {
    "vpc": ("describe_vpcs", "Vpcs", "VpcId"),
    "subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "route-table": ("describe_route_tables", "RouteTables", "RouteTableId"),
    "security-group": ("describe_security_groups", "SecurityGroups", "GroupId"),
}


def _called(aws, kind, suffix):
    return [{"ResourceType": kind, "Tags": [{"Key": "Name", "Value": aws.name(suffix)}]}]


def _filter(name, value):
    return {"Name": name, "Values": [value]}


def _id(aws, kind, suffix="vpc"):
    """EC2 gives ids; the name is a tag."""
    lists, members, key = LISTS[kind]
    found = getattr(aws.client("ec2"), lists)(Filters=[_filter("tag:Name", aws.name(suffix))])
    return found[members][0][key]


def _group(aws, suffix):
    made = aws.client("ec2").create_security_group(
        GroupName=aws.name(suffix),
        Description=f"Group of the {suffix}",
        VpcId=_id(aws, "vpc"),
        TagSpecifications=_called(aws, "security-group", suffix),
    )
    return made["GroupId"]


def _name_of(aws, table):
    names = [tag["Value"] for tag in table["Tags"] if tag["Key"] == "Name"]
    return names[0].removeprefix(aws.name("x")[:-1]) if names else "main"
