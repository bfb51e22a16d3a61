from math import log2


def _hits(ranked, wanted):
    seen = set()
    for place, one in enumerate(ranked, start=1):
        if one in wanted and one not in seen:
            yield place
        seen.add(one)


def precision_at(ranked, wanted, k):
    return sum(1 for _ in _hits(ranked[:k], wanted)) / k


def reciprocal_rank(ranked, wanted):
    return next((1 / place for place in _hits(ranked, wanted)), 0)


def ndcg_at(ranked, wanted, k):
    best = sum(1 / log2(place + 1) for place in range(1, min(k, len(wanted)) + 1))
    return sum(1 / log2(place + 1) for place in _hits(ranked[:k], wanted)) / best if best else 0


def catalogue_coverage(lists, catalogue):
    return len({one for ranked in lists for one in ranked} & set(catalogue)) / len(catalogue)
