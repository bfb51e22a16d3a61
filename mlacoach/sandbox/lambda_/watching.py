"""Looks at what moto is asked and has answered, and sets off what follows: notifications of S3, and schedules."""

import io
import logging
import re
import threading
from collections.abc import Callable, Iterable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, unquote

from mlacoach.sandbox.call import Environ, Response, StartResponse, Wsgi
from mlacoach.sandbox.dispatch import send
from mlacoach.sandbox.routing import raw_path, scope_of
from mlacoach.sandbox.world import WATCHER, World

LOG = logging.getLogger("mlacoach.sandbox")
# Requests about an object that are not about its content.
ASIDE = frozenset({"acl", "tagging", "retention", "legal-hold", "restore", "torrent", "partNumber", "uploads"})
# Whose requests may change a schedule.
SCHEDULERS = frozenset({"events", "scheduler", "cloudformation"})
FUNCTION = re.compile(rb"<CloudFunction>\s*([^<]+?)\s*</CloudFunction>")
REFUSED = (
    b"<Error><Code>InvalidArgument</Code><Message>Unable to validate the following destination configurations"
    b"</Message></Error>"
)
LARGEST_SETTINGS = 1_000_000


class Watching:
    """Passes each request to moto, and follows what it did.

    Args:
        inner: moto.
        world: the sandbox.
        notice: called with the service and the region of whatever may have changed a schedule.
    """

    def __init__(self, inner: Wsgi, world: World, notice: Callable[[str, str], None]) -> None:
        self._inner = inner
        self._world = world
        self._notice = notice
        # Buckets that were ever given notifications: the others cost nothing.
        self._noted: set[str] = set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, and follow up if it was a success."""
        scope = scope_of(environ)
        if scope and scope.signed_for == "s3":
            return self._storage(environ, start_response)
        answer = self._inner(environ, start_response)
        if scope and scope.signed_for in SCHEDULERS and WATCHER not in environ.get("HTTP_USER_AGENT", ""):
            self._notice(scope.signed_for, scope.region)
        return answer

    def _storage(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        bucket, _, key = unquote(raw_path(environ)).lstrip("/").partition("/")
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        if environ["REQUEST_METHOD"] == "PUT" and not key and "notification" in query:
            return self._settings(bucket, environ, start_response)
        name = _name(environ["REQUEST_METHOD"], query, "HTTP_X_AMZ_COPY_SOURCE" in environ)
        if not key or not name or bucket not in self._noted:
            return self._inner(environ, start_response)
        seen: list[str] = []

        def note(status: str, headers: Any, *more: Any) -> Any:  # noqa: ANN401 - WSGI
            seen.append(status)
            return start_response(status, headers, *more)

        answer = b"".join(self._inner(environ, note))
        if seen and seen[-1].startswith("2"):
            threading.Thread(target=self._follow, args=(bucket, key, name), name="follow-up", daemon=True).start()
        return [answer]

    def _settings(self, bucket: str, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Take a bucket's notifications, unless a function of theirs is not open to the bucket."""
        from mlacoach.sandbox.lambda_.triggers import is_open  # noqa: PLC0415 - when there are notifications

        body = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST_SETTINGS))
        environ["wsgi.input"] = io.BytesIO(body)
        functions = [unescape(arn.decode()) for arn in FUNCTION.findall(body)]
        if not all(is_open(self._world, arn, "s3", f"arn:aws:s3:::{bucket}") for arn in functions):
            return send(Response(REFUSED, 400, {"Content-Type": "application/xml"}), "", start_response)
        self._noted.add(bucket)
        return self._inner(environ, start_response)

    def _follow(self, bucket: str, key: str, name: str) -> None:
        from mlacoach.sandbox.lambda_.triggers import notify  # noqa: PLC0415 - when there is an object

        try:
            notify(self._world, bucket, key, name)
        except Exception:
            LOG.exception("Nothing followed from an event.")


def _name(method: str, query: dict[str, list[str]], is_copy: bool) -> str:  # noqa: FBT001
    """What S3 calls what happened to the object; empty where nothing did."""
    if ASIDE & set(query):
        return ""
    if method == "PUT":
        return "ObjectCreated:Copy" if is_copy else "ObjectCreated:Put"
    if method == "POST":
        return "ObjectCreated:CompleteMultipartUpload" if "uploadId" in query else ""
    return "ObjectRemoved:Delete" if method == "DELETE" and "uploadId" not in query else ""
