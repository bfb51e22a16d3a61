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

    `correlation` and `rmsd` compare the linked difficulties with the old ones.
    """

    slope: float
    shift: float
    correlation: float
    rmsd: float


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """A bank with estimated items, and what they rest on.

    `slopes_known` says which slopes rest on answers, at least 100; the others are shrunk towards 1 by the prior and are
    not to be shown as estimates. `mean` and `sd` are the cohort's, on the bank's scale. `inflation` is the geometric
    mean that the slopes had before they were brought back to 1.
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

    The geometric mean of the slopes is brought back to 1: point estimates with tight priors inflate it by some 5 %, and
    intervals would cover too little. The cohort's mean and SD are estimated, because taking a cohort of mean .6
    for one of mean 0 would move the whole bank (intervals then cover .65).

    Args:
        responses: 1 right, 0 wrong, nan not asked; shape (learners, items).
        bank: what was known before: `mu_b` and `sd_b` are each difficulty's prior, `c` stays. Answers that made this
            bank must not come again.

    Raises:
        ValueError: the responses are of other items than the bank's, or there are none.
    """
    if responses.shape[1] != len(bank) or np.isnan(responses).all():
        raise ValueError(f"{len(bank)} items, but responses of shape {responses.shape}")
    prior = Prior(bank.mu_b, bank.sd_b, LOG_SLOPE_SD)
    answers = Answers.of(responses, bank.c, prior, Slopes.EACH)
    found = search(answers)
    raw = _fit(answers, found, *errors_by_item(answers, found, expected(answers, found)[0]))
    answered = raw.n > 0
    inflation = float(np.exp(found.log_a[answered].mean()))
    fitted = replace(
        raw, a=np.where(answered, raw.a / inflation, 1.0), se_a=np.where(answered, raw.se_a / inflation, raw.se_a)
    )
    after = replace(bank, a=fitted.a, mu_b=fitted.b, sd_b=fitted.se_b, n=fitted.n)
    known = fitted.n >= SLOPE_FROM
    return Calibration(after, fitted, known, found.mean, found.sd, inflation, link(bank, after))


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
    """Where the scale of `new` lies on that of `old`, from the items answered in `new`; both have the same items."""
    both = new.n > 0
    slope = float(new.a[both].mean() / old.a[both].mean())
    shift = float(old.mu_b[both].mean() - slope * new.mu_b[both].mean())
    linked = slope * new.mu_b[both] + shift
    distance = float(np.sqrt(np.mean((linked - old.mu_b[both]) ** 2)))
    return Link(slope, shift, float(np.corrcoef(linked, old.mu_b[both])[0, 1]), distance)


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
