"""The README of a lab: what it is about, and a section for each step."""

import re
from pathlib import Path

HEADING = re.compile(r"^## \d+\. .*$", re.MULTILINE)


def story(folder: Path) -> str:
    """What the README says before the first step, without its title."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    return HEADING.split(text)[0].partition("\n")[2].strip()


def step_texts(folder: Path) -> list[str]:
    """What the README says of each step, in order, without the headings."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    return [section.strip() for section in HEADING.split(text)[1:]]
