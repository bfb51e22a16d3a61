"""`mlacoach exam`."""

import os
from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import open_coach
from mlacoach.cli.output import print_json
from mlacoach.coach import Coach
from mlacoach.coach import exam as use
from mlacoach.coach.exam import ExamSession, Wish
from mlacoach.coach.exam.results import Result, result_of, results
from mlacoach.coach.report import weak_tasks
from mlacoach.coach.setup import profile
from mlacoach.curriculum.questions import Question
from mlacoach.curriculum.reading import ServiceNote
from mlacoach.curriculum.services import named_in
from mlacoach.errors import UnknownId, UsageFault
from mlacoach.screen.console import has_room, stdout
from mlacoach.screen.line_exam import Notes, left, sit
from mlacoach.screen.result import exam_line, print_result
from mlacoach.screen.review import Filter, print_review
from mlacoach.store.sittings import SittingRow

app = typer.Typer(rich_markup_mode=None, invoke_without_command=True)
LARGEST_SEED = 2**31
ACCOMMODATIONS = (0, 30)
ExamOption = Annotated[
    str | None, typer.Option("--exam", help="MLA-C01 or MLA-C02; without it, the one you prepare for.")
]


@app.callback()
def exam(  # noqa: PLR0913, PLR0917 - each flag is one choice
    ctx: typer.Context,
    code: ExamOption = None,
    timed: Annotated[bool, typer.Option("--timed", help="The whole form under the exam's own time limit.")] = False,
    untimed: Annotated[bool, typer.Option("--untimed", help="The whole form without a clock.")] = False,
    form: Annotated[str, typer.Option(help="The form: standard, or beta for MLA-C02.")] = "standard",
    mini: Annotated[bool, typer.Option("--mini", help="20 questions in 40 minutes.")] = False,
    adaptive: Annotated[
        bool, typer.Option("--adaptive", help="Each question follows from your answers; forward only.")
    ] = False,
    practice: Annotated[
        bool, typer.Option("--practice", help="Explain after each answer; the clock can pause.")
    ] = False,
    domain: Annotated[str, typer.Option(help="Only this domain, such as 2.")] = "",
    task: Annotated[str, typer.Option(help="Only this task, such as 2.1.")] = "",
    skill: Annotated[str, typer.Option(help="Only this skill, such as 2.1.5.")] = "",
    weak: Annotated[bool, typer.Option("--weak", help="From your three weakest tasks.")] = False,
    missed: Annotated[bool, typer.Option("--missed", help="What you answered wrong last time.")] = False,
    flagged: Annotated[bool, typer.Option("--flagged", help="What you flagged.")] = False,
    final: Annotated[bool, typer.Option("--final", help="Certification level, nothing that you have seen.")] = False,
    questions: Annotated[
        int | None, typer.Option(min=1, max=200, help="How many questions, for parts and adaptive exams.")
    ] = None,
    accommodation: Annotated[
        int, typer.Option(help="Extra minutes: 30, for those who sit it in a second language.")
    ] = 0,
    seed: Annotated[int | None, typer.Option(min=0, max=LARGEST_SEED, help="Lay the same paper again.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="In lines, without redrawing.")] = False,
) -> None:
    """Sit an exam form under its time limit, or go on with one."""
    if ctx.invoked_subcommand:
        return
    if accommodation not in ACCOMMODATIONS:
        raise UsageFault(f"{accommodation} extra minutes are not given.", "The accommodation is 30 minutes.")
    source = _one("source", {"weak": weak, "missed": missed, "flagged": flagged, "final": final}) or "bank"
    part = _one("part", {"domain": domain, "task": task, "skill": skill})
    wanted = timed or untimed or mini or adaptive or practice or bool(part) or source != "bank"
    coach = open_coach(ctx)
    late = _tell_expired(coach)
    if not wanted:
        if not use.unfinished(coach):
            if late:
                return
            raise UsageFault(
                "Say how to sit it.", "`mlacoach exam --timed` is the whole form; `--help` lists the others."
            )
        _sit(coach, use.resume(coach), plain=plain)
        return
    wish = Wish(
        exam=code or profile(coach).exam.id,
        form=form,
        timed=timed,
        adaptive=adaptive,
        practice=practice,
        mini=mini,
        part={"domain": domain, "task": task, "skill": skill}[part] if part else "",
        source=source,
        questions=questions,
        extra_minutes=accommodation,
    )
    chosen = coach.rng.randrange(LARGEST_SEED) if seed is None else seed
    tasks = weak_tasks(coach, coach.library.exam(wish.exam)) if weak else ()
    session = use.begin(coach, use.make(coach, wish, tasks), chosen)
    _sit(coach, session, plain=plain)


def _one(what: str, given: dict[str, object]) -> str:
    """The name of the one that was given, or nothing.

    Raises:
        UsageFault: more than one was given.
    """
    names = [name for name, value in given.items() if value]
    if len(names) > 1:
        flags = ", ".join(f"--{name}" for name in names)
        raise UsageFault(f"An exam has one {what}: {flags} do not go together.", "Give one of them.")
    return names[0] if names else ""


@app.command()
def resume(
    ctx: typer.Context, plain: Annotated[bool, typer.Option("--plain", help="In lines, without redrawing.")] = False
) -> None:
    """Go on with the exam that is open, where it was left."""
    coach = open_coach(ctx)
    if not _tell_expired(coach) or use.unfinished(coach):
        _sit(coach, use.resume(coach), plain=plain)


@app.command()
def abandon(ctx: typer.Context) -> None:
    """Drop the exam that is open; it does not count."""
    row = use.abandon(open_coach(ctx))
    stdout().print(Text(f"Dropped: {row.exam} {row.form} of {row.at.astimezone():%Y-%m-%d %H:%M}."))


@app.command(name="list")
def list_exams(ctx: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """List the exams that you sat."""
    sat = results(open_coach(ctx))
    if as_json:
        print_json("exams-sat", {"exams": [as_data(result) for result in sat]})
        return
    for result in sat:
        stdout().print(Text(f"{result.row.id[:12]}  {exam_line(result)}"))
    if not sat:
        stdout().print(Text("No exam has been sat yet: `mlacoach exam --timed`."))


@app.command()
def review(
    ctx: typer.Context,
    sitting: Annotated[
        str | None, typer.Argument(help="The exam's id, as `exam list` shows it; without it, the last.")
    ] = None,
    wrong: Annotated[bool, typer.Option("--wrong", help="Only what was wrong.")] = False,
    flagged: Annotated[bool, typer.Option("--flagged", help="Only what was flagged.")] = False,
    guessed: Annotated[bool, typer.Option("--guessed", help="Only what was guessed.")] = False,
    domain: Annotated[str, typer.Option(help="Only this domain.")] = "",
) -> None:
    """Go through an exam: your answers, the keys, and why each option is right or wrong."""
    coach, console = open_coach(ctx), stdout()
    result = result_of(coach, use.find(coach, sitting))
    domains = [one.id for one in result.exam.domains]
    if domain and domain not in domains:
        raise UnknownId("domain", domain, domains)
    notes = list(coach.library.services.values())
    print_review(console, result, Filter(wrong, flagged, guessed, domain), lambda one: named_in(one.text, notes))


def _sit(coach: Coach, session: ExamSession, *, plain: bool) -> None:
    """Sit it in the room where there is one, else in lines; the learner can change over in the middle."""
    services = list(coach.library.services.values())

    def notes(question: Question) -> list[ServiceNote]:
        return named_in(question.text, services)

    # Textual costs 180 ms and 15 MB, and only the room needs it.
    if plain or not has_room(os.environ) or not _sit_in_room(session, notes):
        sit(stdout(), session, notes)
    _print(coach, use.hand_in(session))


def _tell_expired(coach: Coach) -> bool:
    """Say what became of the exams whose time ran out; whether there were any."""
    late = use.hand_in_expired(coach)
    for row in late:
        when = (row.ended_at or row.at).astimezone()
        stdout().print(Text(f"Time ran out at {when:%Y-%m-%d %H:%M}: the exam was handed in with what was there."))
        _print(coach, row)
    return bool(late)


def _print(coach: Coach, row: SittingRow) -> None:
    # NumPy is for what is measured; sitting an exam does without.
    from mlacoach.coach.exam.measure import predict  # noqa: PLC0415

    result = result_of(coach, row)
    print_result(stdout(), result, predict(coach.library, result.exam, result.evidence))


def _sit_in_room(session: ExamSession, notes: Notes) -> bool:
    """Sit it in the room; False if the learner wants to go on in lines."""
    from mlacoach.screen.room import Outcome, run_room  # noqa: PLC0415

    outcome = run_room(session, notes)
    if outcome is Outcome.LEFT:
        raise left(session)
    if outcome is Outcome.TERMINATED:
        raise KeyboardInterrupt
    return outcome is Outcome.HANDED_IN


def as_data(result: Result) -> dict[str, object]:
    """A result for programs."""
    return {
        "id": result.row.id,
        "at": result.row.at.isoformat(),
        "exam": result.row.exam,
        "form": result.row.form,
        "seed": result.row.seed,
        "ended": result.row.ended,
        "seconds": round(result.pace.seconds, 1),
        "right": result.total.right,
        "scored": result.total.given,
        "questions": len(result.asked),
        "unanswered": result.unanswered,
        "domains": {name: {"right": share.right, "scored": share.given} for name, share in result.by_domain.items()},
    }
