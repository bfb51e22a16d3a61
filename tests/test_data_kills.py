"""Kill -9 while a learner's data is copied, moved, merged or upgraded; `python -m tests.data_kills` tries 100."""

import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
SAMPLE = 7


def test_a_kill_loses_nothing_and_leaves_nothing_half(tmp_path: Path) -> None:
    from tests.data_kills import attempt  # noqa: PLC0415 - needs a way to fork

    tried = attempt(SAMPLE, 7, tmp_path)

    assert tried.kills == SAMPLE
    assert tried.losses == []
