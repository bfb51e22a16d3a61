"""Which service and operation a request is for: the credential scope names the service, the model the operation."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from mlacoach.sandbox.call import Environ
from mlacoach.sandbox.protocol.models import protocol_of, service_model, signing_name
from mlacoach.sandbox.protocol.uris import match

SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([a-z0-9-]*)/([a-z0-9.-]+)/aws4_request", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks which service where, as the signature says."""

    access_key: str
    region: str
    signed_for: str


@dataclass(frozen=True, slots=True)
class Route:
    """The operation that a request is for. `operation` is empty where the service has none such."""

    service: str
    operation: str
    labels: Mapping[str, str] = field(default_factory=dict)


def scope_of(environ: Environ) -> Scope | None:
    """The credential scope of a signed request or of a presigned URL, or None."""
    found = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return Scope(found[1], found[2], found[3].lower())
    query = environ.get("QUERY_STRING", "")
    if "X-Amz-Credential=" not in query:
        return None
    parts = unquote(parse_qs(query)["X-Amz-Credential"][0]).split("/")
    return Scope(parts[0], parts[2], parts[3].lower()) if len(parts) == 5 else None  # noqa: PLR2004 - SigV4's scope


def route(environ: Environ, scope: Scope, services: Iterable[str], form: Mapping[str, str]) -> Route | None:
    """The operation, among these services; None if the request is for none of them.

    Args:
        environ: the request.
        scope: its credential scope.
        services: by boto3's names.
        form: the fields of a form body, for services of the query protocol.
    """
    candidates = sorted(service for service in services if signing_name(service) == scope.signed_for)
    found = [_in(service, environ, form) for service in candidates]
    return next((it for it in found if it and it.operation), None) or next((it for it in found if it), None)


def _in(service: str, environ: Environ, form: Mapping[str, str]) -> Route | None:
    model, protocol = service_model(service), protocol_of(service)
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if protocol == "json":
        prefix, _, operation = target.rpartition(".")
        if prefix != model.metadata.get("targetPrefix"):
            return None
        return Route(service, operation if operation in model.operation_names else "")
    if target:
        return None
    if protocol in {"rest-json", "rest-xml"}:
        found = match(service, environ["REQUEST_METHOD"], raw_path(environ), environ.get("QUERY_STRING", ""))
        return Route(service, *found) if found else None
    operation = form.get("Action", "")
    return Route(service, operation if operation in model.operation_names else "") if operation else None


def raw_path(environ: Environ) -> str:
    """The path as it was sent: a quoted slash must stay one."""
    sent = str(environ.get("REQUEST_URI") or environ.get("RAW_URI") or "")
    path = sent.partition("?")[0]
    return path if path.startswith("/") else str(environ.get("PATH_INFO", "/"))


def headers_of(environ: Environ) -> dict[str, Any]:
    """The request's headers, names in lower case."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = environ[name]
    return headers
