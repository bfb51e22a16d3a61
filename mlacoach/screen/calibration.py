"""What a cohort's answers changed in the bank."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlacoach.coach.calibration import Calibrated, Moved
from mlacoach.screen.line_exam import counted

MOST_MOVED = 10
MOST_NAMED = 10
COLUMNS = ("Level", "Was", "Is now", "± SE", "Slope", "Answers", "State")


def print_calibrated(console: Console, done: Calibrated) -> None:
    """Print the report of a calibration."""
    stored = done.stored
    console.print(
        Text(
            f"{stored.learners} learners gave {stored.answers} first answers to {len(done.items)} questions. "
            f"The cohort's ability: mean {stored.mean:+.2f}, SD {stored.sd:.2f}.",
            style="bold",
        )
    )
    _print_left_out(console, done)
    _print_states(console, done)
    agree = "" if done.correlation is None else f"; correlation {done.correlation:.2f}"
    console.print(Text(f"Levels and estimates differ by {done.rmsd:.2f} on average (RMSD){agree}."))
    if not done.converged:
        console.print(Text("The search did not settle: take the estimates with care."))
    console.print()
    console.print(Text("Moved most, from where the author's level lies:", style="bold"))
    _print_moved(console, done.items[:MOST_MOVED])
    _print_misfits(console, done.misfits)


def _print_left_out(console: Console, done: Calibrated) -> None:
    if done.unknown:
        console.print(Text(f"Left out, not in the bank: {_counted(done.unknown)}."))
    if done.foundations:
        console.print(Text(f"Left out, of no exam: {_counted(done.foundations)}."))


def _counted(answers: Mapping[str, int]) -> str:
    names = sorted(answers)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    total = sum(answers.values())
    of = f"{total} {'answer' if total == 1 else 'answers'} to {counted(len(names))}"
    return f"{of} ({', '.join(names[:MOST_NAMED])}{more})"


def _print_states(console: Console, done: Calibrated) -> None:
    states = done.states
    console.print(
        Text(
            f"{states.get('calibrated', 0)} questions are calibrated (300 answers or more), "
            f"{states.get('provisional', 0)} provisional (100 or more)."
        )
    )
    few = states.get("expert", 0)
    if few:
        many = few > 1
        lean = "they lean on their authors' levels" if many else "leans on its author's level"
        console.print(Text(f"{few} {'have' if many else 'has'} fewer than 100 answers: too few, and {lean}."))


def _print_moved(console: Console, items: Sequence[Moved]) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Question")
    for name in COLUMNS:
        table.add_column(name, justify="left" if name == "State" else "right")
    for item in items:
        estimate = item.estimate
        slope = f"{estimate.a:.2f}" if item.slope_known else "unknown"
        cells = (item.question, str(item.level), f"{item.expected:+.2f}", f"{estimate.b:+.2f}", f"{estimate.se_b:.2f}")
        table.add_row(*(Text(cell) for cell in (*cells, slope, str(estimate.n), item.state)))
    console.print(table)


def _print_misfits(console: Console, misfits: Sequence[Moved]) -> None:
    if not misfits:
        console.print(Text("No question's answers stay away from its curve."))
        return
    console.print(Text("Look at these, whose answers do not follow their curves (RMSD above .12):", style="bold"))
    for item in misfits:
        console.print(Text(f"  {item.question}: {item.estimate.misfit:.2f} over {item.estimate.n} answers"))
