"""When a test of variable length has asked enough."""

from enum import StrEnum

from mlacoach.learning.ability import Ability

SE_TARGET = 0.30
SURE = 0.95
LEAST = 10
MOST = 65


class Stop(StrEnum):
    """Why a test ends: ability is known well enough, pass or fail is decided, or 65 items were answered."""

    PRECISE = "precise"
    PASS = "pass"  # noqa: S105 - a verdict, no password
    FAIL = "fail"
    LENGTH = "length"


def when_precise(ability: Ability, answered: int) -> Stop | None:
    """Stop at a standard error of .30, after 10 to 65 items. `ability` is one learner's; None: go on."""
    if answered >= LEAST and float(ability.se) <= SE_TARGET:
        return Stop.PRECISE
    return Stop.LENGTH if answered >= MOST else None


def when_decided(passing: float, answered: int) -> Stop | None:
    """Stop when passing is at least .95 sure or at most .05, after 10 to 65 items; None: go on.

    Args:
        passing: the probability of being above the cut, `score.mastery`. The probability of passing one sitting of
            the exam would rarely get there: that sitting's luck stays however well the ability is known.
        answered: how many items were answered.
    """
    if answered >= LEAST and passing >= SURE:
        return Stop.PASS
    if answered >= LEAST and passing <= 1 - SURE:
        return Stop.FAIL
    return Stop.LENGTH if answered >= MOST else None
