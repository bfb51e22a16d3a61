"""The program within the test's own process: as `tests.program`, without the half second that a Python costs to start.

For what does not depend on a process: signals, the terminal, imports.
"""

import io
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from mlacoach.cli import context, main
from tests.program import Finished, Program


@dataclass(slots=True)
class InProcess(Program):
    """A `Program` whose `run` calls `main`."""

    def run(
        self,
        *words: str,
        typed: str = "",
        code: int = 0,
        env: Mapping[str, str] | None = None,
        **more: Any,  # noqa: ANN401
    ) -> Finished:
        """Run to the end, with `typed` on stdin; it must leave with `code`."""
        assert not more
        environment = patch.dict(os.environ, self.environment(env), clear=True)
        moved = patch.object(context, "clock", lambda: self.now) if self.now else nullcontext()
        with environment, moved, _signals(), _streams(typed) as (out, err):
            left = _call(words)
        finished = Finished(left, _text(out), _text(err))
        print(f"$ mlacoach {' '.join(words)}  (left with {left})\n{finished.out}\n--- stderr ---\n{finished.err}")  # noqa: T201
        assert left == code, f"{words} left with {left}, not {code}:\n{finished.err}"
        return finished


def _call(words: tuple[str, ...]) -> int:
    with patch.object(sys, "argv", ["mlacoach", *words]):
        try:
            main()
        except SystemExit as leaving:
            return leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    raise AssertionError("main leaves by SystemExit")


@contextmanager
def _streams(typed: str) -> Iterator[tuple[io.TextIOWrapper, io.TextIOWrapper]]:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
    given = io.TextIOWrapper(io.BytesIO(typed.encode()), encoding="utf-8")
    with patch.object(sys, "stdin", given), patch.object(sys, "stdout", out), patch.object(sys, "stderr", err):
        yield out, err


@contextmanager
def _signals() -> Iterator[None]:
    """Leave the handlers as they were: `main` takes the signals of its process."""
    names = [name for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.getsignal(getattr(signal, name)) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)


def _text(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()
