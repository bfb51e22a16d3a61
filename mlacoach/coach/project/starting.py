"""A folder to begin a project in: its brief, its rubric, its starter files. Nothing of the learner's is overwritten."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlacoach.coach import Coach
from mlacoach.coach.project.progress import log_start
from mlacoach.content.text_file import read_text
from mlacoach.curriculum.projects import Project
from mlacoach.errors import MlacoachError, UsageFault
from mlacoach.store.whole_file import writing

BRIEF, RUBRIC = "BRIEF.md", "RUBRIC.md"


@dataclass(frozen=True, slots=True)
class Started:
    """What a start laid out, and what was there already and stayed as it was; paths within the folder."""

    folder: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]


def start(coach: Coach, project_id: str, folder: Path) -> Started:
    """Lay a project out in a folder.

    Raises:
        UnknownId: there is no such project.
        UsageFault: the folder is a file.
        TryAgain: it cannot be written.
        MlacoachError: the brief cannot be read.
    """
    project = coach.library.project(project_id)
    if folder.exists() and not folder.is_dir():
        raise UsageFault(f"{folder} is no folder.", "Name another one.")
    written, kept = [], []
    for name, content in _files(project):
        path = folder / name
        if path.exists():
            kept.append(name)
            continue
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        written.append(name)
    log_start(coach, project_id, folder)
    return Started(folder, tuple(written), tuple(kept))


def brief_of(project: Project) -> str:
    """What is to be done, as Markdown.

    Raises:
        MlacoachError: it cannot be read.
    """
    text = read_text(project.folder / "brief.md")
    if not isinstance(text, str):
        raise MlacoachError(f"{text.path} cannot be used: {text.sentence}")
    return text.strip()


def _files(project: Project) -> Iterator[tuple[str, bytes]]:
    yield BRIEF, _whole_brief(project).encode()
    yield RUBRIC, rubric_page(project).encode()
    for path in sorted(project.starter.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(project.starter).as_posix(), path.read_bytes()


def _whole_brief(project: Project) -> str:
    """The brief with everything that `project.yaml` adds to it."""
    milestones = [f"{n}. **{one.title}** (`{one.id}`). {one.proof}" for n, one in enumerate(project.milestones, 1)]
    before = [f"- Lesson: `mlacoach learn {one}`" for one in project.lessons]
    before += [f"- Lab: `mlacoach lab run {one}`" for one in project.labs]
    figures = [f"- `{name}`: {text}" for name, text in project.figures.items()]
    sections = [
        ("Milestones", milestones),
        ("What helps before", before),
        ("Figures to measure", figures),
        ("At the end there is", [f"- {one}" for one in project.deliverables]),
        ("What it costs", [project.cost]),
        ("Take away", [f"{n}. {one}" for n, one in enumerate(project.teardown, 1)]),
        ("Official pages", [f"- [{one.title}]({one.url})" for one in project.references]),
    ]
    parts = [f"# {project.title}", project.summary, brief_of(project)]
    if project.lifecycle:
        parts.append(f"**What changed.** {project.lifecycle}")
    parts += ["\n".join([f"## {title}", "", *lines]) for title, lines in sections if lines]
    say = f'Say what you reached: `mlacoach project done {project.id} MILESTONE --note "what proves it"`.'
    return "\n\n".join([*parts, say]) + "\n"


def rubric_page(project: Project) -> str:
    """The rubric as Markdown, for the learner and for whoever reviews the work."""
    lines = [
        f"# Rubric: {project.title}",
        "",
        "Excellent gives all points of a row, enough gives half of them, too little none.",
        "",
        "| Criterion | Points | Excellent | Enough | Too little |",
        "| --- | --- | --- | --- | --- |",
    ]
    rows = ((one.name, str(one.weight), one.excellent, one.enough, one.too_little) for one in project.rubric)
    lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
    return "\n".join(lines) + "\n"
