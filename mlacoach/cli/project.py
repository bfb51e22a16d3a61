"""`mlacoach project`."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from mlacoach.cli.celebrate import tell_new
from mlacoach.cli.context import open_coach
from mlacoach.cli.output import print_json
from mlacoach.coach.project.checking import WRONG
from mlacoach.coach.project.checking import check as look
from mlacoach.coach.project.progress import Progress, keep_figures, mark, progress, progress_of, unmark
from mlacoach.coach.project.starting import brief_of
from mlacoach.coach.project.starting import start as lay_out
from mlacoach.curriculum.projects import KINDS
from mlacoach.errors import MlacoachError, UnknownId, UsageFault
from mlacoach.screen import projects as view
from mlacoach.screen.console import stdout

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True)
ProjectId = Annotated[str, typer.Argument(metavar="ID", help="As `mlacoach project list` names it.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def project() -> None:
    """Build something that you can show: brief, starter files, milestones, rubric."""


@app.command("list")
def list_(
    ctx: typer.Context,
    kind: Annotated[str | None, typer.Option(help="Only mini, hands-on, portfolio or capstone ones.")] = None,
    as_json: Json = False,
) -> None:
    """The projects there are, and how far you are with each."""
    if kind is not None and kind not in KINDS:
        raise UnknownId("kind", kind, KINDS)
    rows = [one for one in progress(open_coach(ctx)) if kind in {None, one.project.kind}]
    if as_json:
        print_json("projects", {"projects": [_data(one) for one in rows]})
    else:
        view.print_projects(stdout(), rows)


@app.command()
def show(ctx: typer.Context, project_id: ProjectId, as_json: Json = False) -> None:
    """What a project is about, what proves it, how it is judged, what it costs."""
    one = progress_of(open_coach(ctx), project_id)
    if as_json:
        print_json("project", {"project": _data(one), "brief": brief_of(one.project)})
    else:
        view.print_project(stdout(), one, brief_of(one.project))


@app.command()
def start(
    ctx: typer.Context,
    project_id: ProjectId,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to lay it out.")],
) -> None:
    """Lay out brief, rubric and starter files; what is there already stays as it is."""
    coach = open_coach(ctx)
    view.print_started(stdout(), lay_out(coach, project_id, folder), coach.library.project(project_id))


@app.command()
def check(
    ctx: typer.Context,
    project_id: ProjectId,
    folder: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="The folder it was started in.")] = None,
    tests: Annotated[bool, typer.Option("--tests", help="Run the project's tests too.")] = False,
    as_json: Json = False,
) -> None:
    """Look at what a machine can see: files, YAML, manifests, Python, keys in files, tests."""
    one = progress_of(open_coach(ctx), project_id)
    place = folder or one.folder
    if place is None:
        raise UsageFault(f"{project_id} was not started yet.", f"Start it: mlacoach project start {project_id} DIR")
    if not place.is_dir():
        raise UsageFault(f"{place} is no folder.", "Name the folder of the project.")
    findings = look(one.project, place, tests=tests)
    if as_json:
        print_json("project-check", {"folder": place, "findings": [asdict(finding) for finding in findings]})
    else:
        view.print_findings(stdout(), findings)
    wrong = sum(finding.state == WRONG for finding in findings)
    if wrong:
        raise MlacoachError(f"{wrong} things are not as they should be.")


@app.command()
def done(
    ctx: typer.Context,
    project_id: ProjectId,
    milestone: Annotated[str | None, typer.Argument(metavar="[MILESTONE]", help="Which one is reached.")] = None,
    note: Annotated[str, typer.Option(help="What proves it: a link, a command, a sentence.")] = "",
    figure: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="What you measured.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="The milestone is open again.")] = False,
) -> None:
    """Say that a milestone is reached, or what you measured."""
    figures = _figures(figure or [])
    if milestone is None and not figures:
        raise UsageFault("Name a milestone, or a figure with --figure.", f"See: mlacoach project show {project_id}")
    coach = open_coach(ctx)
    with coach.store.together():
        if milestone is not None:
            unmark(coach, project_id, milestone) if undo else mark(coach, project_id, milestone, note)
        one = keep_figures(coach, project_id, figures)
    view.print_progress(stdout(), one)
    tell_new(coach, "projects")


def _figures(given: list[str]) -> dict[str, str]:
    """The figures by name.

    Raises:
        UsageFault: one of them is no name and value.
    """
    pairs = [one.partition("=") for one in given]
    for name, _, value in pairs:
        if not name.strip() or not value.strip():
            raise UsageFault("A figure is a name and a value.", "Write it as --figure accuracy=0.91.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _data(one: Progress) -> dict[str, object]:
    project = one.project
    milestones = [
        {
            "id": milestone.id,
            "title": milestone.title,
            "proof": milestone.proof,
            "reached": one.proved[milestone.id].at.isoformat() if milestone.id in one.proved else None,
            "note": one.proved[milestone.id].note if milestone.id in one.proved else "",
        }
        for milestone in project.milestones
    ]
    return {
        "id": project.id,
        "kind": project.kind,
        "title": project.title,
        "summary": project.summary,
        "hours": project.hours,
        "state": one.state,
        "folder": one.folder,
        "milestones": milestones,
        "figures": {name: one.figures.get(name) for name in project.figures},
        "lessons": project.lessons,
        "labs": project.labs,
        "rubric": [asdict(row) for row in project.rubric],
        "cost": project.cost,
        "usd": project.usd,
        "teardown": project.teardown,
    }
