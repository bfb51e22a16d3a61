"""Kill -9 at a sample of the calls of a run and of its teardown; `python -m tests.kill_matrix LAB` tries them all."""

import sys
from pathlib import Path
from random import Random

import pytest

from mlacoach.sandbox import Sandbox

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
SAMPLE = 6


def test_a_killed_run_and_a_killed_teardown_leave_nothing_and_take_nothing_of_others(tmp_path: Path) -> None:
    from tests.kill_matrix import Matrix  # noqa: PLC0415 - needs a way to fork

    with Sandbox() as sandbox:
        matrix = Matrix("s3-data-lake", sandbox, tmp_path)
        points = matrix.points(matrix.count())
        tried = matrix.attempt(Random(7).sample(points, SAMPLE))

    assert tried.killed == SAMPLE
    assert tried.leaks == []
