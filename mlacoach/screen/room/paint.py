"""Content as it is written: no markup is read in it, code keeps its backticks, lines hang under their labels."""

import re

from textual.content import Content

CODE = re.compile(r"`[^`]+`")
NARROWEST = 12


def written(text: str, style: str = "") -> Content:
    """The text, every character of it; what stands between backticks in another colour."""
    content = Content.styled(text, style) if style else Content(text)
    for code in CODE.finditer(text):
        content = content.stylize("$text-code", code.start(), code.end())
    return content


def hanging(head: Content, text: Content, width: int) -> Content:
    """The text beside its head, every further line as far in as the first."""
    indent = head.cell_length
    lines = text.wrap(max(width - indent, NARROWEST))
    blank = Content(" " * indent)
    return Content("\n").join([(blank if number else head) + line for number, line in enumerate(lines)])
