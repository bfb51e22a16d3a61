"""`mlacoach learn`."""

from contextlib import suppress
from typing import Annotated, Any

import typer
from rich.text import Text
from typer.core import TyperGroup

from mlacoach.cli.context import cache, open_coach
from mlacoach.cli.output import print_json
from mlacoach.coach import Coach, reading
from mlacoach.coach import learn as use
from mlacoach.curriculum.comparing import Comparison
from mlacoach.curriculum.reading import Lesson
from mlacoach.errors import UnknownId
from mlacoach.screen import lesson as lesson_view
from mlacoach.screen.console import is_interactive, print_hanging, print_record, stderr, stdout
from mlacoach.screen.session import Ended, ask_all
from mlacoach.screen.study import plain_dialogue

MOST_FOUND = 10
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


class ReadFirst(TyperGroup):
    """What is no command is what somebody wants to read."""

    otherwise = "read"

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - click's own signature
        """Put `read` before an id, a skill or words."""
        if args and args[0] not in self.commands:
            args = [self.otherwise, *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(rich_markup_mode=None, cls=ReadFirst, invoke_without_command=True)


@app.callback()
def learn(ctx: typer.Context) -> None:
    """Read a lesson, compare services, decide between them."""
    if ctx.invoked_subcommand is None:
        list_(ctx)


@app.command("list")
def list_(ctx: typer.Context, as_json: Json = False) -> None:
    """Name every lesson and comparison."""
    library = open_coach(ctx).library
    if as_json:
        lessons = [{"id": one.id, "title": one.title, "minutes": one.minutes} for one in library.lessons.values()]
        comparisons = [{"id": one.id, "title": one.title} for one in library.comparisons.values()]
        print_json("learn-list", {"lessons": lessons, "comparisons": comparisons})
        return
    readings: list[Lesson | Comparison] = [*library.lessons.values(), *library.comparisons.values()]
    for one in readings:
        _print_line(one)


@app.command()
def read(
    ctx: typer.Context,
    wanted: Annotated[list[str], typer.Argument(help="A lesson's id, a skill such as 2.1.3, or words.")],
    plain: Annotated[bool, typer.Option("--plain", help="The whole lesson at once, as it was written.")] = False,
) -> None:
    """Read a lesson section by section; its self-check follows."""
    coach, words = open_coach(ctx), " ".join(wanted)
    lessons = use.lessons_for(coach.library, words)
    lessons = lessons or [one for one in _found(ctx, words, MOST_FOUND) if isinstance(one, Lesson)]
    if not lessons:
        raise UnknownId("lesson", words, coach.library.lessons)
    if len(lessons) > 1:
        for one in lessons:
            _print_line(one)
        stderr().print("`mlacoach learn ID` reads one of them.")
    elif plain or not is_interactive():
        lesson_view.print_whole(stdout(), lessons[0])
    else:
        _read(coach, lessons[0])


def _read(coach: Coach, lesson: Lesson) -> None:
    began = coach.now()
    place = reading.place_of(coach, lesson)
    if not lesson_view.read(stdout(), lesson, place, lambda now_at: reading.keep_place(coach, lesson, now_at)):
        stderr().print(f"`mlacoach learn {lesson.id}` goes on here.")
        return
    reading.finish(coach, lesson, (coach.now() - began).total_seconds())
    outcomes: list[bool] = []
    with suppress(Ended):
        ask_all(plain_dialogue(coach, stdout(), "study", outcomes), reading.self_check(coach, lesson), "Self-check")
    stdout().print(Text(f"{sum(outcomes)} of {len(outcomes)} right." if outcomes else "Nothing was answered."))


@app.command()
def search(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(help="Words to look for.")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 20,
    as_json: Json = False,
) -> None:
    """Find lessons and comparisons by their words, the best first."""
    found = _found(ctx, " ".join(words), limit)
    if as_json:
        rows = [{"id": one.id, "kind": _kind(one), "title": one.title} for one in found]
        print_json("learn-search", {"found": rows})
    else:
        for one in found:
            _print_line(one)
    if not found:
        stderr().print("Nothing has these words.")
        raise typer.Exit(1)


@app.command()
def compare(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(help="What to compare, such as serverless async, or the id of a comparison; none lists all."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Put services or ways side by side."""
    library = open_coach(ctx).library
    if not names:
        for one in library.comparisons.values():
            _print_line(one)
            print_hanging(stdout(), "  ", ", ".join(other.id for other in one.alternatives))
        return
    compared = use.compare(library, names)
    if as_json:
        print_json("learn-compare", _compared_data(compared))
        return
    from mlacoach.screen.comparing import show_comparison  # noqa: PLC0415 - Rich's tables

    show_comparison(stdout(), compared.comparison, compared.chosen)


@app.command()
def decide(
    ctx: typer.Context,
    comparison_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Between what, such as inference-options; none lists all.")
    ] = None,
) -> None:
    """Answer a few questions and learn which one fits, and why; in a pipe, the whole tree is printed."""
    from mlacoach.screen import comparing  # noqa: PLC0415 - as above

    library = open_coach(ctx).library
    if comparison_id is None:
        for one in library.comparisons.values():
            _print_line(one)
    elif is_interactive():
        comparing.decide(stdout(), library.comparison(comparison_id))
    else:
        comparing.show_tree(stdout(), library.comparison(comparison_id))


def _found(ctx: typer.Context, words: str, limit: int) -> list[Lesson | Comparison]:
    from mlacoach.store.search import SearchIndex  # noqa: PLC0415 - only for a search

    index = SearchIndex(cache() / "learn-search.db")
    ctx.call_on_close(index.close)
    return use.search(open_coach(ctx).library, index, words, limit)


def _print_line(one: Lesson | Comparison) -> None:
    about = f"{one.minutes} min" if isinstance(one, Lesson) else "comparison"
    print_record(stdout(), one.id, f"{one.title} ({about})")


def _kind(one: Lesson | Comparison) -> str:
    return "lesson" if isinstance(one, Lesson) else "comparison"


def _compared_data(compared: use.Compared) -> dict[str, object]:
    ids = [one.id for one in compared.chosen]
    comparison = compared.comparison
    return {
        "id": comparison.id,
        "title": comparison.title,
        "alternatives": [{"id": one.id, "name": one.name, "what": one.what} for one in compared.chosen],
        "aspects": [{"name": one.name, "says": {key: one.says[key] for key in ids}} for one in comparison.aspects],
        "use_cases": [
            {"situation": one.situation, "choose": one.choose, "because": one.because}
            for one in comparison.use_cases
            if one.choose in ids
        ],
        "references": [page.url for page in comparison.references],
        "verified": str(comparison.verified),
    }
