"""What came out of a step: tables, figures, and pictures made of characters."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlacoach.labs import Shown

BAR = "█"
EIGHTHS = "▏▎▍▌▋▊▉"
LONGEST_LABEL = 24
HEIGHT = 10
MARKS = "*o+x#@"
Points = Sequence[tuple[float, float]]


def print_shown(console: Console, shown: Shown) -> None:
    """Everything that a step wants to be seen."""
    if shown.text:
        console.print(Text(shown.text))
    if shown.rows:
        console.print(_table(shown.columns, shown.rows))
    if shown.metrics:
        console.print(_table(("metric", "value"), [(name, f"{value:.6g}") for name, value in shown.metrics.items()]))
    if shown.measure:
        console.print(Text(shown.measure))
    if shown.bars:
        _print_bars(console, shown.bars)
    if shown.lines:
        _print_lines(console, shown.lines, shown.along)
    if shown.matrix:
        console.print(_matrix(shown.matrix))


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns or [""] * len(rows[0]):
        table.add_column(Text(column), overflow="fold")
    for row in rows:
        table.add_row(*(Text(str(cell)) for cell in row))
    return table


def _matrix(counts: Mapping[tuple[str, str], int]) -> Table:
    """Rows are what is, columns what was predicted."""
    labels = sorted({label for pair in counts for label in pair})
    rows = [(actual, *(counts.get((actual, predicted), 0) for predicted in labels)) for actual in labels]
    return _table(("actual \\ predicted", *labels), rows)


def _print_bars(console: Console, bars: Mapping[str, float]) -> None:
    """A line for each; the longest bar fills the width. Below nothing there is no bar, only the figure."""
    label_width = min(max(len(label) for label in bars), LONGEST_LABEL)
    room = max(console.width - label_width - 12, 10)
    top = max((abs(value) for value in bars.values()), default=0.0) or 1.0
    for label, value in bars.items():
        bar = _bar(max(value, 0) / top * room)
        console.print(Text(f"{label[:label_width]:<{label_width}} {bar} {value:.4g}"))


def _bar(length: float) -> str:
    whole, part = int(length), int(length % 1 * 8)
    return BAR * whole + (EIGHTHS[part - 1] if part else "")


def _print_lines(console: Console, lines: Mapping[str, Points], along: str) -> None:
    """A field of characters: x goes right, y goes up; each line has a mark of its own."""
    points = [point for line in lines.values() for point in line]
    if not points:
        return
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    if left == right:
        # One point is no curve.
        for name, line in lines.items():
            console.print(Text(f"{name}: " + ", ".join(f"{y:.4g} at {along or 'x'} {x:.4g}" for x, y in line)))
        return
    low, high = min(y for _, y in points), max(y for _, y in points)
    width = min(max(console.width - 12, 20), 72)
    field = [[" "] * width for _ in range(HEIGHT)]
    for mark, line in zip(MARKS, lines.values(), strict=False):
        for x, y in line:
            column = round((x - left) / ((right - left) or 1) * (width - 1))
            row = round((high - y) / ((high - low) or 1) * (HEIGHT - 1))
            field[row][column] = mark
    for number, cells in enumerate(field):
        edge = {0: f"{high:.4g}", HEIGHT - 1: f"{low:.4g}"}.get(number, "")
        console.print(Text(f"{edge:>10} |{''.join(cells)}"), soft_wrap=True)
    axis = f"{along} {left:.4g} … {right:.4g}".strip()
    console.print(Text(f"{'':>10} {axis}"))
    names = zip(MARKS, lines, strict=False)
    console.print(Text("   ".join(f"{mark} {name}" for mark, name in names)))
