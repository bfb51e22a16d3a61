"""Score and probability of passing: what they say is what they mean."""

from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.population import WEIGHTS, answers, random_forms, world
from benchmarks.sittings import told
from mlacoach.learning.ability import Ability, newcomer
from mlacoach.learning.irt import GRID, probability
from mlacoach.learning.items import expert_bank
from mlacoach.learning.score import (
    CUT,
    SHIFT_SD,
    mastery,
    pass_probability,
    passing_curve,
    passing_curves,
    readiness,
    scaled,
    true_score,
)

WORLD = world(np.random.default_rng(1), 200)
SCORE = true_score(WORLD.truth, WEIGHTS)
CURVES = passing_curves(SCORE)
centres = st.floats(-3, 3)
spreads = st.floats(0.15, 1.0)


def around(theta: float, se: float) -> Ability:
    return Ability(-((GRID - theta) ** 2) / (2 * se**2))


def test_the_cut_is_where_720_stands_between_100_and_1000() -> None:
    assert pytest.approx(0.6889, abs=1e-4) == CUT


def test_chance_is_100_the_cut_720_and_everything_right_1000() -> None:
    assert scaled(np.array([0.155, CUT, 1.0]), 0.155).tolist() == pytest.approx([100, 720, 1000])
    assert scaled(np.array([0.1, (0.155 + CUT) / 2]), 0.155).tolist() == pytest.approx([100, 410])


def test_the_true_score_weighs_domains_as_the_blueprint_does() -> None:
    """Three easy items in one domain and one hard one in the other count half and half."""
    bank = expert_bank([1, 1, 1, 5], ["multiple-choice"] * 4, [0, 0, 0, 1])
    p = probability(np.array(0.4), bank.slope, bank.mu_b, bank.c)

    score = true_score(bank, np.array([0.5, 0.5]))

    assert float(score.at(0.4)) == pytest.approx((p[0] + p[3]) / 2, abs=1e-4)
    assert score.chance == pytest.approx(0.2)
    assert score.theta_at(float(score.at(0.4))) == pytest.approx(0.4)


def test_the_true_score_is_what_fifty_questions_of_the_blueprint_bring_on_average() -> None:
    rng = np.random.default_rng(2)
    theta = np.full(4000, 0.5)
    forms = random_forms(WORLD.truth, theta.size, rng)
    counted = answers(WORLD.truth, theta, forms, rng).mean()

    assert float(SCORE.at(0.5)) == pytest.approx(counted, abs=0.005)


@given(centres, centres, spreads)
def test_more_ability_never_means_a_lower_score_or_chance(one: float, other: float, se: float) -> None:
    low, high = (around(theta, se) for theta in sorted((one, other)))

    assert float(pass_probability(low, SCORE)) <= float(pass_probability(high, SCORE)) + 1e-12
    assert float(mastery(low, 0.4)) <= float(mastery(high, 0.4)) + 1e-12
    below, above = (readiness(ability, SCORE, CURVES, 65) for ability in (low, high))
    assert below.score <= above.score + 1e-9
    assert below.low <= above.low + 1e-9
    assert below.high <= above.high + 1e-9


@given(centres, spreads)
def test_what_is_shown_holds_together(theta: float, se: float) -> None:
    shown = readiness(around(theta, se), SCORE, CURVES, 40)

    assert 100 <= shown.low <= shown.score <= shown.high <= 1000
    assert 0 <= shown.if_harder <= shown.if_easier <= 1
    assert 0 <= shown.pass_probability <= 1
    assert shown.answers == 40


@pytest.mark.parametrize(("theta", "se"), [(0.0, 0.3), (0.8, 0.3), (0.6, 0.8), (2.0, 0.3)])
def test_the_probability_of_passing_is_the_share_of_exams_passed(theta: float, se: float) -> None:
    """200,000 exams: an ability from the posterior, a shift from N(0, .3²), fifty questions, 35 of them right."""
    rng = np.random.default_rng(5)
    ability = around(theta, se)
    thetas = rng.choice(GRID, 200_000, p=ability.posterior)
    points = rng.binomial(50, SCORE.at(thetas + rng.normal(0, SHIFT_SD, thetas.size)))

    assert float(pass_probability(ability, SCORE)) == pytest.approx((points >= 35).mean(), abs=0.004)


def test_the_nine_nodes_are_enough() -> None:
    """The integral over the shift by a sum over 4,001 shifts; .001 is a tenth of the last digit shown."""
    shifts = np.linspace(-6, 6, 4001) * SHIFT_SD
    weights = np.exp(-((shifts / SHIFT_SD) ** 2) / 2)
    curve = sum(w * passing_curve(SCORE, s) for w, s in zip(weights / weights.sum(), shifts, strict=True))
    for theta in (-1.0, 0.5, 0.9):
        ability = around(theta, 0.3)
        assert float(pass_probability(ability, SCORE)) == pytest.approx(float(ability.posterior @ curve), abs=1e-3)


def test_passing_takes_35_of_50() -> None:
    sure = Ability(np.where(np.arange(81) == 80, 0.0, -1e6))
    steps = [float(sure.posterior @ passing_curve(SCORE, 0.0, cut)) for cut in (34.5 / 50, 35 / 50, 35.5 / 50)]

    assert ceil(50 * CUT) == 35
    assert steps[0] == steps[1] > steps[2]


def test_the_band_is_the_exam_three_tenths_harder_and_easier() -> None:
    ability = around(0.5, 0.3)
    harder, easier = (ability.posterior @ curve for curve in (CURVES.harder, CURVES.easier))

    assert float(harder) == pytest.approx(float(ability.posterior @ passing_curve(SCORE, -0.3)))
    assert float(harder) < float(pass_probability(ability, SCORE)) < float(easier)


def test_above_the_cut_is_not_passing() -> None:
    """Somebody known to stand a little above the cut fails often: fifty questions are luck as well."""
    cut = SCORE.theta_at(CUT)
    ability = around(cut + 0.3, 0.15)

    assert float(mastery(ability, cut)) > 0.95
    assert float(pass_probability(ability, SCORE)) < 0.8


def test_pass_probabilities_come_true() -> None:
    """1,200 learners, 65 answers each, one exam each: of those told .2 to .4 and so on, as many pass as were told."""
    rng = np.random.default_rng(11)
    theta = rng.normal(0.4, 1, 1200)
    items = random_forms(WORLD.truth, theta.size, rng)
    ability = newcomer(theta.size).answered(told(WORLD.truth, items, answers(WORLD.truth, theta, items, rng)))
    said = pass_probability(ability, SCORE)
    passed = rng.binomial(50, SCORE.at(theta + rng.normal(0, SHIFT_SD, theta.size))) >= 35

    for low, high in ((0.0, 0.2), (0.2, 0.5), (0.5, 0.8), (0.8, 1.01)):
        told_so = (said >= low) & (said < high)
        assert passed[told_so].mean() == pytest.approx(said[told_so].mean(), abs=0.09)
