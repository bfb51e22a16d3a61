"""Items from answers: as the textbooks have it, and as they were made."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.population import World, calibrated, cohort, world
from benchmarks.textbook import LSAT6_A, LSAT6_B, LSAT7_A, LSAT7_D, lsat
from mlacoach.learning.calibrate import Calibration, calibrate, fit, link
from mlacoach.learning.em import Answers, Prior, Slopes, search
from mlacoach.learning.irt import Array, probability
from mlacoach.learning.items import LOG_SLOPE_SD


@pytest.fixture(scope="module")
def here() -> World:
    return world(np.random.default_rng(1), 100)


@pytest.fixture(scope="module")
def after(here: World) -> Calibration:
    """Calibrated on 600 learners of mean .5, who answered 65 of the 100 items each."""
    rng = np.random.default_rng(2)
    return calibrate(cohort(here.truth, rng.normal(0.5, 1, 600), rng), here.expert)


def test_the_lsat_has_a_thousand_answers_to_five_items() -> None:
    assert lsat(6).shape == lsat(7).shape == (1000, 5)
    assert lsat(6).sum(axis=0).tolist() == [924, 709, 553, 763, 870]
    assert lsat(7).sum(axis=0).tolist() == [828, 658, 772, 606, 843]


def test_the_2pl_of_lsat6_is_the_published_one() -> None:
    found = fit(lsat(6))

    assert found.a == pytest.approx(LSAT6_A, abs=0.01)
    assert found.b == pytest.approx(LSAT6_B, abs=0.01)
    assert found.log_likelihood == pytest.approx(-2466.653, abs=0.001)
    assert found.converged
    assert found.n.tolist() == [1000] * 5


def test_the_1pl_of_lsat6_is_the_published_one() -> None:
    common, one = fit(lsat(6), slopes=Slopes.COMMON), fit(lsat(6), slopes=Slopes.ONE)

    assert common.a == pytest.approx([0.7551] * 5, abs=0.01)
    assert common.log_likelihood == pytest.approx(-2466.938, abs=0.001)
    assert one.a.tolist() == [1.0] * 5
    assert one.log_likelihood == pytest.approx(-2473.054, abs=0.001)
    assert one.se_a.tolist() == [0.0] * 5


def test_the_2pl_of_lsat7_is_mirts() -> None:
    found = fit(lsat(7))

    assert found.a == pytest.approx(LSAT7_A, abs=0.01)
    assert -found.a * found.b == pytest.approx(LSAT7_D, abs=0.01)
    assert found.log_likelihood == pytest.approx(-2658.805, abs=0.001)


def log_likelihood(responses: Array, a: Array, b: Array, c: Array) -> float:
    """The marginal log-likelihood by the book, with another quadrature than the search's."""
    theta = np.linspace(-6, 6, 121)
    weight = np.exp(-(theta**2) / 2)
    right = probability(theta[:, None], a, b, c)
    total = 0.0
    for row in responses:
        met = ~np.isnan(row)
        likelihood = np.where(row[met] == 1, right[:, met], 1 - right[:, met]).prod(axis=1)
        total += float(np.log(likelihood @ weight / weight.sum()))
    return total


@pytest.mark.parametrize("guess", [0.0, 0.2])
def test_no_neighbour_of_the_estimate_is_more_likely(guess: float) -> None:
    """Made-up data with gaps, with and without guessing: a step of .03 in any a or b lowers the likelihood."""
    rng = np.random.default_rng(8)
    a, b, c = np.array([0.8, 1.0, 1.3, 1.0]), np.array([-1.0, 0.0, 0.3, 1.0]), np.full(4, guess)
    responses = (rng.random((500, 4)) < probability(rng.normal(size=(500, 1)), a, b, c)).astype(float)
    responses[rng.random((500, 4)) < 0.1] = np.nan

    found = fit(responses, c)

    best = log_likelihood(responses, found.a, found.b, c)
    assert found.log_likelihood == pytest.approx(best, abs=0.01)
    for step in 0.03 * np.vstack([np.eye(4), -np.eye(4)]):
        assert log_likelihood(responses, found.a + step, found.b, c) < best
        assert log_likelihood(responses, found.a, found.b + step, c) < best


def test_standard_errors_are_how_far_estimates_scatter() -> None:
    """Forty data sets of one 2PL: the SD of the estimates is their mean standard error, within a quarter."""
    rng = np.random.default_rng(9)
    a, b = np.array([0.8, 1.0, 1.3, 1.0, 0.9, 1.1]), np.array([-1.0, 0.0, 0.3, 1.0, -0.5, 0.5])
    fits = []
    for _ in range(40):
        theta = rng.normal(size=(500, 1))
        fits.append(fit((rng.random((500, 6)) < probability(theta, a, b, np.zeros(6))).astype(float)))

    for estimates, errors in (
        ([one.a for one in fits], [one.se_a for one in fits]),
        ([one.b for one in fits], [one.se_b for one in fits]),
    ):
        ratio = np.std(estimates, axis=0) / np.mean(errors, axis=0)
        assert ratio.mean() == pytest.approx(1, abs=0.25)


def test_without_a_prior_an_item_that_all_get_right_has_no_estimate() -> None:
    with pytest.raises(ValueError, match="a right and a wrong answer"):
        fit(np.array([[1.0, 0.0], [1.0, 1.0]]))


def test_calibration_recovers_the_items_it_was_simulated_from(here: World, after: Calibration) -> None:
    errors = after.bank.mu_b - here.truth.mu_b

    assert after.fit.converged
    assert np.sqrt((errors**2).mean()) < 0.25
    assert np.corrcoef(after.bank.mu_b, here.truth.mu_b)[0, 1] > 0.96
    assert np.corrcoef(after.bank.a, here.truth.a)[0, 1] > 0.6
    # The errors are those beside each other: where the cohort of all items stands is known to .82 / √100.
    within = np.abs(errors - errors.mean()) < 1.645 * after.bank.sd_b
    assert abs(errors.mean()) < 0.16
    assert within.mean() == pytest.approx(0.9, abs=0.06)


def test_an_able_cohort_does_not_make_the_items_easier(here: World, after: Calibration) -> None:
    """Its mean of .5 is found; the difficulties stay on the authors' scale."""
    assert after.mean == pytest.approx(0.5, abs=0.15)
    assert after.sd == pytest.approx(1, abs=0.12)
    assert float((after.bank.mu_b - here.truth.mu_b).mean()) == pytest.approx(0, abs=0.12)


def test_slopes_have_a_geometric_mean_of_one(after: Calibration) -> None:
    assert float(np.exp(np.log(after.bank.a).mean())) == pytest.approx(1)
    assert after.inflation > 1


def test_stretching_the_scale_changes_nothing_that_is_predicted(here: World, after: Calibration) -> None:
    """Mean, SD and items are on one scale: the average learner's odds of each item are those before the stretch."""
    rng = np.random.default_rng(2)
    prior = Prior(here.expert.mu_b, here.expert.sd_b, LOG_SLOPE_SD)
    responses = cohort(here.truth, rng.normal(0.5, 1, 600), rng)
    raw = search(Answers.of(responses, here.expert.c, prior, Slopes.EACH))

    assert after.fit.a * (after.mean - after.fit.b) == pytest.approx(np.exp(raw.log_a) * (raw.mean - raw.b))
    assert after.fit.a * after.sd == pytest.approx(np.exp(raw.log_a) * raw.sd)


def test_guessing_stays_as_it_was_and_ignoring_it_costs_accuracy(here: World) -> None:
    rng = np.random.default_rng(2)
    responses = cohort(here.truth, rng.normal(0.5, 1, 200), rng)

    aware, naive = (calibrate(responses, replace(here.expert, c=c)) for c in (here.expert.c, np.zeros(100)))

    assert np.array_equal(aware.bank.c, here.expert.c)
    wrong, right = (np.abs(one.bank.mu_b - here.truth.mu_b).mean() for one in (naive, aware))
    assert wrong > 1.2 * right


def test_items_know_how_many_answers_they_rest_on(here: World, after: Calibration) -> None:
    assert after.fit.n.sum() == 600 * 65
    assert np.array_equal(after.bank.n, after.fit.n)
    assert set(after.bank.states) == {"calibrated"}
    few = calibrate(
        cohort(here.truth, np.random.default_rng(3).normal(size=155), np.random.default_rng(3)), here.expert
    )
    assert np.array_equal(few.slopes_known, few.fit.n >= 100)
    assert 0 < few.slopes_known.sum() < 100


def test_items_that_nobody_met_stay_as_their_authors_left_them(here: World) -> None:
    responses = cohort(here.truth, np.random.default_rng(4).normal(size=60), np.random.default_rng(4))
    responses[:, :10] = np.nan

    bank = calibrate(responses, here.expert).bank

    assert np.allclose(bank.mu_b[:10], here.expert.mu_b[:10], atol=1e-3)
    assert np.allclose(bank.sd_b[:10], 0.82, atol=1e-3)
    assert bank.a[:10].tolist() == [1.0] * 10
    assert bank.n[:10].tolist() == [0] * 10


def test_answers_add_up_over_cohorts(here: World, after: Calibration) -> None:
    rng = np.random.default_rng(5)
    again = calibrate(cohort(here.truth, rng.normal(size=300), rng), after.bank)

    assert (again.bank.n == after.bank.n + again.fit.n).all()
    assert again.bank.sd_b.mean() < after.bank.sd_b.mean()


@pytest.mark.parametrize("learners", [1, 2, 5])
def test_a_handful_of_learners_changes_little_and_breaks_nothing(here: World, learners: int) -> None:
    rng = np.random.default_rng(6)
    found = calibrate(cohort(here.truth, rng.normal(size=learners), rng), here.expert)

    assert found.fit.converged
    assert np.isfinite([found.mean, found.sd, found.inflation]).all()
    assert np.abs(found.bank.mu_b - here.expert.mu_b).max() < 1.5
    assert (found.bank.sd_b > 0.5).all()


def test_everything_right_is_survived(here: World) -> None:
    found = calibrate(np.ones((50, 100)), here.expert)

    assert np.isfinite(found.bank.mu_b).all()
    assert found.mean > 1


def test_answers_to_other_items_are_refused(here: World) -> None:
    with pytest.raises(ValueError, match="100 items"):
        calibrate(np.ones((5, 7)), here.expert)
    with pytest.raises(ValueError, match="100 items"):
        calibrate(np.full((5, 100), np.nan), here.expert)


def test_an_item_with_a_wrong_key_shows_as_a_misfit(here: World) -> None:
    """Item 7's key is wrong: the able miss it. Its distance from its curve is the largest of all."""
    rng = np.random.default_rng(7)
    responses = cohort(here.truth, rng.normal(size=600), rng)
    responses[:, 7] = 1 - responses[:, 7]

    found = calibrate(responses, here.expert)

    assert found.fit.misfit.argmax() == 7
    assert found.fit.misfit[7] > 2 * np.median(found.fit.misfit)


def test_the_link_undoes_a_change_of_scale(here: World) -> None:
    """theta_old = 2 theta_new + .5 halves the difficulties and doubles the slopes."""
    old = here.truth
    new = replace(old, a=2 * old.a, mu_b=(old.mu_b - 0.5) / 2, n=old.n + 10)

    found = link(old, new)

    assert [found.slope, found.shift] == pytest.approx([2, 0.5])
    assert found.correlation == pytest.approx(1)
    assert found.rmsd == pytest.approx(0, abs=1e-9)


def test_one_answered_item_has_no_correlation(here: World) -> None:
    responses = np.full((20, 100), np.nan)
    responses[:, 3] = 1

    assert np.isnan(calibrate(responses, here.expert).link.correlation)


def test_calibrated_intervals_cover_what_they_say() -> None:
    """A bank of 150 on 300 learners; 400 others answer a random form, scored with what was learnt."""
    from benchmarks.sittings import linear  # noqa: PLC0415

    rng = np.random.default_rng(10)
    here = world(rng, 150)
    bank = calibrated(here, 300, rng)
    theta = rng.normal(size=400)
    low, high = linear(here.truth, bank, theta, rng).interval()

    assert ((low <= theta) & (theta <= high)).mean() == pytest.approx(0.9, abs=0.05)
