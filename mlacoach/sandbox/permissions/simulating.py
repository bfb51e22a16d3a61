"""The policy simulator: what policies come to, without asking a service."""

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.permissions.deciding import Asked, Decision, Policies, decide
from mlacoach.sandbox.permissions.documents import Malformed, Statement, statements
from mlacoach.sandbox.permissions.principals import Principal, principal_of

ANY = "*"
AT_ONCE = 100


def _custom(call: Call) -> Mapping[str, Any]:
    given = call.request["PolicyInputList"]
    return _simulated(call, _read(given, "PolicyInputList"), _boundary(call), None)


def _of_principal(call: Call) -> Mapping[str, Any]:
    arn = call.request["PolicySourceArn"]
    try:
        found = principal_of(call.world, arn)
    except ClientError as error:
        raise AwsError("NoSuchEntity", error.response["Error"]["Message"], 404) from error
    if found is None:
        raise AwsError("InvalidInput", f"Invalid Entity Arn: {arn} does not clearly define entity type and name.")
    identity = [*found.identity, *_read(call.request.get("PolicyInputList", ()), "PolicyInputList")]
    boundary = _boundary(call)
    return _simulated(call, identity, found.boundary if boundary is None else boundary, found)


def _boundary(call: Call) -> Sequence[Statement] | None:
    given = call.request.get("PermissionsBoundaryPolicyInputList")
    return _read(given, "PermissionsBoundaryPolicyInputList") if given else None


def _read(documents: Sequence[str], name: str) -> list[Statement]:
    try:
        return [
            each for number, document in enumerate(documents, 1) for each in statements(document, f"{name}.{number}")
        ]
    except Malformed as error:
        raise AwsError("InvalidInput", f"{error}") from error


def _simulated(
    call: Call, identity: Sequence[Statement], boundary: Sequence[Statement] | None, principal: Principal | None
) -> Mapping[str, Any]:
    request = call.request
    by_resource = _read([request["ResourcePolicy"]], "ResourcePolicy") if request.get("ResourcePolicy") else []
    policies = Policies(identity, by_resource, boundary)
    context = {each["ContextKeyName"]: each["ContextKeyValues"] for each in request.get("ContextEntries", ())}
    names = principal.names if principal else [request["CallerArn"]] if request.get("CallerArn") else []
    results = [
        _shown(action, resource, decide(Asked(action, resource, context, names), policies))
        for action in request["ActionNames"]
        for resource in request.get("ResourceArns") or [ANY]
    ]
    first = int(request.get("Marker") or 0)
    last = first + int(request.get("MaxItems") or AT_ONCE)
    more = {"Marker": str(last)} if last < len(results) else {}
    return {"EvaluationResults": results[first:last], "IsTruncated": bool(more), **more}


def _shown(action: str, resource: str, decision: Decision) -> dict[str, Any]:
    sources = dict.fromkeys(each.source for each in decision.matched)
    shown: dict[str, Any] = {
        "EvalActionName": action,
        "EvalResourceName": resource,
        "EvalDecision": str(decision.verdict),
        "MatchedStatements": [{"SourcePolicyId": source, "SourcePolicyType": "IAM Policy"} for source in sources],
        "MissingContextValues": list(decision.missing),
    }
    if decision.within_boundary is not None:
        shown["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": decision.within_boundary}
    return shown


ENGINES: Mapping[str, Engine] = {
    "SimulateCustomPolicy": _custom,
    "SimulatePrincipalPolicy": _of_principal,
}
