"""Alternatives side by side, and the questions that lead to one, in the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlacoach.curriculum.comparing import Alternative, Branch, Comparison, Step
from mlacoach.screen.ask import read_line
from mlacoach.screen.console import print_hanging

# A column narrower than this breaks nearly every sentence after two words.
NARROWEST_COLUMN = 24


def show_comparison(console: Console, comparison: Comparison, chosen: Sequence[Alternative]) -> None:
    """Print the alternatives as a table, or one after another where the terminal is too narrow for it."""
    console.print(Text(comparison.title, style="bold"))
    console.print(Text(comparison.summary))
    console.print()
    if console.width >= NARROWEST_COLUMN * (len(chosen) + 1):
        console.print(_table(comparison, chosen))
    else:
        _print_one_by_one(console, comparison, chosen)
    ids = {one.id for one in chosen}
    cases = [case for case in comparison.use_cases if case.choose in ids]
    if cases:
        console.print(Text("What fits what", style="bold"))
    for case in cases:
        name = comparison.alternative(case.choose).name
        print_hanging(console, "- ", f"{case.situation} {name}: {case.because}")
    _show_sources(console, comparison)


def _table(comparison: Comparison, chosen: Sequence[Alternative]) -> Table:
    table = Table(show_lines=True)
    table.add_column("", max_width=NARROWEST_COLUMN)
    for one in chosen:
        table.add_column(Text(one.name), ratio=1)
    table.add_row(Text("what it is"), *(Text(one.what) for one in chosen))
    for aspect in comparison.aspects:
        table.add_row(Text(aspect.name), *(Text(aspect.says[one.id]) for one in chosen))
    return table


def _print_one_by_one(console: Console, comparison: Comparison, chosen: Sequence[Alternative]) -> None:
    for one in chosen:
        console.print(Text(one.name, style="bold"))
        print_hanging(console, "  ", one.what)
        for aspect in comparison.aspects:
            print_hanging(console, "  - ", f"{aspect.name}: {aspect.says[one.id]}")
        console.print()


def _show_sources(console: Console, comparison: Comparison) -> None:
    console.print()
    for page in comparison.references:
        console.print(Text(f"{page.title}: {page.url}", style="dim"), soft_wrap=True)
    console.print(Text(f"Verified on {comparison.verified}.", style="dim"))


def decide(console: Console, comparison: Comparison) -> Alternative:
    """Ask from step to step until one alternative is left, and say why after each answer.

    Raises:
        EOFError: the input has ended.
    """
    console.print(Text(comparison.title, style="bold"))
    step = comparison.steps[0]
    while True:
        branch = _asked(console, step)
        print_hanging(console, "  ", branch.because)
        if branch.choose:
            chosen = comparison.alternative(branch.choose)
            console.print(Text(f"=> {chosen.name}", style="bold"))
            print_hanging(console, "   ", chosen.what)
            return chosen
        step = comparison.step(branch.then or "")


def _asked(console: Console, step: Step) -> Branch:
    console.print()
    console.print(Text(step.ask))
    for number, branch in enumerate(step.branches, start=1):
        print_hanging(console, f"  {number})  ", branch.text)
    while True:
        line = read_line(console, f"1-{len(step.branches)}: ")
        if line.isdecimal() and 1 <= int(line) <= len(step.branches):
            return step.branches[int(line) - 1]
        console.print(Text(f"Type a number from 1 to {len(step.branches)}."))


def show_tree(console: Console, comparison: Comparison) -> None:
    """Print all questions and where each answer leads: for a pipe, where nobody can be asked."""
    console.print(Text(comparison.title, style="bold"))
    _show_step(console, comparison, comparison.steps[0], "")


def _show_step(console: Console, comparison: Comparison, step: Step, indent: str) -> None:
    print_hanging(console, indent, step.ask)
    for branch in step.branches:
        if branch.choose:
            name = comparison.alternative(branch.choose).name
            print_hanging(console, f"{indent}- ", f"{branch.text} => {name}: {branch.because}")
        else:
            print_hanging(console, f"{indent}- ", f"{branch.text} ({branch.because})")
            _show_step(console, comparison, comparison.step(branch.then or ""), f"{indent}    ")
