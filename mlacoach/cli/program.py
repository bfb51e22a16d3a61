"""The table of commands. A command's module is imported when it is called, its summary stands here.

Importing every command for `--help` would cost 600 ms; this costs 60.
"""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mlacoach import __version__
from mlacoach.errors import UnknownId

SUMMARIES = {
    "init": "Say which exam you sit and when; choose a track.",
    "study": "Today's session: what is due, worth most, and next.",
    "plan": "Your track with dates, to the exam; as a calendar too.",
    "exam": "Sit an exam form under its time limit, or go on with one.",
    "lab": "Practise on a local AWS, step by step.",
    "sandbox": "A local AWS of your own, for any AWS tool.",
    "learn": "Lessons, comparisons, decision trees.",
    "project": "Build something to show: brief, milestones, rubric.",
    "portfolio": "Write a repository from what you did.",
    "interview": "Practise interview questions against the clock.",
    "report": "Where you stand: readiness, weak areas, exams, forecast.",
    "milestones": "What you reached, and when.",
    "roadmap": "Your track as a tree; tick items off.",
    "exams": "MLA-C01 and MLA-C02: facts, differences, which one to sit.",
    "cohort": "What a group's answers say of it and of the questions.",
    "bank": "Check, search and extend the question bank.",
    "backup": "Copies of your data: make, check, restore one.",
    "export": "Take your data along, and cards to Anki.",
    "import": "Take in what another copy of your data has more.",
    "sync": "Study on several devices, through a folder or a bucket.",
    "content": "Check the content packs and what they cover.",
    "doctor": "Check data, content and extras, and say what to do.",
}

# `import` is no name for a module.
MODULES = {"import": "import_log"}


class LazyGroup(TyperGroup):
    """A group whose commands are modules of `mlacoach.cli`."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - click's own signature
        """The commands in the order in which a learner meets them."""
        return list(SUMMARIES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401, ARG002
        """Import the command.

        Raises:
            UnknownId: there is none of that name.
        """
        if cmd_name not in SUMMARIES:
            raise UnknownId("command", cmd_name, SUMMARIES)
        module = import_module(f"mlacoach.cli.{MODULES.get(cmd_name, cmd_name)}")
        # Completion is the whole program's; typer would offer to install it for each command again.
        module.app._add_completion = False  # noqa: SLF001
        command = typer.main.get_command(module.app)
        command.name = cmd_name
        return command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401, ARG002
        """The summaries, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl(list(SUMMARIES.items()))


def _version(asked: bool) -> None:  # noqa: FBT001 - typer's callback
    if asked:
        typer.echo(f"mlacoach {__version__}")
        raise typer.Exit


def _spec(asked: bool) -> None:  # noqa: FBT001
    if asked:
        from mlacoach.cli.output import print_json  # noqa: PLC0415
        from mlacoach.cli.spec import as_data, specification  # noqa: PLC0415

        print_json("spec", {"program": "mlacoach", "release": __version__, **as_data(specification())})
        raise typer.Exit


app = typer.Typer(
    cls=LazyGroup,
    invoke_without_command=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def program(
    ctx: typer.Context,
    pack: Annotated[list[Path] | None, typer.Option(help="Another content pack; may be given several times.")] = None,
    version: Annotated[  # noqa: ARG001 - the callback acts on it
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
    spec: Annotated[  # noqa: ARG001
        bool, typer.Option("--spec", callback=_spec, is_eager=True, help="Print every command and flag as JSON.")
    ] = False,
) -> None:
    """A study coach and lab runner for the AWS Certified Machine Learning Engineer - Associate exam."""
    # Content and store are imported with it; --help does without.
    from mlacoach.cli.context import Settings  # noqa: PLC0415

    ctx.obj = Settings(packs=list(pack or []))
    if ctx.invoked_subcommand is None:
        from mlacoach.cli.today import today  # noqa: PLC0415

        today(ctx)


def command_names() -> Sequence[str]:
    """Every command, for links from the tracks."""
    return list(SUMMARIES)
