"""`mlacoach exam`."""

from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.cli.output import print_json
from mlacoach.coach import Coach
from mlacoach.coach.exam import ExamSession, Result, abandon, begin, hand_in_expired, results, resume, unfinished
from mlacoach.errors import UsageFault
from mlacoach.screen.console import stdout
from mlacoach.screen.line_exam import print_result, sit
from mlacoach.screen.report import exam_line

app = typer.Typer(rich_markup_mode=None)
LARGEST_SEED = 2**31


@app.command()
def exam(  # noqa: PLR0913, PLR0917 - each flag is one choice
    ctx: typer.Context,
    timed: Annotated[bool, typer.Option("--timed", help="Sit a whole form under the exam's own time limit.")] = False,
    untimed: Annotated[bool, typer.Option("--untimed", help="Sit a whole form without a clock.")] = False,
    code: Annotated[
        str | None, typer.Option("--exam", help="MLA-C01 or MLA-C02; without it, the one you prepare for.")
    ] = None,
    form: Annotated[str, typer.Option(help="The form: standard, or beta for MLA-C02.")] = "standard",
    seed: Annotated[int | None, typer.Option(min=0, max=LARGEST_SEED, help="Lay the same paper again.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="In lines, without redrawing: what there is today.")] = False,  # noqa: ARG001
    go_on: Annotated[bool, typer.Option("--resume", help="Go on with the exam that is open.")] = False,
    drop: Annotated[bool, typer.Option("--abandon", help="Drop the exam that is open; it does not count.")] = False,
    listed: Annotated[bool, typer.Option("--list", help="List the exams that you sat.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="With --list: as JSON.")] = False,
) -> None:
    """Sit an exam form under its time limit, or go on with one."""
    if sum((timed, untimed, go_on, drop, listed)) > 1:
        raise UsageFault(
            "Those flags do not go together.", "Give one of --timed, --untimed, --resume, --abandon, --list."
        )
    coach = open_coach(ctx)
    if listed:
        _list(coach, as_json=as_json)
        return
    late = _tell_expired(coach)
    if drop:
        row = abandon(coach)
        stdout().print(Text(f"Dropped the {row.exam} form of {row.at.astimezone():%Y-%m-%d %H:%M}."))
    elif timed or untimed:
        chosen = coach.rng.randrange(LARGEST_SEED) if seed is None else seed
        _sit(coach, begin(coach, exam=code, form=form, timed=timed, seed=chosen))
    elif unfinished(coach) or (go_on and not late):
        _sit(coach, resume(coach))
    elif not late:
        raise UsageFault("Say how to sit it.", "`mlacoach exam --timed` sits a whole form under its time limit.")


def _tell_expired(coach: Coach) -> bool:
    """Say what became of the exams whose time ran out; whether there were any."""
    late = hand_in_expired(coach)
    for result in late:
        when = (result.sitting.ended_at or result.sitting.at).astimezone()
        stdout().print(Text(f"Time ran out at {when:%Y-%m-%d %H:%M}: the exam was handed in with what was there."))
        _print(coach, result)
    return bool(late)


def _sit(coach: Coach, session: ExamSession) -> None:
    _print(coach, sit(stdout(), session))


def _print(coach: Coach, result: Result) -> None:
    exam = coach.library.exam(result.sitting.exam)
    print_result(stdout(), exam.id, {domain.id: f"{domain.id} {domain.name}" for domain in exam.domains}, result)


def _list(coach: Coach, *, as_json: bool) -> None:
    sat = results(coach)
    if as_json:
        print_json("exams-sat", {"exams": [as_data(result) for result in sat]})
        return
    for result in sat:
        stdout().print(Text(exam_line(result)))
    if not sat:
        stdout().print(Text("No exam has been sat yet: `mlacoach exam --timed`."))


def as_data(result: Result) -> dict[str, object]:
    """A result for programs."""
    return {
        "id": result.sitting.id,
        "at": result.sitting.at.isoformat(),
        "exam": result.sitting.exam,
        "form": result.sitting.form,
        "seed": result.sitting.seed,
        "ended": result.sitting.ended,
        "seconds": result.seconds,
        "right": result.total.right,
        "questions": result.total.given,
        "unanswered": result.unanswered,
        "domains": {name: {"right": share.right, "questions": share.given} for name, share in result.by_domain.items()},
    }
