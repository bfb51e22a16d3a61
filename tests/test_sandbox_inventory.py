"""docs/sandbox.md says what the code does."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mlacoach.sandbox import assemble
from mlacoach.sandbox.call import Call
from mlacoach.sandbox.engines import Engines, Runner
from mlacoach.sandbox.inventory import Depth, counts, depth, page
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.world import World

DOCS = Path(__file__).resolve().parent.parent / "docs"


def _answer(_call: Call) -> Mapping[str, Any]:
    return {}


def _start(_world: World, _record: Record) -> None:
    """Nothing."""


def test_the_page_is_current() -> None:
    """Write it anew with: python -m mlacoach.sandbox.inventory > docs/sandbox.md."""
    assert (DOCS / "sandbox.md").read_text(encoding="utf-8") == page(assemble.engines())


def test_what_is_registered_shows() -> None:
    engines = Engines()
    assemble.control.register(engines)
    assert depth(engines, "sagemaker", "CreateTrainingJob") is Depth.AWAITS
    assert depth(engines, "sagemaker", "CreateModel") is Depth.STORED
    assert depth(engines, "sagemaker", "RenderUiTemplate") is Depth.ABSENT
    assert depth(engines, "athena", "StartQueryExecution") is None

    engines.runs("TrainingJob", Runner(_start))
    engines.add("athena", "StartQueryExecution", _answer)
    assert depth(engines, "sagemaker", "CreateTrainingJob") is Depth.RUNS
    assert depth(engines, "athena", "StartQueryExecution") is Depth.RUNS


def test_three_hundred_operations_of_sagemaker_have_an_engine() -> None:
    found = counts(assemble.engines(), "sagemaker")

    assert found[Depth.STORED] + found[Depth.RUNS] + found[Depth.AWAITS] >= 300
    assert found[Depth.ABSENT] < 100
