"""FSRS-6 in plain Python: a second opinion on the `fsrs` package, and the memory of simulated people.

Formulas: https://github.com/open-spaced-repetition/fsrs4anki/wiki/The-Algorithm, section FSRS-6; days are whole, no
steps of minutes. `w` are the 21 parameters, as there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from fsrs.scheduler import DEFAULT_PARAMETERS

AGAIN, HARD, GOOD, EASY = 1, 2, 3, 4

Parameters = Sequence[float]
DEFAULT: Parameters = DEFAULT_PARAMETERS

# One person's memory, fitted to their reviews of two and a half years: the expected result of the fit in py-fsrs's own
# tests (open-spaced-repetition/py-fsrs, tests/test_optimizer.py, March 2026).
A_PERSON: Parameters = (
    *(0.12340, 1.2931, 2.39767, 8.2956, 6.68682, 0.45022, 3.07788, 0.05352, 1.65400, 0.14662, 0.63008, 1.61197),
    *(0.01284, 0.34854, 1.88790, 0.85464, 1.8729, 0.67485, 0.20451, 0.22623, 0.46030),
)


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one point: stability in days, difficulty 1 to 10."""

    stability: float
    difficulty: float


def recall(w: Parameters, memory: Memory, days: float) -> float:
    """The probability of remembering after that many days."""
    factor = 0.9 ** (-1 / w[20]) - 1
    return float((1 + factor * days / memory.stability) ** -w[20])


def interval(w: Parameters, stability: float, retention: float) -> int:
    """The days after which recall has fallen to `retention`, at least one."""
    factor = 0.9 ** (-1 / w[20]) - 1
    days: float = stability / factor * (retention ** (-1 / w[20]) - 1)
    return max(round(days), 1)


def first(w: Parameters, grade: int) -> Memory:
    """The memory after the first review."""
    return Memory(max(w[grade - 1], 0.001), _bounded(_first_difficulty(w, grade)))


def reviewed(w: Parameters, memory: Memory, grade: int, days: int) -> Memory:
    """The memory after a review that many days after the last."""
    s, d = memory.stability, memory.difficulty
    forgotten = exp((1 - recall(w, memory, days)) * (w[14] if grade == AGAIN else w[10]))
    if days < 1:
        grown = exp(w[17] * (grade - 3 + w[18])) * s ** -w[19]
        s *= grown if grade == AGAIN else max(grown, 1.0)
    elif grade == AGAIN:
        s = min(w[11] * d ** -w[12] * ((s + 1) ** w[13] - 1) * forgotten, s / exp(w[17] * w[18]))
    else:
        bonus = {HARD: w[15], EASY: w[16]}.get(grade, 1.0)
        s *= 1 + exp(w[8]) * (11 - d) * s ** -w[9] * (forgotten - 1) * bonus
    moved = d - w[6] * (grade - 3) * (10 - d) / 9
    return Memory(max(s, 0.001), _bounded(w[7] * _first_difficulty(w, EASY) + (1 - w[7]) * moved))


def _first_difficulty(w: Parameters, grade: int) -> float:
    return w[4] - exp(w[5] * (grade - 1)) + 1


def _bounded(difficulty: float) -> float:
    return min(max(difficulty, 1.0), 10.0)
