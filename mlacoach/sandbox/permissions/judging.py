"""One request of somebody who is bound by policies: allowed, or AWS's sentence why not."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from mlacoach.sandbox.permissions.actions import asked, resource_policy, types_of
from mlacoach.sandbox.permissions.conditions import Context
from mlacoach.sandbox.permissions.deciding import Asked, Decision, Kind, Policies, Verdict, decide
from mlacoach.sandbox.permissions.documents import Malformed, Statement, statements
from mlacoach.sandbox.permissions.principals import Principal
from mlacoach.sandbox.routing import Route
from mlacoach.sandbox.world import World

# Headers of S3 that are condition keys.
S3_HEADERS = ("x-amz-server-side-encryption", "x-amz-server-side-encryption-aws-kms-key-id", "x-amz-acl",
              "x-amz-storage-class", "x-amz-copy-source")  # fmt: skip
S3_QUERIES = ("prefix", "delimiter", "max-keys")


def judge(
    world: World,
    who: Principal,
    region: str,
    route: Route,
    request: Mapping[str, Any],
    headers: Mapping[str, str],
) -> str | None:
    """Why a request is refused, or None where it is allowed.

    Args:
        world: the sandbox.
        who: asks.
        region: where.
        route: the service and the operation.
        request: its members.
        headers: its headers, names in lower case.
    """
    context = _context(world, who, region, request, headers)
    for action, resource in asked(world, region, route, request, headers):
        more = _of_resource(world, resource) | _of_action(action, route, request, headers)
        found = _decision(world, who, Asked(action, resource, {**context, **more}, who.names))
        if found.verdict is not Verdict.ALLOWED:
            return sentence(who, action, resource, found)
    return None


def _decision(world: World, who: Principal, what: Asked) -> Decision:
    text, must_let_in = resource_policy(world, what.resource)
    resource = _read(text)
    if must_let_in and text is not None:
        # A key's policy decides: identities' policies count as far as it lets the account in.
        account = Asked(what.action, what.resource, what.context, [f"arn:aws:iam::{world.account}:root", world.account])
        if decide(account, Policies(resource=resource)).verdict is not Verdict.ALLOWED:
            found = decide(what, Policies(resource=resource))
            kind = Kind.RESOURCE if found.verdict is Verdict.NOT_ALLOWED else found.kind
            return Decision(found.verdict, kind, found.matched)
        # That the account is let in allows nobody by itself.
        own = {who.arn, who.entity}
        resource = [each for each in resource if not each.allows or own & set(each.principals or ())]
    return decide(what, Policies(who.identity, resource, who.boundary))


def _read(text: str | None) -> list[Statement]:
    try:
        return statements(text) if text else []
    except Malformed:
        return []


def sentence(who: Principal, action: str, resource: str, decision: Decision) -> str:
    """AccessDenied in AWS's words."""
    quoted = f'"{resource}"' if action.startswith("s3:") else resource
    if decision.verdict is Verdict.DENIED:
        article = "an" if decision.kind is Kind.IDENTITY else "a"
        why = f"with an explicit deny in {article} {decision.kind}"
    else:
        why = f"because no {decision.kind} allows the {action} action"
    return f"User: {who.arn} is not authorized to perform: {action} on resource: {quoted} {why}"


def _context(
    world: World, who: Principal, region: str, request: Mapping[str, Any], headers: Mapping[str, str]
) -> Context:
    now = world.now()
    tags = _tags(request)
    found = {
        "aws:CurrentTime": [now.isoformat()],
        "aws:EpochTime": [str(int(now.timestamp()))],
        "aws:PrincipalArn": [who.entity],
        "aws:PrincipalAccount": [world.account],
        "aws:PrincipalType": ["User" if ":user/" in who.arn else "AssumedRole"],
        "aws:RequestedRegion": [region],
        "aws:SecureTransport": ["true"],
        "aws:SourceIp": ["127.0.0.1"],
        "aws:UserAgent": [headers.get("user-agent", "")],
        "aws:ViaAWSService": ["false"],
        "aws:userid": [who.user_id],
        **{f"aws:PrincipalTag/{key}": [value] for key, value in who.tags.items()},
        **{f"aws:RequestTag/{key}": [value] for key, value in tags.items()},
    }
    if ":user/" in who.arn:
        found["aws:username"] = [who.arn.rpartition("/")[2]]
    if tags:
        found["aws:TagKeys"] = list(tags)
    return found


def _tags(request: Mapping[str, Any]) -> dict[str, str]:
    given = request.get("Tags") or request.get("tags") or ()
    if isinstance(given, Mapping):
        return {str(key): str(value) for key, value in given.items()}
    return {str(each.get("Key", "")): str(each.get("Value", "")) for each in given if isinstance(each, Mapping)}


def _of_resource(world: World, resource: str) -> dict[str, list[str]]:
    return {f"aws:ResourceTag/{key}": [value] for key, value in world.store.tags(resource).items()}


def _of_action(
    action: str, route: Route, request: Mapping[str, Any], headers: Mapping[str, str]
) -> dict[str, list[str]]:
    """The condition keys of one action."""
    if action == "iam:PassRole":
        service = {"stepfunctions": "states"}.get(route.service, route.service.partition("-")[0])
        return {"iam:PassedToService": [f"{service}.amazonaws.com"]}
    found: dict[str, list[str]] = {}
    if route.service == "s3":
        found |= {f"s3:{name}": [headers[name]] for name in S3_HEADERS if name in headers}
        queries = parse_qs(str(request.get("Query", "")), keep_blank_values=True)
        found |= {f"s3:{name}": queries[name][:1] for name in S3_QUERIES if name in queries}
    if route.service == "sagemaker":
        found |= _of_sagemaker(request)
    return found


def _of_sagemaker(request: Mapping[str, Any]) -> dict[str, list[str]]:
    subnets = request.get("VpcConfig", {})
    output = request.get("OutputDataConfig", {})
    resources = request.get("ResourceConfig", {})
    found = {
        "sagemaker:InstanceTypes": list(types_of(request)),
        "sagemaker:VpcSubnets": list(subnets.get("Subnets", ())),
        "sagemaker:VpcSecurityGroupIds": list(subnets.get("SecurityGroupIds", ())),
        "sagemaker:OutputKmsKey": [output["KmsKeyId"]] if output.get("KmsKeyId") else [],
        "sagemaker:VolumeKmsKey": [resources["VolumeKmsKeyId"]] if resources.get("VolumeKmsKeyId") else [],
        "sagemaker:NetworkIsolation": _flag(request, "EnableNetworkIsolation"),
        "sagemaker:InterContainerTrafficEncryption": _flag(request, "EnableInterContainerTrafficEncryption"),
    }
    return {name: values for name, values in found.items() if values}


def _flag(request: Mapping[str, Any], name: str) -> list[str]:
    return [str(bool(request[name])).lower()] if name in request else []
