"""A sandbox within the test's own process, so that a test can bring engines and look at the world."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from werkzeug.serving import make_server

from mlacoach.sandbox import assemble, seeding
from mlacoach.sandbox.call import Environ, StartResponse
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.world import World


class Inside:
    """A server in threads. moto's state is that of the process: tests name their own things.

    Args:
        folder: the world's folder.
        register: registers the test's engines.
    """

    def __init__(self, folder: Path, register: Callable[[Engines], None]) -> None:
        self.engines = Engines()
        register(self.engines)
        moto = assemble.moto()
        seeding.empty(moto)
        seeding.seed(moto)
        self._http = make_server("127.0.0.1", 0, self._call, threaded=True)
        self.url = f"http://127.0.0.1:{self._http.port}"
        self.world = World(self.url, folder)
        self._application = assemble.application(self.engines, self.world, moto)

    def _call(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        # The address comes first, because the world needs it.
        return self._application(environ, start_response)

    def __enter__(self) -> Self:
        """Serve."""
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.world.stop()
        self._http.shutdown()
        self._http.server_close()
