"""How much CPU time things take, beside catsim in the same run."""

import time
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib import import_module
from importlib.util import find_spec
from io import StringIO

import numpy as np

from benchmarks.figures import Figure
from benchmarks.population import LENGTH, WEIGHTS, answers, cohort, world
from benchmarks.sittings import adaptive
from mlacoach.learning.ability import newcomer
from mlacoach.learning.calibrate import calibrate
from mlacoach.learning.irt import Array
from mlacoach.learning.items import ItemBank
from mlacoach.learning.selection import BEST, next_item

SIZES = (500, 5_000, 50_000)
MOST_SELECT_MS = {5_000: 0.5}
LEARNERS = 1_000
# One by one they take so long that a part of them stands for all.
SOME = 100
CATSIM_LEARNERS = 10
CATSIM_SELECTIONS = 20


def speed(rng: np.random.Generator) -> list[Figure]:
    """Selection, simulation and calibration, in CPU time: what neighbours take doesn't count."""
    figures: list[Figure] = []
    for size in SIZES:
        bank = world(rng, size).truth
        selecting, _ = _sittings(bank, 15, rng)
        figures += [
            Figure(f"select from {size}: p50, ms", float(np.percentile(selecting, 50))),
            Figure(
                f"select from {size}: p95, ms", float(np.percentile(selecting, 95)), at_most=MOST_SELECT_MS.get(size)
            ),
        ]
        if find_spec("catsim"):
            figures.append(Figure(f"select from {size}: catsim, median, ms", _catsim_select(bank)))
    here = world(rng)
    abilities = rng.normal(size=LEARNERS)
    responses = cohort(here.truth, abilities, rng)
    figures += [
        Figure(
            "1,000 x 65, all at once, s", _seconds(lambda: adaptive(here.truth, here.truth, abilities, rng)), at_most=5
        ),
        Figure("1,000 x 65, one by one (100, times 10), s", _sittings(here.truth, SOME, rng)[1] * LEARNERS / SOME),
        Figure("calibrate 1,000 x 600 sparse, s", _seconds(lambda: calibrate(responses, here.expert)), at_most=5),
    ]
    if find_spec("catsim"):
        figures.append(Figure("1,000 x 65, catsim (10, times 100), s", _catsim_sittings(here.truth, abilities)))
    return figures


def _sittings(bank: ItemBank, learners: int, rng: np.random.Generator) -> tuple[Array, float]:
    """Sittings as the program holds them: the milliseconds of each selection, the seconds of all of it."""
    recent = np.zeros(len(bank), dtype=np.bool_)
    theta, selecting = rng.normal(size=learners), []
    bank.shelves  # noqa: B018 - worked out once for a bank, not at each selection
    begin = time.process_time()
    for learner in range(learners):
        ability, asked = newcomer(), list[int]()
        for _ in range(LENGTH):
            start = time.process_time()
            item = next_item(bank, WEIGHTS, ability, asked, recent, rng)
            selecting.append((time.process_time() - start) * 1000)
            asked.append(item)
            right = answers(bank, theta[learner : learner + 1], np.array([[item]]), rng)
            ability = ability.answered(bank.curves.answer(item, correct=bool(right[0, 0])))
    return np.array(selecting), time.process_time() - begin


def _catsim_select(bank: ItemBank) -> float:
    """One of the five best by lot; catsim balances no content."""
    selector, chance = import_module("catsim.selection").RandomesqueSelector(BEST), np.random.default_rng(1)
    # It prints empty lines.
    with redirect_stdout(StringIO()):
        theirs = import_module("catsim.item_bank").ItemBank(_parameters(bank))

        def select() -> None:
            selector.select(item_bank=theirs, administered_items=[], est_theta=0.3, rng=chance)

        return 1000 * float(np.median([_seconds(select) for _ in range(CATSIM_SELECTIONS)]))


def _catsim_sittings(bank: ItemBank, abilities: Array) -> float:
    simulator = import_module("catsim.simulation").Simulator(
        _parameters(bank),
        abilities[:CATSIM_LEARNERS],
        import_module("catsim.initialization").FixedPointInitializer(0),
        import_module("catsim.selection").RandomesqueSelector(BEST),
        import_module("catsim.estimation").NumericalSearchEstimator(),
        # Never so precise: it stops at the length.
        import_module("catsim.stopping").MinErrorStopper(1e-6, max_items=LENGTH),
    )
    with redirect_stdout(StringIO()):
        return _seconds(simulator.simulate) * LEARNERS / CATSIM_LEARNERS


def _parameters(bank: ItemBank) -> Array:
    return np.column_stack([bank.a, bank.mu_b, bank.c, np.ones(len(bank))])


def _seconds(act: Callable[[], object]) -> float:
    start = time.process_time()
    act()
    return time.process_time() - start
