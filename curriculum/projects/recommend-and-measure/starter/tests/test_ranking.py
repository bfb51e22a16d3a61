import sys
from math import log2
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent))

from ranking import catalogue_coverage, ndcg_at, precision_at, reciprocal_rank

RANKED = ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("wanted", "k", "share"), [("ac", 2, 0.5), ("ac", 4, 0.5), ("xyz", 3, 0), ("abcd", 4, 1), ("abcd", 8, 0.5)]
)
def test_precision_counts_hits_over_places(wanted, k, share):
    assert precision_at(RANKED, set(wanted), k) == share


@pytest.mark.parametrize(("wanted", "rank"), [("a", 1), ("d", 0.25), ("db", 0.5), ("x", 0), ("", 0)])
def test_the_first_hit_decides_the_reciprocal_rank(wanted, rank):
    assert reciprocal_rank(RANKED, set(wanted)) == rank


def test_the_best_order_has_a_gain_of_one():
    assert ndcg_at(RANKED, {"a", "b"}, 4) == pytest.approx(1)
    assert ndcg_at(RANKED, {"a"}, 1) == pytest.approx(1)


def test_a_hit_further_down_is_worth_less():
    assert ndcg_at(RANKED, {"c"}, 4) == pytest.approx(1 / log2(4))
    assert ndcg_at(RANKED, {"b", "d"}, 4) == pytest.approx((1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3)))


def test_more_wanted_than_places_can_still_be_perfect():
    assert ndcg_at(["a", "b"], set("abcdef"), 2) == pytest.approx(1)


def test_nobody_who_wants_nothing_can_be_pleased():
    assert ndcg_at(RANKED, set(), 4) == 0


def test_an_item_shown_twice_counts_once():
    assert precision_at(["a", "a"], {"a"}, 2) == 0.5
    assert ndcg_at(["a", "a", "b"], {"a", "b"}, 3) < 1


def test_coverage_looks_at_all_lists():
    assert catalogue_coverage([["a", "b"], ["b", "c"]], set("abcdef")) == 0.5
