"""Metrics of a ranking. `tests/test_ranking.py` has cases that one can do on paper."""

from collections.abc import Collection, Sequence


def precision_at(ranked: Sequence[str], wanted: Collection[str], k: int) -> float:
    """The share of the first k places that hold something wanted; a list that is too short loses its empty places."""
    raise NotImplementedError


def reciprocal_rank(ranked: Sequence[str], wanted: Collection[str]) -> float:
    """One over the place of the first that is wanted; 0 if none is."""
    raise NotImplementedError


def ndcg_at(ranked: Sequence[str], wanted: Collection[str], k: int) -> float:
    """The gain of the first k places, each hit worth 1 / log2(place + 1), over the best that is possible; 0 to 1."""
    raise NotImplementedError


def catalogue_coverage(lists: Sequence[Sequence[str]], catalogue: Collection[str]) -> float:
    """The share of the catalogue that appears in any of the lists."""
    raise NotImplementedError
