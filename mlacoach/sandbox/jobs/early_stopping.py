"""Which training jobs of a tuning job are not worth going on: by the median of the others, or by Hyperband's rungs."""

from collections.abc import Mapping, Sequence
from statistics import median

REDUCTION = 3
FEWEST = 3


def by_median(values: Sequence[float], others: Sequence[Sequence[float]]) -> bool:
    """Is the best so far worse than the median of what the others had reached by then? Greater is better."""
    step = len(values)
    comparable = [sum(one[:step]) / step for one in others if len(one) >= step]
    return len(comparable) >= FEWEST and step > 1 and max(values) < median(comparable)


def rungs(least: int, most: int) -> list[int]:
    """After how many values Hyperband looks: the least resource, and thrice as much each time, below the most."""
    found, rung = [], max(1, least)
    while rung < most:
        found.append(rung)
        rung *= REDUCTION
    return found


def by_rung(values: Sequence[float], others: Sequence[Sequence[float]], looks: Sequence[int]) -> bool:
    """Is it not among the best third at the last rung it has reached? Greater is better."""
    reached = [rung for rung in looks if len(values) >= rung]
    if not reached:
        return False
    rung = reached[-1]
    there = sorted([max(one[:rung]) for one in [*others, values] if len(one) >= rung], reverse=True)
    if len(there) < REDUCTION:
        return False
    return max(values[:rung]) < there[max(0, len(there) // REDUCTION - 1)]


def limits(config: Mapping[str, object] | None) -> tuple[int, int]:
    """Hyperband's least and most resource."""
    given = config or {}
    return int(str(given.get("MinResource") or 1)), int(str(given.get("MaxResource") or 81))
