"""`mlacoach content`."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from mlacoach.cli.context import packs
from mlacoach.cli.output import print_json
from mlacoach.cli.program import command_names
from mlacoach.coach.coverage import Coverage
from mlacoach.coach.coverage import coverage as measure
from mlacoach.content import Library, Loaded, load
from mlacoach.learning.forms import task_of
from mlacoach.screen.console import stderr, stdout

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def content() -> None:
    """Check the content packs and what they cover."""


@app.command()
def check(ctx: typer.Context, as_json: Json = False) -> None:
    """Name every fault with path:line; exit 1 if there is one."""
    loaded = _load(ctx)
    if as_json:
        faults = [
            {"path": str(one.path), "line": one.line, "rule": one.rule, "sentence": one.sentence}
            for one in loaded.faults
        ]
        print_json("content-check", {"faults": faults})
    else:
        here = Path.cwd()
        for fault in loaded.faults:
            near = fault.path.relative_to(here) if fault.path.is_relative_to(here) else fault.path
            stdout().print(str(replace(fault, path=near)), soft_wrap=True)
        stderr().print(f"{len(loaded.faults)} faults; {_counted(loaded.library)}.")
    if loaded.faults:
        raise typer.Exit(1)


@app.command()
def stats(ctx: typer.Context, as_json: Json = False) -> None:
    """Count what there is."""
    library = _load(ctx).library
    # The facts are the questions once more, as columns.
    counts = {name: len(getattr(library, name)) for name in Library.__slots__ if name != "facts"}
    kinds = Counter(question.kind for question in library.catalogue.values())
    tasks = {
        exam.id: {
            task.id: sum(
                question.serves(exam.id) and task_of(question, exam.id) == task.id
                for question in library.catalogue.values()
            )
            for task in exam.tasks
        }
        for exam in library.exams.values()
    }
    if as_json:
        print_json("content-stats", {"counts": counts, "kinds": kinds, "questions_by_task": tasks})
        return
    console = stdout()
    console.print(_counted(library) + ".")
    console.print("Kinds: " + ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items())) + ".")
    for exam, by_task in tasks.items():
        console.print(f"{exam} by task: " + ", ".join(f"{task}: {count}" for task, count in by_task.items()))


@app.command()
def coverage(ctx: typer.Context, as_json: Json = False) -> None:
    """Which of the requirements are covered by something that exists."""
    measured = measure(_load(ctx).library, command_names())
    if as_json:
        print_json("content-coverage", _coverage_data(measured))
        return
    console = stdout()
    console.print(f"{measured.covered} of {measured.rows} requirements are wholly covered.")
    for need, (rows, covered) in measured.by_need.items():
        console.print(f"  {need}: {covered} of {rows}")
    for row in measured.open:
        console.print(f"open: {row.requirement.id} ({', '.join(row.needs)}): {row.requirement.text}", soft_wrap=True)


def _coverage_data(measured: Coverage) -> dict[str, object]:
    return {
        "rows": measured.rows,
        "covered": measured.covered,
        "by_need": {need: {"rows": rows, "covered": covered} for need, (rows, covered) in measured.by_need.items()},
        "open": [{"id": row.requirement.id, "needs": row.needs, "text": row.requirement.text} for row in measured.open],
    }


def _load(ctx: typer.Context) -> Loaded:
    # No cache: an author who checks wants the files as they are.
    return load(packs(ctx), commands=command_names())


def _counted(library: Library) -> str:
    first = ("exams", "questions", "tracks", "lessons", "comparisons", "interviews", "flashcards", "labs")
    names = (*first, "services", "topics", "requirements")
    return ", ".join(f"{len(getattr(library, name))} {name}" for name in names)
