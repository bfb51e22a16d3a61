"""A request to an API, and the event that a function gets for it, in both payload formats."""

import base64
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Environ
from mlacoach.sandbox.dispatch import body_of
from mlacoach.sandbox.routing import headers_of

LARGEST = 10_000_000
# What stays text in an event; everything else is base64.
TEXT = ("text/", "application/json", "application/xml", "application/javascript", "application/x-www-form-urlencoded")


@dataclass(frozen=True, slots=True)
class Request:
    """What came over HTTP. `is_too_long` says that its body was not read."""

    method: str
    headers: Mapping[str, str]
    query: str
    body: bytes
    address: str
    protocol: str
    is_too_long: bool = False
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def queries(self) -> dict[str, list[str]]:
        """The values of each parameter of the query string."""
        found: dict[str, list[str]] = {}
        for name, value in parse_qsl(self.query, keep_blank_values=True):
            found.setdefault(name, []).append(value)
        return found


@dataclass(frozen=True, slots=True)
class Target:
    """What of an API a request is for.

    Attributes:
        api: the API's id.
        account: whose it is.
        stage: the stage's name.
        variables: the stage's variables.
        key: the route: `GET /items/{id}` or `$default`.
        template: the resource's path with its parameters' names.
        resource: the resource's id; empty in HTTP APIs.
        path: the path below the stage.
        parameters: what its parts stand for.
    """

    api: str
    account: str
    stage: str
    variables: Mapping[str, str]
    key: str
    template: str
    resource: str
    path: str
    parameters: Mapping[str, str]


def request_of(environ: Environ) -> Request:
    """The request, its body read unless that is too long."""
    try:
        body, is_too_long = body_of(environ, LARGEST), False
    except AwsError:
        body, is_too_long = b"", True
    return Request(
        method=environ["REQUEST_METHOD"],
        headers=headers_of(environ),
        query=environ.get("QUERY_STRING", ""),
        body=body,
        address=environ.get("REMOTE_ADDR", "127.0.0.1"),
        protocol=environ.get("SERVER_PROTOCOL", "HTTP/1.1"),
        is_too_long=is_too_long,
    )


def parameters(template: str, path: str) -> dict[str, str] | None:
    """What the parts of a path stand for, or None where it does not fit.

    Args:
        template: such as `/items/{id}` or `/{proxy+}`.
        path: the path as it was sent.
    """
    wanted, given = template.strip("/").split("/"), path.strip("/").split("/")
    found: dict[str, str] = {}
    for place, part in enumerate(wanted):
        rest = given[place:]
        if part.startswith("{") and part.endswith("+}"):
            return {**found, part[1:-2]: unquote("/".join(rest))} if rest and rest[0] else None
        if not rest:
            return None
        if part.startswith("{") and rest[0]:
            found[part[1:-1]] = unquote(rest[0])
        elif part != rest[0]:
            return None
    return found if len(given) == len(wanted) else None


def best(templates: Sequence[str], path: str) -> tuple[str, dict[str, str]] | None:
    """The template that fits a path best: names go before parameters, and these before a greedy one."""
    fitting = [(each, found) for each in templates if (found := parameters(each, path)) is not None]
    return min(fitting, key=lambda each: _openness(each[0])) if fitting else None


def _openness(template: str) -> list[int]:
    return [2 if part.endswith("+}") else int(part.startswith("{")) for part in template.strip("/").split("/")]


def _body(request: Request) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    kind = request.headers.get("content-type", "")
    if not kind or kind.startswith(TEXT):
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True


def first_format(request: Request, target: Target, now: datetime) -> dict[str, Any]:
    """The event in payload format 1.0, which REST APIs send."""
    body, is_base64 = _body(request)
    headers = {_titled(name): value for name, value in request.headers.items()}
    queries = request.queries
    path = f"/{target.path}"
    context = {
        "accountId": target.account,
        "apiId": target.api,
        "httpMethod": request.method,
        "identity": {"sourceIp": request.address, "userAgent": request.headers.get("user-agent")},
        "path": f"/{target.stage}{path}",
        "protocol": request.protocol,
        "requestId": request.request_id,
        "requestTime": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "requestTimeEpoch": int(now.timestamp() * 1000),
        "resourceId": target.resource,
        "resourcePath": target.template,
        "stage": target.stage,
    }
    return {
        "resource": target.template,
        "path": path,
        "httpMethod": request.method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in queries.items()} or None,
        "multiValueQueryStringParameters": queries or None,
        "pathParameters": dict(target.parameters) or None,
        "stageVariables": dict(target.variables) or None,
        "requestContext": context,
        "body": body,
        "isBase64Encoded": is_base64,
    }


def second_format(request: Request, target: Target, now: datetime) -> dict[str, Any]:
    """The event in payload format 2.0, which HTTP APIs send."""
    body, is_base64 = _body(request)
    begin = "" if target.stage == "$default" else f"/{target.stage}"
    path = f"{begin}/{target.path}"
    http = {
        "method": request.method,
        "path": path,
        "protocol": request.protocol,
        "sourceIp": request.address,
        "userAgent": request.headers.get("user-agent", ""),
    }
    context = {
        "accountId": target.account,
        "apiId": target.api,
        "http": http,
        "requestId": request.request_id,
        "routeKey": target.key,
        "stage": target.stage,
        "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
        "timeEpoch": int(now.timestamp() * 1000),
    }
    event = {
        "version": "2.0",
        "routeKey": target.key,
        "rawPath": path,
        "rawQueryString": request.query,
        "headers": {name: value for name, value in request.headers.items() if name != "cookie"},
        "requestContext": context,
        "isBase64Encoded": is_base64,
    }
    optional = {
        "body": body,
        "cookies": request.headers.get("cookie", "").split("; ") if request.headers.get("cookie") else None,
        "queryStringParameters": {name: ",".join(values) for name, values in request.queries.items()},
        "pathParameters": dict(target.parameters),
        "stageVariables": dict(target.variables),
    }
    return event | {name: value for name, value in optional.items() if value}


def _titled(name: str) -> str:
    return "-".join(part.capitalize() for part in name.split("-"))
