"""What a step wants to be seen. The runner draws it; the metrics are kept for the portfolio."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shown:
    """What came out of a step. Every part is optional, and drawn in this order.

    Attributes:
        text: a sentence or two.
        columns: the head of a table.
        rows: its rows; a cell is anything that `str` makes readable.
        metrics: figures by name, such as `{"validation:auc": 0.91}`.
        bars: heights by label: a histogram, importances, drift by feature.
        lines: points `(x, y)` by the name of the line: a learning curve.
        matrix: counts by (actual, predicted): a confusion matrix.
        measure: what bars and lines measure, with its unit; it stands above them.
        along: what the x of lines counts; it stands below them.
    """

    text: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)
    bars: Mapping[str, float] = field(default_factory=dict)
    lines: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    matrix: Mapping[tuple[str, str], int] = field(default_factory=dict)
    measure: str = ""
    along: str = ""
