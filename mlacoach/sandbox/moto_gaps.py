"""What moto lacks, said as AWS says it: an error with a code, instead of a page of HTML that every SDK retries."""

import logging
from collections.abc import Iterable
from typing import Any

from mlacoach.sandbox.aws_error import not_emulated
from mlacoach.sandbox.call import Environ, StartResponse, Wsgi
from mlacoach.sandbox.dispatch import send
from mlacoach.sandbox.protocol.faults import write_error
from mlacoach.sandbox.protocol.models import known_services
from mlacoach.sandbox.routing import route, scope_of

LOG = logging.getLogger("mlacoach.sandbox")
# What moto raises for an operation or a whole service that it lacks; the last two also where it has a bug, which the
# log shows.
GAPS = (NotImplementedError, ImportError, TypeError, AttributeError)
MISSING = ("404", "405", "500", "501")


class SayWhatIsMissing:
    """Exchanges moto's HTML for "not implemented" and "no such page" for an AWS error; all else passes unread."""

    def __init__(self, inner: Wsgi) -> None:
        self._inner = inner

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on; look at the status alone."""
        scope = scope_of(environ)
        if scope is None or scope.signed_for == "s3":
            return self._inner(environ, start_response)
        seen: list[tuple[str, list[tuple[str, str]], Any]] = []

        def remember(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:  # noqa: ANN401 - WSGI
            seen.append((status, headers, exc_info))
            if not _is_gap(status, headers):
                return start_response(status, headers, exc_info)
            return lambda _data: None

        try:
            answer = self._inner(environ, remember)
        except GAPS:
            LOG.exception("moto cannot answer.")
            return _say(environ, start_response)
        if seen and _is_gap(seen[-1][0], seen[-1][1]):
            close = getattr(answer, "close", None)
            if close:
                close()
            return _say(environ, start_response)
        return answer


def _is_gap(status: str, headers: list[tuple[str, str]]) -> bool:
    kind = next((value for name, value in headers if name.lower() == "content-type"), "")
    return status[:3] in MISSING and kind.startswith("text/html")


def _say(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
    scope = scope_of(environ)
    signed_for = scope.signed_for if scope else ""
    service = signed_for if signed_for in known_services() else "sts"
    target = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    found = route(environ, scope, [service], {}) if scope and not target and service != "sts" else None
    operation = target or (found.operation if found else "") or f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}"
    return send(write_error(service, not_emulated(f"{signed_for} {operation}"), ""), "", start_response)
