"""The end-to-end lab as a script of its own."""

import importlib.util
from pathlib import Path

from mlacoach.content.lab_code import load_lab_code

ROOT = Path(__file__).resolve().parent.parent


def test_the_script_of_the_end_to_end_lab_runs_each_step_once_in_order() -> None:
    folder = ROOT / "labs" / "build-ml-environment"
    spec = importlib.util.spec_from_file_location("build_ml_environment", folder / "build_ml_environment.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)

    assert len(script.PHASES) == 6
    in_phases = [step for steps in script.PHASES.values() for step in steps]
    assert in_phases == [step.name for step in load_lab_code(folder).steps]
