"""`mlacoach bank`: for those who write questions, and those who doubt one."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from mlacoach.cli.calibrate import calibrate
from mlacoach.cli.context import cache, clock, open_coach, packs
from mlacoach.cli.output import day_of, print_json
from mlacoach.cli.program import command_names
from mlacoach.coach import bank as the_bank
from mlacoach.content import Loaded, load
from mlacoach.content.bank.aws_vocabulary import vocabulary
from mlacoach.errors import UsageFault
from mlacoach.screen import bank as view
from mlacoach.screen.console import is_interactive, stderr, stdout

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Only these questions.")]


@app.callback()
def bank() -> None:
    """Check, search and extend the question bank."""


app.command()(calibrate)


@app.command("lint")
def lint_(
    ctx: typer.Context,
    ids: Ids = None,
    strict: Annotated[bool, typer.Option(help="Warnings count as errors.")] = False,
    names: Annotated[bool, typer.Option(help="Check AWS's names with botocore.")] = True,
    as_json: Json = False,
) -> None:
    """Hold every question to the rules of docs/questions.md; exit 1 if one is broken."""
    coach = open_coach(ctx)
    loaded = _load(ctx)
    for name in ids or ():
        loaded.library.question(name)
    known = vocabulary(cache()) if names else None
    found = the_bank.checked(loaded, known, clock().date(), ids or (), coach.store.doubts.all())
    errors = [one for one in found if one.error or strict]
    if as_json:
        rows = [asdict(one.fault) | {"question": one.question, "error": one.error} for one in found]
        print_json("bank-lint", {"faults": [str(one) for one in loaded.faults], "findings": rows})
    else:
        for fault in loaded.faults:
            stdout().print(str(fault), soft_wrap=True)
        for one in found:
            kind = "error" if one.error else "warning"
            stdout().print(f"{replace(one.fault, path=_near(one.fault.path))} [{kind}]", soft_wrap=True)
        stderr().print(
            f"{len(loaded.library.questions)} questions: {len(errors)} errors, {len(found) - len(errors)} warnings."
        )
    if errors or loaded.faults:
        raise typer.Exit(1)


@app.command()
def stats(ctx: typer.Context, as_json: Json = False) -> None:
    """Count questions by exam, skill, kind and level, and say what their form gives away."""
    counted = the_bank.numbers(_load(ctx), clock().date())
    if as_json:
        print_json("bank-stats", asdict(counted))
    else:
        view.show_numbers(stdout(), counted)


@app.command()
def search(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(help="Words that the question has.")],
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Find questions by their words, the best first."""
    from mlacoach.store.search import SearchIndex  # noqa: PLC0415 - only for a search

    index = SearchIndex(cache() / "bank-search.db")
    ctx.call_on_close(index.close)
    found = the_bank.search(open_coach(ctx).library, index, " ".join(words), limit)
    if as_json:
        print_json("bank-search", {"found": [{"id": one.id, "stem": one.stem} for one in found]})
        return
    view.show_found(stdout(), found)
    if not found:
        stderr().print("No question has these words.")
        raise typer.Exit(1)


@app.command()
def show(ctx: typer.Context, question_id: Annotated[str, typer.Argument(metavar="ID")], as_json: Json = False) -> None:
    """Show a question with its key and every reason."""
    loaded = _load(ctx)
    question = loaded.library.question(question_id)
    if as_json:
        print_json("question", the_bank.records(loaded, [question])[0])
    else:
        view.show_question(stdout(), question, list(loaded.library.services.values()))


@app.command()
def new(
    question_id: Annotated[str, typer.Argument(metavar="ID", help="Names the situation, never the answer.")],
    kind: Annotated[
        str, typer.Option(help="multiple-choice, multiple-response, ordering or matching.")
    ] = "multiple-choice",
    folder: Annotated[str, typer.Option(help="The folder that the question goes to.")] = "foundations",
    skill: Annotated[list[str] | None, typer.Option(help="EXAM:SKILL such as MLA-C02:1.1.2; repeat for more.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="A topic of curriculum/topics.yaml.")] = None,
    to: Annotated[Path, typer.Option(help="The pack.")] = Path(),
) -> None:
    """Write the skeleton of a question, as a draft that learners don't get."""
    if is_interactive():
        kind, folder = view.ask_kind(kind, folder)
    skills: dict[str, list[str]] = {}
    for one in skill or ():
        exam, _, name = one.partition(":")
        skills.setdefault(exam.upper(), []).append(name)
    from mlacoach.content.bank import imports  # noqa: PLC0415 - pydantic

    record = the_bank.skeleton(kind, skills, topic or [], clock().date())
    target = the_bank.target_of(to, folder, question_id)
    taken = imports.checked({"id": question_id, "folder": folder, **record}, target)
    if taken:
        raise UsageFault(str(taken[0].sentence))
    (written,) = imports.write_records({target.relative_to(to): record}, to)
    stdout().print(str(written), soft_wrap=True)
    stderr().print(f"Write it, then move it to question_bank/{folder}/ and run `mlacoach bank lint {question_id}`.")


@app.command()
def export(
    ctx: typer.Context,
    ids: Ids = None,
    form: Annotated[str, typer.Option("--format", help="jsonl, csv or gift (Moodle).")] = "jsonl",
    output: Annotated[Path | None, typer.Option("--output", "-o", help="The file; stdout without it.")] = None,
) -> None:
    """Write questions as JSON lines, CSV or Moodle GIFT."""
    loaded = _load(ctx)
    wanted = [loaded.library.question(one) for one in ids] if ids else loaded.library.questions.values()
    rows = the_bank.records(loaded, wanted)
    with _out(output) as stream:
        left = _write(form, rows, stream)
    stderr().print(
        f"{len(rows) - left} questions written" + (f", {left} left out: GIFT has no ordering." if left else ".")
    )


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A .jsonl, .csv or .gift file.")],
    to: Annotated[Path, typer.Option(help="The pack to write into; made if it is not there.")],
    folder: Annotated[str | None, typer.Option(help="The folder for questions that name none.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="The topic of questions that name none.")] = None,
    reference: Annotated[
        str | None, typer.Option(help="The address that carries the facts, where none is named.")
    ] = None,
    verified: Annotated[str | None, typer.Option(help="The day they were last checked, where none is named.")] = None,
) -> None:
    """Take questions in: all of a file, or none if one is faulty."""
    from mlacoach.content.bank import imports  # noqa: PLC0415 - pydantic

    given = {
        "folder": folder,
        "topics": topic,
        "references": [{"title": reference, "url": reference}] if reference else None,
        "verified": str(day_of(verified)) if verified else None,
    }
    taken = imports.take_in(
        file, {"skills": {}, "difficulty": 3, "cognitive": "apply"} | {k: v for k, v in given.items() if v}
    )
    for fault in taken.faults:
        stdout().print(str(fault), soft_wrap=True)
    if taken.faults:
        stderr().print(f"Nothing was imported: {len(taken.faults)} faults.")
        raise typer.Exit(1)
    written = imports.write_records(taken.records, to)
    stderr().print(
        f"{len(written)} questions written to {to / 'question_bank'}; `mlacoach --pack {to} bank lint` checks them."
    )


@app.command()
def report(
    ctx: typer.Context,
    question_id: Annotated[str, typer.Argument(metavar="ID")],
    text: Annotated[str, typer.Option("--text", help="What is wrong or unclear.")] = "",
) -> None:
    """Say that a question seems wrong; kept on this machine and shown to authors by lint."""
    coach = open_coach(ctx)
    coach.library.question(question_id)
    said = text or (view.ask_doubt() if is_interactive() else "")
    if not said.strip():
        raise UsageFault("Say what is wrong with it.", "mlacoach bank report ID --text '...'")
    the_bank.doubt(coach, question_id, said.strip())
    stderr().print("Kept. `mlacoach bank lint` shows it.")


def _load(ctx: typer.Context) -> Loaded:
    # No cache: an author who checks wants the files as they are.
    return load(packs(ctx), commands=command_names())


def _near(path: Path) -> Path:
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path


@contextmanager
def _out(path: Path | None) -> Iterator[TextIO]:
    with path.open("w", encoding="utf-8", newline="") if path else nullcontext(sys.stdout) as stream:
        yield stream


def _write(form: str, rows: list[dict[str, Any]], stream: TextIO) -> int:
    """Write the rows; how many the format can't hold."""
    if form == "jsonl":
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        return 0
    if form == "csv":
        from mlacoach.content.bank.sheet import write_sheet  # noqa: PLC0415

        write_sheet(rows, stream)
        return 0
    if form == "gift":
        from mlacoach.content.bank.gift import write_gift  # noqa: PLC0415

        return write_gift(rows, stream)
    raise UsageFault(f"There is no format {form}.", "jsonl, csv, gift")
