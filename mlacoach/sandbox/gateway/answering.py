"""What an API answers: what its integration says, or AWS's own words where that is no answer."""

import base64
import json
import logging
import queue
import re
import threading
import time
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from mlacoach.sandbox.call import Response
from mlacoach.sandbox.gateway.apis import Integration, Refused, find
from mlacoach.sandbox.gateway.requests import Request, Target, first_format, second_format
from mlacoach.sandbox.lambda_.invoking import Answer, invoke
from mlacoach.sandbox.lambda_.invoking import find as function_of
from mlacoach.sandbox.lambda_.permitting import may_invoke
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
FUNCTION = re.compile(r"arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[\w-]+(?::[\w$-]+)?")
ENDPOINT = re.compile(r"/endpoints/([\w-]+)/invocations")
ERROR_KIND = "InternalServerErrorException"


def answer(world: World, api: str, path: str, request: Request) -> Response:
    """The answer to a request to an API, whatever becomes of it."""
    began = time.monotonic()
    if request.is_too_long:
        return _refusal(Refused(413, "Request Too Long", "RequestTooLargeException"))
    try:
        target, integration = find(world, api, path, request)
    except Refused as refused:
        return _refusal(refused)
    try:
        found = _integrated(world, target, integration, request)
    except Refused as refused:
        found = _refusal(refused)
    except Exception:
        LOG.exception("The integration of %s failed.", target.key)
        found = _refusal(_broken(integration))
    _measure(world, target, integration, found.status, (time.monotonic() - began) * 1000)
    return found


def _integrated(world: World, target: Target, integration: Integration, request: Request) -> Response:
    if integration.kind == "MOCK":
        return _mocked(integration.settings)
    if integration.kind == "AWS":
        return _endpoint(world, integration, request)
    make = first_format if integration.payload == "1.0" else second_format
    event = make(request, target, world.now())
    told = _asked(world, target, integration, json.dumps(event).encode())
    if told.is_error:
        raise _broken(integration)
    return _proxied(json.loads(told.payload), integration)


def _broken(integration: Integration) -> Refused:
    """What an API says where its function failed or said nothing that is an answer."""
    if integration.is_rest:
        return Refused(502, "Internal server error", ERROR_KIND)
    return Refused(500, "Internal Server Error")


def _asked(world: World, target: Target, integration: Integration, payload: bytes) -> Answer:
    """Invoke the function, for no longer than the integration waits."""
    arn = FUNCTION.search(integration.uri)
    record = function_of(world, arn[0]) if arn else None
    method = target.key.partition(" ")[0].replace("ANY", "*")
    source = f"arn:aws:execute-api:{world.region}:{world.account}:{target.api}/{target.stage}/{method}/{_shown(target)}"
    if record is None or not may_invoke(record, "apigateway", source):
        raise Refused(500, "Internal server error" if integration.is_rest else "Internal Server Error", ERROR_KIND)
    told: queue.Queue[Answer | Exception] = queue.Queue()
    threading.Thread(target=_invoke, args=(world, record, payload, told), name="integration", daemon=True).start()
    try:
        found = told.get(timeout=integration.seconds)
    except queue.Empty as error:
        if integration.is_rest:
            raise Refused(504, "Endpoint request timed out", "InternalServerErrorException") from error
        raise Refused(503, "Service Unavailable") from error
    if isinstance(found, Exception):
        raise found
    return found


def _shown(target: Target) -> str:
    return (target.key if target.key == "$default" else target.template).strip("/")


def _invoke(world: World, record: Record, payload: bytes, told: "queue.Queue[Answer | Exception]") -> None:
    try:
        told.put(invoke(world, record, payload))
    except Exception as error:  # noqa: BLE001 - it is raised where the answer is waited for
        told.put(error)


def _proxied(told: Any, integration: Integration) -> Response:  # noqa: ANN401 - whatever a function says
    """A function's answer as HTTP.

    Raises:
        Refused: it is none.
    """
    is_second = integration.payload == "2.0"
    if is_second and not (isinstance(told, Mapping) and "statusCode" in told):
        # Format 2.0 takes anything for the body of a success.
        return Response(json.dumps(told).encode(), 200, {"Content-Type": "application/json"})
    try:
        status, body = int(told["statusCode"]), told.get("body")
        headers = {str(name): _header(value) for name, value in (told.get("headers") or {}).items()}
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise _broken(integration) from error
    if not 100 <= status <= 599 or not isinstance(body, str | None):  # noqa: PLR2004 - HTTP's own
        LOG.warning("Malformed Lambda proxy response: %s", json.dumps(told)[:500])
        raise _broken(integration)
    for name, values in (told.get("multiValueHeaders") or {}).items():
        headers[str(name)] = ", ".join(map(_header, values))
    if told.get("cookies") and is_second:
        headers["Set-Cookie"] = ", ".join(told["cookies"])
    names = {name.lower() for name in headers}
    if "content-type" not in names:
        headers["Content-Type"] = "text/plain; charset=utf-8" if is_second else "application/json"
    data = (body or "").encode()
    if told.get("isBase64Encoded") and integration.takes_binary:
        data = base64.b64decode(data)
    return Response(data, status, {name: value for name, value in headers.items() if name.lower() != "content-length"})


def _header(value: Any) -> str:  # noqa: ANN401 - text, a number or a boolean
    text = str(value).lower() if isinstance(value, bool) else str(value)
    # One that held a line's end would be a header of its own.
    return text.replace("\r", " ").replace("\n", " ")


def _endpoint(world: World, integration: Integration, request: Request) -> Response:
    """Hand the body to a SageMaker endpoint as it is."""
    name = ENDPOINT.search(integration.uri)
    if not name:
        raise Refused(500, "Internal server error", ERROR_KIND)
    kinds = {
        "ContentType": request.headers.get("content-type"),
        "Accept": request.headers.get("accept"),
    }
    try:
        told = world.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=name[1], Body=request.body, **{key: value for key, value in kinds.items() if value}
        )
    except ClientError as error:
        status = int(error.response["ResponseMetadata"]["HTTPStatusCode"])
        return Response(json.dumps({"message": error.response["Error"]["Message"]}).encode(), status)
    return Response(told["Body"].read(), 200, {"Content-Type": told["ContentType"]})


def _mocked(settings: Mapping[str, Any]) -> Response:
    """The status that the request's template names, and that response's template as it stands."""
    template = (settings.get("requestTemplates") or {}).get("application/json", "{}")
    said = re.search(r'"?statusCode"?\s*:\s*(\d+)', template)
    responses = settings.get("integrationResponses") or {}
    status = said[1] if said else next(iter(responses), "200")
    shown = (responses.get(status, {}).get("responseTemplates") or {}).get("application/json") or ""
    return Response(shown.encode(), int(status), {"Content-Type": "application/json"})


def _refusal(refused: Refused) -> Response:
    headers = {"Content-Type": "application/json"}
    if refused.kind:
        headers["x-amzn-ErrorType"] = refused.kind
    return Response(json.dumps({"message": refused.message}).encode(), refused.status, headers)


def _measure(world: World, target: Target, integration: Integration, status: int, milliseconds: float) -> None:
    names = {"ApiName" if integration.is_rest else "ApiId": integration.name, "Stage": target.stage}
    failures = ("4XXError", "5XXError") if integration.is_rest else ("4xx", "5xx")
    put = world.metrics.put
    put("AWS/ApiGateway", "Count", 1, names, "Count")
    put("AWS/ApiGateway", failures[0], float(400 <= status < 500), names, "Count")  # noqa: PLR2004 - HTTP's own
    put("AWS/ApiGateway", failures[1], float(status >= 500), names, "Count")  # noqa: PLR2004
    put("AWS/ApiGateway", "Latency", milliseconds, names, "Milliseconds")
