"""Textual without its command palette: the room has none, and it brings every widget for typing and choosing."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

PALETTE = "textual.command"


@contextmanager
def without_palette() -> Iterator[None]:
    """Whatever imports Textual's App within does without its palette, a fifth of the time that Textual takes to load.

    The App uses the palette's names when the palette is opened, which `ENABLE_COMMAND_PALETTE` forbids.
    """
    if PALETTE in sys.modules:
        yield
        return
    absent = ModuleType(PALETTE)
    absent.__dict__["__getattr__"] = lambda name: type(name, (), {})
    sys.modules[PALETTE] = absent
    try:
        yield
    finally:
        # Whoever asks for it later gets it.
        del sys.modules[PALETTE]
