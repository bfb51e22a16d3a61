"""Serve one container: `python -m mlacoach.sandbox.serving.container FOLDER`.

The folder holds `container.json` (what to serve) and gets `port` (where) once the model is loaded.
"""

import json
import socket
import sys
import threading
import traceback
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mlacoach.sandbox.serving.container.loaded import Ask, Models, Setting, load_model, status_of

ATTRIBUTES = "X-Amzn-SageMaker-Custom-Attributes"


class Container(ThreadingHTTPServer):
    """The server of a container.

    Args:
        setting: what it serves.
        folder: of the model; None for many models.
        workers: how many requests are worked on at a time; the others wait.
    """

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, setting: Setting, folder: Path | None, workers: int) -> None:
        self.models = Models(setting)
        self.model: Ask | None = load_model(setting, folder) if folder else None
        self.turns = threading.BoundedSemaphore(workers)
        super().__init__(("127.0.0.1", 0), Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - its signature
        """Who hung up needs no traceback."""


class Handler(BaseHTTPRequestHandler):
    """One connection of the platform."""

    protocol_version = "HTTP/1.1"
    # Headers and body leave in one packet, and no packet waits for an acknowledgement.
    wbufsize = -1
    disable_nagle_algorithm = True
    server: Container

    def do_GET(self) -> None:
        """`/ping` and `/models`."""
        if self.path == "/ping":
            self._say(200, b"")
        elif self.path == "/models":
            self._say(200, json.dumps({"models": self.server.models.all()}).encode(), "application/json")
        else:
            self._say(404, b"")

    def do_DELETE(self) -> None:
        """Unload a model."""
        self._say(200 if self.server.models.remove(_name(self.path)) else 404, b"")

    def do_POST(self) -> None:
        """`/invocations`, `/models` and `/models/…/invoke`."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/models":
            self._load(json.loads(body))
            return
        ask = self.server.model if self.path == "/invocations" else self.server.models.get(_name(self.path))
        if ask is None:
            self._say(404, b"There is no such model.")
            return
        self._answer(ask, body)

    def _load(self, wanted: dict[str, str]) -> None:
        try:
            fresh = self.server.models.add(wanted["model_name"], wanted["url"])
        except Exception as error:  # noqa: BLE001 - a learner's code
            traceback.print_exc()
            self._say(status_of(error), str(error).encode())
            return
        self._say(200 if fresh else 409, b"")

    def _answer(self, ask: Ask, body: bytes) -> None:
        try:
            with self.server.turns:
                answer, kind = ask(body, self.headers.get("Content-Type") or "", self.headers.get("Accept") or "*/*")
        except Exception as error:  # noqa: BLE001 - a learner's code
            traceback.print_exc()
            self._say(status_of(error), (str(error) or type(error).__name__).encode())
            return
        if isinstance(answer, bytes):
            self._say(200, answer, kind)
        else:
            self._stream(answer, kind)

    def _say(self, status: int, body: bytes, kind: str = "text/plain") -> None:
        self.send_response_only(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self._attributes()
        self.end_headers()
        self.wfile.write(body)

    def _stream(self, parts: Iterator[bytes], kind: str) -> None:
        self.send_response_only(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self._attributes()
        self.end_headers()
        for part in parts:
            if part:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def _attributes(self) -> None:
        given = self.headers.get(ATTRIBUTES)
        if given:
            self.send_header(ATTRIBUTES, given)


def _name(path: str) -> str:
    return unquote(path.removeprefix("/models/").removesuffix("/invoke"))


def main(folder: Path) -> None:
    """Load what the folder says, and serve it until we are ended."""
    wanted = json.loads((folder / "container.json").read_text(encoding="utf-8"))
    model = Path(wanted["model"]) if wanted["model"] else None
    server = Container(Setting(**wanted["setting"]), model, int(wanted["workers"]))
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    # It appears whole: who looks for it must not read half a number.
    half = folder / "port.new"
    half.write_text(str(server.server_address[1]), encoding="ascii")
    half.replace(folder / "port")
    server.serve_forever()


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    main(Path(sys.argv[1]))
