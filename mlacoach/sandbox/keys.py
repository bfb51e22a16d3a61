"""Who may ask: only requests with an access key that this sandbox gave out.

Whoever may send requests may run code, because training jobs and functions are code. The port is open to every user
of the machine, so a request needs a key that nobody can guess: the account's own, which `Sandbox` and
`mlacoach sandbox env` give out, or one that STS or IAM made here. Signatures are not verified: on the loopback nobody
can read a key in transit.
"""

import json
import re
import threading
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs

from mlacoach.sandbox.call import Environ, StartResponse, Wsgi

SIGNED = re.compile(r"Credential=([^/,\s]+)/|^AWS ([^:\s]+):")
MADE = re.compile(rb"<AccessKeyId>([A-Z0-9]+)</AccessKeyId>|\"(?:AccessKeyId|accessKeyId)\": ?\"([A-Z0-9]+)\"")
# Whose answers hold new keys.
MAKERS = re.compile(r"/(?:sts|iam|sso|cognito-identity)/aws4_request")
# An API's address or a function's, as API Gateway and Lambda serve it to anybody: its random id is what one must know.
OPEN = re.compile(r"^/(?:restapis/[a-z0-9]{10}/[^/]+/_user_request_|_aws/execute-api/[a-z0-9]{8,})(?:/|$)")
PARTS = ("X-Amz-Credential", "AWSAccessKeyId")
LARGEST_ANSWER = 1_000_000


class KnownKeys:
    """Refuses every request whose access key was not given out here.

    Args:
        inner: answers the others.
        own: the account's own key.
    """

    def __init__(self, inner: Wsgi, own: str) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._known = {own}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer, or refuse as AWS refuses a key that it does not know."""
        key = key_of(environ)
        if key in self._known:
            return self._learning(environ, start_response)
        if not key and OPEN.match(environ.get("PATH_INFO", "")):
            return self._inner(environ, start_response)
        return _refuse(environ, key, start_response)

    def _learning(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass it on, and note the keys that an answer of STS or IAM gives out."""
        answer = self._inner(environ, start_response)
        if not MAKERS.search(environ.get("HTTP_AUTHORIZATION", "")):
            return answer
        body = b"".join(answer)
        found = {(xml or plain).decode() for xml, plain in MADE.findall(body[:LARGEST_ANSWER])}
        with self._lock:
            self._known |= found
        return [body]


def key_of(environ: Environ) -> str:
    """The access key of a request: in its header, or in the query of a presigned address; empty where it has none."""
    found = SIGNED.search(environ.get("HTTP_AUTHORIZATION", ""))
    if found:
        return str(found[1] or found[2])
    query = environ.get("QUERY_STRING", "")
    if not any(part in query for part in PARTS):
        return ""
    given = parse_qs(query)
    return next((given[part][0].partition("/")[0] for part in PARTS if part in given), "")


def _refuse(environ: Environ, key: str, start_response: StartResponse) -> Iterable[bytes]:
    code = "UnrecognizedClientException" if key else "MissingAuthenticationTokenException"
    message = (
        "The security token included in the request is invalid. The sandbox answers to the keys that "
        "`mlacoach sandbox env` gives out."
    )
    kind, body = _worded(environ, code, message)
    headers = [("Content-Type", kind), ("Content-Length", str(len(body))), ("x-amzn-ErrorType", code)]
    start_response("403 Forbidden", headers)
    return [body]


def _worded(environ: Environ, code: str, message: str) -> tuple[str, bytes]:
    """The refusal in the protocol of the service that was asked."""
    signed = environ.get("HTTP_AUTHORIZATION", "")
    kind = environ.get("CONTENT_TYPE", "")
    if "json" in kind or environ.get("HTTP_X_AMZ_TARGET"):
        return "application/x-amz-json-1.1", _json({"__type": code, "message": message})
    if "/s3/" in signed or not kind:
        return "application/xml", f"<Error><Code>InvalidAccessKeyId</Code><Message>{message}</Message></Error>".encode()
    told = f"<Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>{message}</Message></Error>"
    return "text/xml", f"<ErrorResponse>{told}<RequestId>0</RequestId></ErrorResponse>".encode()


def _json(data: dict[str, Any]) -> bytes:
    return json.dumps(data).encode()
