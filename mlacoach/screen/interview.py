"""An interview in lines: the question, time to answer, the points to tick, a model answer, a rating."""

from collections.abc import Callable, Sequence
from datetime import datetime

from rich.console import Console
from rich.text import Text

from mlacoach.coach.interview import RUBRIC, Practised, suggested
from mlacoach.curriculum.interviewing import InterviewQuestion
from mlacoach.screen.ask import read_line
from mlacoach.screen.console import print_hanging, print_record


def ask(console: Console, question: InterviewQuestion, heading: str, now: Callable[[], datetime]) -> tuple[int, float]:
    """Ask one question; the rating that the learner gives their answer, and the seconds it took.

    Raises:
        EOFError: the input has ended, or the learner stops.
    """
    console.print()
    console.print(Text(heading, style="bold"))
    console.print(Text(question.question))
    minutes = "1 minute" if question.minutes == 1 else f"{question.minutes} minutes"
    console.print(Text(f"You have {minutes}. Say it aloud, or type it; an empty line ends it. q stops.", style="dim"))
    start = now()
    _listen(console)
    seconds = (now() - start).total_seconds()
    console.print(Text(f"That took {_clock(seconds)} of {question.minutes}:00."))
    hit = _tick_points(console, question)
    _show_answer(console, question)
    return _rate(console, question, hit), seconds


def _listen(console: Console) -> None:
    line = read_line(console, "> ")
    while line:
        if line == "q":
            raise EOFError
        line = read_line(console, "> ")


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _tick_points(console: Console, question: InterviewQuestion) -> int:
    console.print()
    console.print(Text("A good answer has these points:"))
    for number, point in enumerate(question.points, start=1):
        print_hanging(console, f"  {number}. ", point)
    while True:
        line = read_line(console, "Which did you say? Their numbers, or Enter for none: ")
        typed = line.replace(",", " ").split()
        if all(one.isdecimal() and 1 <= int(one) <= len(question.points) for one in typed):
            return len(set(typed))
        console.print(Text(f"Type numbers from 1 to {len(question.points)}, such as 1 3."))


def _show_answer(console: Console, question: InterviewQuestion) -> None:
    console.print()
    console.print(Text("An answer as it could be said, with somebody else's experience; tell your own:"))
    for paragraph in question.answer.strip().split("\n\n"):
        print_hanging(console, "  ", " ".join(paragraph.split()))
    for title, lines in (("What weakens it:", question.weakens), ("They may go on:", question.follow_ups)):
        if lines:
            console.print(Text(title))
        for line in lines:
            print_hanging(console, "  - ", line)
    for page in question.references:
        console.print(Text(f"{page.title}: {page.url}", style="dim"), soft_wrap=True)


def _rate(console: Console, question: InterviewQuestion, hit: int) -> int:
    console.print()
    for rating, meaning in RUBRIC.items():
        console.print(Text(f"  {rating}  {meaning}"))
    usual = suggested(question, hit)
    while True:
        line = read_line(console, f"How was it, 1-4? Enter for {usual}: ")
        if not line:
            return usual
        if line in {str(rating) for rating in RUBRIC}:
            return int(line)
        console.print(Text("Type a number from 1 to 4."))


def print_progress(console: Console, rows: Sequence[Practised]) -> None:
    """How far each kind is."""
    for row in rows:
        console.print(Text(f"{row.kind}: {row.practised} of {row.questions} practised, {row.good} of them good."))


def print_list(console: Console, questions: Sequence[InterviewQuestion]) -> None:
    """Name every question."""
    for one in questions:
        print_record(console, one.id, f"{one.question} ({one.kind}, {one.minutes} min)")
