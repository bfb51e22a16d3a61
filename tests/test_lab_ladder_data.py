"""The labs on data and operations: one climb each, and before each step every wrong solution that lab.yaml names."""

from collections.abc import Iterator

import pytest

from mlacoach.labs import trips
from mlacoach.sandbox import Sandbox
from tests.test_lab_ladder_models import check_the_help, climb_past_wrong_solutions

LABS = (
    "data-quality-rules",
    "feature-store",
    "glue-crawler-athena",
    "glue-etl-parquet",
    "lambda-api-endpoint",
    "least-privilege-kms-vpc",
    "model-monitor-drift",
    "pre-training-bias",
    "processing-clean-split",
    "streaming-ingestion",
)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with pytest.MonkeyPatch.context() as patch:
        # Several threads for a few hundred rows wait for each other longer than they work.
        patch.setenv("OMP_NUM_THREADS", "1")
        with Sandbox() as running:
            yield running


@pytest.mark.parametrize("lab", LABS)
def test_a_wrong_solution_is_not_taken_for_done_and_the_right_one_is(lab: str, sandbox: Sandbox) -> None:
    climb_past_wrong_solutions(lab, sandbox)


@pytest.mark.parametrize("lab", LABS)
def test_each_step_has_a_hint_and_the_lab_asks_twice_at_least(lab: str) -> None:
    check_the_help(lab)


def test_the_trips_are_the_same_on_every_computer() -> None:
    assert trips.trips("2026-10")[0] == ("202610-0001", "2026-10-01 06:49:00", "s03", "member", 1.41, 12.5, 0)
    assert [sum(trip.late for trip in trips.trips(month)) for month in trips.MONTHS] == [75, 64]
