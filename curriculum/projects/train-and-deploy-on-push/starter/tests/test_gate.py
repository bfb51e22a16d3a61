import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from gate import judge

PRESENT = {"macro_f1": 0.90, "test_sha256": "abc"}


@pytest.mark.parametrize(("value", "good"), [(0.95, True), (0.906, True), (0.902, False), (0.90, False), (0.5, False)])
def test_a_gain_above_the_margin_is_delivered(value, good):
    decision, why = judge(PRESENT, {**PRESENT, "macro_f1": value})

    assert decision is good
    assert "0.9" in why
    assert why.endswith(".")


@pytest.mark.parametrize("value", [None, "0.95", float("nan"), float("inf"), True])
def test_a_metric_that_is_no_number_is_refused(value):
    assert judge(PRESENT, {**PRESENT, "macro_f1": value})[0] is False


def test_a_missing_metric_is_refused_by_its_name():
    decision, why = judge(PRESENT, {"test_sha256": "abc"})

    assert decision is False
    assert "macro_f1" in why


def test_runs_on_different_test_data_are_not_compared():
    decision, why = judge(PRESENT, {"macro_f1": 0.99, "test_sha256": "other"})

    assert decision is False
    assert "data" in why


def test_the_first_run_is_delivered_if_it_is_sound():
    assert judge(None, PRESENT)[0] is True
    assert judge(None, {"macro_f1": float("nan"), "test_sha256": "abc"})[0] is False


def test_the_program_leaves_with_the_decision(tmp_path):
    (tmp_path / "new.json").write_text(json.dumps({**PRESENT, "macro_f1": 0.5}), encoding="utf-8")
    (tmp_path / "old.json").write_text(json.dumps(PRESENT), encoding="utf-8")
    command = [sys.executable, str(ROOT / "gate.py"), str(tmp_path / "old.json"), str(tmp_path / "new.json")]
    refused = subprocess.run(command, capture_output=True, text=True, check=False)

    assert refused.returncode == 1
    assert refused.stdout.strip().endswith(".")
