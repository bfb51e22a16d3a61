"""`mlacoach study`."""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.coach import Coach
from mlacoach.coach.quiz import keep
from mlacoach.coach.roadmap import mark
from mlacoach.coach.study import QUESTIONS, Session, plan
from mlacoach.curriculum.questions import Answer, Question
from mlacoach.curriculum.services import named_in
from mlacoach.curriculum.tracks import Item
from mlacoach.screen.ask import read_line
from mlacoach.screen.console import stdout
from mlacoach.screen.roadmap import print_item
from mlacoach.screen.session import Dialogue, Ended, ask_all

app = typer.Typer(rich_markup_mode=None)


@app.command()
def study(
    ctx: typer.Context,
    questions: Annotated[int, typer.Option(min=0, max=50, help="How many new questions to ask.")] = QUESTIONS,
) -> None:
    """Today's session: what is due, what is next on the roadmap, questions with every option explained."""
    coach, console = open_coach(ctx), stdout()
    session = plan(coach, questions)
    console.print(Text(session.reason))
    outcomes: list[bool] = []
    try:
        _work(coach, console, session, outcomes)
    except Ended:
        console.print()
    _summary(coach, console, outcomes)


def _work(coach: Coach, console: Console, session: Session, outcomes: list[bool]) -> None:
    ask_all(dialogue(coach, console, "review", outcomes), session.reviews, "Review")
    if session.item:
        console.print()
        console.print(Text("Next on your roadmap:"))
        print_item(console, session.item, coach.library.mistakes)
    ask_all(dialogue(coach, console, "study", outcomes), session.questions, "Question")
    if session.item and not session.item.gate:
        _tick(coach, console, session.item)


def dialogue(coach: Coach, console: Console, source: str, outcomes: list[bool]) -> Dialogue:
    """A dialogue that keeps its answers as coming from `source`, and notes in `outcomes` which were right."""
    notes = list(coach.library.services.values())

    def kept(question: Question, answer: Answer, seconds: float, confidence: str) -> bool:
        right = keep(coach, question, answer, seconds=seconds, confidence=confidence, source=source)
        outcomes.append(right)
        return right

    return Dialogue(console, coach.now, coach.rng, kept, lambda question: named_in(question.text, notes))


def _tick(coach: Coach, console: Console, item: Item) -> None:
    console.print()
    try:
        line = read_line(console, f"Is “{item.title}” done? y ticks it, Enter leaves it: ")
    except EOFError:
        return
    if line.lower() in {"y", "yes"}:
        mark(coach, item, "done")
        console.print(Text("Ticked. `mlacoach roadmap undo` takes it back."))


def _summary(coach: Coach, console: Console, outcomes: list[bool]) -> None:
    console.print(Text(f"Today: {sum(outcomes)} of {len(outcomes)} right." if outcomes else "Nothing was answered."))
    due = coach.store.answers.next_due()
    if due:
        console.print(Text(f"Next review: {due.astimezone():%A %d %B}. `mlacoach report` shows where you stand."))
