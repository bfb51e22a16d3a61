"""Which operation of a REST service a method and a path mean, and the values that stand in the path."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, unquote

from mlacoach.sandbox.protocol.models import service_model

LABEL = re.compile(r"\{(\w+)(\+?)\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation's method and path."""

    operation: str
    method: str
    path: re.Pattern[str]
    query: Mapping[str, str]
    literal: int


@cache
def _routes(service: str) -> tuple[Route, ...]:
    model = service_model(service)
    routes = [_route(model.operation_model(name)) for name in model.operation_names]
    # The path with more fixed text means more: /functions/x/invocations before /functions/{Name}.
    return tuple(sorted(routes, key=lambda route: (-route.literal, -len(route.query))))


def _route(operation: Any) -> Route:  # noqa: ANN401 - botocore's model
    path, _, query = operation.http["requestUri"].partition("?")
    parts, last = [], 0
    for label in LABEL.finditer(path):
        parts.append(re.escape(path[last : label.start()]))
        parts.append(f"(?P<{label[1]}>{'.+' if label[2] else '[^/]+'})")
        last = label.end()
    pattern = "".join(parts) + re.escape(path[last:])
    fixed = {name: values[0] for name, values in parse_qs(query, keep_blank_values=True).items()}
    literal = len(LABEL.sub("", path).rstrip("/"))
    return Route(operation.name, operation.http["method"], re.compile(pattern.rstrip("/") + "/?"), fixed, literal)


def match(service: str, method: str, raw_path: str, query: str) -> tuple[str, dict[str, str]] | None:
    """The operation and the labels of its path, or None.

    Args:
        service: by boto3's name.
        method: GET, POST ….
        raw_path: as it was sent, still quoted: a quoted slash belongs to a label.
        query: the query string.
    """
    given = parse_qs(query, keep_blank_values=True)
    for route in _routes(service):
        found = route.path.fullmatch(raw_path) if route.method == method else None
        if found and all(value in given.get(name, ()) for name, value in route.query.items()):
            return route.operation, {name: unquote(value) for name, value in found.groupdict().items()}
    return None
