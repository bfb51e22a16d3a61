"""`exam --web`: the room in a browser, on this machine, for one window. The browser here is a websocket client."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from mlacoach.errors import MlacoachError
from mlacoach.screen.console import stdout
from mlacoach.screen.web import HOST, free_port, serve
from tests.program import PATIENCE, Finished, Program

ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+")
# The answers to a websocket's handshake.
IN, FORBIDDEN, TAKEN = 101, 403, 409
Scene = Callable[["Browser"], Awaitable[object]]


class Browser:
    """A window on the page at an address."""

    def __init__(self, address: str, server: int = 0) -> None:
        self.address = address
        self.server = server
        self.seen = ""

    async def open(self, origin: str = "") -> int:
        """Open the room; the status that the server gives."""
        import aiohttp  # noqa: PLC0415 - with the extra only

        self.client = aiohttp.ClientSession()
        try:
            self.socket = await self.client.ws_connect(
                f"{self.address}/ws?width=80&height=24", origin=origin or self.address
            )
        except aiohttp.WSServerHandshakeError as refused:
            await self.client.close()
            return refused.status
        return IN

    async def policy(self) -> str:
        """What the page may do."""
        import aiohttp  # noqa: PLC0415

        async with aiohttp.ClientSession() as client, client.get(self.address) as page:
            assert page.status == 200
            return page.headers["Content-Security-Policy"]

    def press_control_c(self) -> None:
        """Where the program runs."""
        os.kill(self.server, signal.SIGINT)

    async def types(self, keys: str) -> None:
        await self.socket.send_str(json.dumps(["stdin", keys]))

    async def sees(self, text: str) -> None:
        """Wait for it."""
        self.seen = ""
        async with asyncio.timeout(PATIENCE):
            while text not in self.seen:
                message = await self.socket.receive()
                assert isinstance(message.data, bytes), f"{message} after {self.seen[-500:]}"
                self.seen += message.data.decode()

    async def closed(self) -> None:
        """Wait until the room closes the window."""
        async with asyncio.timeout(PATIENCE):
            async for _ in self.socket:
                pass
        await self.close()

    async def close(self) -> None:
        await self.socket.close()
        await self.client.close()


@pytest.fixture
def program(home: Path) -> Program:
    return Program(home)


def visit(program: Program, scene: Scene, *words: str, code: int) -> Finished:
    """Play a scene in a browser that is pointed to where the program says."""
    with program.start("exam", *words, "--web") as running:
        while not ADDRESS.search(running.said):
            assert running._read(time.monotonic() + PATIENCE), running.ended()  # noqa: SLF001
        address = ADDRESS.search(running.said)
        assert address
        asyncio.run(scene(Browser(address[0], running.process.pid)))
        finished = running.ended()
    assert finished.code == code, finished
    return finished


def test_an_exam_in_the_browser_is_handed_in_there_and_told_here(program: Program) -> None:
    async def scene(browser: Browser) -> None:
        assert await browser.open() == IN
        await browser.sees("help")
        await browser.types("l")
        await browser.sees("A browser has no lines")
        await browser.types("r")
        await browser.sees("Hand in?")
        await browser.types("y")
        await browser.closed()

    run = visit(program, scene, "--domain", "1", "--questions", "3", "--yes", code=0)

    assert program.rows("SELECT kind FROM sitting_events ORDER BY rowid DESC LIMIT 1") == [("submit",)]
    assert "Ctrl-C stops it" in run.out
    assert "0 of 3" in run.out


def test_one_window_on_our_own_page_gets_in_and_can_be_closed_and_opened_again(program: Program) -> None:
    """Nothing is lost by that, nor by Ctrl-C where the program runs."""

    async def scene(browser: Browser) -> None:
        policy = await browser.policy()
        assert "default-src 'self'" in policy, "the page asks nobody else for anything"
        assert f"connect-src ws://{browser.address.removeprefix('http://')}" in policy
        stranger, second = Browser(browser.address), Browser(browser.address)
        assert await stranger.open(origin="http://example.org") == FORBIDDEN
        assert await browser.open() == IN
        await browser.sees("help")
        assert await second.open() == TAKEN
        await browser.types("f")
        await browser.sees("flagged")
        await browser.close()
        # At once, as a page that is reloaded.
        assert await browser.open() == IN
        await browser.sees("flagged")
        browser.press_control_c()
        await browser.closed()

    run = visit(program, scene, "--timed", "--yes", code=5)

    assert "Saved: 0 of 65 questions are answered. The clock goes on." in run.err
    assert program.rows("SELECT count(*) FROM sitting_events WHERE kind = 'flag'") == [(1,)]


def test_nobody_outside_this_machine_can_reach_it() -> None:
    assert HOST == "127.0.0.1"
    with closing(socket.create_server((HOST, free_port()))) as listener:
        assert listener.getsockname()[0] == HOST


@pytest.mark.parametrize("absent", ["textual_serve", "aiohttp"])
def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, absent: str) -> None:
    for name in [name for name in sys.modules if name.startswith(("textual_serve", "mlacoach.screen.web_server"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, absent, None)

    with pytest.raises(MlacoachError) as raised:
        serve(stdout(), ["mlacoach"], lambda: True)

    assert "needs textual-serve" in raised.value.what
    assert "pip install 'mlacoach[web]'" in raised.value.try_this
