import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from drift import edges_of, kolmogorov_smirnov, population_stability_index, report

RNG = np.random.default_rng(11)
BASELINE = RNG.normal(size=5000)


def test_the_bins_hold_equally_much_of_the_baseline():
    counts = np.histogram(BASELINE, bins=[-np.inf, *edges_of(BASELINE), np.inf])[0]

    assert len(counts) == 10
    assert counts.min() >= 499
    assert counts.max() <= 501


def test_repeated_values_make_fewer_bins_and_no_error():
    mostly_zero = np.array([0.0] * 90 + list(range(10)))
    edges = edges_of(mostly_zero)

    assert len(set(edges)) == len(edges)
    assert population_stability_index(mostly_zero, mostly_zero) == pytest.approx(0)


def test_the_same_data_do_not_drift():
    assert population_stability_index(BASELINE, BASELINE) == pytest.approx(0, abs=1e-9)
    assert kolmogorov_smirnov(BASELINE, BASELINE) == 0


def test_two_bins_agree_with_the_sum_on_paper():
    baseline, today = np.array([0.0] * 50 + [1.0] * 50), np.array([0.0] * 20 + [1.0] * 80)
    wanted = (0.2 - 0.5) * np.log(0.2 / 0.5) + (0.8 - 0.5) * np.log(0.8 / 0.5)

    assert population_stability_index(baseline, today, bins=2) == pytest.approx(wanted)


def test_an_empty_bin_is_large_and_finite():
    index = population_stability_index(BASELINE, BASELINE[BASELINE > 0])

    assert np.isfinite(index)
    assert index > 1


def test_more_shift_is_more_drift():
    shifted = [RNG.normal(loc=shift, size=2000) for shift in (0.0, 0.2, 0.5, 1.0)]

    for measure in (population_stability_index, kolmogorov_smirnov):
        values = [measure(BASELINE, sample) for sample in shifted]
        assert values == sorted(values)


def test_the_largest_distance_agrees_with_paper():
    assert kolmogorov_smirnov(np.array([1.0, 2.0, 3.0, 4.0]), np.array([3.0, 4.0, 5.0, 6.0])) == pytest.approx(0.5)
    assert kolmogorov_smirnov(np.array([1.0, 2.0]), np.array([5.0])) == 1


def test_a_report_names_each_feature_and_what_is_missing():
    today = {"quiet": RNG.normal(size=3000), "moved": RNG.normal(loc=1, size=3000)}
    told = report({"quiet": BASELINE, "moved": BASELINE, "gone": BASELINE}, today, threshold=0.2)

    assert {name: row["drifted"] for name, row in told.items()} == {"quiet": False, "moved": True, "gone": True}
    assert told["moved"]["psi"] > 0.2 > told["quiet"]["psi"]
