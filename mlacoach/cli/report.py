"""`mlacoach report`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from mlacoach.cli.context import home, open_coach
from mlacoach.cli.output import print_json
from mlacoach.cli.report_data import as_report_data
from mlacoach.coach.report.drawn import Report, keep_threshold
from mlacoach.coach.report.drawn import report as draw_up
from mlacoach.screen.console import stderr, stdout
from mlacoach.screen.report import print_report
from mlacoach.store.whole_file import writing

app = typer.Typer(rich_markup_mode=None)


@app.command()
def report(  # noqa: PLR0913, PLR0917 - each is a flag
    ctx: typer.Context,
    code: Annotated[str | None, typer.Option("--exam", help="Report on this exam.")] = None,
    skills: Annotated[bool, typer.Option("--skills", help="Every skill, not only domains and tasks.")] = False,
    threshold: Annotated[
        float | None, typer.Option(metavar="PERCENT", help="The share that counts as ready; kept. At first 85.")
    ] = None,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it as one HTML file.")] = None,
    show: Annotated[bool, typer.Option("--open", help="Write it as HTML, and open that in the browser.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Where you stand: readiness, mastery, what to do next, memory, time, exams, success criteria, forecast."""
    coach = open_coach(ctx)
    if threshold is not None:
        keep_threshold(coach, threshold)
    drawn = draw_up(coach, code)
    if html or show:
        _write(drawn, html or home() / "report.html", show=show)
    elif as_json:
        print_json("report", as_report_data(drawn))
    else:
        print_report(stdout(), drawn, skills=skills)


def _write(drawn: Report, path: Path, *, show: bool) -> None:
    from mlacoach.screen.html_report import html_report  # noqa: PLC0415 - only for a file

    page = html_report(drawn)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    stderr().print(Text(f"Written to {path}."), soft_wrap=True)
    if show:
        import webbrowser  # noqa: PLC0415

        if not webbrowser.open(path.resolve().as_uri()):
            stderr().print(Text("No browser could be started; open the file yourself."))
