"""What moto keeps of an API: which integration a request is for, and what it must bring with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from mlacoach.sandbox.gateway.requests import Request, Target, best
from mlacoach.sandbox.routing import SCOPE
from mlacoach.sandbox.world import World

DEFAULT = "$default"


class Refused(Exception):
    """The API itself answers.

    Args:
        status: the HTTP status.
        message: what it says.
        kind: the error's name, for its header; HTTP APIs give none.
    """

    def __init__(self, status: int, message: str, kind: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Integration:
    """What answers.

    Attributes:
        kind: AWS_PROXY, AWS or MOCK.
        uri: whom it asks, its variables filled in.
        settings: as moto keeps them.
        payload: the event's format.
        seconds: how long it may take.
        is_rest: is it a REST API's?
        name: how metrics call the API.
        takes_binary: does the API decode answers in base64?
    """

    kind: str
    uri: str
    settings: Mapping[str, Any]
    payload: str
    seconds: float
    is_rest: bool
    name: str
    takes_binary: bool = True


def find(world: World, api: str, path: str, request: Request) -> tuple[Target, Integration]:
    """What a request is for.

    Args:
        world: the sandbox.
        api: the API's id.
        path: the path of the request: the stage, and what follows.
        request: the request.

    Raises:
        Refused: the API has no such stage or route, or the request lacks what the route asks for.
    """
    stage, _, below = path.partition("/")
    try:
        found = world.client("apigateway").get_rest_api(restApiId=api)
    except ClientError:
        return _http(world, api, stage, below, request)
    return _rest(world, found, stage, below, request)


def _rest(world: World, api: Mapping[str, Any], stage: str, path: str, request: Request) -> tuple[Target, Integration]:
    client = world.client("apigateway")
    try:
        on = client.get_stage(restApiId=api["id"], stageName=stage)
    except ClientError as error:
        raise Refused(403, "Forbidden", "ForbiddenException") from error
    pages = client.get_paginator("get_resources").paginate(restApiId=api["id"])
    resources = {each["path"]: each for page in pages for each in page["items"]}
    found = best(list(resources), path)
    methods = resources[found[0]].get("resourceMethods", {}) if found else {}
    name = next((each for each in (request.method, "ANY") if each in methods), "")
    if not found or not name:
        raise Refused(403, "Missing Authentication Token", "MissingAuthenticationTokenException")
    resource = resources[found[0]]
    method = client.get_method(restApiId=api["id"], resourceId=resource["id"], httpMethod=name)
    _require(method.get("authorizationType", "NONE"), request)
    if method.get("apiKeyRequired") and not _is_known(client, api["id"], stage, request):
        raise Refused(403, "Forbidden", "ForbiddenException")
    settings = method.get("methodIntegration")
    if not settings:
        raise Refused(500, "Internal server error", "InternalServerErrorException")
    variables = on.get("variables", {})
    target = Target(
        api["id"], world.account, stage, variables, f"{name} {found[0]}", found[0], resource["id"], path, found[1]
    )
    return target, Integration(
        kind=settings["type"],
        uri=_filled(settings.get("uri") or "", variables),
        settings=settings,
        payload="1.0",
        seconds=int(settings.get("timeoutInMillis") or 29_000) / 1000,
        is_rest=True,
        name=api["name"],
        takes_binary=bool(api.get("binaryMediaTypes")),
    )


def _http(world: World, api: str, stage: str, below: str, request: Request) -> tuple[Target, Integration]:
    client = world.client("apigatewayv2")
    try:
        stages = {each["StageName"]: each for each in client.get_stages(ApiId=api)["Items"]}
    except ClientError as error:
        raise Refused(404, "Not Found") from error
    path = below
    if stage not in stages:
        stage, path = DEFAULT, f"{stage}/{below}".strip("/")
    if stage not in stages:
        raise Refused(404, "Not Found")
    routes = {each["RouteKey"]: each for each in client.get_routes(ApiId=api)["Items"]}
    key, template, parts = _route(routes, request.method, path)
    route = routes[key]
    _require(route.get("AuthorizationType", "NONE"), request)
    number = str(route.get("Target", "")).rpartition("/")[2]
    settings = client.get_integration(ApiId=api, IntegrationId=number)
    variables = stages[stage].get("StageVariables", {})
    target = Target(api, world.account, stage, variables, key, template, "", path, parts)
    return target, Integration(
        kind=settings["IntegrationType"],
        uri=_filled(settings.get("IntegrationUri", ""), variables),
        settings=settings,
        payload=settings.get("PayloadFormatVersion", "2.0"),
        seconds=int(settings.get("TimeoutInMillis") or 30_000) / 1000,
        is_rest=False,
        name=api,
    )


def _route(routes: Mapping[str, Any], method: str, path: str) -> tuple[str, str, dict[str, str]]:
    """The key, the template and the parameters of the route that fits best."""
    for verb in (method, "ANY"):
        templates = [key.partition(" ")[2] for key in routes if key.startswith(f"{verb} ")]
        found = best(templates, path)
        if found:
            return f"{verb} {found[0]}", *found
    if DEFAULT not in routes:
        raise Refused(404, "Not Found")
    return DEFAULT, DEFAULT, {}


def _require(authorization: str, request: Request) -> None:
    if authorization == "NONE":
        return
    if authorization != "AWS_IAM":
        raise Refused(500, f"Authorization by {authorization} is not emulated by the sandbox.")
    # Whether the key is known, the sandbox's door has looked at.
    if not SCOPE.search(request.headers.get("authorization", "")):
        raise Refused(403, "Missing Authentication Token", "MissingAuthenticationTokenException")


def _is_known(client: Any, api: str, stage: str, request: Request) -> bool:  # noqa: ANN401 - boto3's
    """Is the request's API key on, and in a usage plan of this stage?"""
    given = request.headers.get("x-api-key", "")
    keys = {each["id"] for each in client.get_api_keys(includeValues=True)["items"]
            if each.get("value") == given and each.get("enabled")}  # fmt: skip
    for plan in client.get_usage_plans()["items"]:
        stages = [(each["apiId"], each["stage"]) for each in plan.get("apiStages", [])]
        if (api, stage) in stages and keys & {
            each["id"] for each in client.get_usage_plan_keys(usagePlanId=plan["id"])["items"]
        }:
            return True
    return False


def _filled(uri: str, variables: Mapping[str, str]) -> str:
    for name, value in variables.items():
        uri = uri.replace(f"${{stageVariables.{name}}}", value)
    return uri
