"""What a tuning job tries next: at random, from a grid, or where a model of what is known expects the most."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

import numpy as np

from mlacoach.sandbox.jobs.ranges import Point, Space

Array = np.ndarray[Any, Any]
# So many points are tried at random before a model of them says anything.
FIRST = 3
CANDIDATES = 1500
NEAR = 200
LENGTHS = (0.1, 0.2, 0.4, 0.8, 1.6)
NOISE = 1e-3
STEP = 0.08


@dataclass(frozen=True, slots=True)
class Known:
    """What is known: values tried, and what they gave (greater is better; None while it runs)."""

    values: dict[str, str]
    worth: float | None


Suggest = Callable[[Sequence[Known]], "dict[str, str] | None"]


def suggester(strategy: str, space: Space, rng: Random) -> Suggest:
    """What suggests the next values by a strategy; it gives None when there are no more."""
    if strategy == "Grid":
        rest = iter(space.grid())
        return lambda _known: next(rest, None)
    if strategy == "Bayesian":
        return lambda known: _bayesian(space, known, rng)
    return lambda known: _fresh(space, known, rng)


def _fresh(space: Space, known: Sequence[Known], rng: Random) -> dict[str, str]:
    """Values by chance; rather not the same twice."""
    tried = [one.values for one in known]
    for _ in range(20):
        values = space.draw(rng)
        if values not in tried:
            return values
    return space.draw(rng)


def _bayesian(space: Space, known: Sequence[Known], rng: Random) -> dict[str, str]:
    seen = [(space.point(one.values), one.worth) for one in known if one.worth is not None and np.isfinite(one.worth)]
    if len(seen) < FIRST:
        return _fresh(space, known, rng)
    points, worths = np.array([point for point, _ in seen]), np.array([worth for _, worth in seen], float)
    worths = (worths - worths.mean()) / (worths.std() or 1.0)
    length = max(LENGTHS, key=lambda one: _likelihood(points, worths, one))
    waiting = [space.point(one.values) for one in known if one.worth is None]
    if waiting:
        # What still runs is taken to give what is expected of it: nothing is gained by trying it again.
        points = np.vstack([points, waiting])
        worths = np.concatenate([worths, expected(points[: len(worths)], worths, np.array(waiting), length)[0]])
    tried = {tuple(sorted(one.values.items())) for one in known}
    candidates = _candidates(space, tuple(points[int(worths.argmax())]), rng)
    fresh = [values for values in candidates if tuple(sorted(values.items())) not in tried] or candidates
    places = np.array([space.point(values) for values in fresh])
    mean, spread = expected(points, worths, places, length)
    return fresh[int(_improvement(mean, spread, float(worths.max())).argmax())]


def _candidates(space: Space, best: Point, rng: Random) -> list[dict[str, str]]:
    """Points everywhere, and more of them near the best."""
    near = [[side + rng.gauss(0, STEP) for side in best] for _ in range(NEAR)]
    return [space.draw(rng) for _ in range(CANDIDATES)] + [space.values(point) for point in near]


def _kernel(first: Array, second: Array, length: float) -> Array:
    """Matérn 5/2: smooth, but not too smooth."""
    far = np.sqrt(((first[:, None, :] - second[None, :, :]) ** 2).sum(axis=2) * 5) / length
    return np.asarray((1 + far + far**2 / 3) * np.exp(-far))


def _likelihood(points: Array, worths: Array, length: float) -> float:
    root = np.linalg.cholesky(_kernel(points, points, length) + NOISE * np.eye(len(points)))
    half = np.linalg.solve(root, worths)
    return float(-0.5 * half @ half - np.log(np.diag(root)).sum())


def expected(points: Array, worths: Array, places: Array, length: float) -> tuple[Array, Array]:
    """What a Gaussian process expects at places: the mean, and how unsure it is."""
    root = np.linalg.cholesky(_kernel(points, points, length) + NOISE * np.eye(len(points)))
    across = np.linalg.solve(root, _kernel(points, places, length))
    mean = across.T @ np.linalg.solve(root, worths)
    return mean, np.sqrt(np.maximum(1 + NOISE - (across**2).sum(axis=0), 1e-12))


def _improvement(mean: Array, spread: Array, best: float) -> Array:
    """How much better than the best it is expected to be."""
    from math import erf  # noqa: PLC0415 - for this alone

    gap = (mean - best) / spread
    below = 0.5 * (1 + np.array([erf(one / 2**0.5) for one in gap]))
    return np.asarray(spread * (gap * below + np.exp(-(gap**2) / 2) / (2 * np.pi) ** 0.5))
