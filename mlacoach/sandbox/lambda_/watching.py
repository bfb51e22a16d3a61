"""Looks at what moto has answered, and sets off what follows from it: the notifications of S3."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, unquote

from mlacoach.sandbox.call import Environ, StartResponse, Wsgi
from mlacoach.sandbox.routing import raw_path, scope_of
from mlacoach.sandbox.world import World

LOG = logging.getLogger("mlacoach.sandbox")
# Requests about an object that are not about its content.
ASIDE = frozenset({"acl", "tagging", "retention", "legal-hold", "restore", "torrent", "partNumber", "uploads"})


class Watching:
    """Passes each request to moto, and follows what it did.

    Args:
        inner: moto.
        world: the sandbox.
    """

    def __init__(self, inner: Wsgi, world: World) -> None:
        self._inner = inner
        self._world = world
        # Buckets that were ever given notifications: the others cost nothing.
        self._noted: set[str] = set()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, and follow up in a thread if it was a success."""
        scope = scope_of(environ)
        follow = self._object(environ) if scope and scope.signed_for == "s3" else None
        if follow is None:
            return self._inner(environ, start_response)
        seen: list[str] = []

        def note(status: str, headers: Any, *more: Any) -> Any:  # noqa: ANN401 - WSGI
            seen.append(status)
            return start_response(status, headers, *more)

        answer = b"".join(self._inner(environ, note))
        if seen and seen[-1].startswith("2"):
            threading.Thread(target=_quietly, args=(follow,), name="follow-up", daemon=True).start()
        return [answer]

    def _object(self, environ: Environ) -> Callable[[], None] | None:
        bucket, _, key = unquote(raw_path(environ)).lstrip("/").partition("/")
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        method = environ["REQUEST_METHOD"]
        if method == "PUT" and not key and "notification" in query:
            self._noted.add(bucket)
        name = _name(method, query, "HTTP_X_AMZ_COPY_SOURCE" in environ)
        if not key or not name or bucket not in self._noted:
            return None

        def follow() -> None:
            from mlacoach.sandbox.lambda_.triggers import notify  # noqa: PLC0415 - when there is an object

            notify(self._world, bucket, key, name)

        return follow


def _name(method: str, query: dict[str, list[str]], is_copy: bool) -> str:  # noqa: FBT001
    """What S3 calls what happened to the object; empty where nothing did."""
    if ASIDE & set(query):
        return ""
    if method == "PUT":
        return "ObjectCreated:Copy" if is_copy else "ObjectCreated:Put"
    if method == "POST":
        return "ObjectCreated:CompleteMultipartUpload" if "uploadId" in query else ""
    return "ObjectRemoved:Delete" if method == "DELETE" and "uploadId" not in query else ""


def _quietly(follow: Callable[[], None]) -> None:
    try:
        follow()
    except Exception:
        LOG.exception("Nothing followed from an event.")
