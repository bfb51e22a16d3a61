"""`mlacoach report`."""

from typing import Annotated

import typer

from mlacoach.cli.context import open_coach
from mlacoach.cli.exam_data import as_data
from mlacoach.cli.output import print_json
from mlacoach.coach.lab import done_labs
from mlacoach.coach.report import Report, TaskShare
from mlacoach.coach.report import report as draw_up
from mlacoach.screen.console import stdout
from mlacoach.screen.report import print_report

app = typer.Typer(rich_markup_mode=None)


@app.command()
def report(
    ctx: typer.Context,
    code: Annotated[str | None, typer.Option("--exam", help="Report on this exam.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Where you stand: weak areas by task, exams, roadmap, labs."""
    coach = open_coach(ctx)
    drawn, labs = draw_up(coach, code), done_labs(coach)
    if as_json:
        print_json("report", _data(drawn, labs))
    else:
        print_report(stdout(), drawn, labs)


def _data(drawn: Report, labs: list[str]) -> dict[str, object]:
    done, total = drawn.roadmap.counts()
    return {
        "exam": drawn.exam.id,
        "at": drawn.at.isoformat(),
        "first_answers": {"right": drawn.total.right, "given": drawn.total.given},
        "tasks": [_task(row) for row in drawn.tasks],
        "weak": [row.task.id for row in drawn.weak if drawn.total.given],
        "exams": [as_data(result) for result in drawn.exams],
        "roadmap": {"track": drawn.roadmap.track.id, "done": done, "items": total, "hours": drawn.roadmap.hours_done()},
        "reviews_due": drawn.due,
        "labs_done": labs,
        "days": [{"day": day.day.isoformat(), "given": day.given, "right": day.right} for day in drawn.days],
    }


def _task(row: TaskShare) -> dict[str, object]:
    low, high = row.share.interval
    return {
        "task": row.task.id,
        "name": row.task.name,
        "domain": row.domain.id,
        "right": row.share.right,
        "given": row.share.given,
        "interval_90": [round(low, 4), round(high, 4)],
        "at_stake_percent": round(row.at_stake, 2),
    }
