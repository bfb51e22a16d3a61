"""Bucket policies about TLS: inside the sandbox every request counts as one that came over TLS.

The sandbox speaks plain HTTP, and moto takes each condition that it does not know for one that denies: a bucket that
refuses plain HTTP would refuse everything. So moto gets only the statements that concern a request over TLS, beside the
text as it was written, which is what `GetBucketPolicy` answers.
"""

import io
import json
from collections.abc import Iterable
from typing import Any

from mlacoach.sandbox.call import Environ, StartResponse, Wsgi
from mlacoach.sandbox.rewriting import rewrite

WRITTEN = "mlacoach:written"


class TlsInside:
    """Lays aside, on their way to moto, the statements that only concern requests without TLS."""

    def __init__(self, inner: Wsgi) -> None:
        self._inner = inner

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, its policy or the answer's policy exchanged."""
        method = environ["REQUEST_METHOD"] if _is_about_a_bucket_policy(environ) else None
        if method == "PUT":
            body = for_moto(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
            environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        if method == "GET":
            return rewrite(self._inner, environ, start_response, lambda _, answer: as_written(answer))
        return self._inner(environ, start_response)


def for_moto(policy: bytes) -> bytes:
    """The policy for moto: what concerns a request over TLS, and the text as it was written."""
    document = _json_object(policy)
    if document is None:
        return policy
    given = document.get("Statement")
    statements = given if isinstance(given, list) else [given]
    concerned = [statement for statement in statements if not _is_only_without_tls(statement)]
    if len(concerned) == len(statements):
        return policy
    return json.dumps(document | {"Statement": concerned, WRITTEN: policy.decode()}).encode()


def as_written(policy: bytes) -> bytes:
    """The policy that the learner wrote."""
    document = _json_object(policy) or {}
    return str(document[WRITTEN]).encode() if WRITTEN in document else policy


def _is_about_a_bucket_policy(environ: Environ) -> bool:
    parameters = [part.partition("=")[0] for part in environ.get("QUERY_STRING", "").split("&")]
    return "policy" in parameters and "/s3/" in environ.get("HTTP_AUTHORIZATION", "")


def _is_only_without_tls(statement: object) -> bool:
    """Does the statement ask for aws:SecureTransport to be false? Then no request over TLS meets it."""
    condition = statement.get("Condition") if isinstance(statement, dict) else None
    keys = [condition.get(operator) for operator in ("Bool", "BoolIfExists")] if isinstance(condition, dict) else []
    return any(
        key.lower() == "aws:securetransport" and str(value).lower() in {"false", "['false']", "[false]"}
        for tests in keys
        if isinstance(tests, dict)
        for key, value in tests.items()
    )


def _json_object(text: bytes) -> dict[str, Any] | None:
    try:
        document = json.loads(text)
    except ValueError:
        return None
    return document if isinstance(document, dict) else None
