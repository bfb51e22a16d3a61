"""The track as a tree."""

from collections.abc import Mapping

from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from mlacoach.coach.roadmap import Progress
from mlacoach.curriculum.reading import Mistake
from mlacoach.curriculum.tracks import Item, Phase

STATES = {"done": "done", "gate-passed": "passed", "gate-skipped": "skipped"}


def print_tree(console: Console, progress: Progress, phase_id: str | None, *, all_items: bool) -> None:
    """Print the track; the items of every phase, of one, or of the one that the learner is in."""
    track = progress.track
    done, total = progress.counts()
    tree = Tree(Text(f"{track.title}: {done} of {total} done, {_hours(track.hours)}", style="bold"), guide_style="dim")
    upcoming = progress.next()
    current = phase_id or (track.phase_of(upcoming[0]).id if upcoming else "")
    for phase in track.phases:
        branch = tree.add(Text(phase_line(progress, phase)))
        if all_items or phase.id == current:
            for item in phase.items:
                branch.add(Text(item_line(progress, item)))
    console.print(tree)


def phase_line(progress: Progress, phase: Phase) -> str:
    """A phase: title, weeks, hours, how far."""
    done, total = progress.counts(phase)
    first, last = phase.weeks
    weeks = f"week {first}" if first == last else f"weeks {first} to {last}"
    shut = " · closed until its gate is passed" if progress.gates_before(phase) else ""
    return f"{phase.title} [{phase.id}] · {weeks} · {_hours(phase.hours)} · {done}/{total}{shut}"


def item_line(progress: Progress, item: Item) -> str:
    """An item: its state in words, its title, its id."""
    state = STATES.get(progress.states.get(item.key, ""), "open")
    return f"[{state:>7}] {item.title} ({item.id}, {item.hours:g} h)"


def print_item(console: Console, item: Item, mistakes: Mapping[str, Mistake]) -> None:
    """An item with its note, its links, and what the plan it comes from gets wrong."""
    console.print(Text(f"{item.title} ({item.id}, {item.hours:g} h)", style="bold"))
    lines = [item.note, item.url, *(str(mistakes[name]) for name in item.mistakes if name in mistakes)]
    lines += [f"Lab: mlacoach lab run {lab}" for lab in item.labs]
    lines += [f"Project: mlacoach project show {project}" for project in item.projects]
    for line in lines:
        if line:
            console.print(Text(f"  {line}"))


def _hours(hours: tuple[float, float]) -> str:
    least, most = hours
    return f"{least:g} to {most:g} h" if least != most else f"{most:g} h"
