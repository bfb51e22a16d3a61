"""The report in the terminal."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlacoach.coach.report import Report, TaskShare
from mlacoach.screen.result import exam_line, share_text

WEAKEST = 3
NARROW = 60


def print_report(console: Console, report: Report, done_labs: list[str]) -> None:
    """Print the whole report."""
    console.print(Text(f"{report.exam.id} · {report.learner.track.title}", style="bold"))
    console.print(Text(f"First answers to exam questions: {share_text(report.total)}."))
    console.print()
    _print_tasks(console, report)
    _print_weak(console, report)
    _print_exams(console, report)
    done, total = report.roadmap.counts()
    hours, (_, most) = report.roadmap.hours_done(), report.learner.track.hours
    console.print(Text(f"Roadmap: {done} of {total} items, {hours:g} of {most:g} hours. Reviews due: {report.due}."))
    console.print(Text(f"Labs done: {', '.join(done_labs) or 'none yet'}."))
    week = ", ".join(f"{day.day:%a} {day.given}" for day in report.days)
    console.print(Text(f"Answers in the last seven days: {week}."))


def _print_tasks(console: Console, report: Report) -> None:
    if console.width < NARROW:
        for row in report.tasks:
            console.print(Text(f"{row.task.id} {row.task.name}: {share_text(row.share)}"))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Task")
    table.add_column("", ratio=1)
    table.add_column("Right", justify="right")
    table.add_column("90 % interval", justify="right")
    table.add_column("At stake", justify="right")
    for row in report.tasks:
        table.add_row(*_cells(row))
    console.print(table)


def _cells(row: TaskShare) -> tuple[Text, ...]:
    low, high = row.share.interval
    interval = f"{low:.0%} to {high:.0%}" if row.share.given else "unknown"
    right = f"{row.share.right}/{row.share.given}"
    return (Text(row.task.id), Text(row.task.name), Text(right), Text(interval), Text(f"{row.at_stake:.1f} %"))


def _print_weak(console: Console, report: Report) -> None:
    console.print()
    if not report.total.given:
        console.print(Text("Nothing is known yet: `mlacoach study` asks the first questions."))
        return
    console.print(Text("Weak areas, by the share of the exam's points that they are expected to cost:", style="bold"))
    for row in report.weak[:WEAKEST]:
        console.print(Text(f"  {row.task.id} {row.task.name}: {row.at_stake:.1f} % at stake; {share_text(row.share)}"))
    console.print(
        Text("`mlacoach study` works on the weakest. At stake: domain weight, shared evenly by its tasks.", style="dim")
    )


def _print_exams(console: Console, report: Report) -> None:
    console.print()
    console.print(
        Text("Exams:", style="bold") if report.exams else Text("No exam has been sat yet: `mlacoach exam --timed`.")
    )
    for result in report.exams:
        console.print(Text(f"  {exam_line(result)}"))
    if report.exams:
        console.print(Text("`mlacoach exam list` has their predicted scores, `mlacoach exam review` their questions."))
