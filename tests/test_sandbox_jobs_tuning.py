"""Hyperparameter tuning: every strategy, limits, early stopping, warm start, failures, stop."""

import json
import statistics
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest

from mlacoach.sandbox.jobs.early_stopping import by_median, by_rung, rungs
from mlacoach.sandbox.jobs.ranges import space_of
from mlacoach.sandbox.jobs.suggesting import Known, suggester
from tests.sandbox_clients import refused
from tests.sandbox_jobs import REGISTRY, Lab, training

# A container that takes 0.1 s: its loss has its least value at x = 0.3, y = 30.
TRIAL = """
import json, sys, time
given = json.load(open("/opt/ml/input/config/hyperparameters.json"))
x, y = float(given.get("x", 0.3)), float(given.get("y", 30))
if given.get("kind") == "broken":
    sys.exit("broken")
for step in range(int(given.get("steps", 1))):
    print(f"loss={(x - 0.3) ** 2 + ((y - 30) / 100) ** 2:.6f};", flush=True)
    time.sleep(float(given.get("pause", 0)))
"""
RANGES = {
    "ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "1"}],
    "IntegerParameterRanges": [{"Name": "y", "MinValue": "0", "MaxValue": "100"}],
}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("world"))
    program = tmp_path_factory.mktemp("program") / "trial.py"
    program.write_text(TRIAL)
    lab.command = f"python -I -S {program}"  # type: ignore[attr-defined]
    yield lab
    lab.close()


def request(lab: Lab, strategy: str, ranges: dict[str, Any], most: int | None = 6, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    definition = training(
        f"{REGISTRY}/mine:1",
        spec={"MetricDefinitions": [{"Name": "loss", "Regex": "loss=(.*?);"}]},
        Environment={"SANDBOX_COMMAND": lab.command},  # type: ignore[attr-defined]
    )
    definition.pop("HyperParameters")
    limits = {"MaxParallelTrainingJobs": more.pop("parallel", 2), **({"MaxNumberOfTrainingJobs": most} if most else {})}
    config = {
        "Strategy": strategy,
        "HyperParameterTuningJobObjective": {"Type": "Minimize", "MetricName": more.pop("metric", "loss")},
        "ResourceLimits": limits,
        "ParameterRanges": ranges,
        "RandomSeed": 3,
        **more.pop("config", {}),
    }
    static = {key: str(value) for key, value in more.pop("static", {}).items()}
    return {
        "HyperParameterTuningJobConfig": config,
        "TrainingJobDefinition": {**definition, "StaticHyperParameters": static},
        **more,
    }


def tune(lab: Lab, name: str, *args: Any, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    lab.sagemaker.create_hyper_parameter_tuning_job(HyperParameterTuningJobName=name, **request(lab, *args, **more))
    lab.ended("HyperParameterTuningJob", name)
    shown: dict[str, Any] = lab.sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName=name)
    return shown


def trials(lab: Lab, name: str, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    pages = lab.sagemaker.get_paginator("list_training_jobs_for_hyper_parameter_tuning_job")
    return [
        row for page in pages.paginate(HyperParameterTuningJobName=name, **more) for row in page["TrainingJobSummaries"]
    ]


def test_random_search_runs_as_many_jobs_as_it_may_and_shows_the_best(lab: Lab) -> None:
    job = tune(lab, "chance", "Random", RANGES, Tags=[{"Key": "team", "Value": "a"}])
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    assert job["TrainingJobStatusCounters"]["Completed"] == 6
    assert job["ObjectiveStatusCounters"] == {"Succeeded": 6, "Pending": 0, "Failed": 0}
    rows = trials(
        lab, "chance", SortBy="FinalObjectiveMetricValue", SortOrder="Ascending", PaginationConfig={"PageSize": 4}
    )
    losses = [row["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] for row in rows]
    assert losses == sorted(losses)
    assert len({row["TunedHyperParameters"]["x"] for row in rows}) == 6
    best = job["BestTrainingJob"]
    assert best["TrainingJobName"] == rows[0]["TrainingJobName"]
    x, y = (float(best["TunedHyperParameters"][name]) for name in "xy")
    assert best["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] == pytest.approx(
        (x - 0.3) ** 2 + ((y - 30) / 100) ** 2, abs=1e-5
    )
    child = lab.sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    assert child["TuningJobArn"] == job["HyperParameterTuningJobArn"]
    assert child["HyperParameters"]["x"] == best["TunedHyperParameters"]["x"]
    tags = lab.sagemaker.list_tags(ResourceArn=child["TrainingJobArn"])["Tags"]
    assert tags == [{"Key": "team", "Value": "a"}]


def test_a_grid_is_tried_once_each(lab: Lab) -> None:
    words = {
        "CategoricalParameterRanges": [
            {"Name": "x", "Values": ["0.1", "0.3", "0.9"]},
            {"Name": "y", "Values": ["10", "30"]},
        ]
    }
    job = tune(lab, "grid", "Grid", words, most=None)
    assert job["TrainingJobStatusCounters"]["Completed"] == 6
    pairs = {(row["TunedHyperParameters"]["x"], row["TunedHyperParameters"]["y"]) for row in trials(lab, "grid")}
    assert len(pairs) == 6
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"x": "0.3", "y": "30"}


def _search(strategy: str, seed: int, count: int = 20) -> float:
    """The least loss that a strategy finds of a valley in two dimensions."""
    space = space_of(RANGES)
    suggest, known = suggester(strategy, space, Random(seed)), []
    for _ in range(count):
        values = suggest(known)
        assert values is not None
        loss = (float(values["x"]) - 0.3) ** 2 + ((float(values["y"]) - 30) / 100) ** 2
        known.append(Known(values, -loss))
    return min(-one.worth for one in known if one.worth is not None)


def test_bayesian_search_finds_the_planted_optimum_better_than_chance() -> None:
    guided = [_search("Bayesian", seed) for seed in range(6)]
    chance = [_search("Random", seed) for seed in range(6)]
    assert statistics.median(guided) < 0.001
    assert statistics.median(guided) < statistics.median(chance) / 3


def test_bayesian_search_runs(lab: Lab) -> None:
    job = tune(lab, "guided", "Bayesian", RANGES, most=10)
    assert job["TrainingJobStatusCounters"]["Completed"] == 10
    assert job["BestTrainingJob"]["FinalHyperParameterTuningJobObjectiveMetric"]["Value"] < 0.02


def test_a_warm_start_begins_with_what_its_parent_found(lab: Lab) -> None:
    parent = tune(lab, "parent", "Bayesian", RANGES, most=8, parallel=1)
    assert parent["HyperParameterTuningJobStatus"] == "Completed"
    warm = {
        "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "parent"}],
        "WarmStartType": "IdenticalDataAndAlgorithm",
    }
    job = tune(lab, "warm", "Bayesian", RANGES, most=3, parallel=1, WarmStartConfig=warm)
    # With the same seed and nothing known, its first three would be its parent's, drawn by chance.
    metric = "FinalHyperParameterTuningJobObjectiveMetric"
    cold, hot = ([row[metric]["Value"] for row in trials(lab, name)[:3]] for name in ("parent", "warm"))
    assert min(hot) < min(cold)
    assert job["OverallBestTrainingJob"] == job["BestTrainingJob"]
    absent = {**warm, "ParentHyperParameterTuningJobs": [{"HyperParameterTuningJobName": "nobody"}]}
    create = lab.sagemaker.create_hyper_parameter_tuning_job
    asked = request(lab, "Random", RANGES, WarmStartConfig=absent)
    assert "nobody does not exist" in refused(create, HyperParameterTuningJobName="orphan", **asked)[1]


def test_failed_children_are_counted_and_all_of_them_fail_the_job(lab: Lab) -> None:
    kinds = {"CategoricalParameterRanges": [{"Name": "kind", "Values": ["fine", "broken"]}]}
    job = tune(lab, "some", "Grid", kinds, most=2)
    assert job["HyperParameterTuningJobStatus"] == "Completed"
    assert job["TrainingJobStatusCounters"]["NonRetryableError"] == 1
    assert job["BestTrainingJob"]["TunedHyperParameters"] == {"kind": "fine"}
    broken = {"CategoricalParameterRanges": [{"Name": "kind", "Values": ["broken"]}]}
    job = tune(lab, "none", "Grid", broken, most=1)
    assert job["HyperParameterTuningJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("All training jobs failed.")
    assert "BestTrainingJob" not in job


def test_stopping_stops_the_children(lab: Lab) -> None:
    asked = request(lab, "Random", RANGES, most=20, static={"steps": 1000, "pause": 1})
    lab.sagemaker.create_hyper_parameter_tuning_job(HyperParameterTuningJobName="halted", **asked)
    record = lab.world.store.get("HyperParameterTuningJob", "halted")
    assert record is not None
    lab.world.store.wait(record, lambda now: bool(now and now["TrainingJobStatusCounters"]["InProgress"] == 2), 30)
    lab.sagemaker.stop_hyper_parameter_tuning_job(HyperParameterTuningJobName="halted")
    job = lab.ended("HyperParameterTuningJob", "halted")
    assert job["HyperParameterTuningJobStatus"] == "Stopped"
    assert {row["TrainingJobStatus"] for row in trials(lab, "halted")} == {"Stopped"}
    assert len(trials(lab, "halted")) == 2


def test_hyperband_stops_what_is_behind(lab: Lab) -> None:
    config = {"StrategyConfig": {"HyperbandStrategyConfig": {"MinResource": 1, "MaxResource": 9}}}
    job = tune(lab, "band", "Hyperband", RANGES, most=6, parallel=2, static={"steps": 9, "pause": 0.15}, config=config)
    assert job["HyperParameterTuningJobStatus"] == "Completed", job.get("FailureReason")
    counts = job["TrainingJobStatusCounters"]
    assert counts["Stopped"] >= 1
    assert counts["Stopped"] + counts["Completed"] == 6


def test_a_target_that_is_reached_ends_the_search(lab: Lab) -> None:
    config = {"TuningJobCompletionCriteria": {"TargetObjectiveMetricValue": 1.0}}
    job = tune(lab, "enough", "Random", RANGES, most=30, parallel=1, config=config)
    assert job["TrainingJobStatusCounters"]["Completed"] < 5


@pytest.mark.parametrize(
    ("strategy", "ranges", "more", "says"),
    [
        ("Grid", RANGES, {}, "Grid search supports categorical"),
        (
            "Random",
            {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "2", "MaxValue": "1"}]},
            {},
            "greater than its MaxValue",
        ),
        ("Random", RANGES, {"metric": "accuracy"}, "The objective metric [accuracy]"),
        ("Random", RANGES, {"static": {"x": 1}}, "both static and in a range"),
        (
            "Grid",
            {"CategoricalParameterRanges": [{"Name": "k", "Values": ["a", "b"]}]},
            {"most": 5},
            "number of combinations of the grid (2)",
        ),
    ],
)
def test_what_cannot_be_tuned_is_refused(
    lab: Lab, strategy: str, ranges: dict[str, Any], more: dict[str, Any], says: str
) -> None:
    code, said = refused(
        lab.sagemaker.create_hyper_parameter_tuning_job,
        HyperParameterTuningJobName="refused",
        **request(lab, strategy, ranges, **more),
    )
    assert code == "ValidationException"
    assert says in said


def test_scales_put_half_of_the_points_where_they_say() -> None:
    numbers = {"MinValue": "0.001", "MaxValue": "1"}
    log, reverse = (
        {**numbers, "Name": "a", "ScalingType": "Logarithmic"},
        {"Name": "b", "MinValue": "0", "MaxValue": "0.999", "ScalingType": "ReverseLogarithmic"},
    )
    space = space_of({"ContinuousParameterRanges": [log, reverse]})
    rng = Random(1)
    drawn = [space.draw(rng) for _ in range(500)]
    assert statistics.median(float(one["a"]) for one in drawn) == pytest.approx(0.0316, rel=0.4)
    assert statistics.median(float(one["b"]) for one in drawn) == pytest.approx(0.968, abs=0.02)
    assert all(space.point(one) == pytest.approx(space.point(space.values(space.point(one)))) for one in drawn[:20])
    assert json.dumps(space.values((0.0, 1.0))) == '{"a": "0.001", "b": "0.999"}'


def test_who_is_behind_is_stopped_and_who_leads_is_not() -> None:
    others = [[0.5, 0.6, 0.7], [0.6, 0.7, 0.8], [0.4, 0.5, 0.6]]
    assert by_median([0.1, 0.2], others)
    assert not by_median([0.7, 0.9], others)
    assert not by_median([0.1, 0.2], others[:2])
    assert rungs(1, 27) == [1, 3, 9]
    assert by_rung([0.1, 0.1, 0.1], others, [1, 3])
    assert not by_rung([0.9, 0.9, 0.9], others, [1, 3])
