"""Cases whose answers are published."""

from pathlib import Path

import numpy as np

from benchmarks.figures import Figure
from mlacoach.learning.ability import newcomer
from mlacoach.learning.calibrate import Fit, fit
from mlacoach.learning.em import Slopes
from mlacoach.learning.irt import Array, curves, probability

LSAT = Path(__file__).resolve().parent.parent / "tests" / "data" / "lsat.csv"

# Bock & Lieberman (1970), section 6: a and b as published; section 7: a and d = -a b as mirt's documentation has them.
LSAT6_A = (0.8254, 0.7229, 0.8905, 0.6886, 0.6575)
LSAT6_B = (-3.3597, -1.3696, -0.2799, -1.8659, -3.1236)
LSAT7_A = (0.988, 1.081, 1.706, 0.765, 0.736)
LSAT7_D = (1.856, 0.808, 1.804, 0.486, 1.855)
LOG_LIKELIHOODS = {Slopes.EACH: -2466.653, Slopes.COMMON: -2466.938, Slopes.ONE: -2473.054}

# catR's eapEst(it, x): a, b and x of three items with c = 0, and theta.
CATR_A, CATR_B, CATR_X = (1.0, 1.2, 0.8), (-1.0, 0.0, 1.0), (1, 0, 1)
CATR_THETA = 0.1446946


def textbook(rng: np.random.Generator) -> list[Figure]:
    """EAP beside catR and a fine quadrature, EM beside the LSAT's published estimates."""
    six, seven = fit(lsat(6)), fit(lsat(7))
    likelihoods = [abs(fit(lsat(6), slopes=which).log_likelihood - known) for which, known in LOG_LIKELIHOODS.items()]
    catr, _ = eap(np.array(CATR_A), np.array(CATR_B), np.zeros(3), np.array(CATR_X))
    return [
        Figure("EAP, catR's case of 3 items: error", abs(catr - CATR_THETA), at_most=1e-5),
        Figure("EAP and SD, 30 items: off a quadrature of 20,001 points", _off_quadrature(rng), at_most=1e-5),
        Figure("EM, LSAT6: most that a or b is off", max(_off(six.a, LSAT6_A), _off(six.b, LSAT6_B)), at_most=0.01),
        Figure("EM, LSAT6: most that logL is off, 2PL, 1PL, a = 1", max(likelihoods), at_most=0.01),
        Figure("EM, LSAT7: most that a or d is off", _seven(seven), at_most=0.01),
    ]


def lsat(section: int) -> Array:
    """The LSAT's 1,000 answers to five items, from the counts of their patterns."""
    rows = np.loadtxt(LSAT, delimiter=",", skiprows=1)
    return np.repeat(rows[:, :5], rows[:, 5 if section == 6 else 6].astype(int), axis=0)  # noqa: PLR2004


def eap(a: Array, b: Array, c: Array, answers: Array) -> tuple[float, float]:
    """The engine's estimate and SD."""
    what, ability = curves(a, b, c), newcomer()
    for item, right in enumerate(answers):
        ability = ability.answered(what.answer(item, correct=bool(right)))
    return float(ability.theta), float(ability.se)


def _off_quadrature(rng: np.random.Generator) -> float:
    a, b, c = np.exp(rng.normal(0, 0.3, 30)), rng.normal(size=30), rng.choice([0.05, 0.2], 30)
    answers = (rng.random(30) < probability(np.array(0.6), a, b, c)).astype(np.float64)
    theta = np.linspace(-8, 8, 20_001)
    right = probability(theta[:, None], a, b, c)
    density = np.exp(-(theta**2) / 2) * np.where(answers == 1, right, 1 - right).prod(axis=1)
    density /= density.sum()
    mean = float(density @ theta)
    sd = float(np.sqrt(density @ (theta - mean) ** 2))
    ours, our_sd = eap(a, b, c, answers)
    return max(abs(ours - mean), abs(our_sd - sd))


def _seven(found: Fit) -> float:
    return max(_off(found.a, LSAT7_A), _off(-found.a * found.b, LSAT7_D))


def _off(found: Array, known: tuple[float, ...]) -> float:
    return float(np.abs(found - np.array(known)).max())
