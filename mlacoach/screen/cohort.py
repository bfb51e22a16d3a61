"""What a cohort's answers say, in a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlacoach.coach.cohort.report import CohortReport
from mlacoach.content import Library
from mlacoach.curriculum.exams import Exam
from mlacoach.learning.item_analysis import Flag, ItemAnalysis
from mlacoach.screen.line_exam import counted

MOST_NAMED = 10
SAID = {
    "hard": "fewer than 30 % are right",
    "easy": "more than 90 % are right",
    "discrimination": "hardly tells the able from the others",
}


def print_cohort(console: Console, drawn: CohortReport, library: Library, *, everything: bool) -> None:
    """Print the report: mastery by part, then the questions that are to be revised, or all."""
    learners = "1 learner" if drawn.learners == 1 else f"{drawn.learners} learners"
    said = f"{learners} gave {drawn.answers} first answers to {counted(len(drawn.items))} of the bank."
    console.print(Text(said, style="bold"))
    if drawn.unknown:
        names = sorted(drawn.unknown)
        more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
        console.print(Text(f"Not in the bank: {', '.join(names[:MOST_NAMED])}{more}."))
    _print_mastery(console, drawn)
    _print_items(console, drawn.items if everything else drawn.flagged, library, everything=everything)


def _print_mastery(console: Console, drawn: CohortReport) -> None:
    console.print(Text(f"\nWhat the group has right, by the parts of {drawn.exam.id}:", style="bold"))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Part")
    table.add_column("")
    for name in ("Right", "90 % interval", "Learners"):
        table.add_column(name, justify="right")
    titles = _titles(drawn.exam)
    for part, share in drawn.mastery.items():
        low, high = share.interval
        right, interval = f"{share.answers.value or 0:.0%}", f"{low:.0%} to {high:.0%}"
        table.add_row(*(Text(cell) for cell in (part, titles[part], right, interval, str(share.learners))))
    console.print(table)


def _titles(exam: Exam) -> dict[str, str]:
    domains = {domain.id: domain.name for domain in exam.domains}
    return domains | {task.id: task.name for task in exam.tasks}


def _print_items(console: Console, items: Sequence[ItemAnalysis], library: Library, *, everything: bool) -> None:
    if not items:
        console.print(Text("\nNo question needs to be revised: rule Q30 of docs/cohorts.md finds none."))
        return
    console.print(Text("\nEvery question:" if everything else "\nTo be revised, by rule Q30:", style="bold"))
    for item in items:
        told = "unknown" if item.discrimination is None else f"{item.discrimination:.2f}"
        facility = item.answers.value or 0
        line = f"{item.question}: {facility:.0%} of {item.answers.given} right, discrimination {told}"
        console.print(Text(line), soft_wrap=True)
        for flag in item.flags:
            console.print(Text(f"    {_said(flag, item, library)}"), soft_wrap=True)


def _said(flag: Flag, item: ItemAnalysis, library: Library) -> str:
    if flag.part is None:
        return SAID[flag.kind]
    parts = {part.id: part.text for part in library.questions[item.question].body.parts}
    count = item.distractors[flag.part]
    return f"{count} of {item.wrong} wrong answers chose “{parts[flag.part]}”"
