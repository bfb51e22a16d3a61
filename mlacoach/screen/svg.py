"""Plots as inline SVG: no script, no colour alone, a title and a description for who can't see them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 60, 16, 14, 34
TICKS = 5


@dataclass(frozen=True, slots=True)
class Series:
    """Values by day, with a band around each; all on the axis of the plot."""

    days: Sequence[date]
    values: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]


@dataclass(frozen=True, slots=True)
class Axis:
    """The span of values, how they are told, and a line to compare with, with its name."""

    least: float
    most: float
    percent: bool
    mark: float
    mark_name: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A share with its interval, or None where nothing is known of it; `told` stands beside it."""

    name: str
    value: float | None
    low: float
    high: float
    told: str


def line_plot(name: str, title: str, told: str, series: Series, axis: Axis) -> str:
    """A line over days in its band, with the line to compare with."""
    first, last = series.days[0], series.days[-1]
    span = max((last - first).days, 1)

    def x(day: date) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - first).days / span

    def y(value: float) -> float:
        inside = min(max(value, axis.least), axis.most)
        return TOP + (HEIGHT - TOP - BOTTOM) * (axis.most - inside) / (axis.most - axis.least)

    line = [f"{x(day):.1f},{y(value):.1f}" for day, value in zip(series.days, series.values, strict=True)]
    upper = [f"{x(day):.1f},{y(value):.1f}" for day, value in zip(series.days, series.high, strict=True)]
    lower = [f"{x(day):.1f},{y(value):.1f}" for day, value in zip(series.days, series.low, strict=True)]
    parts = [
        _scale(axis),
        f'<polygon class="band" points="{" ".join(upper + lower[::-1])}"/>',
        f'<line class="mark" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(axis.mark):.1f}" y2="{y(axis.mark):.1f}"/>',
        _text(WIDTH - RIGHT, y(axis.mark) - 5, axis.mark_name, "end"),
        f'<polyline class="line" points="{" ".join(line)}"/>',
        *(f'<circle class="dot" cx="{at.split(",")[0]}" cy="{at.split(",")[1]}" r="3"/>' for at in line),
        _text(LEFT, HEIGHT - 10, f"{first}", "start"),
        _text(WIDTH - RIGHT, HEIGHT - 10, f"{last}", "end"),
    ]
    return _figure(name, title, told, HEIGHT, "".join(parts))


def _scale(axis: Axis) -> str:
    parts = []
    for number in range(TICKS):
        value = axis.least + (axis.most - axis.least) * number / (TICKS - 1)
        at = TOP + (HEIGHT - TOP - BOTTOM) * (TICKS - 1 - number) / (TICKS - 1)
        told = f"{value:.0%}" if axis.percent else f"{value:.0f}"
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>')
        parts.append(_text(LEFT - 6, at + 4, told, "end"))
    return "".join(parts)


def bar_plot(name: str, title: str, told: str, bars: Sequence[Bar], mark: float) -> str:
    """Shares as bars with their 90 % intervals, and a line at `mark`; a row for each."""
    row, left = 30, 190
    height = TOP + row * len(bars) + 24
    wide = WIDTH - left - 110

    def x(value: float) -> float:
        return left + wide * min(max(value, 0.0), 1.0)

    parts = []
    for number, one in enumerate(bars):
        top = TOP + row * number
        parts += [
            _text(left - 8, top + 16, one.name, "end"),
            f'<rect class="rail" x="{left}" y="{top + 4}" width="{wide}" height="16"/>',
            _text(left + wide + 6, top + 16, one.told, "start"),
        ]
        if one.value is not None:
            parts += [
                f'<rect class="bar" x="{left}" y="{top + 4}" width="{x(one.value) - left:.1f}" height="16"/>',
                _interval("halo", (x(one.low) - 1.5, x(one.high) + 1.5), top + 12),
                _interval("whisker", (x(one.low), x(one.high)), top + 12),
            ]
    bottom = TOP + row * len(bars)
    parts.append(f'<line class="mark" x1="{x(mark):.1f}" x2="{x(mark):.1f}" y1="{TOP}" y2="{bottom}"/>')
    parts.append(_text(x(mark), bottom + 14, f"{mark:.0%}", "middle"))
    return _figure(name, title, told, height, "".join(parts))


def _interval(style: str, ends: tuple[float, float], y: float) -> str:
    return f'<line class="{style}" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{y}" y2="{y}"/>'


def day_plot(name: str, title: str, told: str, days: Sequence[tuple[date, float]]) -> str:
    """Minutes a day as columns."""
    most = max([value for _, value in days] + [30.0])
    wide = (WIDTH - LEFT - RIGHT) / max(len(days), 1)
    tall = HEIGHT - TOP - BOTTOM
    parts = [_scale(Axis(0.0, most, percent=False, mark=0, mark_name=""))]
    for number, (day, value) in enumerate(days):
        high = tall * value / most
        parts.append(
            f'<rect class="bar" x="{LEFT + wide * number + 1:.1f}" y="{TOP + tall - high:.1f}" '
            f'width="{max(wide - 2, 1):.1f}" height="{high:.1f}"><title>{day}: {value:.0f} min</title></rect>'
        )
    parts += [
        _text(LEFT, HEIGHT - 10, f"{days[0][0]}", "start"),
        _text(WIDTH - RIGHT, HEIGHT - 10, f"{days[-1][0]}", "end"),
    ]
    return _figure(name, title, told, HEIGHT, "".join(parts))


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _figure(name: str, title: str, told: str, height: float, inside: str) -> str:
    labels = f'role="img" aria-labelledby="{name}-title {name}-desc"'
    told_as = f'<title id="{name}-title">{escape(title)}</title><desc id="{name}-desc">{escape(told)}</desc>'
    return f'<svg class="plot" {labels} viewBox="0 0 {WIDTH} {height:.0f}">{told_as}{inside}</svg>'
