"""The terminal under the room, and its signals: Textual minds neither a window that closes nor what comes after it."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

# Those that end us, and those that Textual takes for itself and never gives back: after the room, Ctrl-Z and `fg`
# would bring its screen up once more.
DEADLY = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
TAKEN = tuple(getattr(signal, name) for name in ("SIGTSTP", "SIGCONT", "SIGWINCH") if hasattr(signal, name))


def is_there() -> bool:
    """Is there a terminal, whose window has not been closed?"""
    return sys.__stdin__ is not None and sys.__stdin__.isatty()


def draws_elsewhere() -> bool:
    """Is what Textual draws sent to a file? It draws on stderr; somebody at the terminal would see nothing."""
    return is_there() and not (sys.__stderr__ is not None and sys.__stderr__.isatty())


def turn_away() -> None:
    """Write no more to a terminal that is gone: Textual would wait for ever until somebody takes what it draws."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    os.close(nowhere)


@contextmanager
def signals_kept() -> Iterator[None]:
    """Afterwards every signal does again what it did before."""
    before = [(number, signal.getsignal(number)) for number in (signal.SIGINT, *DEADLY, *TAKEN)]
    try:
        yield
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def mind_closing(closed: Callable[[], None]) -> None:
    """Call `closed` if a closing window wakes us; from any other sleep Textual wakes as it does."""
    if not hasattr(signal, "SIGCONT"):
        return
    wake = signal.getsignal(signal.SIGCONT)

    def woken(number: int, frame: FrameType | None) -> None:
        if not is_there():
            closed()
        elif callable(wake):
            wake(number, frame)

    signal.signal(signal.SIGCONT, woken)
