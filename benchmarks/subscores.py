"""Abilities in the domains: how near, together and each alone."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.figures import Figure
from benchmarks.population import WEIGHTS
from benchmarks.precision import STATES, Cell
from benchmarks.sittings import adaptive
from mlacoach.learning.domains import CORRELATION, domain_abilities
from mlacoach.learning.irt import Array
from mlacoach.learning.items import Mask

Z90 = 1.645
BARRED = ("true", "cal-1000")


def subscores(cells: Sequence[Cell], learners: int, rng: np.random.Generator) -> list[Figure]:
    """RMSE after 65 adaptive items, so many learners a bank; alone is the same estimate with correlation 0."""
    figures = []
    for state in STATES:
        errors, alone, inside = (np.vstack(parts) for parts in zip(*_banks(cells, state, learners, rng), strict=True))
        rmse, rmse_alone = (float(np.sqrt((off**2).mean())) for off in (errors, alone))
        figures += [
            Figure(f"domains: RMSE, {state}", rmse, at_most=0.37 if state in BARRED else None),
            Figure(f"domains: share below domain-only, {state}", 1 - rmse / rmse_alone, at_least=0.15),
            Figure(f"domains: 90 % interval covers, {state}", float(inside.mean())),
        ]
    return figures


def _banks(
    cells: Sequence[Cell], state: str, learners: int, rng: np.random.Generator
) -> Iterator[tuple[Array, Array, Mask]]:
    """Of each bank: errors together, errors alone, is the truth in its interval; each (learners, domains)."""
    domains = WEIGHTS.size
    together = np.full((domains, domains), CORRELATION) + (1 - CORRELATION) * np.eye(domains)
    for one in cells:
        theta, bank = rng.multivariate_normal(np.zeros(domains), together, learners), one.banks[state]
        track = adaptive(one.world.truth, bank, theta, rng)
        sittings = list(zip(track.items, track.correct, strict=True))
        found = [domain_abilities(bank, items, correct, domains) for items, correct in sittings]
        alone = [domain_abilities(bank, items, correct, domains, correlation=0.0).theta for items, correct in sittings]
        errors = np.array([each.theta for each in found]) - theta
        yield errors, np.array(alone) - theta, np.abs(errors) <= Z90 * np.array([each.se for each in found])
