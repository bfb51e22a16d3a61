"""`mlacoach exam`."""

import os
import sys
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from mlacoach.cli import Terminated
from mlacoach.cli.celebrate import tell_new
from mlacoach.cli.context import open_coach, packs
from mlacoach.cli.exam_flags import check_flags, given_flags, has_clock, has_manner
from mlacoach.coach import Coach
from mlacoach.coach import exam as use
from mlacoach.coach.exam import ExamSession, Plan, Wish
from mlacoach.coach.setup import profile
from mlacoach.curriculum.questions import Question
from mlacoach.curriculum.services import named_in
from mlacoach.errors import UsageFault
from mlacoach.screen.ask import read_line
from mlacoach.screen.console import has_room, stdout
from mlacoach.screen.line_exam import Notes, lacking, left, purpose, sit, way
from mlacoach.screen.palette import without_palette
from mlacoach.store.sittings import SittingRow

if TYPE_CHECKING:
    from mlacoach.curriculum.services import ServiceNote

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
LARGEST_SEED = 2**31
ExamOption = Annotated[
    str | None, typer.Option("--exam", help="MLA-C01 or MLA-C02; without it, the one you prepare for.")
]
SittingArgument = Annotated[
    str | None, typer.Argument(help="The exam's id, as `exam list` shows it; without it, the last.")
]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def exam(  # noqa: PLR0913, PLR0917 - each flag is one choice
    ctx: typer.Context,
    code: ExamOption = None,
    timed: Annotated[  # noqa: ARG001 - `given` has it
        bool, typer.Option("--timed", help="The whole form under the exam's own time limit.")
    ] = False,
    untimed: Annotated[  # noqa: ARG001
        bool, typer.Option("--untimed", help="The whole form without a clock.")
    ] = False,
    form: Annotated[
        str | None, typer.Option(help="The form: standard, or beta for MLA-C02; without it, standard.")
    ] = None,
    mini: Annotated[bool, typer.Option("--mini", help="20 questions in 40 minutes.")] = False,
    adaptive: Annotated[
        bool, typer.Option("--adaptive", help="Each question follows from your answers; forward only.")
    ] = False,
    practice: Annotated[
        bool, typer.Option("--practice", help="Explain after each answer; the clock can pause.")
    ] = False,
    domain: Annotated[str | None, typer.Option(help="Only this domain, such as 2.")] = None,
    task: Annotated[str | None, typer.Option(help="Only this task, such as 2.1.")] = None,
    skill: Annotated[str | None, typer.Option(help="Only this skill, such as 2.1.5.")] = None,
    weak: Annotated[bool, typer.Option("--weak", help="From your three weakest tasks.")] = False,
    missed: Annotated[bool, typer.Option("--missed", help="What you answered wrong last time.")] = False,
    flagged: Annotated[bool, typer.Option("--flagged", help="What you flagged.")] = False,
    final: Annotated[
        bool, typer.Option("--final", help="Certification level, nothing that you have seen, under the clock.")
    ] = False,
    foundations: Annotated[
        bool, typer.Option("--foundations", help="Cloud, core services, ML basics, containers; no exam's blueprint.")
    ] = False,
    architect: Annotated[
        bool, typer.Option("--architect", help="Design of whole systems, by the domains of SAA-C03; target 80 %.")
    ] = False,
    questions: Annotated[
        int | None, typer.Option(min=1, max=200, help="How many questions, for parts, our own and adaptive forms.")
    ] = None,
    accommodation: Annotated[
        int | None, typer.Option(help="Extra minutes: 30, for those who sit it in a second language.")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, max=LARGEST_SEED, help="Lay the same paper again.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="In lines, without redrawing.")] = False,
    web: Annotated[bool, typer.Option("--web", help="In the browser, on this machine only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Start without asking.")] = False,
) -> None:
    """Sit an exam form under its time limit, or go on with one."""
    given = given_flags(ctx.params)
    if ctx.invoked_subcommand:
        if given:
            raise UsageFault(
                f"`exam {ctx.invoked_subcommand}` goes without the flags of a new exam.", "Leave them away."
            )
        return
    check_flags(given)
    coach = open_coach(ctx)
    seat = partial(_serve, ctx) if web else partial(_sit, plain=plain)
    late = _tell_expired(coach)
    if not has_manner(given):
        if not use.unfinished(coach):
            if late:
                return
            raise UsageFault(
                "Say how to sit it.", "`mlacoach exam --timed` is the whole form; `--help` lists the others."
            )
        seat(coach, use.resume(coach))
        return
    sources = {"weak": weak, "missed": missed, "flagged": flagged, "final": final}
    wish = Wish(
        exam=code or profile(coach).exam.id,
        foundations=foundations,
        architect=architect,
        form=form or "standard",
        # A mini form has its own clock, which also goes with practice.
        timed=has_clock(given) and not mini,
        adaptive=adaptive,
        practice=practice,
        mini=mini,
        part=domain or task or skill or "",
        source=next((name for name, chosen in sources.items() if chosen), "bank"),
        questions=questions,
        extra_minutes=accommodation or 0,
    )
    chosen = coach.rng.randrange(LARGEST_SEED) if seed is None else seed
    plan = use.make(coach, wish, _weak_tasks(coach, wish.exam) if weak else ())
    drawn = not plain and not web and has_room(os.environ)
    asks = drawn and not yes
    if asks and not use.unfinished(coach) and not _agreed(use.lay_out(coach, plan, chosen)[0]):
        return
    if plan.of_no_exam and not asks and (drawn or web):
        stdout().print(Text(purpose(plan)))
    seat(coach, use.begin(coach, plan, chosen))


def _weak_tasks(coach: Coach, exam: str) -> tuple[str, ...]:
    from mlacoach.coach.standing import standing  # noqa: PLC0415 - only --weak asks for it

    return standing(coach, coach.library.exam(exam)).weakest_tasks()


def _agreed(plan: Plan) -> bool:
    """Say what the room has no place for, before the clock starts; whether to go on."""
    notices = (purpose(plan), way(plan) if plan.adaptive else "", lacking(plan))
    notice = " ".join(sentence for sentence in notices if sentence)
    if not notice:
        return True
    stdout().print(Text(notice))
    return read_line(stdout(), "Enter starts it, q leaves: ").lower() not in {"q", "quit", "n", "no"}


@app.command()
def resume(
    ctx: typer.Context, plain: Annotated[bool, typer.Option("--plain", help="In lines, without redrawing.")] = False
) -> None:
    """Go on with the exam that is open, where it was left."""
    coach = open_coach(ctx)
    if not _tell_expired(coach) or use.unfinished(coach):
        _sit(coach, use.resume(coach), plain=plain)


@app.command(hidden=True)
def served(ctx: typer.Context) -> None:
    """Sit the open exam in a browser's window: what `--web` runs for its visitor."""
    coach = open_coach(ctx)
    session = use.resume(coach)
    # The result is told by the process that serves; our output is what the browser draws.
    if _sit_in_room(session, _notes(coach)):
        use.hand_in(session)


@app.command()
def abandon(ctx: typer.Context) -> None:
    """Drop the exam that is open; it does not count."""
    row = use.abandon(open_coach(ctx))
    stdout().print(Text(f"Dropped: {row.exam} {row.form} of {row.at.astimezone():%Y-%m-%d %H:%M}."))


@app.command(name="list")
def list_exams(ctx: typer.Context, as_json: Json = False) -> None:
    """List the exams that you sat."""
    from mlacoach.cli import exam_results  # noqa: PLC0415 - 40 ms, and an exam begins without

    exam_results.show_all(open_coach(ctx), as_json=as_json)


@app.command()
def result(ctx: typer.Context, sitting: SittingArgument = None, as_json: Json = False) -> None:
    """Say once more what an exam came to."""
    from mlacoach.cli import exam_results  # noqa: PLC0415 - see `list_exams`

    coach = open_coach(ctx)
    exam_results.show(coach, use.find(coach, sitting), as_json=as_json)


@app.command()
def review(  # noqa: PLR0913, PLR0917 - each flag is one choice
    ctx: typer.Context,
    sitting: SittingArgument = None,
    wrong: Annotated[bool, typer.Option("--wrong", help="Only what was wrong.")] = False,
    flagged: Annotated[bool, typer.Option("--flagged", help="Only what was flagged.")] = False,
    guessed: Annotated[bool, typer.Option("--guessed", help="Only what was guessed.")] = False,
    domain: Annotated[str, typer.Option(help="Only this domain.")] = "",
    as_json: Json = False,
) -> None:
    """Go through an exam: your answers, the keys, and why each option is right or wrong."""
    from mlacoach.cli import exam_results  # noqa: PLC0415 - see `list_exams`
    from mlacoach.screen.review import Filter  # noqa: PLC0415

    coach = open_coach(ctx)
    chosen = Filter(wrong, flagged, guessed, domain)
    exam_results.show_review(coach, use.find(coach, sitting), chosen, _notes(coach), as_json=as_json)


def _sit(coach: Coach, session: ExamSession, *, plain: bool) -> None:
    """Sit it in the room where there is one, else in lines; the learner can change over in the middle."""
    notes = _notes(coach)
    # Textual costs 180 ms and 15 MB, and only the room needs it.
    if plain or not has_room(os.environ) or not _sit_in_room(session, notes):
        sit(stdout(), session, notes)
    _print(coach, use.hand_in(session))


def _serve(ctx: typer.Context, coach: Coach, session: ExamSession) -> None:
    """Sit it in the browser; what becomes of it is told here."""
    from mlacoach.screen.web import serve  # noqa: PLC0415 - asyncio costs 40 ms

    others = [word for pack in packs(ctx)[1:] for word in ("--pack", str(pack))]
    command = [sys.executable, "-m", "mlacoach", *others, "exam", "served"]
    serve(stdout(), command, over=lambda: use.unfinished(coach) is None)
    if use.unfinished(coach):
        raise left(use.resume(coach))
    _print(coach, use.find(coach, session.row.id))


def _notes(coach: Coach) -> Notes:
    def notes(question: Question) -> list["ServiceNote"]:
        return named_in(question.text, list(coach.library.services.values()))

    return notes


def _tell_expired(coach: Coach) -> bool:
    """Say what became of the exams whose time ran out; whether there were any."""
    late = use.hand_in_expired(coach)
    for row in late:
        when = (row.ended_at or row.at).astimezone()
        stdout().print(Text(f"Time ran out at {when:%Y-%m-%d %H:%M}: the exam was handed in with what was there."))
        _print(coach, row)
    return bool(late)


def _print(coach: Coach, row: SittingRow) -> None:
    from mlacoach.cli import exam_results  # noqa: PLC0415 - see `list_exams`

    exam_results.show(coach, row, as_json=False)
    tell_new(coach, "exams")


def _sit_in_room(session: ExamSession, notes: Notes) -> bool:
    """Sit it in the room; False if the learner wants to go on in lines."""
    with without_palette():
        from mlacoach.screen.room import Outcome, run_room  # noqa: PLC0415

    outcome = run_room(session, notes)
    if outcome is Outcome.LEFT:
        raise left(session)
    if outcome is Outcome.TERMINATED:
        raise Terminated
    return outcome is Outcome.HANDED_IN
