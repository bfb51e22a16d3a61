"""A lesson, read in the pager where there is a terminal, in plain lines where there is none."""

from rich.console import Console
from rich.text import Text

from mlacoach.curriculum.reading import Lesson


def show_lesson(console: Console, lesson: Lesson) -> None:
    """Show the lesson: its goals, its text, its sources."""
    if not console.is_terminal:
        console.print(Text(_whole(lesson)), soft_wrap=True)
        return
    from rich.markdown import Markdown  # noqa: PLC0415 - only for a lesson on a terminal

    # The pager gets no colours: not every pager shows them as such.
    with console.pager():
        console.print(Markdown(_whole(lesson)))


def _whole(lesson: Lesson) -> str:
    goals = "\n".join(f"* {goal}" for goal in lesson.goals)
    sources = "\n".join(f"* {one.title} <{one.url}>" for one in lesson.references)
    return (
        f"# {lesson.title}\n\nAfterwards you can:\n\n{goals}\n\n{lesson.text.strip()}\n\n"
        f"## Sources\n\n{sources}\n\nFacts checked on {lesson.verified}."
    )
