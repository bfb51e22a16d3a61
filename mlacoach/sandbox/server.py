"""The server process: one port of the loopback, behind it our engines and moto."""

import json
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mlacoach.sandbox import assemble, seeding
from mlacoach.sandbox.call import Environ, StartResponse, Wsgi
from mlacoach.sandbox.client import KEY, new_key
from mlacoach.sandbox.insides import Insides
from mlacoach.sandbox.keys import KnownKeys
from mlacoach.sandbox.lock import Held, holding
from mlacoach.sandbox.reaper import reap
from mlacoach.sandbox.state import Places, State, forget_state, write_state
from mlacoach.sandbox.world import World

LOOPBACK = "127.0.0.1"
LOOPBACK_NAMES = frozenset({LOOPBACK, "localhost", "::1"})
# How often, of the time it may idle, the server looks whether it does.
LOOKS = 10
ALREADY_THERE = 75


class LoopbackOnly:
    """Refuse a request that was meant for another host, or that a web page of another origin sends.

    A web page may make its own name point at 127.0.0.1 (DNS rebinding) and then talk to us from the browser; its
    requests still carry that name as their Host. Or it may send a form to us; then the browser says whose page it was.
    """

    def __init__(self, inner: Wsgi) -> None:
        self._inner = inner

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request on, or answer 403."""
        origin = environ.get("HTTP_ORIGIN")
        is_ours = origin is None or _host_name(origin.partition("://")[2]) in LOOPBACK_NAMES
        if is_ours and _host_name(environ.get("HTTP_HOST", "")) in LOOPBACK_NAMES:
            return self._inner(environ, start_response)
        body = b"The sandbox answers to the loopback only.\n"
        start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]


def _host_name(header: str) -> str | None:
    try:
        return urlsplit(f"//{header}").hostname
    except ValueError:
        return None


class Server:
    """A sandbox that answers.

    Args:
        folder: where it works; emptied first.
        port: which port; 0 is any that is free.
        seed: what its chance is drawn from.
    """

    def __init__(self, folder: Path, port: int = 0, seed: int = 0) -> None:
        self.folder = folder
        self.token = secrets.token_urlsafe(24)
        self.over = threading.Event()
        self._moto = assemble.moto()
        self.engines = assemble.engines()
        _empty(folder)
        # moto's state is that of the process, which may have had another server before.
        seeding.empty(self._moto)
        seeding.seed(self._moto)
        self._http = _http_server(port, LoopbackOnly(self._call))
        self.world = World(self.url, folder, seed, access_key=os.environ.pop(KEY, "") or new_key())
        inner = assemble.application(self.engines, self.world, self._moto)
        guarded = KnownKeys(inner, self.world.access_key)
        self.insides = Insides(guarded, self.world, self.token, self.reset, self.over.set, self.fire)

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self._http.port}"

    @property
    def port(self) -> int:
        """Its port."""
        return int(self._http.port)

    def _call(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        return self.insides(environ, start_response)

    def serve(self) -> None:
        """Answer requests from now on, in threads."""
        threading.Thread(target=self._http.serve_forever, name="http", daemon=True).start()

    def reset(self) -> None:
        """Make the account new: no child runs, nothing is stored."""
        self.world.supervisor.kill_all()
        _empty(self.folder)
        self.world.store.clear()
        self.world.faults.clear()
        for forget in self.engines.on_reset:
            forget(self.world)
        seeding.empty(self._moto)
        seeding.seed(self._moto)

    def fire(self, name: str) -> str:
        """Set off a rule or a schedule; what kind of thing it was."""
        from mlacoach.sandbox.schedules.firing import fire  # noqa: PLC0415 - with the first of them

        return fire(self.engines, self.world, name)

    def stop_when_idle(self, seconds: float) -> None:
        """End when nobody has asked for anything for so long, and nothing is running that asks."""

        def look() -> None:
            while not self.over.wait(seconds / LOOKS):
                if self.insides.idle_seconds() > seconds:
                    self.over.set()

        threading.Thread(target=look, name="idle", daemon=True).start()


def _empty(folder: Path) -> None:
    """Take away what an earlier server, or an earlier account, left: first its children, then their files."""
    children = folder / "children"
    reap(str(children))
    for entry in folder.iterdir() if folder.exists() else ():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    children.mkdir(parents=True, exist_ok=True, mode=0o700)


def _http_server(port: int, application: Wsgi) -> Any:  # noqa: ANN401 - werkzeug's server; its class is not public
    from moto import server  # noqa: PLC0415 - after its settings
    from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: PLC0415 - beside moto

    # moto's own handler keeps the underscores in the names of S3 metadata; moto before 5.2 has none.
    handler = getattr(server, "MotoRequestHandler", WSGIRequestHandler)
    return make_server(LOOPBACK, port, application, threaded=True, request_handler=handler)


def serve_until_stdin_ends() -> None:
    """Serve on a free port, say which on stdout, and leave when stdin reaches its end.

    Whoever started us holds the other end of stdin: the system closes it even when that process is killed, so we never
    outlive it, on any platform.
    """
    # Ctrl-C goes to every process of the terminal; the lab still needs us for its teardown.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    folder = Path(tempfile.mkdtemp(prefix="mlacoach-sandbox-"))
    server = Server(folder)
    server.serve()
    _announce(server)
    sys.stdin.buffer.read()
    server.world.stop()
    shutil.rmtree(folder, ignore_errors=True)
    # Nothing else here is worth saving, and a request in flight must not keep the process alive.
    os._exit(0)


def serve_in_background(places: Places, port: int, idle_seconds: float, started: str) -> None:
    """Serve until told to stop, or idle for so long. One such server at a time has the folder.

    Args:
        places: where its files are.
        port: which port; 0 is any that is free.
        idle_seconds: after how long without a request it ends.
        started: the moment, for its state file.
    """
    try:
        with holding(places.lock):
            _serve_locked(places, port, idle_seconds, started)
    except Held:
        sys.stderr.write("A sandbox is running already.\n")
        sys.exit(ALREADY_THERE)


def _serve_locked(places: Places, port: int, idle_seconds: float, started: str) -> None:
    server = Server(places.work, port)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: server.over.set())
    server.serve()
    write_state(places, State(os.getpid(), server.port, server.token, started))
    server.stop_when_idle(idle_seconds)
    _announce(server)
    server.over.wait()
    forget_state(places)
    server.world.stop()
    os._exit(0)


def _announce(server: Server) -> None:
    sys.stdout.write(json.dumps({"port": server.port}) + "\n")
    sys.stdout.flush()
