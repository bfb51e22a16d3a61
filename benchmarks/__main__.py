"""`python -m benchmarks --seeds 1 2 3 [--learners N] [--quick]`: every bar of the measuring, in one table."""

import argparse
import sys
import time
from importlib.util import find_spec
from random import Random

import numpy as np

from benchmarks.difficulties import difficulties
from benchmarks.figures import Figure, missed, table
from benchmarks.growth import growth
from benchmarks.passing import passing
from benchmarks.precision import cell, precision
from benchmarks.retention import retention
from benchmarks.speed import speed
from benchmarks.subscores import subscores
from benchmarks.textbook import textbook

LEARNERS = 16_000
QUICK = 1_600
BANKS = 8


def main() -> int:
    """Measure and print; 1 if a bar is missed."""
    words = _words()
    learners = QUICK if words.quick else words.learners
    sys.stdout.write(f"{learners} learners and {BANKS} banks a seed\n\n")
    runs = []
    for seed in words.seeds:
        start = time.perf_counter()
        runs.append(measured(seed, learners))
        sys.stderr.write(f"seed {seed}: {time.perf_counter() - start:.0f} s\n")
    sys.stdout.write(f"{'seeds ' + ', '.join(map(str, words.seeds))}\n{table(runs)}\n\n")
    if not find_spec("catsim"):
        sys.stdout.write("catsim isn't installed (`pip install --group bench`), so nothing stands beside our times.\n")
    times = [speed(np.random.default_rng(words.seeds[0]))]
    sys.stdout.write(f"CPU time, seed {words.seeds[0]}\n{table(times)}\n\n")
    short = missed(runs) + missed(times)
    sys.stdout.write(f"Missed: {'; '.join(short)}\n" if short else "Every bar is met.\n")
    return 1 if short else 0


def measured(seed: int, learners: int) -> list[Figure]:
    """Everything that chance has a part in."""
    rng = np.random.default_rng(seed)
    cells = [cell(learners // BANKS, rng) for _ in range(BANKS)]
    return [
        *textbook(rng),
        *precision(cells),
        *passing(cells, rng),
        *growth(cells, learners // (2 * BANKS), rng),
        *subscores(cells, learners // (4 * BANKS), rng),
        *difficulties(cells[0].world, rng),
        *retention(Random(seed)),
    ]


def _words() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3], help="one run of everything for each")
    parser.add_argument("--learners", type=int, default=LEARNERS, help="simulated learners a seed")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} learners: for a look, not for a verdict")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
