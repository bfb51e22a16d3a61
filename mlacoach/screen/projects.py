"""Projects in the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from mlacoach.coach.project.checking import OK, Finding
from mlacoach.coach.project.progress import Progress
from mlacoach.coach.project.starting import Started
from mlacoach.curriculum.projects import KINDS, Project
from mlacoach.screen.console import print_hanging
from mlacoach.screen.lesson import drawn


def print_projects(console: Console, rows: Sequence[Progress]) -> None:
    """Name every project, by kind, with how far it is."""
    for kind in KINDS:
        of_kind = [one for one in rows if one.project.kind == kind]
        if of_kind:
            console.print(Text(f"{kind} ({len(of_kind)})", style="bold"))
        for one in of_kind:
            reached = f"{len(one.proved)} of {len(one.project.milestones)} milestones"
            facts = f"{one.project.hours:g} h, {cost_in_short(one.project)}; {one.state}, {reached}"
            said = f"  {one.project.title} ({facts})"
            console.print(Text.assemble("  ", (one.project.id, "bold"), said), soft_wrap=True)


def cost_in_short(project: Project) -> str:
    """The ceiling."""
    return f"at most {project.usd:g} USD" if project.usd else "no cost"


def print_project(console: Console, one: Progress, brief: str) -> None:
    """Everything about a project."""
    project = one.project
    console.print(Text(f"{project.title} ({project.kind}, {project.hours:g} h)", style="bold"))
    print_hanging(console, "", project.summary)
    console.print()
    # A pipe gets it as it was written.
    console.print(drawn(brief) if console.is_terminal else Text(brief), soft_wrap=not console.is_terminal)
    console.print()
    console.print(Text("Milestones", style="bold"))
    for milestone in project.milestones:
        proved = one.proved.get(milestone.id)
        mark = f"[{'done' if proved else 'open'}] "
        print_hanging(console, f"  {mark}", f"{milestone.title} ({milestone.id}). {milestone.proof}")
        if proved and proved.note:
            print_hanging(console, "         ", f"You: {proved.note}")
    _print_list(console, "Builds on", [f"mlacoach learn {name}" for name in project.lessons])
    _print_list(console, "", [f"mlacoach lab run {name}" for name in project.labs])
    figures = [f"{name}: {text} = {one.figures.get(name, '?')}" for name, text in project.figures.items()]
    _print_list(console, "Figures", figures)
    rubric = [f"{row.name} ({row.weight} points). Excellent: {row.excellent}" for row in project.rubric]
    _print_list(console, "Judged by", rubric)
    _print_list(console, "At the end there is", project.deliverables)
    _print_list(console, "Cost", [project.cost])
    _print_list(console, "Take away", project.teardown)
    _print_list(console, "What changed", [project.lifecycle] if project.lifecycle else [])
    for page in project.references:
        console.print(Text(f"{page.title}: {page.url}", style="dim"), soft_wrap=True)


def _print_list(console: Console, title: str, lines: Sequence[str]) -> None:
    if title and lines:
        console.print(Text(title, style="bold"))
    for line in lines:
        print_hanging(console, "  - ", line)


def print_started(console: Console, started: Started, project: Project) -> None:
    """What lies in the folder now."""
    console.print(Text(f"{project.title}: {len(started.written)} files in {started.folder}."), soft_wrap=True)
    for name in started.kept:
        console.print(Text(f"  {name} was there already and stays as it is."), soft_wrap=True)
    console.print(Text(f"Begin with {started.folder / 'BRIEF.md'}."), soft_wrap=True)


def print_findings(console: Console, findings: Sequence[Finding]) -> None:
    """What was seen: what is not as it should be line by line, the rest as a count."""
    for one in findings:
        if one.state != OK:
            console.print(Text(f"[{one.state}] {one.about}: {one.sentence}"), soft_wrap=True)
    fine = sum(one.state == OK for one in findings)
    console.print(Text(f"{fine} of {len(findings)} things that were looked at are as they should be."))


def print_progress(console: Console, one: Progress) -> None:
    """Where a project stands after something was said of it."""
    reached, of = len(one.proved), len(one.project.milestones)
    console.print(Text(f"{one.project.title}: {reached} of {of} milestones."))
    if one.next:
        print_hanging(console, "Next: ", f"{one.next.title} ({one.next.id}). {one.next.proof}")
    missing = [name for name in one.project.figures if name not in one.figures]
    if missing:
        given = " ".join(f"--figure {name}=VALUE" for name in missing)
        console.print(Text(f"Figures still to be given: {given}"), soft_wrap=True)
