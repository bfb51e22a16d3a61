"""Is the probability of passing what happens?

The exam is fifty questions from the bank as it is: "in-model". "Shifted": for each learner the exam, or the day, is
easier or harder by N(0, .3²), which the formula expects.
"""

from collections.abc import Sequence

import numpy as np

from benchmarks.figures import Figure
from benchmarks.population import WEIGHTS
from benchmarks.precision import STATES, Cell
from mlacoach.learning.irt import GRID, Array
from mlacoach.learning.score import CUT, SCORED, SHIFT_SD, TrueScore, pass_probability, passing_curve, true_score

BINS = 10
MOST_BRIER = {"expert": 0.125, "cal-1000": 0.115}
MOST_ERROR = {"in-model": 0.03, "shifted": 0.05}


def passing(cells: Sequence[Cell], rng: np.random.Generator) -> list[Figure]:
    """Calibration error and Brier score after 65 adaptive items."""
    figures = []
    for state in STATES:
        for how, sd in (("in-model", 0.0), ("shifted", SHIFT_SD)):
            said, passed = _exams(cells, state, sd, rng)
            name = f"P(pass): calibration error {how}, {state}"
            figures.append(Figure(name, calibration_error(said, passed), at_most=MOST_ERROR[how]))
    for state in STATES:
        for how, sd in (("in-model", 0.0), ("shifted", SHIFT_SD)):
            said, passed = _exams(cells, state, sd, rng, even=True)
            brier = float(((said - passed) ** 2).mean())
            barred = MOST_BRIER.get(state) if how == "in-model" else None
            figures.append(Figure(f"P(pass): Brier at 50 % base rate {how}, {state}", brier, at_most=barred))
            name = f"P(pass): calibration error at 50 % base rate {how}, {state}"
            figures.append(Figure(name, calibration_error(said, passed)))
    figures.append(Figure("P(pass): Brier of who knows theta, 50 % base rate (floor)", _floor(cells)))
    return figures


def calibration_error(said: Array, happened: Array) -> float:
    """How far what was said is from what happened, over ten bins of what was said, weighed by their size."""
    bins = np.minimum((said * BINS).astype(np.intp), BINS - 1)
    return float(np.abs(np.bincount(bins, weights=said - happened, minlength=BINS)).sum() / said.size)


def _exams(
    cells: Sequence[Cell], state: str, shift_sd: float, rng: np.random.Generator, *, even: bool = False
) -> tuple[Array, Array]:
    """What was said of each learner, and whether they passed one exam; `even` puts the cut where half of them pass."""
    said, passed = [], []
    for one in cells:
        truth = true_score(one.world.truth, WEIGHTS)
        cut = _even_cut(truth) if even else CUT
        said.append(pass_probability(one.tracks[state].ability, true_score(one.banks[state], WEIGHTS), cut))
        points = rng.binomial(SCORED, truth.at(one.theta + rng.normal(0, shift_sd, one.theta.size)))
        passed.append(points >= np.ceil(SCORED * cut))
    return np.concatenate(said), np.concatenate(passed).astype(np.float64)


def _floor(cells: Sequence[Cell]) -> float:
    """The Brier score of somebody who knows each ability, and not the luck of the day."""
    scores = []
    for one in cells:
        truth = true_score(one.world.truth, WEIGHTS)
        chance = np.interp(one.theta, GRID, passing_curve(truth, 0.0, _even_cut(truth)))
        scores.append(chance * (1 - chance))
    return float(np.mean(scores))


def _even_cut(truth: TrueScore) -> float:
    return float(truth.at(0.0))
