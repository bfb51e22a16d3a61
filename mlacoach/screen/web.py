"""The exam room in a browser: on this machine only, for one person. textual-serve is imported here and nowhere else."""

import shlex
import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from mlacoach.errors import MlacoachError

if TYPE_CHECKING:
    from mlacoach.screen.web_server import RoomServer

# Not `localhost`, which may mean another address first; nobody outside can reach this one.
HOST = "127.0.0.1"


def serve(console: Console, command: Sequence[str], over: Callable[[], bool]) -> None:
    """Serve the room that `command` opens until the exam is over or Ctrl-C is pressed.

    Raises:
        MlacoachError: textual-serve is not installed.
    """
    port = free_port()

    def told() -> None:
        console.print(Text(f"The exam room is at http://{HOST}:{port}"))
        console.print(Text("It is for one browser window on this machine. Ctrl-C stops it; every answer is saved."))

    server = _server()(shlex.join(command), (HOST, port), over, told)
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        server.serve()
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def _server() -> "type[RoomServer]":
    try:
        # aiohttp and Jinja cost 200 ms, and are not installed with the rest.
        from mlacoach.screen.web_server import RoomServer  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MlacoachError(
            "The exam room in a browser needs textual-serve, which is not installed.",
            "Install it with `pip install 'mlacoach[web]'`, or sit the exam here: leave out --web.",
        ) from error
    return RoomServer


def free_port() -> int:
    """A port that nobody listens on."""
    with closing(socket.create_server((HOST, 0))) as listener:
        port: int = listener.getsockname()[1]
        return port
