"""Marginal maximum likelihood of item parameters by EM (Bock & Aitkin 1981); `calibrate` is its way in.

The learners' abilities are summed over 41 nodes. Each round asks how many right and wrong answers each item would have
had at each node (E), then fits each item's curve to those counts by Fisher scoring (M).
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

import numpy as np

from mlacoach.learning.irt import Array

NODES: Array = np.linspace(-5.0, 5.0, 41)

# N(0, 1) on the nodes.
_STANDARD: Array = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()

# The search ends when no parameter moves further than this; a step of log a or b is never longer than that.
_CLOSE = 1e-5
_LONGEST = 0.5
_MOST_ROUNDS = 2000
_SCORING_STEPS = 2

# An item that no ability decides has no end to its slope or difficulty; these keep it finite.
_LIMIT_LOG_A, _LIMIT_B = 2.5, 15.0
_FLATTEST = 1e-9


class Slopes(StrEnum):
    """Which slopes are estimated: each item's (2PL), one for all (1PL), none (all 1)."""

    EACH = "each"
    COMMON = "common"
    ONE = "one"


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """log a ~ N(0, sd_log_a²), b ~ N(mu_b, sd_b²); the arrays have shape (items,). An infinite SD is no prior."""

    mu_b: Array
    sd_b: Array
    sd_log_a: float

    @classmethod
    def none(cls, items: int) -> Self:
        """No prior: maximum likelihood."""
        return cls(np.zeros(items), np.full(items, np.inf), np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Answers as the search needs them, and what is assumed of the items.

    `right` and `given` are 0 or 1, shape (learners, items); `c` is the guessing, shape (items,). `cohort_known` says
    that the learners' abilities are N(0, 1); otherwise their mean and SD are estimated, which takes a prior of b.
    """

    right: Array
    given: Array
    c: Array
    prior: Prior
    slopes: Slopes
    cohort_known: bool

    @classmethod
    def of(cls, responses: Array, c: Array, prior: Prior, slopes: Slopes) -> Self:
        """From responses of 1, 0 and nan, shape (learners, items)."""
        given = ~np.isnan(responses)
        known = bool(np.isinf(prior.sd_b).any())
        return cls((responses == 1).astype(np.float64), given.astype(np.float64), c, prior, slopes, known)


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where the search stands: parameters of shape (items,), mean and SD of the cohort, rounds taken, if it ended."""

    log_a: Array
    b: Array
    mean: float = 0.0
    sd: float = 1.0
    rounds: int = 0
    converged: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """The items' curves on the nodes, shape (items, 41): z = a (theta - b), P, and dP/dz."""

    z: Array
    p: Array
    rise: Array


def search(answers: Answers) -> Found:
    """EM until no parameter moves."""
    # A start: the difficulty that the share of right answers would have, one right and one wrong added.
    share = (answers.right.sum(axis=0) + 1) / (answers.given.sum(axis=0) + 2)
    solved = np.clip((share - answers.c) / (1 - answers.c), 0.02, 0.98)
    at = Found(np.zeros(share.size), -np.log(solved / (1 - solved)))
    while not at.converged and at.rounds < _MOST_ROUNDS:
        posterior, _ = expected(answers, at)
        log_a, b = _maximised(answers, at, answers.right.T @ posterior, answers.given.T @ posterior)
        mean, sd = (0.0, 1.0) if answers.cohort_known else _mean_and_sd(posterior)
        steps = (np.abs(log_a - at.log_a).max(), np.abs(b - at.b).max(), abs(mean - at.mean), abs(sd - at.sd))
        at = Found(log_a, b, mean, sd, at.rounds + 1, bool(max(steps) < _CLOSE))
    return at


def expected(answers: Answers, at: Found) -> tuple[Array, float]:
    """E step: each learner's posterior on the nodes, (learners, 41), and the marginal log-likelihood."""
    p = _curve(answers, at).p
    log_right, log_wrong = np.log(p), np.log1p(-p)
    log_cohort = -(((NODES - at.mean) / at.sd) ** 2) / 2
    log_cohort -= np.log(np.exp(log_cohort).sum())
    joint = answers.right @ (log_right - log_wrong) + answers.given @ log_wrong + log_cohort
    top = joint.max(axis=1, keepdims=True)
    likelihood = np.exp(joint - top)
    whole = likelihood.sum(axis=1, keepdims=True)
    return likelihood / whole, float((top + np.log(whole)).sum())


def misfit(answers: Answers, at: Found, posterior: Array) -> Array:
    """How far the answers lie from each item's curve, shape (items,): root mean squared distance (RMSD).

    Observed is the share of right answers expected at each node, weighed by the answers expected there.
    """
    right, given = answers.right.T @ posterior, answers.given.T @ posterior
    distance = given * (right / np.maximum(given, _FLATTEST) - _curve(answers, at).p) ** 2
    spread: Array = np.sqrt(distance.sum(axis=1) / np.maximum(given.sum(axis=1), 1))
    return spread


def errors_by_item(answers: Answers, at: Found, posterior: Array) -> tuple[Array, Array]:
    """Standard errors of log a and b, shape (items,): from the expected cross-products of the learners' scores.

    The observed cross-product (Mislevy & Sheehan 1989) is mostly noise for an item with twenty answers. What items
    share through the abilities is left out: little with sixty answers a learner, a quarter of the error with five.
    So is what the whole bank shares when the cohort's mean is estimated: the prior's SD over the root of the items.
    """
    if_right, if_wrong, chance = _scores(answers, at, posterior)
    aa, ab, bb = (
        (answers.given * (chance * if_right[i] * if_right[j] + (1 - chance) * if_wrong[i] * if_wrong[j])).sum(axis=0)
        for i, j in ((0, 0), (0, 1), (1, 1))
    )
    aa, bb = aa + 1 / answers.prior.sd_log_a**2, bb + 1 / answers.prior.sd_b**2
    determinant = aa * bb - ab**2
    return np.sqrt(bb / determinant), np.sqrt(aa / determinant)


def errors_together(answers: Answers, at: Found, posterior: Array) -> tuple[Array, Array]:
    """Standard errors of log a and b, shape (items,): from the cross-products of the scores of all parameters.

    They are nan where there are no more learners than parameters, and 0 for slopes that are not estimated.
    """
    if_right, if_wrong, _ = _scores(answers, at, posterior)
    along_a, along_b = (
        answers.right * right + (answers.given - answers.right) * wrong
        for right, wrong in zip(if_right, if_wrong, strict=True)
    )
    of_slopes = {Slopes.EACH: along_a, Slopes.COMMON: along_a.sum(axis=1, keepdims=True), Slopes.ONE: along_a[:, :0]}
    scores = np.hstack([of_slopes[answers.slopes], along_b])
    items = along_b.shape[1]
    if scores.shape[0] <= scores.shape[1]:
        return np.full(items, np.nan), np.full(items, np.nan)
    errors = np.sqrt(np.diag(np.linalg.inv(scores.T @ scores)))
    slopes = errors[:-items] if answers.slopes is not Slopes.ONE else np.zeros(1)
    return np.broadcast_to(slopes, items), errors[-items:]


def _maximised(answers: Answers, at: Found, right: Array, given: Array) -> tuple[Array, Array]:
    """M step: log a and b that fit the expected counts on the nodes, `right` and `given`, shape (items, 41)."""
    for _ in range(_SCORING_STEPS):
        step_a, step_b = _scoring_step(answers, at, right, given)
        log_a = np.clip(at.log_a + step_a, -_LIMIT_LOG_A, _LIMIT_LOG_A)
        at = replace(at, log_a=log_a, b=np.clip(at.b + step_b, -_LIMIT_B, _LIMIT_B))
    return at.log_a, at.b


def _scoring_step(answers: Answers, at: Found, right: Array, given: Array) -> tuple[Array, Array]:
    curve, prior, a = _curve(answers, at), answers.prior, np.exp(at.log_a)
    noise = curve.p * (1 - curve.p)
    residual, fisher = (right - given * curve.p) * curve.rise / noise, given * curve.rise**2 / noise
    # dz / d log a = z and dz / db = -a.
    slope_a = (residual * curve.z).sum(axis=1) - at.log_a / prior.sd_log_a**2
    slope_b = -a * residual.sum(axis=1) - (at.b - prior.mu_b) / prior.sd_b**2
    aa = (fisher * curve.z**2).sum(axis=1) + 1 / prior.sd_log_a**2
    ab = -a * (fisher * curve.z).sum(axis=1)
    bb = np.maximum(a**2 * fisher.sum(axis=1) + 1 / prior.sd_b**2, _FLATTEST)
    # b is eliminated first, so that a slope common to all items takes nothing but sums.
    pull, stiffness = slope_a - ab * slope_b / bb, np.maximum(aa - ab**2 / bb, _FLATTEST)
    step_a = _bounded(
        {
            Slopes.EACH: pull / stiffness,
            Slopes.COMMON: np.full_like(a, pull.sum() / stiffness.sum()),
            Slopes.ONE: np.zeros_like(a),
        }[answers.slopes]
    )
    return step_a, _bounded((slope_b - ab * step_a) / bb)


def _scores(answers: Answers, at: Found, posterior: Array) -> tuple[list[Array], list[Array], Array]:
    """What an answer adds to the slope of the log-likelihood along log a and along b, if right and if wrong.

    Each is averaged over the learner's posterior, shape (learners, items); the last is the chance of a right answer.
    """
    curve = _curve(answers, at)
    steep = curve.rise / (curve.p * (1 - curve.p))
    along_b = np.broadcast_to(-np.exp(at.log_a)[:, None], curve.z.shape)
    if_right = [posterior @ (steep * (1 - curve.p) * along).T for along in (curve.z, along_b)]
    if_wrong = [posterior @ (-steep * curve.p * along).T for along in (curve.z, along_b)]
    return if_right, if_wrong, posterior @ curve.p.T


def _curve(answers: Answers, at: Found) -> _Curve:
    z = np.clip(np.exp(at.log_a)[:, None] * (NODES - at.b[:, None]), -30.0, 30.0)
    rising = 1 / (1 + np.exp(-z))
    guess = answers.c[:, None]
    return _Curve(z, guess + (1 - guess) * rising, (1 - guess) * rising * (1 - rising))


def _mean_and_sd(posterior: Array) -> tuple[float, float]:
    # A learner of whom nothing is known is added: a cohort of one would have no spread.
    density = (posterior.sum(axis=0) + _STANDARD) / (len(posterior) + 1)
    mean = float(density @ NODES)
    return mean, float(np.sqrt(density @ (NODES - mean) ** 2))


def _bounded(step: Array) -> Array:
    return np.clip(step, -_LONGEST, _LONGEST)
