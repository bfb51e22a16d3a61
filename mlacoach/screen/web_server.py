"""textual-serve for one person: as it comes it opens a sitting for each visitor, and for any page of the browser."""

# The types are also checked where the extra `web` is not installed.
# mypy: ignore-missing-imports, allow-subclassing-any

import asyncio
from collections.abc import Callable

from aiohttp import web
from textual_serve.server import Server

# A window that is reloaded asks again before its old session has ended.
PATIENCE = 3.0
# The page asks Google for a font. Nothing that is done here goes to anybody.
OURS = "default-src 'self'; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; img-src 'self' data:"


class RoomServer(Server):
    """Serves `command` to one window at a time until it is `over`; `told` when somebody can come in."""

    def __init__(
        self, command: str, address: tuple[str, int], over: Callable[[], bool], told: Callable[[], None]
    ) -> None:
        host, port = address
        super().__init__(command, host=host, port=port, title="mlacoach exam")
        self._over = over
        self._told = told
        self._visit: asyncio.Task[object] | None = None

    def serve(self, debug: bool = False) -> None:  # noqa: FBT001, FBT002, ARG002 - textual-serve's signature
        """Serve until it is over, or a signal comes; `told` is called as soon as somebody can come in."""
        tell = self._told
        web.run_app(self._make_app(), host=self.host, port=self.port, print=lambda *_: tell(), access_log=None)

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing yet: nobody listens before this has ended."""

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002 - aiohttp's signature
        """Show the visitor out; the server would wait a minute for them to go."""
        if self._visit:
            self._visit.cancel()

    async def handle_index(self, request: web.Request) -> web.StreamResponse:  # type: ignore[override, unused-ignore]
        """Give the page, which talks to us only."""
        page: web.StreamResponse = await super().handle_index(request)
        page.headers["Content-Security-Policy"] = f"{OURS}; connect-src {self.public_url.replace('http', 'ws')}"
        return page

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Let somebody in."""
        # Any page in the browser may knock here, and says where it comes from.
        if request.headers.get("Origin") != self.public_url:
            raise web.HTTPForbidden(text=f"Only the page at {self.public_url} may open the exam.")
        if not await self._free():
            raise web.HTTPConflict(text="The exam is open in another window.")
        self._visit = asyncio.current_task()
        try:
            return await super().handle_websocket(request)
        finally:
            self._visit = None
            if self._over():
                asyncio.get_running_loop().call_soon(self.request_exit)

    async def _free(self) -> bool:
        if self._visit:
            await asyncio.wait({self._visit}, timeout=PATIENCE)
        return self._visit is None
