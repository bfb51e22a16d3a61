"""Python in the terminal: whole lines in a pipe; where a person looks, broken lines go on further in."""

import re
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

# Where a line is broken: after a blank that is not too near its beginning, else after a bracket.
BLANK, BRACKET = re.compile(r"(?<=\S) "), re.compile(r"[(\[{]")
FURTHER_IN = 4
# So much of a line stands before a break at least.
SHORTEST = 20


def print_code(console: Console, code: str) -> None:
    """Python, in colours on a terminal."""
    text = code.rstrip()
    if not console.file.isatty():
        # A line stays a line, so that it can be copied or run.
        console.print(Text(text), soft_wrap=True)
        return
    drawn = Syntax("", "python", theme="ansi_dark", background_color="default").highlight(text)
    drawn.rstrip()
    for line in drawn.split("\n", allow_blank=True):
        for part in _parts(line, console.width):
            console.print(part, soft_wrap=True)


def together(pieces: Sequence[str]) -> str:
    """Pieces of a file, with the blank lines between them that a file has."""
    text = ""
    for before, piece in zip(["", *pieces], pieces, strict=False):
        blank = "\n\n\n" if _is_block(piece) or _is_block(before) else "\n"
        text += blank + piece.strip("\n") if before else piece.strip("\n")
    return text


def _is_block(piece: str) -> bool:
    return piece.lstrip().startswith(("def ", "class ", "@"))


def _parts(line: Text, width: int) -> Iterator[Text]:
    """A line that is too long, in pieces that are not."""
    further = min(len(line.plain) - len(line.plain.lstrip()) + FURTHER_IN, width // 2)
    while len(line.plain) > width:
        head, line = line.divide([_break(line.plain, further, width)])
        head.rstrip()
        yield head
        line = Text(" " * further) + line
    line.rstrip()
    yield line


def _break(line: str, further: int, width: int) -> int:
    blanks, brackets = (
        [found.end() for found in breaks.finditer(line, least, width)]
        for breaks, least in ((BLANK, max(further + SHORTEST, width // 2)), (BRACKET, further))
    )
    return (blanks or brackets or [width])[-1]
