"""The door: our engines answer what is theirs, moto everything else."""

import http.client
import io
import logging
import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from mlacoach.sandbox.aws_error import AwsError, not_emulated
from mlacoach.sandbox.call import Call, Engine, Environ, Response, StartResponse, Wsgi
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.protocol.faults import write_error
from mlacoach.sandbox.protocol.models import protocol_of, service_model
from mlacoach.sandbox.protocol.reading import read_form, read_json, read_query
from mlacoach.sandbox.protocol.rest import read_rest
from mlacoach.sandbox.protocol.validation import validate
from mlacoach.sandbox.protocol.writing import write
from mlacoach.sandbox.routing import Route, Scope, headers_of, route, scope_of
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
FORM = "application/x-www-form-urlencoded"
FORM_LIMIT = 10_000_000
# Members that name the role which a service is to take on.
ROLES = ("RoleArn", "ExecutionRoleArn")


class Dispatch:
    """Sends each request to the engine that answers it, or to moto.

    Args:
        moto: answers what no engine owns, and gets it byte for byte.
        engines: the table of engines.
        world: what engines share.
    """

    def __init__(self, moto: Wsgi, engines: Engines, world: World) -> None:
        self._moto = moto
        self._engines = engines
        self._world = world

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        scope = scope_of(environ)
        found = self._route(environ, scope) if scope else None
        if scope is None or found is None:
            return self._moto(environ, start_response)
        request_id = str(uuid.uuid4())
        answer = self._answer(environ, scope, found, request_id)
        if answer is None:
            return self._moto(environ, start_response)
        return send(answer, request_id, start_response)

    def _route(self, environ: Environ, scope: Scope) -> Route | None:
        services = self._engines.services()
        concerned = self._world.faults.services(scope.signed_for)
        return route(environ, scope, services | concerned, form_of(environ))

    def _answer(self, environ: Environ, scope: Scope, found: Route, request_id: str) -> Response | None:
        """The answer, or None where moto is to give it."""
        try:
            engine = self._engines.find(found.service, found.operation)
            if engine is not None:
                return self._ours(engine, environ, scope, found, request_id)
            self._check(environ, scope, found)
        except AwsError as error:
            return write_error(found.service, error, request_id)
        except Exception:
            LOG.exception("%s %s failed.", found.service, found.operation)
            bug = AwsError("InternalFailure", f"{found.operation} failed; see `mlacoach sandbox logs`.", 500)
            return write_error(found.service, bug, request_id)
        return None

    def _check(self, environ: Environ, scope: Scope, found: Route) -> None:
        """See that nothing speaks against moto's answer."""
        self._world.faults.before(found.service, found.operation)
        check = self._engines.checking(found.service, found.operation)
        if check is not None:
            check(self._call(environ, scope, found))

    def _ours(self, engine: Engine, environ: Environ, scope: Scope, found: Route, request_id: str) -> Response:
        if not found.operation:
            asked = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2] or "That operation"
            raise not_emulated(f"{found.service} {asked}")
        call = self._call(environ, scope, found)
        role = next((str(call.request[name]) for name in ROLES if call.request.get(name)), "")
        self._world.faults.before(found.service, found.operation, role)
        validate(service_model(found.service).operation_model(found.operation).input_shape, dict(call.request))
        answer = engine(call)
        if isinstance(answer, Response):
            return answer
        return write(found.service, found.operation, answer, request_id)

    def _call(self, environ: Environ, scope: Scope, found: Route) -> Call:
        return Call(
            service=found.service,
            operation=found.operation,
            request=read(environ, found, self._engines.body_limit(found.service, found.operation)),
            region=scope.region,
            account=self._world.account,
            access_key=scope.access_key,
            world=self._world,
            headers=headers_of(environ),
        )


def read(environ: Environ, found: Route, limit: int) -> dict[str, Any]:
    """The members of a request. Its body stays readable for whoever comes next.

    Raises:
        AwsError: the body is too large, or cannot be read.
    """
    body = body_of(environ, limit)
    shape = service_model(found.service).operation_model(found.operation).input_shape
    protocol = protocol_of(found.service)
    if protocol == "query":
        return read_query(shape, read_form(body))
    if protocol == "rest-json":
        query = environ.get("QUERY_STRING", "")
        return read_rest(shape, found.labels, query, headers_of(environ), body)
    if "json" not in environ.get("CONTENT_TYPE", "").lower():
        raise AwsError("UnknownOperationException", "The content type must be application/x-amz-json-1.1.")
    return read_json(shape, body)


def body_of(environ: Environ, limit: int) -> bytes:
    """The body of a request, which stays readable for whoever comes next.

    Raises:
        AwsError: it is larger than so many bytes, or not all there.
    """
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return _kept(environ, _all_of(environ["wsgi.input"], limit))
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError as error:
        raise AwsError("SerializationException", "The content length is no number.") from error
    if length > limit:
        raise _too_large(limit)
    body = bytes(environ["wsgi.input"].read(max(length, 0)))
    if len(body) < length:
        raise AwsError("SerializationException", "The body is shorter than its content length.")
    return _kept(environ, body)


def _kept(environ: Environ, body: bytes) -> bytes:
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _all_of(stream: Any, limit: int) -> bytes:  # noqa: ANN401 - WSGI's stream
    body = bytes(stream.read(limit + 1))
    if len(body) > limit:
        raise _too_large(limit)
    return body


def _too_large(limit: int) -> AwsError:
    return AwsError(
        "RequestEntityTooLargeException", f"Request payload size exceeds the maximum of {limit} bytes.", 413
    )


def form_of(environ: Environ) -> Mapping[str, str]:
    """The fields of a form, if the body is one; it stays readable for whoever comes next."""
    if FORM not in environ.get("CONTENT_TYPE", ""):
        return {}
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return {}
    if not 0 < length <= FORM_LIMIT:
        return {}
    body = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    try:
        return read_form(body)
    except AwsError:
        return {}


def send(answer: Response, request_id: str, start_response: StartResponse) -> Iterable[bytes]:
    """Hand an answer to the WSGI server."""
    headers = {"x-amzn-RequestId": request_id, **answer.headers}
    body = [answer.body] if isinstance(answer.body, bytes) else answer.body
    if isinstance(answer.body, bytes):
        headers["Content-Length"] = str(len(answer.body))
    phrase = http.client.responses.get(answer.status, "")
    start_response(f"{answer.status} {phrase}", list(headers.items()))
    return body
