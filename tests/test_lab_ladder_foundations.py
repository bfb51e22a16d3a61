"""The end-to-end lab and the labs on foundations: one climb each past every wrong solution, and what stands beside."""

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlacoach.content.lab_code import load_lab_code
from mlacoach.labs import flats
from mlacoach.sandbox import Sandbox
from tests.test_lab_ladder_models import check_the_help, climb_past_wrong_solutions

ROOT = Path(__file__).resolve().parent.parent
LABS = (
    "build-ml-environment",
    "cicd-for-models",
    "iam-cross-account",
    "ml-infrastructure-as-code",
    "vpc-for-ml",
    "watch-and-audit",
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch:
        # Several threads for some rows wait for each other longer than they work.
        patch.setenv("OMP_NUM_THREADS", "1")
        with Sandbox() as running:
            yield running


@pytest.mark.parametrize("lab", LABS)
def test_a_wrong_solution_is_not_taken_for_done_and_the_right_one_is(lab: str, sandbox: Sandbox) -> None:
    climb_past_wrong_solutions(lab, sandbox)


@pytest.mark.parametrize("lab", LABS)
def test_each_step_has_a_hint_and_the_lab_asks_twice_at_least(lab: str) -> None:
    check_the_help(lab)


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


def test_there_are_50_000_offers_and_they_are_the_same_on_every_computer() -> None:
    assert len(flats.flats()) == flats.LINES
    assert flats.flats()[0] == flats.Flat(
        "f00000", "2025-01-20", "d34", 75.7, 3, 0, 1926, 1379, "district", 230.7, 1150.71
    )
    parts = [flats.part_of(flat) for flat in flats.sound().values()]
    assert [parts.count(part) for part in ("train", "validation", "test")] == [40308, 4474, 4487]
