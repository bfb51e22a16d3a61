"""Kill -9 in a run of every lab, and in what takes it away; `python -m tests.kill_matrix LAB` tries every point."""

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from mlacoach.sandbox import Sandbox
from tests.kill_points import AFTER, BEFORE, Point
from tests.lab_climb import quiet_sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
LABS = Path(__file__).resolve().parent.parent / "labs"
FOLDERS = sorted(path.parent for path in LABS.glob("*/check.py"))
# A run of the shortest lab has more points; a teardown may have fewer, and then it ends.
IN_A_RUN, IN_A_TEARDOWN = 40, 12


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with quiet_sandbox() as running:
        yield running


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_killed_run_whose_teardown_is_killed_twice_leaves_nothing_and_takes_nothing_of_others(
    folder: Path, sandbox: Sandbox, tmp_path: Path, *, whole: bool
) -> None:
    from tests.kill_matrix import CLEAN, RUN, Matrix  # noqa: PLC0415 - needs a way to fork

    matrix, rng = Matrix(folder.name, sandbox, tmp_path), Random(folder.name)

    for _ in range(8 if whole else 1):
        # After the call, before the journal hears of its answer: who wrote only then would not know what was made.
        point = Point(RUN, AFTER, rng.randint(1, IN_A_RUN))
        teardowns = [Point(CLEAN, rng.choice((BEFORE, AFTER)), rng.randint(1, IN_A_TEARDOWN)) for _ in range(2)]
        tried = matrix.attempt_in_one_run(point, teardowns)
        assert tried.killed >= 1
        assert tried.leaks == []
