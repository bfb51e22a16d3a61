"""From rankings to levels: authors order questions by difficulty well, and rate them poorly (Attali et al. 2014).

Each ranking orders a set of seven. A question that stands in several sets ties them together, and the model of
Plackett (1975) and Luce (1959) puts all questions on one scale: from those still left, the next hardest is drawn with a
chance in proportion to its strength.
"""

from collections.abc import Mapping, Sequence
from random import Random

import numpy as np

from mlacoach.learning.irt import Array

SET_SIZE = 7
LEVELS = 5

# A question that was always the hardest would have no end to its strength. This prior, Gamma(2, 1), gives it one.
SHAPE, RATE = 2.0, 1.0
MOST_ROUNDS = 2_000
CLOSE = 1e-9


def sets_to_rank(questions: Sequence[str], times: int, rng: Random) -> list[list[str]]:
    """Sets of seven in which each question stands `times` times or, to fill a last set, once more.

    Raises:
        ValueError: there are fewer than seven questions.
    """
    if len(questions) < SET_SIZE:
        raise ValueError(f"Seven questions make a set; there are {len(questions)}.")
    sets = []
    for _ in range(times):
        order = rng.sample(questions, len(questions))
        sets += [_filled(order[start : start + SET_SIZE], order) for start in range(0, len(order), SET_SIZE)]
    return sets


def _filled(part: list[str], order: Sequence[str]) -> list[str]:
    return part + [one for one in order if one not in part][: SET_SIZE - len(part)]


def strengths(rankings: Sequence[Sequence[str]]) -> dict[str, float]:
    """Each question's log strength on one scale: the higher, the harder.

    The maximum a posteriori of the Plackett-Luce model, by the minorize-maximize steps of Hunter (2004), with the Gamma
    prior of Caron and Doucet (2012).

    Args:
        rankings: each from the hardest to the easiest.
    """
    names = sorted({name for ranking in rankings for name in ranking})
    place = {name: index for index, name in enumerate(names)}
    orders = [np.array([place[name] for name in ranking]) for ranking in rankings]
    # The last of a set is drawn with certainty, which says nothing of its strength.
    won = np.zeros(len(names))
    for order in orders:
        won[order[:-1]] += 1
    strength = np.ones(len(names))
    for _ in range(MOST_ROUNDS):
        new = (SHAPE - 1 + won) / (RATE + _exposure(orders, strength))
        done = np.abs(np.log(new / strength)).max(initial=0.0) < CLOSE
        strength = new
        if done:
            break
    return dict(zip(names, np.log(strength).tolist(), strict=True))


def _exposure(orders: Sequence["np.ndarray[tuple[int], np.dtype[np.intp]]"], strength: Array) -> Array:
    """For each question, the sum over all draws it was there for of one over the strength of all that were there."""
    exposure = np.zeros(len(strength))
    for order in orders:
        left = np.cumsum(strength[order][::-1])[::-1]
        draws = np.cumsum(1 / left[:-1])
        exposure[order] += np.append(draws, draws[-1:])
    return exposure


def levels(strength: Mapping[str, float]) -> dict[str, int]:
    """Each question's level, 1 (a fifth of them, the easiest) to 5; equals are taken by name."""
    order = sorted(strength, key=lambda name: (strength[name], name))
    return {name: 1 + place * LEVELS // len(order) for place, name in enumerate(order)}
