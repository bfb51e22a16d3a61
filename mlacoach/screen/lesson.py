"""A lesson in the terminal: a section at a time, as Markdown, with a place that is kept."""

import re
from collections.abc import Callable

from rich.console import Console, RenderableType
from rich.text import Text

from mlacoach.curriculum.reading import Lesson
from mlacoach.screen.ask import read_line
from mlacoach.screen.console import print_hanging

# Before each second heading; what stands before the first is no section of its own.
_SECTION = re.compile(r"^(?=## )", re.MULTILINE)


def sections(lesson: Lesson) -> list[str]:
    """The lesson's sections, each with its heading."""
    return [part.strip() for part in _SECTION.split(lesson.text) if part.strip()]


def print_whole(console: Console, lesson: Lesson) -> None:
    """The lesson as it was written, for a pipe or a screen reader."""
    _print_head(console, lesson)
    console.print(Text(lesson.text.strip()), soft_wrap=True)
    _print_sources(console, lesson)


def read(console: Console, lesson: Lesson, place: int, keep: Callable[[int], None]) -> bool:
    """Show section after section; whether the end was reached.

    Args:
        console: where it is shown.
        lesson: what is read.
        place: the number of the section to begin with, from 0.
        keep: told the number of each section that is shown, so that one can go on there.
    """
    parts = sections(lesson)
    _print_head(console, lesson)
    place = place if 0 <= place < len(parts) else 0
    while place < len(parts):
        keep(place)
        console.print()
        console.print(drawn(parts[place]))
        console.print()
        place = _turn(console, place, len(parts))
        if place < 0:
            return False
    _print_sources(console, lesson)
    return True


def _turn(console: Console, place: int, count: int) -> int:
    """Where to go on; below 0 to stop."""
    end = "ends the lesson" if place == count - 1 else "goes on"
    prompt = f"Section {place + 1} of {count}. Enter {end}, b goes back, q stops: "
    while True:
        try:
            line = read_line(console, prompt)
        except EOFError:
            return -1
        if line == "q":
            return -1
        if line in {"", "b"}:
            return max(place - 1, 0) if line else place + 1
        console.print(Text("Type b, q, or nothing."))


def drawn(markdown: str) -> RenderableType:
    """Markdown as a terminal shows it."""
    from rich.markdown import Markdown  # noqa: PLC0415 - 60 ms that a pipe does without

    return Markdown(markdown, hyperlinks=False, code_theme="ansi_dark")


def _print_head(console: Console, lesson: Lesson) -> None:
    console.print(Text(lesson.title, style="bold"))
    console.print(Text(f"{lesson.minutes} minutes. Afterwards you can:", style="dim"))
    for goal in lesson.goals:
        print_hanging(console, "  - ", goal)


def _print_sources(console: Console, lesson: Lesson) -> None:
    console.print()
    for page in lesson.references:
        console.print(Text(f"{page.title}: {page.url}", style="dim"), soft_wrap=True)
    console.print(Text(f"Verified on {lesson.verified}.", style="dim"))
