"""What an ability is worth at the exam: true score, scaled score, probability of passing.

Known of the exam: the scale 100 to 1000, 720 passes, only the total counts, 50 questions are scored. Not known, and
assumed here: how answers become a scaled score, and that the real questions are as hard as ours. `docs/measuring.md`
has the whole list.
"""

from dataclasses import dataclass
from math import ceil, comb

import numpy as np

from mlacoach.learning.ability import Ability
from mlacoach.learning.irt import GRID, Array, probability
from mlacoach.learning.items import ItemBank

LOWEST, PASS_MARK, HIGHEST = 100, 720, 1000
SCORED = 50

# The share of points that 720 stands for: its place between 100 and 1000, .689. AWS publishes no conversion; .04 either
# way is as likely.
CUT = (PASS_MARK - LOWEST) / (HIGHEST - LOWEST)

# How far the real exam may be easier or harder than this bank, and a learner's day better or worse: SD, in theta.
SHIFT_SD = 0.30

# Nine nodes integrate the shift to 1e-6 of a probability.
_HERMITE_NODES, _HERMITE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)


@dataclass(frozen=True, eq=False)
class TrueScore:
    """The share of points to expect of an ability over the whole bank, weighed as the blueprint weighs the domains.

    `tau` is that share at each of `theta`, rising, both of shape (points,); `chance` is what guessing alone earns.
    """

    theta: Array
    tau: Array
    chance: float

    def at(self, theta: Array | float) -> Array:
        """The true score of abilities, any shape: the test characteristic curve (Lord 1980, ch. 4)."""
        return np.asarray(np.interp(theta, self.theta, self.tau))

    def theta_at(self, tau: float) -> float:
        """The ability whose true score is `tau`."""
        return float(np.interp(tau, self.tau, self.theta))


def true_score(bank: ItemBank, weights: Array) -> TrueScore:
    """The true score over a bank with an item in each domain; `weights` of the domains sum to 1, shape (domains,)."""
    # Beyond the grid's ends: a learner at one of them may meet a harder or an easier exam.
    theta = np.linspace(2 * GRID[0], 2 * GRID[-1], 2 * GRID.size - 1)
    share = weights[bank.domain] / np.bincount(bank.domain, minlength=len(weights))[bank.domain]
    tau = probability(theta[:, None], bank.slope, bank.mu_b, bank.c) @ share
    return TrueScore(theta, tau, float(share @ bank.c))


def scaled(tau: Array | float, chance: float, cut: float = CUT) -> Array:
    """The score of true scores, 100 to 1000: linear from chance (100) to the cut (720) to all right (1000)."""
    return np.asarray(np.interp(tau, [chance, cut, 1.0], [LOWEST, PASS_MARK, HIGHEST]))


def mastery(ability: Ability, cut_theta: float) -> Array:
    """The probability of being above the cut, shape (...,). Not of passing: that needs a good enough day as well."""
    return 1 - ability.below(cut_theta)


def pass_probability(ability: Ability, score: TrueScore, cut: float = CUT) -> Array:
    """The probability of passing the exam, shape (...,).

    P = ∫ P[Bin(50, tau(theta + delta)) ≥ ceil(50 cut)] p(theta | answers) N(delta; 0, .30²): over what is not known of
    the ability, over how the real exam may differ from this bank, and over the luck of its fifty questions.
    """
    chance: Array = ability.posterior @ shifted_passing_curve(score, cut)
    return chance


def shifted_passing_curve(score: TrueScore, cut: float = CUT) -> Array:
    """The probability of passing at each point of `GRID`, over how the exam may differ from the bank; shape (81,)."""
    weights = _HERMITE_WEIGHTS / _HERMITE_WEIGHTS.sum()
    at_shift = np.array([passing_curve(score, SHIFT_SD * node, cut) for node in _HERMITE_NODES])
    curve: Array = weights @ at_shift
    return curve


def passing_curve(score: TrueScore, shift: float, cut: float = CUT) -> Array:
    """P[Bin(50, tau(theta + shift)) ≥ ceil(50 cut)] at each point of `GRID`, shape (81,)."""
    right = np.arange(ceil(SCORED * cut), SCORED + 1)
    ways = np.array([float(comb(SCORED, int(k))) for k in right])
    tau = score.at(GRID + shift)[:, None]
    passing: Array = (ways * tau**right * (1 - tau) ** (SCORED - right)).sum(axis=1)
    return np.minimum(passing, 1.0)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Where one learner stands. Probabilities are 0 to 1, scores 100 to 1000; `low` and `high` bound 90 %.

    `if_harder` and `if_easier` are the probability of passing should the real exam be .30 SD harder or easier.
    The score's interval is that of the true score: it holds what is not known of the ability, and no luck of the day.
    """

    theta: float
    se: float
    pass_probability: float
    if_harder: float
    if_easier: float
    score: float
    low: float
    high: float
    answers: int


@dataclass(frozen=True, eq=False)
class PassingCurves:
    """The probability of passing at each point of `GRID`, shape (81,): as is likely, and one SD harder or easier."""

    usual: Array
    harder: Array
    easier: Array


def passing_curves(score: TrueScore) -> PassingCurves:
    """The curves of a bank: worth keeping where many abilities are read."""
    harder, easier = (passing_curve(score, shift) for shift in (-SHIFT_SD, SHIFT_SD))
    return PassingCurves(shifted_passing_curve(score), harder, easier)


def readiness(ability: Ability, score: TrueScore, curves: PassingCurves, answers: int) -> Readiness:
    """What the report shows of one learner.

    Args:
        ability: one learner's, after `answers` answers.
        score: the bank's.
        curves: that score's.
        answers: how many the ability rests on; shown beside the figures.
    """
    low, high = ability.interval()
    middle, lowest, highest = scaled(score.at(np.array([ability.theta, low, high])), score.chance)
    return Readiness(
        theta=float(ability.theta),
        se=float(ability.se),
        pass_probability=float(ability.posterior @ curves.usual),
        if_harder=float(ability.posterior @ curves.harder),
        if_easier=float(ability.posterior @ curves.easier),
        score=float(middle),
        low=float(lowest),
        high=float(highest),
        answers=answers,
    )
