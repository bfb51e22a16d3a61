"""Kill -9 at a sample of the calls of a run and of its teardown; `python -m tests.kill_matrix LAB` tries them all."""

import sys
from pathlib import Path
from random import Random

import pytest

from mlacoach.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
# Of the calls of each phase.
SAMPLE, LARGE_SAMPLE = 2, 8


def test_a_killed_run_and_a_killed_teardown_leave_nothing_and_take_nothing_of_others(
    tmp_path: Path, *, whole: bool
) -> None:
    from tests.kill_matrix import CLEAN, RUN, Matrix  # noqa: PLC0415 - needs a way to fork

    with Sandbox() as sandbox:
        matrix = Matrix("s3-data-lake", sandbox, tmp_path, services=("s3", "glue"))
        points = matrix.points()
        rng, count = Random(7), LARGE_SAMPLE if whole else SAMPLE
        tried = matrix.attempt(
            [
                point
                for phase in (RUN, CLEAN)
                for point in rng.sample([each for each in points if each.phase == phase], count)
            ]
        )

    assert tried.killed == 2 * count
    assert tried.leaks == []
