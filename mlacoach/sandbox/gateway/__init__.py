"""API Gateway: REST and HTTP APIs that answer, at an address of the sandbox, with what a function or an endpoint says.

moto keeps the APIs. Their addresses are `/_aws/execute-api/API/STAGE/PATH`, which is also what an HTTP API's
ApiEndpoint says here, and for REST APIs `/restapis/API/STAGE/_user_request_/PATH`.
"""

import re
from collections.abc import Iterable

from mlacoach.sandbox.aws_error import not_emulated
from mlacoach.sandbox.call import Call, Environ, StartResponse, Wsgi
from mlacoach.sandbox.dispatch import send
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.routing import raw_path, scope_of
from mlacoach.sandbox.world import World

ADDRESS = re.compile(r"/_aws/execute-api/([a-z0-9]+)(?:/(.*))?")
REST_ADDRESS = re.compile(r"/restapis/([a-z0-9]+)/([^/]+)/_user_request_(?:/(.*))?")
THEIRS = re.compile(rb"https?://([a-z0-9]+)\.execute-api\.[a-z0-9-]+\.amazonaws\.com")
LAMBDA = "lambda:path/"
ENDPOINT = "runtime.sagemaker:path/"


def register(engines: Engines) -> None:
    """Have integrations that cannot run here refused before moto keeps them."""
    engines.check("apigateway", "PutIntegration", _rest_integration)
    engines.check("apigatewayv2", "CreateIntegration", _http_integration)
    engines.check("apigatewayv2", "CreateApi", _quick_api)


def _rest_integration(call: Call) -> None:
    kind, uri = call.request.get("type", ""), call.request.get("uri", "")
    is_proxy = kind == "AWS_PROXY" and LAMBDA in uri
    if not (kind == "MOCK" or is_proxy or (kind == "AWS" and ENDPOINT in uri)):
        instead = "Use AWS_PROXY with a function, AWS with a SageMaker endpoint's invocations, or MOCK."
        raise not_emulated(f"An integration of type {kind} with {uri or 'no address'}", instead)


def _http_integration(call: Call) -> None:
    kind, uri = call.request.get("IntegrationType", ""), call.request.get("IntegrationUri", "")
    if kind != "AWS_PROXY" or ":lambda:" not in uri:
        instead = "Use AWS_PROXY with a function."
        raise not_emulated(f"An integration of type {kind} with {uri or 'no address'}", instead)


def _quick_api(call: Call) -> None:
    if call.request.get("Target"):
        raise not_emulated("CreateApi with a Target", "Create the integration, the route and the stage yourself.")


class Gateway:
    """Answers requests to APIs, and lets HTTP APIs say their address here.

    Args:
        inner: answers everything else.
        world: the sandbox.
    """

    def __init__(self, inner: Wsgi, world: World) -> None:
        self._inner = inner
        self._world = world

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or pass on."""
        path = raw_path(environ)
        found = ADDRESS.fullmatch(path)
        rest = None if found else REST_ADDRESS.fullmatch(path)
        if found:
            return self._answer(found[1], found[2] or "", environ, start_response)
        if rest:
            return self._answer(rest[1], f"{rest[2]}/{rest[3] or ''}", environ, start_response)
        scope = scope_of(environ)
        if scope and scope.signed_for == "apigateway" and path.startswith("/v2/apis"):
            return self._with_address(environ, start_response)
        return self._inner(environ, start_response)

    def _answer(self, api: str, path: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        from mlacoach.sandbox.gateway.answering import answer  # noqa: PLC0415 - with the first request to an API
        from mlacoach.sandbox.gateway.requests import request_of  # noqa: PLC0415

        request = request_of(environ)
        return send(answer(self._world, api, path, request), request.request_id, start_response)

    def _with_address(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        heads: list[tuple[str, list[tuple[str, str]]]] = []
        answer = b"".join(self._inner(environ, lambda status, headers, *_: heads.append((status, headers))))
        body = THEIRS.sub(self._world.url.encode() + rb"/_aws/execute-api/\1", answer)
        status, headers = heads[-1]
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]
