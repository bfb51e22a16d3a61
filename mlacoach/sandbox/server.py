"""The server process: moto's WSGI application behind a guard, on a free port of the loopback."""

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

from mlacoach.sandbox.bucket_policy import TlsInside

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = frozenset({LOOPBACK, "localhost", "::1"})

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Wsgi = Callable[[Environ, StartResponse], Iterable[bytes]]


class LoopbackOnly:
    """Refuse a request that was meant for another host.

    A web page may make its own name point at 127.0.0.1 (DNS rebinding) and then talk to us from the browser; its
    requests still carry that name as their Host.
    """

    def __init__(self, inner: Wsgi) -> None:
        self._inner = inner

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, or answer 403."""
        if _host_name(environ.get("HTTP_HOST", "")) in LOOPBACK_NAMES:
            return self._inner(environ, start_response)
        body = b"The sandbox answers to the loopback only.\n"
        start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]


def _host_name(header: str) -> str | None:
    try:
        return urlsplit(f"//{header}").hostname
    except ValueError:
        return None


def serve_until_stdin_ends() -> None:
    """Serve on a free port, say which on stdout, and leave when stdin reaches its end.

    Whoever started us holds the other end of stdin: the system closes it even when that process is killed, so we never
    outlive it, on any platform.
    """
    # Ctrl-C goes to every process of the terminal; the lab still needs us for its teardown.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    server = _server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(json.dumps({"port": server.port}) + "\n")
    sys.stdout.flush()
    sys.stdin.buffer.read()
    # Nothing here is worth saving, and a request in flight must not keep the process alive.
    os._exit(0)


def _server() -> Any:  # noqa: ANN401 - werkzeug's server; its class is not public
    # moto's own CORS would let any web page read our answers.
    os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
    from moto import server as moto_server  # noqa: PLC0415 - reads the setting above
    from werkzeug.serving import make_server  # noqa: PLC0415 - beside moto

    moto_application = moto_server.DomainDispatcherApplication(moto_server.create_backend_app)  # type: ignore[attr-defined]
    application = LoopbackOnly(TlsInside(moto_application))
    return make_server(LOOPBACK, 0, application, threaded=True)
