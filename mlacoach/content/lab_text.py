"""The sections of a lab's README: one for each step."""

import re
from pathlib import Path

HEADING = re.compile(r"^## \d+\. .*$", re.MULTILINE)


def step_texts(folder: Path) -> list[str]:
    """What the README says of each step, in order, without the headings."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    return [section.strip() for section in HEADING.split(text)[1:]]
