"""An answer of moto's whose body is changed on its way."""

from collections.abc import Callable, Iterable

from mlacoach.sandbox.call import Environ, StartResponse, Wsgi

# The status line and the body, as moto gives them → the body that is sent.
Change = Callable[[str, bytes], bytes]


def rewrite(inner: Wsgi, environ: Environ, start_response: StartResponse, change: Change) -> Iterable[bytes]:
    """Answer as another application does, with a body of our own.

    Args:
        inner: answers.
        environ: the request.
        start_response: of the WSGI server.
        change: gives the new body.
    """
    heads: list[tuple[str, list[tuple[str, str]]]] = []
    answer = b"".join(inner(environ, lambda status, headers, *_: heads.append((status, headers))))
    status, headers = heads[-1]
    body = change(status, answer)
    kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
    start_response(status, [*kept, ("Content-Length", str(len(body)))])
    return [body]
