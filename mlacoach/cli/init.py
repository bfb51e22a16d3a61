"""`mlacoach init`."""

from collections.abc import Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.cli.output import day_of
from mlacoach.coach import Coach
from mlacoach.coach.setup import (
    Choices,
    Profile,
    advice_for,
    best_exam,
    check,
    pace,
    plans_that_fit,
    profile,
    set_up,
    today,
)
from mlacoach.curriculum.exams import languages
from mlacoach.curriculum.experience import EXPERIENCE
from mlacoach.errors import UsageFault
from mlacoach.screen import prompts
from mlacoach.screen.console import is_interactive, stdout

app = typer.Typer(rich_markup_mode=None)


@app.command()
def init(  # noqa: PLR0913, PLR0917 - each flag answers one prompt
    ctx: typer.Context,
    exam: Annotated[
        str | None, typer.Option(help="MLA-C01 or MLA-C02; without it, what your language and date allow.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="The language you sit the exam in.")] = None,
    exam_date: Annotated[str | None, typer.Option(help="The day of the exam, as YYYY-MM-DD.")] = None,
    hours: Annotated[float | None, typer.Option(help="Hours a week you can study.")] = None,
    track: Annotated[str | None, typer.Option(help="The plan to follow; `mlacoach roadmap tracks` lists them.")] = None,
    missing: Annotated[
        str | None, typer.Option(help="What you do not bring along: any of python,sql,ml,computer; or none.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing; take the flags and the defaults.")] = False,
) -> None:
    """Say which exam you sit and when, how much time you have, and what you bring along."""
    coach = open_coach(ctx)
    lacking = None if missing is None else tuple(word for word in missing.replace(",", " ").split() if word != "none")
    choices = Choices(exam, language, day_of(exam_date), hours, track, lacking)
    told = any(flag is not None for flag in (exam, language, exam_date, hours, track, missing))
    if is_interactive() and not yes and not told:
        choices = _ask(coach)
    _print(stdout(), coach, set_up(coach, choices))


def _ask(coach: Coach) -> Choices:
    before = profile(coach)
    known = languages(coach.library.exams.values())
    language = prompts.select("In which language will you sit the exam?", {one: one for one in known}, before.language)
    day = prompts.text(
        "When do you sit it? (YYYY-MM-DD; empty if you don't know yet)",
        before.exam_date.isoformat() if before.exam_date else "",
        _fault(coach, lambda line: Choices(exam_date=day_of(line))),
    )
    advice = best_exam(coach, language, day_of(day) or today(coach))
    prompts.say(advice.reason if advice else "No exam is offered in that language.")
    exams = list(coach.library.exams)
    exam = prompts.select("Which exam?", {one: one for one in exams}, advice.exam.id if advice else exams[-1])
    hours = prompts.text(
        "How many hours a week can you study?",
        f"{before.hours_per_week:g}",
        _fault(coach, lambda line: Choices(hours_per_week=float(line))),
    )
    tracks = {
        one.id: f"{one.title} ({one.weeks} weeks, {one.hours[0]:g} to {one.hours[1]:g} h)"
        for one in coach.library.tracks.values()
    }
    track = prompts.select("Which plan do you follow?", tracks, before.track.id)
    lacking = tuple(one.id for one in EXPERIENCE if not prompts.confirm(one.question))
    return Choices(exam, language, day_of(day), float(hours), track, lacking, dateless=not day)


def _fault(coach: Coach, choose: Callable[[str], Choices]) -> Callable[[str], str]:
    """What is wrong with a line that was typed, said at once and not after the last prompt."""

    def fault(line: str) -> str:
        try:
            check(coach, choose(line))
        except UsageFault as error:
            return f"{error.what} {error.try_this}"
        except ValueError:
            return "A number, such as 8."
        return ""

    return fault


def _print(console: Console, coach: Coach, learner: Profile) -> None:
    when = f" on {learner.exam_date}" if learner.exam_date else ""
    console.print(Text(f"{learner.exam.id} in {learner.language}{when}, {learner.hours_per_week:g} hours a week."))
    console.print(Text(f"Plan: {learner.track.title}. {pace(learner, today(coach))}"))
    fitting = plans_that_fit(coach, learner, today(coach))
    if fitting:
        console.print(Text(f"Plans that fit: {', '.join(track.id for track in fitting)} (`mlacoach init --track …`)."))
    for sentence in advice_for(learner.missing):
        console.print(Text(f"Before you start: {sentence}"))
    console.print(Text("Begin with `mlacoach study`."))
