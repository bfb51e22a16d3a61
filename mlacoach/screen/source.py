"""Python in the terminal: whole lines in a pipe; where a person looks, broken lines go on further in."""

import re
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.syntax import Syntax
from rich.text import Text

# Where code is broken: after a comma, else after a bracket that holds something and is no index, else after a blank.
BREAKS = (re.compile(r", "), re.compile(r"([({]|(?<![\w\"')\]}])\[)(?![)\]}])"), re.compile(r"(?<=\S) "))
# What is not broken: strings, comments, and what a loop runs over.
WHOLE = re.compile(r"  # .*|\"[^\"]*\"|'[^']*'|\bfor [\w, ]+ in ")
QUOTES = '"""'
FURTHER_IN = 4
# So much of a line stands before a comma or a blank at least.
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
    in_prose, depth = False, 0
    for line in drawn.split("\n", allow_blank=True):
        if in_prose or line.plain.strip().startswith((QUOTES, "#")):
            parts = _prose(line, console.width)
        else:
            parts = _parts(line, console.width, depth)
            depth += _opened(line.plain)
        for part in parts:
            console.print(part, soft_wrap=True)
        in_prose ^= line.plain.count(QUOTES) % 2 == 1


def together(pieces: Sequence[str]) -> str:
    """Pieces of a file, with the blank lines between them that a file has."""
    text = ""
    for before, piece in zip(["", *pieces], pieces, strict=False):
        is_apart = _is_import(before) and not _is_import(piece)
        blank = "\n\n\n" if _is_block(piece) or _is_block(before) else "\n\n" if is_apart else "\n"
        text += blank + piece.strip("\n") if before else piece.strip("\n")
    return text


def _is_block(piece: str) -> bool:
    return piece.lstrip().startswith(("def ", "class ", "@"))


def _is_import(piece: str) -> bool:
    return piece.startswith(("import ", "from "))


def _prose(line: Text, width: int) -> Iterator[Text]:
    """A line of a docstring or a comment, in pieces that begin where it began."""
    bare = line.plain.lstrip(" ")
    start = " " * min(len(line.plain) - len(bare), width // 2) + ("# " if bare.startswith("# ") else "")
    while len(line.plain) > width:
        blanks = [found.end() for found in BREAKS[-1].finditer(line.plain, len(start), width + 1)]
        head, line = line.divide([(blanks or [width])[-1]])
        head.rstrip()
        yield head
        line = Text(start, line.style) + line
    line.rstrip()
    yield line


def _parts(line: Text, width: int, depth: int) -> Iterator[Text]:
    """A line of code that is too long and stands in so many brackets, in pieces that are not."""
    # What a line with a colon at its end leads to stands further in too.
    more = FURTHER_IN * 2 if line.plain.rstrip().endswith(":") else FURTHER_IN
    further = min(len(line.plain) - len(line.plain.lstrip()) + more, width // 2)
    while len(line.plain) > width:
        place = _break(line.plain, further, width, depth)
        if place == len(line.plain):
            break
        head, line = line.divide([place])
        depth += _opened(head.plain)
        head.rstrip()
        # Outside of brackets a line ends where it ends, unless it says otherwise.
        yield head if depth > 0 else head + Text(" \\")
        line = Text(" " * further) + line
    line.rstrip()
    yield line


def _break(line: str, further: int, width: int, depth: int) -> int:
    code = _bare(line)
    bracket = _outermost(code)
    if further < bracket <= width and further + len(line) - bracket <= width:
        return bracket
    far = max(further + SHORTEST, width // 2)
    for breaks, least in zip(BREAKS, (far, further + 1, far), strict=True):
        ends = (each.end() for each in breaks.finditer(code, least, width))
        found = [end for end in ends if depth + _opened(code[:end]) > 0]
        if found:
            return found[-1]
    blank = code.rfind(" ", further, width - 1) + 1
    fits = blank >= far or further + len(line) - blank <= width
    # The terminal breaks a string that is too long for any line, and knows that it is one when it is copied.
    return blank if blank and fits else len(line)


def _bare(code: str) -> str:
    """The code with nothing in what is not to be broken."""
    return WHOLE.sub(lambda found: "x" * len(found[0]), code)


def _opened(code: str) -> int:
    """How many more brackets it opens than it closes."""
    signs = _bare(code)
    return sum(map(signs.count, "([{")) - sum(map(signs.count, ")]}"))


def _outermost(code: str) -> int:
    """Where the bracket that ends last has begun; 0 if the line ends none."""
    depth = 0
    for place in range(len(code.rstrip(" :,")) - 1, -1, -1):
        depth += (code[place] in ")]}") - (code[place] in "([{")
        if depth <= 0:
            return place + 1 if code[place] in "([{" else 0
    return 0
