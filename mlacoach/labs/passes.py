"""Who asked for a monthly pass on credit, for the lab on bias: made by chance that a seed repeats."""

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

from mlacoach.labs.trips import SEED

HEADER = ("approved", "newcomer", "income", "months")
COUNT = 600
INCOMES = ("high", "low")


class Asked(NamedTuple):
    """Somebody who asked; `approved` 1 is the wanted outcome, `newcomer` 1 the group that may be worse off."""

    approved: int
    newcomer: int
    income: str
    months: int


def asked() -> list[Asked]:
    """All who asked, the same on every computer."""
    chance = Random(f"{SEED} passes")
    return [_one(chance) for _ in range(COUNT)]


def _one(chance: Random) -> Asked:
    newcomer = chance.random() < 0.24  # noqa: PLR2004 - about a quarter
    income = "low" if chance.random() < (0.7 if newcomer else 0.35) else "high"
    likely = (0.8 if income == "high" else 0.45) - (0.12 if newcomer else 0)
    return Asked(int(chance.random() < likely), int(newcomer), income, chance.randint(1, 48))


def ci(rows: Sequence[Asked]) -> float:
    """Class imbalance: (n_a - n_d) / (n_a + n_d), where d are the newcomers."""
    worse = sum(row.newcomer for row in rows)
    return (len(rows) - 2 * worse) / len(rows)


def share(rows: Sequence[Asked], newcomer: int) -> float:
    """The share of approved ones among newcomers (1) or the others (0)."""
    group = [row.approved for row in rows if row.newcomer == newcomer]
    return sum(group) / len(group) if group else 0.0


def dpl(rows: Sequence[Asked]) -> float:
    """Difference in proportions of labels: q_a - q_d."""
    return share(rows, 0) - share(rows, 1)


def cddl(rows: Sequence[Asked]) -> float:
    """Conditional demographic disparity in labels: that within each income, weighted by its size."""
    return sum(len(part) * _disparity(part) for part in _by_income(rows)) / len(rows)


def _by_income(rows: Sequence[Asked]) -> list[list[Asked]]:
    return [[row for row in rows if row.income == income] for income in INCOMES]


def _disparity(rows: Sequence[Asked]) -> float:
    refused = [row.newcomer for row in rows if not row.approved]
    accepted = [row.newcomer for row in rows if row.approved]
    return sum(refused) / len(refused) - sum(accepted) / len(accepted)
