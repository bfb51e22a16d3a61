import ipaddress
import json
from fnmatch import fnmatchcase

from mlacoach.labs import NotYet, proofs

NETWORK = ipaddress.ip_network("10.20.0.0/16")
PRIVATE = ("private-a", "private-b")
ANYWHERE = "0.0.0.0/0"
HTTPS, SSH = 443, 22
ANSWERS = 50000  # one of the ports at which answers arrive
LISTS = {
    "VPC": ("describe_vpcs", "Vpcs", "create_vpc"),
    "subnet": ("describe_subnets", "Subnets", "create_subnet"),
    "route table": ("describe_route_tables", "RouteTables", "create_route_table"),
    "security group": ("describe_security_groups", "SecurityGroups", "create_security_group"),
    "network ACL": ("describe_network_acls", "NetworkAcls", "create_network_acl"),
    "endpoint": ("describe_vpc_endpoints", "VpcEndpoints", "create_vpc_endpoint"),
}


def draw_the_network(aws):
    """A VPC of 10.20.0.0/16 whose machines have names."""
    vpc = _one(aws, "VPC", "vpc")
    if vpc["CidrBlock"] != str(NETWORK):
        raise NotYet(f"Its block is {vpc['CidrBlock']}.", hint="10.20.0.0/16")
    for attribute, member in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
        found = aws.find("ec2", "describe_vpc_attribute", VpcId=vpc["VpcId"], Attribute=attribute) or {}
        if not found.get(member, {}).get("Value"):
            raise NotYet(f"{member} is off.", hint="modify_vpc_attribute(…), one attribute a call")


def split_it_into_subnets(aws):
    """One public subnet and two private ones, these in two Availability Zones."""
    vpc = _one(aws, "VPC", "vpc")["VpcId"]
    found = {suffix: _one(aws, "subnet", suffix) for suffix in ("public-a", *PRIVATE)}
    for suffix, subnet in found.items():
        if subnet["VpcId"] != vpc or not ipaddress.ip_network(subnet["CidrBlock"]).subnet_of(NETWORK):
            raise NotYet(f"{suffix} lies outside of the VPC.", hint="VpcId, and a part of 10.20.0.0/16")
    zones = {found[suffix]["AvailabilityZone"] for suffix in PRIVATE}
    if len(zones) < 2:
        raise NotYet(f"Both private subnets lie in {zones.pop()}.", hint="AvailabilityZone")


def route_the_traffic(aws):
    """The public subnet has a route to an internet gateway; the private ones have none."""
    for suffix in ("public-a", *PRIVATE):
        table = _table_of(aws, suffix)
        out = [route for route in table["Routes"] if route.get("DestinationCidrBlock") == ANYWHERE]
        if suffix == "public-a" and not any(route.get("GatewayId", "").startswith("igw-") for route in out):
            raise NotYet("public-a has no route to an internet gateway.", hint="create_route(…): 0.0.0.0/0")
        if suffix != "public-a" and out:
            raise NotYet(f"{suffix} has a route to 0.0.0.0/0.", hint="A route table of its own, with local alone.")
    attached = aws.find("ec2", "describe_internet_gateways", Filters=[_named(aws, "gateway")])["InternetGateways"]
    vpc = _one(aws, "VPC", "vpc")["VpcId"]
    if vpc not in [each["VpcId"] for gateway in attached for each in gateway["Attachments"]]:
        raise NotYet("The internet gateway is not attached to the VPC.", hint="attach_internet_gateway(…)")


def group_by_task(aws):
    """Jobs may come to the endpoints at 443, nobody else; nobody comes to the jobs but themselves."""
    jobs, endpoints = _one(aws, "security group", "jobs"), _one(aws, "security group", "endpoints")
    for name, group in (("jobs", jobs), ("endpoints", endpoints)):
        wide = [rule for rule in group["IpPermissions"] if rule["IpRanges"] or rule.get("Ipv6Ranges")]
        if wide:
            raise NotYet(f"{name} lets addresses in, not groups.", hint="UserIdGroupPairs in place of IpRanges")
        sources = {pair["GroupId"] for rule in group["IpPermissions"] for pair in rule["UserIdGroupPairs"]}
        if sources - {jobs["GroupId"]}:
            raise NotYet(f"{name} lets other groups in.", hint="The group jobs alone.")
    ports = {(rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort")) for rule in endpoints["IpPermissions"]}
    if ports != {("tcp", HTTPS, HTTPS)}:
        raise NotYet(f"The ports of endpoints are {sorted(map(str, ports))}.", hint="TCP 443 alone")
    if "-1" not in {rule["IpProtocol"] for rule in jobs["IpPermissions"]}:
        raise NotYet("The containers of a job can't talk to each other.", hint="jobs: IpProtocol -1, from jobs")


def bar_the_subnets(aws):
    """A network ACL on both private subnets lets HTTPS and its answers pass, and no SSH."""
    acl = _one(aws, "network ACL", "private")
    bound = {each["SubnetId"] for each in acl["Associations"]}
    for suffix in PRIVATE:
        if _one(aws, "subnet", suffix)["SubnetId"] not in bound:
            raise NotYet(f"{suffix} has another network ACL.", hint="replace_network_acl_association(…)")
    for egress, port, source, way in (
        (False, HTTPS, "10.20.1.7", "HTTPS from within"),
        (False, ANSWERS, "52.216.0.1", "Answers from Amazon S3"),
        (True, HTTPS, "52.216.0.1", "HTTPS to Amazon S3"),
        (True, ANSWERS, "10.20.1.7", "Answers to within"),
    ):
        if not _passes(acl, port, source, egress=egress):
            raise NotYet(f"{way} cannot pass.", hint="It is stateless: both directions, and ports 1024 to 65535.")
    for port, source, way in (
        (SSH, "10.20.0.9", "SSH from the public subnet"),
        (SSH, "203.0.113.9", "SSH from the internet"),
        (HTTPS, "203.0.113.9", "HTTPS from the internet"),
    ):
        if _passes(acl, port, source, egress=False):
            raise NotYet(f"{way} can pass.", hint="In: 443 from 10.20.0.0/16, and answers.")


def reach_s3_from_within(aws):
    """A gateway endpoint leads from the private subnets to the lab's bucket alone."""
    endpoint = _one(aws, "endpoint", "s3")
    if endpoint["VpcEndpointType"] != "Gateway" or not endpoint["ServiceName"].endswith(".s3"):
        raise NotYet(f"It is of the type {endpoint['VpcEndpointType']} to {endpoint['ServiceName']}.", hint="Gateway")
    for suffix in PRIVATE:
        if _table_of(aws, suffix)["RouteTableId"] not in endpoint["RouteTableIds"]:
            raise NotYet(f"The routes of {suffix} do not lead to it.", hint="RouteTableIds")
    allowed = [
        resource
        for statement in _listed(json.loads(endpoint.get("PolicyDocument") or "{}").get("Statement", []))
        if statement["Effect"] == "Allow"
        for resource in _listed(statement.get("Resource", "*"))
    ]
    if not allowed or any(aws.name("data") not in resource for resource in allowed):
        raise NotYet("It leads to other buckets, too.", hint="PolicyDocument: Resource")
    bucket = f"arn:aws:s3:::{aws.name('data')}"
    for arn, what in ((bucket, "bucket itself, which is listed"), (f"{bucket}/train.csv", "objects of the bucket")):
        if not any(fnmatchcase(arn, resource) for resource in allowed):
            raise NotYet(f"It leaves out the {what}.", hint="Resource: the bucket's ARN, and the same with /*")


def reach_the_services(aws):
    """SageMaker's API and runtime have addresses in both private subnets, under their usual names."""
    subnets = {_one(aws, "subnet", suffix)["SubnetId"] for suffix in PRIVATE}
    group = _one(aws, "security group", "endpoints")["GroupId"]
    for suffix in ("api", "runtime"):
        endpoint = _one(aws, "endpoint", f"sagemaker-{suffix}")
        if endpoint["VpcEndpointType"] != "Interface" or not endpoint["ServiceName"].endswith(f".sagemaker.{suffix}"):
            raise NotYet(f"sagemaker-{suffix} leads to {endpoint['ServiceName']}.", hint=f"…sagemaker.{suffix}")
        if set(endpoint["SubnetIds"]) != subnets:
            raise NotYet(f"sagemaker-{suffix} stands in {len(endpoint['SubnetIds'])} subnets.", hint="Both private.")
        if [each["GroupId"] for each in endpoint["Groups"]] != [group]:
            raise NotYet(f"sagemaker-{suffix} is guarded by another group.", hint="SecurityGroupIds: endpoints")
        if not endpoint.get("PrivateDnsEnabled"):
            raise NotYet(f"sagemaker-{suffix} has no private name.", hint="PrivateDnsEnabled")


def keep_the_model_inside(aws):
    """A model's containers stand in the private subnets, in the group of jobs, without a network of their own."""
    found = proofs.model(aws, "model")
    config = found.get("VpcConfig", {})
    if set(config.get("Subnets", ())) != {_one(aws, "subnet", suffix)["SubnetId"] for suffix in PRIVATE}:
        raise NotYet("The model does not stand in the private subnets.", hint="VpcConfig: Subnets")
    if config.get("SecurityGroupIds") != [_one(aws, "security group", "jobs")["GroupId"]]:
        raise NotYet("The model carries another group.", hint="VpcConfig: SecurityGroupIds")
    if not found.get("EnableNetworkIsolation"):
        raise NotYet("Its container may open connections.", hint="EnableNetworkIsolation")


def log_what_is_refused(aws):
    """A flow log of the VPC writes refused traffic into the bucket."""
    vpc = _one(aws, "VPC", "vpc")["VpcId"]
    found = aws.find("ec2", "describe_flow_logs", Filter=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]
    if not found:
        raise NotYet("The VPC has no flow log.", hint="create_flow_logs(…)")
    if not any(each["TrafficType"] in {"REJECT", "ALL"} for each in found):
        raise NotYet(f"It logs {found[0]['TrafficType']} alone.", hint="TrafficType: REJECT")
    if not any(aws.name("data") in each.get("LogDestination", "") for each in found):
        raise NotYet("It writes elsewhere.", hint="LogDestination: the bucket's ARN")


def _named(aws, suffix):
    return {"Name": "tag:Name", "Values": [aws.name(suffix)]}


def _one(aws, what, suffix):
    """The one with this name that is not deleted."""
    lists, members, creates = LISTS[what]
    found = (aws.find("ec2", lists, Filters=[_named(aws, suffix)]) or {}).get(members, [])
    there = [each for each in found if str(each.get("State", "")).lower() != "deleted"]
    if not there:
        raise NotYet(f"There is no {what} {aws.name(suffix)}.", hint=f"ec2.{creates}(…), with the tag Name")
    return there[0]


def _table_of(aws, suffix):
    """The routes of a subnet: of its own table, or of the VPC's main one."""
    subnet = _one(aws, "subnet", suffix)
    for name, value in (("association.subnet-id", subnet["SubnetId"]), ("vpc-id", subnet["VpcId"])):
        found = aws.find("ec2", "describe_route_tables", Filters=[{"Name": name, "Values": [value]}])["RouteTables"]
        main = [table for table in found if any(each.get("Main") for each in table["Associations"])]
        if found:
            return found[0] if name != "vpc-id" else main[0]
    raise NotYet(f"{suffix} has no route table.", hint="associate_route_table(…)")


def _passes(acl, port, address, *, egress):
    """Does the first rule that fits let TCP at this port pass?"""
    for entry in sorted(acl["Entries"], key=lambda entry: entry["RuleNumber"]):
        ports = entry.get("PortRange") or {"From": 0, "To": 65535}
        is_tcp = entry["Egress"] is egress and entry["Protocol"] in {"6", "-1"}
        is_about = is_tcp and ports["From"] <= port <= ports["To"]
        block = entry.get("CidrBlock")
        if is_about and block and ipaddress.ip_address(address) in ipaddress.ip_network(block):
            return entry["RuleAction"] == "allow"
    return False


def _listed(value):
    return value if isinstance(value, list) else [value]
