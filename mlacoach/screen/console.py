"""The two streams: stdout is data, stderr is talk."""

import os
import sys
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.text import Text

NARROWEST = 20


def is_terminal(stream: TextIO) -> bool:
    """Is a person looking at this stream? A terminal that can't move its cursor does not count as one."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def is_interactive() -> bool:
    """May we ask? Only where somebody both reads the question and can type the answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def has_room(environment: Mapping[str, str]) -> bool:
    """Is there a full terminal, for drawing on? Not in a pipe, on TERM=dumb, or for a screen reader."""
    return is_interactive() and is_terminal(sys.stdout) and not environment.get("MLACOACH_ACCESSIBLE")


def wants_plain(environment: Mapping[str, str]) -> bool:
    """Lines without colour and redraw: for a pipe, TERM=dumb, NO_COLOR (any non-empty value) or a screen reader."""
    asked = any(environment.get(name) for name in ("NO_COLOR", "MLACOACH_NO_COLOR", "MLACOACH_ACCESSIBLE"))
    return asked or not is_terminal(sys.stdout)


def stdout() -> Console:
    """Where data goes."""
    return _console(sys.stdout)


def stderr() -> Console:
    """Where talk goes."""
    return _console(sys.stderr)


def _console(stream: TextIO) -> Console:
    plain = wants_plain(os.environ)
    return Console(
        file=stream,
        markup=False,
        highlight=False,
        emoji=False,
        no_color=plain,
        force_terminal=False if plain else None,
        width=_width(stream),
    )


def _width(stream: TextIO) -> int | None:
    # A pipe has no width: long lines stay whole, so that grep and tests find them.
    if stream.isatty():
        return None
    asked = os.environ.get("COLUMNS", "")
    return max(int(asked), NARROWEST) if asked.isdecimal() else 100


@contextmanager
def working(console: Console, what: str) -> Iterator[None]:
    """Say what goes on while it lasts: beside a sign that moves, or in a line where nothing may; nothing in a pipe."""
    if console.is_terminal:
        with console.status(Text(what)):
            yield
        return
    if console.file.isatty():
        console.print(Text(what))
    yield


def print_hanging(console: Console, head: str, text: str) -> None:
    """Print `head` and the text beside it, every line of the text as far in as the first."""
    width = max(console.width, NARROWEST)
    lines = textwrap.wrap(text, max(width - len(head), NARROWEST // 2), break_on_hyphens=False) or [""]
    for number, line in enumerate(lines):
        console.print(Text((head if number == 0 else " " * len(head)) + line), soft_wrap=True)


def print_record(console: Console, name: str, says: str) -> None:
    """Print a name and what it stands for: one line in a pipe, whole words beneath each other on a terminal."""
    print_folded(console, Text.assemble((name, "bold"), f"  {says}"))


def print_folded(console: Console, line: Text) -> None:
    """Print a line of a list: whole in a pipe; on a terminal what does not fit stands beneath it, further in."""
    if not console.file.isatty():
        console.print(line, soft_wrap=True)
        return
    for number, part in enumerate(line.wrap(console, console.width - 2)):
        console.print(Text("  " if number else "") + part, soft_wrap=True)
