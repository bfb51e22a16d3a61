"""`mlacoach exams`."""

from dataclasses import asdict
from typing import Annotated

import typer

from mlacoach.cli.context import clock, load_content
from mlacoach.cli.output import day_of, print_json
from mlacoach.curriculum.exams import Advice, Exam, advise, languages
from mlacoach.errors import UnknownId
from mlacoach.screen.console import stdout
from mlacoach.screen.exams import print_exams

app = typer.Typer(rich_markup_mode=None)


@app.command()
def exams(
    ctx: typer.Context,
    language: Annotated[str, typer.Option(help="The language you sit the exam in.")] = "English",
    on: Annotated[
        str | None, typer.Option(help="The day you mean to sit it, as YYYY-MM-DD; without it, today.")
    ] = None,
    every_fact: Annotated[bool, typer.Option("--all", help="Every fact, with its source.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """MLA-C01 and MLA-C02: facts, what changed between them, and which one to sit."""
    library = load_content(ctx).library
    known = languages(library.exams.values())
    if language not in known:
        raise UnknownId("language", language, known)
    advice = advise(library.exams.values(), language, day_of(on) or clock().astimezone().date())
    if as_json:
        print_json("exams", {"exams": [_data(exam) for exam in library.exams.values()], "advice": _advice(advice)})
    else:
        print_exams(stdout(), list(library.exams.values()), advice, every_fact=every_fact)


def _data(exam: Exam) -> dict[str, object]:
    data = asdict(exam)
    data["new"] = [skill.id for skill in exam.skills.values() if skill.new]
    data["removed"] = [skill.id for skill in exam.skills.values() if skill.removed]
    return data


def _advice(advice: Advice | None) -> dict[str, object] | None:
    if advice is None:
        return None
    return {"exam": advice.exam.id, "open": advice.open, "reason": advice.reason, "sitting": asdict(advice.sitting)}
