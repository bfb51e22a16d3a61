"""A measured figure beside its bar, and the table of them all."""

from collections.abc import Sequence
from dataclasses import dataclass

# What is smaller is printed with an exponent.
SMALL = 0.0005


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that was measured; without a bar it is there to be known."""

    name: str
    value: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def bar(self) -> str:
        """The bar in words."""
        if self.at_least is None:
            return "" if self.at_most is None else f"≤ {_short(self.at_most)}"
        return f"≥ {_short(self.at_least)}" if self.at_most is None else f"{self.at_least:g} to {self.at_most:g}"

    @property
    def met(self) -> bool:
        """Is it as the bar wants it?"""
        low, high = self.at_least, self.at_most
        return (low is None or self.value >= low) and (high is None or self.value <= high)


def table(runs: Sequence[Sequence[Figure]]) -> str:
    """A line for each figure: its name, its bar, its value in each run, and whether all of them meet it."""
    width = max(len(figure.name) for figure in runs[0])
    lines = []
    for row in zip(*runs, strict=True):
        values = "  ".join(f"{_short(figure.value):>9}" for figure in row)
        verdict = ("met" if all(figure.met for figure in row) else "MISSED") if row[0].bar else ""
        lines.append(f"{row[0].name:<{width}}  {row[0].bar:>12}  {values}  {verdict}".rstrip())
    return "\n".join(lines)


def missed(runs: Sequence[Sequence[Figure]]) -> list[str]:
    """The figures that miss their bar in some run, by name."""
    return [row[0].name for row in zip(*runs, strict=True) if not all(figure.met for figure in row)]


def _short(value: float) -> str:
    return f"{value:.1e}" if 0 < abs(value) < SMALL else f"{value:.4g}"
