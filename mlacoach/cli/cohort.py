"""`mlacoach cohort`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.cli.output import print_json
from mlacoach.coach.setup import profile
from mlacoach.errors import TryAgain, UsageFault
from mlacoach.screen.console import stderr, stdout

if TYPE_CHECKING:
    from mlacoach.coach.cohort.athena import Where
    from mlacoach.coach.cohort.queries import Ask
    from mlacoach.coach.cohort.report import CohortReport
    from mlacoach.learning.item_analysis import GroupShare, ItemAnalysis

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
PLACES = 4
DUCKDB, ATHENA = "duckdb", "athena"
File = Annotated[Path, typer.Argument(metavar="FILE", dir_okay=False, help="The .csv file.")]
Files = Annotated[
    list[Path], typer.Argument(metavar="FILES...", exists=True, dir_okay=False, help="What learners exported: .csv.")
]


@app.callback()
def cohort() -> None:
    """What a whole group's answers say, without the persons."""


@app.command()
def export(ctx: typer.Context, file: File) -> None:
    """Write your first answer to each question for a group's report, under a name drawn by lot."""
    from mlacoach.coach.cohort.export import own_answers  # noqa: PLC0415
    from mlacoach.content.cohort import write_cohort  # noqa: PLC0415

    answers = list(own_answers(open_coach(ctx)))
    if not answers:
        raise UsageFault("You have not answered a question yet.", "`mlacoach study` asks the first.")
    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
            write_cohort(answers, stream)
    except OSError as error:
        raise TryAgain(f"{file} cannot be written: {error.strerror}.", "Check the folder and its rights.") from error
    told = f"{len(answers)} first answers of {answers[0].learner} written to {file}: no name, no times."
    stderr().print(Text(told), soft_wrap=True)


@app.command()
def merge(
    files: Files,
    to: Annotated[Path, typer.Option(help="One file of them all: .csv for `bank calibrate`, .parquet for Athena.")],
) -> None:
    """Put many exports into one file, checked."""
    from mlacoach.coach.cohort import duck, queries  # noqa: PLC0415

    with duck.opened(files) as connection:
        duck.write(connection, to)
        [(answers, learners, _)] = duck.asker(connection)(queries.totals(duck.ANSWERS))
    stderr().print(Text(f"{answers} answers of {learners} learners written to {to}."), soft_wrap=True)


@app.command()
def report(  # noqa: PLR0913, PLR0917 - each flag is one choice
    ctx: typer.Context,
    places: Annotated[list[str], typer.Argument(metavar="FILES...", help="Exports, or with Athena an s3:// folder.")],
    exam: Annotated[str | None, typer.Option(help="By whose parts; without it, the exam you prepare for.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Every question, not only those to be revised.")] = False,
    engine: Annotated[str, typer.Option(help="duckdb, on this computer; or athena, on AWS, at its price.")] = DUCKDB,
    database: Annotated[str, typer.Option(help="Athena's database, for a table that lasts as long.")] = "default",
    results: Annotated[
        str, typer.Option(help="The s3:// folder for Athena's results, if its workgroup has none.")
    ] = "",
    workgroup: Annotated[str, typer.Option(help="Athena's workgroup.")] = "primary",
    aws_profile: Annotated[str | None, typer.Option("--profile", help="Of your AWS configuration.")] = None,
    region: Annotated[str | None, typer.Option(help="Instead of the profile's region.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Everything, as JSON.")] = False,
) -> None:
    """Say which questions are to be revised, and what the group masters."""
    from mlacoach.coach.cohort.athena import Where  # noqa: PLC0415
    from mlacoach.coach.cohort.report import cohort_report  # noqa: PLC0415

    coach = open_coach(ctx)
    chosen = coach.library.exam(exam) if exam else profile(coach).exam
    where = Where(database, results, workgroup, aws_profile, region)
    with _asked(engine, places, where) as (ask, table):
        drawn = cohort_report(ask, table, coach.library, chosen)
    if as_json:
        print_json("cohort-report", _data(drawn))
        return
    from mlacoach.screen.cohort import print_cohort  # noqa: PLC0415

    print_cohort(stdout(), drawn, coach.library, everything=everything)


@contextmanager
def _asked(engine: str, places: list[str], where: "Where") -> Iterator[tuple["Ask", str]]:
    """What asks the engine, and its table of the answers."""
    from mlacoach.coach.cohort import athena, duck  # noqa: PLC0415

    if engine == DUCKDB:
        with duck.opened([_existing(place) for place in places]) as connection:
            yield duck.asker(connection), duck.ANSWERS
    elif engine == ATHENA:
        with athena.table(_only(places), where) as (ask, table):
            yield ask, table
    else:
        raise UsageFault(f"There is no engine called {engine!r}.", f"Take {DUCKDB} or {ATHENA}.")


def _existing(place: str) -> Path:
    path = Path(place)
    if not path.is_file():
        raise UsageFault(f"{place} is no file.", "With --engine athena, name an s3:// folder.")
    return path


def _only(places: list[str]) -> str:
    if len(places) > 1:
        raise UsageFault("Athena reads one folder.", "Put all segments into one.")
    return places[0]


def _data(drawn: "CohortReport") -> dict[str, object]:
    return {
        "exam": drawn.exam.id,
        "learners": drawn.learners,
        "answers": drawn.answers,
        "unknown": dict(drawn.unknown),
        "mastery": {name: _share_data(share) for name, share in drawn.mastery.items()},
        "questions": [_item_data(item) for item in drawn.items],
    }


def _share_data(share: "GroupShare") -> dict[str, object]:
    low, high = share.interval
    return {
        "learners": share.learners,
        "right": share.answers.right,
        "given": share.answers.given,
        "interval_90": [round(low, PLACES), round(high, PLACES)],
    }


def _item_data(item: "ItemAnalysis") -> dict[str, object]:
    facility, found = item.answers.value, item.discrimination
    return {
        "question": item.question,
        "answers": item.answers.given,
        "facility": None if facility is None else round(facility, PLACES),
        "discrimination": None if found is None else round(found, PLACES),
        "wrong": item.wrong,
        "distractors": dict(item.distractors),
        "flags": [{"kind": flag.kind, "part": flag.part} for flag in item.flags],
    }
