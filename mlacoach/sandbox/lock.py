"""A lock on a file that dies with its process, on every system."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOOK_SECONDS = 0.02


class Held(Exception):
    """Somebody else holds the lock."""


@contextmanager
def holding(path: Path, seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock; wait for it so long at most.

    Raises:
        Held: somebody else holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        _take(number, path, seconds)
        yield
    finally:
        os.close(number)


def is_held(path: Path) -> bool:
    """Does anybody hold the lock?"""
    if not path.exists():
        return False
    try:
        with holding(path):
            return False
    except Held:
        return True


def _take(number: int, path: Path, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not _try(number):
        if time.monotonic() >= until:
            raise Held(str(path))
        time.sleep(LOOK_SECONDS)


def _try(number: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - on Windows only

            msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
