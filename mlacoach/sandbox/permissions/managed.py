"""AWS's own managed policies, brought in when somebody names one.

moto can load all of them, which costs five seconds at every start. Here one becomes a policy of the account, under a
path of its own, as soon as a request names it; requests and answers show AWS's ARN.
"""

import io
import json
import re
from collections.abc import Callable, Iterable
from functools import cache
from urllib.parse import quote

from mlacoach.sandbox.call import Environ, StartResponse, Wsgi
from mlacoach.sandbox.client import ACCOUNT
from mlacoach.sandbox.routing import scope_of

THEIRS, OURS = b"arn:aws:iam::aws:policy/", f"arn:aws:iam::{ACCOUNT}:policy/aws-managed/".encode()
NAMED = re.compile(rb"arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2F((?:[\w+=.@-]|%2F)+)")
LARGEST = 1_000_000
Create = Callable[[str, str, str], None]


class Managed:
    """Stands before moto's IAM.

    Args:
        inner: moto.
        create: makes a policy of a path, a name and a document.
    """

    def __init__(self, inner: Wsgi, create: Create) -> None:
        self._inner = inner
        self._create = create

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass it on, with the account's copy in the place of AWS's policy."""
        scope = scope_of(environ)
        if scope is None or scope.signed_for != "iam":
            return self._inner(environ, start_response)
        body = environ["wsgi.input"].read(min(int(environ.get("CONTENT_LENGTH") or 0), LARGEST))
        for name in {each.decode().replace("%2F", "/") for each in NAMED.findall(body)}:
            self._bring(name)
        sent = body.replace(quote(THEIRS, safe="").encode(), quote(OURS, safe="").encode())
        environ |= {"wsgi.input": io.BytesIO(sent), "CONTENT_LENGTH": str(len(sent))}
        heads: list[tuple[str, list[tuple[str, str]]]] = []
        answer = b"".join(self._inner(environ, lambda status, headers, *_: heads.append((status, headers))))
        shown = answer.replace(OURS, THEIRS)
        status, headers = heads[-1]
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(shown)))])
        return [shown]

    def _bring(self, name: str) -> None:
        path, _, last = name.rpartition("/")
        document = _document(last)
        if document:
            self._create(f"/aws-managed/{path}/" if path else "/aws-managed/", last, document)


@cache
def _document(name: str) -> str:
    """What a managed policy says, as moto knows it; empty where it knows none of that name."""
    try:
        from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415 - 5 MB
    except ImportError:
        return ""
    found = json.loads(aws_managed_policies_data).get(name)
    return json.dumps(found["Document"]) if found else ""
