"""Estimate the items from the answers of many learners: marginal maximum likelihood by EM (Bock & Aitkin 1981).

`calibrate` is for a bank of ours: priors from the authors' levels, guessing fixed, slopes only where answers carry them.
`fit` is the plain procedure beneath it, without priors, as textbooks and other programs have it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mlacoach.learning.irt import Array
from mlacoach.learning.items import LOG_SLOPE_SD, ItemBank, Mask

NODES: Array = np.linspace(-5.0, 5.0, 41)
_LOG_NODE_WEIGHTS: Array = -(NODES**2) / 2 - np.log(np.exp(-(NODES**2) / 2).sum())

# With fewer answers the slope stays where the prior has it.
SLOPE_FROM = 100

# Steps of log a and b within one round, kept short of overshooting; fit ends when no parameter moves further than this.
_LONGEST = 0.5
_CLOSE = 1e-5
_MOST_ROUNDS = 2000
_SCORING_STEPS = 2

# An item that nobody's ability decides has no end to its slope or difficulty; these keep it finite.
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
class Fit:
    """Estimates with their standard errors, arrays of shape (items,).

    `free` says which slopes were estimated; the error of another is 0. `misfit` is the root mean squared distance of the
    curve from the answers (RMSD; PISA looks again above .12). `n` counts answers; `rounds` is how long the search
    took, `converged` whether it ended by itself.
    """

    a: Array
    b: Array
    se_a: Array
    se_b: Array
    free: Mask
    n: NDArray[np.int64]
    misfit: Array
    log_likelihood: float
    rounds: int
    converged: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Where the new scale lies on the old one, theta_old = slope theta_new + shift, by the means (Loyd & Hoover 1980).

    `correlation` and `rmsd` compare the linked difficulties with the old ones.
    """

    slope: float
    shift: float
    correlation: float
    rmsd: float


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A bank with estimated items, what they rest on, and how the new scale lies to the old."""

    bank: ItemBank
    fit: Fit
    link: Link
    inflation: float
    """The geometric mean of the slopes before they were brought back to 1."""


def calibrate(responses: Array, bank: ItemBank) -> Calibration:
    """Estimate a bank's items from a cohort's first answers.

    Args:
        responses: 1 right, 0 wrong, nan not asked; shape (learners, items).
        bank: what was known before: `mu_b` and `sd_b` are the prior of each difficulty, `c` stays. Answers that this bank was
            already calibrated on must not come again.

    Returns:
        The estimates. Slopes are estimated for items with at least 100 answers, and rescaled to a geometric mean of 1:
        tight priors of b inflate them by some percent, and intervals would cover too little.
    """
    answers = (~np.isnan(responses)).sum(axis=0)
    prior = Prior(bank.mu_b, bank.sd_b, LOG_SLOPE_SD)
    data = _data(responses, bank.c, prior, Slopes.EACH, answers >= SLOPE_FROM)
    raw = _described(data, _search(data), _errors_by_item)
    inflation = float(np.exp(np.log(raw.a[raw.free]).mean())) if raw.free.any() else 1.0
    found = _rescaled(raw, inflation)
    counted = replace(bank, a=found.a, mu_b=found.b, sd_b=found.se_b, n=found.n)
    return Calibration(counted, found, link(bank, counted), inflation)


def fit(responses: Array, guessing: Array | None = None, slopes: Slopes = Slopes.EACH) -> Fit:
    """Fit a 2PL, or a 3PL with known guessing, without priors.

    Args:
        responses: 1 right, 0 wrong, nan not asked; shape (learners, items).
        guessing: of each item, shape (items,); None for none.
        slopes: which are estimated.

    Raises:
        ValueError: an item was answered right, or wrong, by everybody who met it, and so has no estimate.
    """
    items = responses.shape[1]
    if not ((responses == 1).any(axis=0) & (responses == 0).any(axis=0)).all():
        raise ValueError("without a prior each item needs a right and a wrong answer")
    c = np.zeros(items) if guessing is None else guessing
    data = _data(responses, c, Prior.none(items), slopes, np.full(items, slopes is not Slopes.ONE))
    return _described(data, _search(data), _errors_together)


def link(old: ItemBank, new: ItemBank) -> Link:
    """Where the scale of `new` lies on that of `old`, from the items answered in `new`; both have the same items."""
    both = new.n > 0
    slope = float(new.a[both].mean() / old.a[both].mean())
    shift = float(old.mu_b[both].mean() - slope * new.mu_b[both].mean())
    linked = slope * new.mu_b[both] + shift
    distance = float(np.sqrt(np.mean((linked - old.mu_b[both]) ** 2)))
    return Link(slope, shift, float(np.corrcoef(linked, old.mu_b[both])[0, 1]), distance)


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """Answers as the search needs them: right and given as 0 or 1, shape (learners, items), and what is assumed."""

    right: Array
    given: Array
    c: Array
    prior: Prior
    slopes: Slopes
    free: Mask


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """The items at given parameters, on the nodes: shape (items, 41)."""

    z: Array
    p: Array
    rise: Array
    """dP / dz."""


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Where the search ended."""

    log_a: Array
    b: Array
    rounds: int
    converged: bool


_Errors = Callable[[_Data, Array, Array, Array], tuple[Array, Array]]


def _data(responses: Array, c: Array, prior: Prior, slopes: Slopes, free: Mask) -> _Data:
    given = ~np.isnan(responses)
    return _Data((responses == 1).astype(np.float64), given.astype(np.float64), c, prior, slopes, free)


def _search(data: _Data) -> _Found:
    """EM until no parameter moves."""
    log_a, b = np.zeros(len(data.c)), _first_b(data)
    rounds, moved = 0, np.inf
    while moved > _CLOSE and rounds < _MOST_ROUNDS:
        rounds += 1
        posterior, _ = _expected(data, log_a, b)
        new_log_a, new_b = _maximised(data, log_a, b, data.right.T @ posterior, data.given.T @ posterior)
        moved = float(max(np.abs(new_log_a - log_a).max(), np.abs(new_b - b).max()))
        log_a, b = new_log_a, new_b
    return _Found(log_a, b, rounds, moved <= _CLOSE)


def _first_b(data: _Data) -> Array:
    """A start: the difficulty that the share of right answers would have, a right and a wrong one added."""
    share = (data.right.sum(axis=0) + 1) / (data.given.sum(axis=0) + 2)
    solved = np.clip((share - data.c) / (1 - data.c), 0.02, 0.98)
    return -np.log(solved / (1 - solved))


def _curve(log_a: Array, b: Array, c: Array) -> _Curve:
    z = np.clip(np.exp(log_a)[:, None] * (NODES - b[:, None]), -30.0, 30.0)
    rising = 1 / (1 + np.exp(-z))
    guess = c[:, None]
    return _Curve(z, guess + (1 - guess) * rising, (1 - guess) * rising * (1 - rising))


def _expected(data: _Data, log_a: Array, b: Array) -> tuple[Array, float]:
    """E step: each learner's posterior on the nodes, (learners, 41), and the marginal log-likelihood."""
    p = _curve(log_a, b, data.c).p
    log_right, log_wrong = np.log(p), np.log1p(-p)
    joint = data.right @ (log_right - log_wrong) + data.given @ log_wrong + _LOG_NODE_WEIGHTS
    top = joint.max(axis=1, keepdims=True)
    likelihood = np.exp(joint - top)
    whole = likelihood.sum(axis=1, keepdims=True)
    return likelihood / whole, float((top + np.log(whole)).sum())


def _maximised(data: _Data, log_a: Array, b: Array, right: Array, given: Array) -> tuple[Array, Array]:
    """M step: Fisher scoring of (log a, b) by item; `right` and `given` are expected counts on the nodes, (items, 41)."""
    for _ in range(_SCORING_STEPS):
        curve = _curve(log_a, b, data.c)
        a = np.exp(log_a)
        noise = curve.p * (1 - curve.p)
        residual = (right - given * curve.p) * curve.rise / noise
        fisher = given * curve.rise**2 / noise
        slope_a = (residual * curve.z).sum(axis=1) - log_a / data.prior.sd_log_a**2
        slope_b = -a * residual.sum(axis=1) - (b - data.prior.mu_b) / data.prior.sd_b**2
        aa, ab, bb = _curvature(data, a, curve.z, fisher)
        # b is solved for first, so that a slope common to all items needs only sums.
        pull, stiffness = data.free * (slope_a - ab * slope_b / bb), aa - ab**2 / bb
        if data.slopes is Slopes.COMMON:
            pull, stiffness = np.full_like(a, pull.sum()), np.full_like(a, stiffness.sum())
        step_a = np.clip(pull / np.maximum(stiffness, _FLATTEST), -_LONGEST, _LONGEST)
        step_b = np.clip((slope_b - ab * step_a) / bb, -_LONGEST, _LONGEST)
        log_a = np.clip(log_a + step_a, -_LIMIT_LOG_A, _LIMIT_LOG_A)
        b = np.clip(b + step_b, -_LIMIT_B, _LIMIT_B)
    return log_a, b


def _curvature(data: _Data, a: Array, z: Array, fisher: Array) -> tuple[Array, Array, Array]:
    """The information about (log a, b), priors included: its entries aa, ab, bb, shape (items,)."""
    aa = (fisher * z**2).sum(axis=1) + 1 / data.prior.sd_log_a**2
    ab = -a * (fisher * z).sum(axis=1)
    bb = a**2 * fisher.sum(axis=1) + 1 / data.prior.sd_b**2
    return aa, ab, np.maximum(bb, _FLATTEST)


def _described(data: _Data, found: _Found, errors: _Errors) -> Fit:
    log_a, b = found.log_a, found.b
    posterior, log_likelihood = _expected(data, log_a, b)
    right, given = data.right.T @ posterior, data.given.T @ posterior
    distance = given * (right / np.maximum(given, _FLATTEST) - _curve(log_a, b, data.c).p) ** 2
    answers = data.given.sum(axis=0)
    se_log_a, se_b = errors(data, log_a, b, posterior)
    return Fit(
        a=np.exp(log_a),
        b=b,
        se_a=np.exp(log_a) * se_log_a,
        se_b=se_b,
        free=data.free,
        n=answers.astype(np.int64),
        misfit=np.sqrt(distance.sum(axis=1) / np.maximum(answers, 1)),
        log_likelihood=log_likelihood,
        rounds=found.rounds,
        converged=found.converged,
    )


def _scores(data: _Data, log_a: Array, b: Array, posterior: Array) -> tuple[list[Array], list[Array], Array]:
    """What an answer adds to the slope of the log-likelihood along log a and along b, if right and if wrong.

    Each is averaged over the learner's posterior, shape (learners, items); the last is the chance of a right answer.
    """
    curve = _curve(log_a, b, data.c)
    steep = curve.rise / (curve.p * (1 - curve.p))
    along_b = np.broadcast_to(-np.exp(log_a)[:, None], curve.z.shape)
    if_right = [posterior @ (steep * (1 - curve.p) * along).T for along in (curve.z, along_b)]
    if_wrong = [posterior @ (-steep * curve.p * along).T for along in (curve.z, along_b)]
    return if_right, if_wrong, posterior @ curve.p.T


def _errors_by_item(data: _Data, log_a: Array, b: Array, posterior: Array) -> tuple[Array, Array]:
    """Standard errors of log a and b, shape (items,): from the expected cross-products of the learners' scores.

    The observed cross-product (Mislevy & Sheehan 1989) is mostly noise for an item with twenty answers. What items share
    through the abilities is left out: with sixty answers a learner it is little, with five it would be a quarter.
    """
    if_right, if_wrong, chance = _scores(data, log_a, b, posterior)
    aa, ab, bb = (
        (data.given * (chance * if_right[i] * if_right[j] + (1 - chance) * if_wrong[i] * if_wrong[j])).sum(axis=0)
        for i, j in ((0, 0), (0, 1), (1, 1))
    )
    aa, bb = aa + 1 / data.prior.sd_log_a**2, bb + 1 / data.prior.sd_b**2
    ab = np.where(data.free, ab, 0.0)
    determinant = aa * bb - ab**2
    return np.where(data.free, np.sqrt(bb / determinant), 0.0), np.sqrt(aa / determinant)


def _errors_together(data: _Data, log_a: Array, b: Array, posterior: Array) -> tuple[Array, Array]:
    """Standard errors of log a and b, shape (items,): from the cross-products of all parameters' scores.

    They are nan where there are no more learners than parameters.
    """
    if_right, if_wrong, _ = _scores(data, log_a, b, posterior)
    along_a, along_b = (
        data.right * right + (data.given - data.right) * wrong for right, wrong in zip(if_right, if_wrong, strict=True)
    )
    slopes = {Slopes.EACH: along_a, Slopes.COMMON: along_a.sum(axis=1, keepdims=True), Slopes.ONE: along_a[:, :0]}
    scores = np.hstack([slopes[data.slopes], along_b])
    learners, parameters = scores.shape
    if learners <= parameters:
        return np.full(b.size, np.nan), np.full(b.size, np.nan)
    errors = np.sqrt(np.diag(np.linalg.inv(scores.T @ scores)))
    of_slopes = errors[: parameters - b.size] if data.free.any() else np.zeros(1)
    return np.broadcast_to(of_slopes, b.shape), errors[-b.size :]


def _rescaled(raw: Fit, inflation: float) -> Fit:
    a = np.where(raw.free, raw.a / inflation, raw.a)
    return replace(raw, a=a, se_a=raw.se_a / inflation)
