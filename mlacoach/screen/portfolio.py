"""The pages of a portfolio, as Markdown and SVG, from the templates of `curriculum/portfolio/`."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from string import Formatter, Template

from mlacoach.coach.portfolio import Portfolio, PractisedLab
from mlacoach.coach.project.progress import Progress
from mlacoach.coach.project.starting import rubric_page
from mlacoach.curriculum.projects import Project

OPEN_FIGURE = "**[{name}: not measured yet]**"
ROW, LEFT, WIDE, WIDTH = 26, 250, 260, 640
_WORD = re.compile(r"[^a-z0-9]+")


def pages(portfolio: Portfolio, templates: Mapping[str, str]) -> dict[str, str]:
    """Every page, by its path."""
    built = f"{portfolio.built.astimezone():%Y-%m-%d}"

    def fill(page: str, **words: str) -> str:
        return Template(templates[page]).safe_substitute(words)

    made = {
        "README.md": fill("index", projects=_project_list(portfolio), labs=_lab_list(portfolio), built=built),
        "slides.md": fill("slides", projects=_slides(portfolio, templates), built=built),
        "resume.md": fill("resume", bullets=_bullets(portfolio.projects), built=built),
    }
    for one in portfolio.projects:
        home, words = f"projects/{one.project.id}", _words(one, portfolio)
        made[f"{home}/README.md"] = fill("project", **words)
        made[f"{home}/REVIEW.md"] = fill("review", title=one.project.title, rubric=_without_heading(one.project))
        if one.figures:
            made[f"{home}/MODEL_CARD.md"] = fill("model-card", **words, built=built)
    if portfolio.labs:
        made["labs/README.md"] = fill("labs", results=_lab_pages(portfolio), built=built)
    for lab in portfolio.labs.values():
        if _last_metrics(lab):
            made[f"labs/{lab.lab}.svg"] = metric_plot(lab)
    return made


def _words(one: Progress, portfolio: Portfolio) -> dict[str, str]:
    project = one.project
    used = [portfolio.labs[name] for name in project.labs if name in portfolio.labs]
    return {
        "title": project.title,
        "summary": project.summary,
        "state": _state(one),
        "milestones": "\n".join(_milestone_lines(one)),
        "results": _figure_table(one),
        "architecture": "\n\n".join(filter(None, (_diagram(lab) for lab in used)))
        or "No lab was run for it yet, so nothing could be drawn from one.",
        "labs": "\n".join(_lab_line(lab) for lab in used) or "None of the labs that this project builds on yet.",
        "cost": project.cost,
        "teardown": "\n".join(f"{number}. {step}" for number, step in enumerate(project.teardown, 1)),
        "references": "\n".join(f"- [{page.title}]({page.url})" for page in project.references),
    }


def _state(one: Progress) -> str:
    reached = f"{len(one.proved)} of {len(one.project.milestones)} milestones"
    return f"Finished on {one.finished.astimezone():%Y-%m-%d}." if one.finished else f"Under way: {reached}."


def _milestone_lines(one: Progress) -> list[str]:
    lines = []
    for milestone in one.project.milestones:
        proved = one.proved.get(milestone.id)
        when = f" ({proved.at.astimezone():%Y-%m-%d})" if proved else " (open)"
        said = f": {proved.note}" if proved and proved.note else ""
        lines.append(f"- [{'x' if proved else ' '}] {milestone.title}{when}{said}")
    return lines


def _figure_table(one: Progress) -> str:
    if not one.figures:
        return "No figure was measured yet."
    rows = [f"| {_cell(text)} | {_cell(one.figures[name])} |" for name, text in _measured(one).items()]
    return "\n".join(["| What | Measured |", "| --- | --- |", *rows])


def _measured(one: Progress) -> dict[str, str]:
    return {name: text for name, text in one.project.figures.items() if name in one.figures}


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _project_list(portfolio: Portfolio) -> str:
    lines = [
        f"- [{one.project.title}](projects/{one.project.id}/README.md): {one.project.summary} *{_state(one)}*"
        for one in portfolio.projects
    ]
    return "\n".join(lines) or "No project was begun yet."


def _lab_list(portfolio: Portfolio) -> str:
    lines = [_lab_line(lab) for lab in portfolio.labs.values()]
    return "\n".join([*lines, "", "[What they measured](labs/README.md)"]) if lines else "No lab was done yet."


def _lab_line(lab: PractisedLab) -> str:
    last = lab.results[-1]
    how = "done by hand" if last.by_hand else "walked through its scripted steps"
    return f"- {lab.title}: {how}, {last.score} per cent, {last.at.astimezone():%Y-%m-%d}"


def _lab_pages(portfolio: Portfolio) -> str:
    parts = []
    for lab in portfolio.labs.values():
        parts += [f"## {lab.title}", _lab_line(lab)]
        metrics = _last_metrics(lab)
        if metrics:
            rows = [f"| {_cell(name)} | {value:.6g} |" for name, value in metrics.items()]
            parts += ["\n".join(["| Measured | Value |", "| --- | --- |", *rows])]
            parts += [f"![What was measured: {lab.title}]({lab.lab}.svg)"]
        parts += [diagram] if (diagram := _diagram(lab)) else []
    return "\n\n".join(parts)


def _last_metrics(lab: PractisedLab) -> Mapping[str, float]:
    return lab.results[-1].metrics


def _diagram(lab: PractisedLab) -> str:
    """What the lab's last run made, service by service in the order made, as a Mermaid diagram."""
    if not lab.made:
        return ""
    services = list(dict.fromkeys(service for service, _ in lab.made))
    lines = [f"What `{lab.lab}` built:", "", "```mermaid", "flowchart LR"]
    for service in services:
        lines.append(f'  subgraph {_node(service)}["{service}"]')
        lines += [f'    {_node(of, kind)}["{kind}"]' for of, kind in lab.made if of == service]
        lines.append("  end")
    lines += [f"  {_node(*one)} --> {_node(*other)}" for one, other in zip(lab.made, lab.made[1:], strict=False)]
    return "\n".join([*lines, "```", "", "Arrows show the order in which the run made them."])


def _node(*names: str) -> str:
    return _WORD.sub("_", " ".join(names).lower()).strip("_")


def _bullets(projects: Sequence[Progress]) -> str:
    """The bullets of what is finished, whole; of what is under way, marked as such."""
    parts = []
    for one in projects:
        if not one.project.resume:
            continue
        open_ones = "" if one.finished else " (under way: not for a résumé yet)"
        parts.append(f"## {one.project.title}{open_ones}")
        parts.append("\n".join(f"- {_filled(bullet, one)}" for bullet in one.project.resume))
    return "\n\n".join(parts) or "Finish a project, and its lines stand here."


def _filled(bullet: str, one: Progress) -> str:
    """A bullet with the learner's figures; one that was not measured is marked, never made up."""
    parts = []
    for text, name, _, _ in Formatter().parse(bullet):
        parts.append(text)
        if name is not None:
            parts.append(one.figures.get(name) or OPEN_FIGURE.format(name=name))
    return "".join(parts)


def _slides(portfolio: Portfolio, templates: Mapping[str, str]) -> str:
    shown = [Template(templates["slide"]).safe_substitute(_words(one, portfolio)) for one in portfolio.projects]
    return "\n\n---\n\n".join(slide.strip() for slide in shown) or "No project was begun yet."


def _without_heading(project: Project) -> str:
    return rubric_page(project).partition("\n")[2].strip()


def metric_plot(lab: PractisedLab) -> str:
    """What a lab's last run measured, a bar each; every bar has a scale of its own, as the units differ."""
    metrics = _last_metrics(lab)
    height = ROW * len(metrics) + 44
    most = {name: max(abs(run.metrics.get(name, 0.0)) for run in lab.results) or 1.0 for name in metrics}
    bars = []
    for number, (name, value) in enumerate(metrics.items()):
        top = 36 + ROW * number
        length = WIDE * abs(value) / most[name]
        bars += [
            f'<text x="{LEFT - 8}" y="{top + 13}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{WIDE}" height="16" fill="#e6e6e6"/>',
            f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="16" fill="#2f5d8a"/>',
            f'<text x="{LEFT + WIDE + 8}" y="{top + 13}">{value:.6g}</text>',
        ]
    title = escape(f"{lab.title}: what the last run measured")
    box = f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="12" role="img"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {box}>',
            f"<title>{title}</title><desc>Each bar is measured against the largest value of all runs.</desc>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            f'<text x="8" y="20" font-weight="bold">{title}</text>',
            *bars,
            "</svg>",
        ]
    )
