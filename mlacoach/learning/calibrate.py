"""Estimate the items of a bank from the answers of many learners.

`calibrate` is for a bank of ours: the authors' levels are priors, guessing is fixed, the cohort need not be average.
`fit` has neither priors nor bank: the plain 1PL and 2PL of textbooks and other programs.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mlacoach.learning.em import (
    Answers,
    Found,
    Prior,
    Slopes,
    errors_by_item,
    errors_together,
    expected,
    misfit,
    search,
)
from mlacoach.learning.irt import Array
from mlacoach.learning.items import LOG_SLOPE_SD, ItemBank, Mask

# With fewer answers a slope is the prior's more than the answers'.
SLOPE_FROM = 100

# PISA looks again at an item whose RMSD is above this.
MISFIT_FROM = 0.12


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """Estimates of items, arrays of shape (items,).

    `n` counts the answers; `misfit` is the root mean squared distance of the answers from the curve. `rounds` is how
    long the search took, `converged` whether it ended by itself.
    """

    a: Array
    b: Array
    se_a: Array
    se_b: Array
    n: NDArray[np.int64]
    misfit: Array
    log_likelihood: float
    rounds: int
    converged: bool


@dataclass(frozen=True, slots=True)
class Link:
    """Where the new scale lies on the old one, theta_old = slope theta_new + shift, by the means (Loyd & Hoover 1980).

    `correlation` and `rmsd` compare the linked difficulties with the old ones; the correlation is nan where the
    difficulties of either scale are all the same.
    """

    slope: float
    shift: float
    correlation: float
    rmsd: float


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A bank with estimated items, and what they rest on.

    `slopes_known` says which slopes rest on answers, at least 100; the others are shrunk towards 1 by the prior and are
    not to be shown as estimates. They do score: with slopes of 1 instead an adaptive form needs four items more. `mean`
    and `sd` are the cohort's, on the bank's scale. `inflation` is the geometric mean that the slopes had before the
    scale was stretched.
    """

    bank: ItemBank
    fit: Fit
    slopes_known: Mask
    mean: float
    sd: float
    inflation: float
    link: Link


def calibrate(responses: Array, bank: ItemBank) -> Calibration:
    """Estimate a bank's items from a cohort's first answers.

    The scale is stretched until the slopes have a geometric mean of 1. Point estimates with tight priors draw the
    difficulties together and inflate the slopes, both by some 6 %, and intervals would cover too little.

    The cohort's mean and SD are estimated, because taking a cohort of mean .6 for one of mean 0 would move the whole
    bank (90 % intervals then cover .75 to .81, simulated).

    Args:
        responses: 1 right, 0 wrong, nan not asked; shape (learners, items).
        bank: what was known before: `mu_b` and `sd_b` are each difficulty's prior, `c` stays, `n` is added to; the
            slope of an item that was answered is estimated anew. Answers that made this bank must not come again.

    Raises:
        ValueError: the responses are of other items than the bank's, or there are none.
    """
    if responses.shape[1] != len(bank) or np.isnan(responses).all():
        raise ValueError(f"{len(bank)} items, but responses of shape {responses.shape}")
    prior = Prior(bank.mu_b, bank.sd_b, LOG_SLOPE_SD)
    answers = Answers.of(responses, bank.c, prior, Slopes.EACH)
    found = search(answers)
    raw = _fit(answers, found, *errors_by_item(answers, found, expected(answers, found)[0]))
    inflation = float(np.exp(found.log_a[raw.n > 0].mean()))
    fitted = _rescaled(raw, bank, inflation)
    after = replace(bank, a=fitted.a, mu_b=fitted.b, sd_b=fitted.se_b, n=bank.n + fitted.n)
    known = fitted.n >= SLOPE_FROM
    return Calibration(after, fitted, known, inflation * found.mean, inflation * found.sd, inflation, link(bank, after))


def fit(responses: Array, guessing: Array | None = None, slopes: Slopes = Slopes.EACH) -> Fit:
    """Fit a 1PL or 2PL, or a 3PL with known guessing, to learners of N(0, 1) without priors.

    Args:
        responses: 1 right, 0 wrong, nan not asked; shape (learners, items).
        guessing: of each item, shape (items,); None for none.
        slopes: which are estimated.

    Raises:
        ValueError: an item was answered right, or wrong, by everybody who met it, and so has no estimate.
    """
    if not ((responses == 1).any(axis=0) & (responses == 0).any(axis=0)).all():
        raise ValueError("without a prior each item needs a right and a wrong answer")
    items = responses.shape[1]
    c = np.zeros(items) if guessing is None else guessing
    answers = Answers.of(responses, c, Prior.none(items), slopes)
    found = search(answers)
    return _fit(answers, found, *errors_together(answers, found, expected(answers, found)[0]))


def link(old: ItemBank, new: ItemBank) -> Link:
    """Where the scale of `new` lies on that of `old`, from the items answered since; both have the same items."""
    both = new.n > old.n
    slope = float(new.a[both].mean() / old.a[both].mean())
    shift = float(old.mu_b[both].mean() - slope * new.mu_b[both].mean())
    linked = slope * new.mu_b[both] + shift
    distance = float(np.sqrt(np.mean((linked - old.mu_b[both]) ** 2)))
    spread = min(np.ptp(linked), np.ptp(old.mu_b[both]))
    correlation = float(np.corrcoef(linked, old.mu_b[both])[0, 1]) if spread > 0 else float("nan")
    return Link(slope, shift, correlation, distance)


def _rescaled(raw: Fit, bank: ItemBank, inflation: float) -> Fit:
    """The estimates on the scale theta = inflation theta_raw; items that nobody answered are left as they were."""
    answered = raw.n > 0
    return replace(
        raw,
        a=np.where(answered, raw.a / inflation, bank.a),
        b=np.where(answered, raw.b * inflation, bank.mu_b),
        se_a=np.where(answered, raw.se_a / inflation, raw.se_a),
        se_b=np.where(answered, raw.se_b * inflation, bank.sd_b),
    )


def _fit(answers: Answers, found: Found, se_log_a: Array, se_b: Array) -> Fit:
    posterior, log_likelihood = expected(answers, found)
    a = np.exp(found.log_a)
    return Fit(
        a=a,
        b=found.b,
        se_a=a * se_log_a,
        se_b=se_b,
        n=answers.given.sum(axis=0).astype(np.int64),
        misfit=misfit(answers, found, posterior),
        log_likelihood=log_likelihood,
        rounds=found.rounds,
        converged=found.converged,
    )
