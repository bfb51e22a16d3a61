"""Refuses what the policies of a role or user do not allow, where a tag asks for that."""

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Environ, StartResponse, Wsgi
from mlacoach.sandbox.dispatch import body_of, form_of, read, send
from mlacoach.sandbox.permissions.principals import Principal
from mlacoach.sandbox.protocol.faults import write_error
from mlacoach.sandbox.protocol.models import known_services, protocol_of
from mlacoach.sandbox.routing import Route, Scope, headers_of, route, scope_of
from mlacoach.sandbox.world import WATCHER, World

LARGEST = 100_000_000
# Whose questions tell who somebody is, and whose requests change what somebody may do.
IDENTITY, CHANGERS = "sts", frozenset({"iam", "cloudformation"})
# Names in signatures that are not boto3's, or that several services share.
SIGNED: Mapping[str, Sequence[str]] = {
    "sagemaker": ("sagemaker", "sagemaker-runtime", "sagemaker-featurestore-runtime", "sagemaker-metrics"),
    "monitoring": ("cloudwatch",),
    "states": ("stepfunctions",),
    "apigateway": ("apigateway", "apigatewayv2"),
    "bedrock": ("bedrock", "bedrock-runtime"),
}
# These protocols say that access is denied with another code.
OLDER = frozenset({"query", "ec2", "rest-xml"})


class Enforcing:
    """Stands before everything, and lets through what may pass.

    Roles and users without the tag may do everything, as everybody may in moto. What is known of them is kept until
    somebody asks IAM for a change.

    Args:
        inner: answers what is allowed.
        world: the sandbox.
    """

    def __init__(self, inner: Wsgi, world: World) -> None:
        self._inner = inner
        self._world = world
        self._lock = threading.Lock()
        self._known: dict[str, Principal | None] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or refuse as AWS does."""
        scope = scope_of(environ)
        if scope is None:
            return self._inner(environ, start_response)
        refused = self._refused(environ, scope)
        if refused is not None:
            service, error = refused
            request_id = str(uuid.uuid4())
            return send(write_error(service, error, request_id), request_id, start_response)
        answer = self._inner(environ, start_response)
        if scope.signed_for in CHANGERS and WATCHER not in environ.get("HTTP_USER_AGENT", ""):
            with self._lock:
                self._known.clear()
        return answer

    def _refused(self, environ: Environ, scope: Scope) -> tuple[str, AwsError] | None:
        """The service and its refusal, where the policies of who asks come to one."""
        # Whoever may ask at all may ask who they are.
        if scope.access_key == self._world.access_key or (scope.signed_for == IDENTITY and _asks_who(environ)):
            return None
        who = self._who(scope.access_key)
        if who is None or not who.is_enforced:
            return None
        return _judge(self._world, who, environ, scope)

    def _who(self, access_key: str) -> Principal | None:
        with self._lock:
            if access_key in self._known:
                return self._known[access_key]
        found = _look_up(self._world, access_key)
        with self._lock:
            self._known[access_key] = found
        return found


def _asks_who(environ: Environ) -> bool:
    return form_of(environ).get("Action") == "GetCallerIdentity"


def _look_up(world: World, access_key: str) -> Principal | None:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - when somebody else than the account asks

    from mlacoach.sandbox.permissions.documents import Malformed  # noqa: PLC0415
    from mlacoach.sandbox.permissions.principals import principal_of  # noqa: PLC0415

    try:
        identity = world.client("sts", access_key=access_key).get_caller_identity()
        return principal_of(world, identity["Arn"], identity["UserId"])
    except (ClientError, Malformed):
        # A key of no role or user that is there: moto answers it as the account's own.
        return None


def _judge(world: World, who: Principal, environ: Environ, scope: Scope) -> tuple[str, AwsError] | None:
    from mlacoach.sandbox.permissions.judging import judge  # noqa: PLC0415 - with the first who is bound

    names = SIGNED.get(scope.signed_for, (scope.signed_for,))
    services = [name for name in names if name in known_services()]
    found = route(environ, scope, services, form_of(environ))
    if found is None or not found.operation:
        return None
    refusal = judge(world, who, scope.region, found, _request(environ, found), headers_of(environ))
    if refusal is None:
        return None
    protocol = protocol_of(found.service)
    code = "AccessDenied" if protocol in OLDER else "AccessDeniedException"
    status = 400 if protocol == "json" else 403
    return found.service, AwsError(code, refusal, status)


def _request(environ: Environ, found: Route) -> Mapping[str, Any]:
    """The members of a request; of S3 those in its address, its query, and what a DeleteObjects names."""
    from mlacoach.sandbox.permissions.actions import deleted_keys  # noqa: PLC0415 - with the first who is bound

    if found.service != "s3":
        return read(environ, found, LARGEST)
    whole = {**found.labels, "Query": environ.get("QUERY_STRING", "")}
    if found.operation == "DeleteObjects":
        whole["Keys"] = deleted_keys(body_of(environ, LARGEST))
    return whole
