"""Baselines, what is found against them, and schedules over what an endpoint has captured."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlacoach.sandbox import control, jobs, monitor, serving
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.monitor import drift, profile, quality
from mlacoach.sandbox.monitor.analysis import analyse as analyse_here
from mlacoach.sandbox.monitor.reading import Dataset, Unreadable
from mlacoach.sandbox.schedules.firing import fire
from tests.sandbox_clients import ROLE, client_of, refused
from tests.sandbox_endpoints import Endpoints, until
from tests.sandbox_jobs import BUCKET, Lab

ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
INPUT, OUTPUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
RESOURCES = {"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 1}}
COLUMNS = ("label", "age", "income", "plan")
# Answers what the second number of a row rounds to.
SCRIPT = """
def model_fn(folder):
    return None
def transform_fn(model, data, content_type, accept):
    text = data if isinstance(data, str) else data.decode()
    return str(round(float(text.split(",")[1]) / 2000, 3))
"""
PATIENCE = 60.0


def register(engines: Engines) -> None:
    for part in (control, jobs, serving, monitor):
        part.register(engines)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("monitor"), register)
    yield lab
    lab.close()


def people(count: int, seed: int = 1, older: int = 0) -> list[list[str]]:
    rng = random.Random(seed)
    return [
        [
            f"{rng.random():.3f}",
            str(rng.randint(20, 60) + older),
            f"{rng.uniform(500, 1500):.2f}",
            rng.choice(["free", "pro"]),
        ]
        for _ in range(count)
    ]


def csv_of(rows: Sequence[Sequence[str]], header: Sequence[str] = COLUMNS) -> str:
    return "\n".join(",".join(row) for row in [header, *rows]) + "\n"


def analyse(lab: Lab, name: str, data: str, environment: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401
    """A processing job of the analyzer that has ended."""
    place = {"S3Uri": data, "LocalPath": f"{INPUT}/data", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    output = {"S3Uri": f"s3://{BUCKET}/{name}", "LocalPath": OUTPUT, "S3UploadMode": "EndOfJob"}
    own = {
        "dataset_format": json.dumps({"csv": {"header": True}}), "output_path": OUTPUT,
        "dataset_source": f"{INPUT}/data", "publish_cloudwatch_metrics": "Disabled",
    }  # fmt: skip
    lab.sagemaker.create_processing_job(
        ProcessingJobName=name, RoleArn=ROLE, AppSpecification={"ImageUri": ANALYZER},
        ProcessingInputs=[{"InputName": "data", "S3Input": place}],
        ProcessingResources=RESOURCES, Environment={**own, **(environment or {})},
        ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": output}]},
    )  # fmt: skip
    return lab.ended("ProcessingJob", name)


def document(lab: Lab, key: str) -> Any:  # noqa: ANN401
    return json.loads(lab.get(key))


@pytest.fixture(scope="module")
def baseline(lab: Lab) -> str:
    """The prefix of a baseline of 2,000 people."""
    rows = people(2000)
    rows[5][3] = ""
    job = analyse(lab, "baseline", lab.put("data/people.csv", csv_of(rows)))
    assert job["ProcessingJobStatus"] == "Completed", job
    return f"s3://{BUCKET}/baseline"


def test_a_baseline_says_what_is_in_each_column_and_what_to_demand(lab: Lab, baseline: str) -> None:
    assert baseline
    statistics = document(lab, "baseline/statistics.json")
    assert statistics["dataset"] == {"item_count": 2000}
    _, age, _, plan = statistics["features"]
    assert [each["inferred_type"] for each in statistics["features"]] == [
        "Fractional",
        "Integral",
        "Fractional",
        "String",
    ]
    truth = np.array([float(row[1]) for row in people(2000)])
    numbers = age["numerical_statistics"]
    assert (numbers["mean"], numbers["std_dev"]) == pytest.approx((truth.mean(), truth.std()))
    assert (numbers["min"], numbers["max"], numbers["sum"]) == (truth.min(), truth.max(), truth.sum())
    buckets = numbers["distribution"]["kll"]["buckets"]
    assert (len(buckets), sum(one["count"] for one in buckets)) == (10, 2000)
    assert plan["string_statistics"]["common"] == {"num_present": 1999, "num_missing": 1}
    assert plan["string_statistics"]["distinct_count"] == 2.0
    demands = document(lab, "baseline/constraints.json")
    assert demands["features"][1] == {
        "name": "age", "inferred_type": "Integral", "completeness": 1.0, "num_constraints": {"is_non_negative": True}
    }  # fmt: skip
    assert demands["features"][3]["completeness"] == 1999 / 2000
    assert sorted(demands["features"][3]["string_constraints"]["domains"]) == ["free", "pro"]
    assert demands["monitoring_config"]["distribution_constraints"]["comparison_method"] == "Robust"


class Check:
    """The analyzer on data of ours, in this process, against the baseline."""

    def __init__(self, lab: Lab, folder: Path) -> None:
        self.folder = folder
        for name in ("constraints", "statistics"):
            (folder / f"{name}.json").write_bytes(lab.get(f"baseline/{name}.json"))

    def __call__(self, data: str, form: Mapping[str, Any] | None = None) -> tuple[str, list[dict[str, str]]]:
        """The exit message and the violations."""
        source, output = self.folder / "in", self.folder / "out"
        source.mkdir(exist_ok=True)
        (source / "data").write_text(data)
        given = {f"baseline_{name}": str(self.folder / f"{name}.json") for name in ("constraints", "statistics")}
        given |= {"dataset_source": str(source), "output_path": str(output)}
        message = analyse_here(self.folder, {**given, "dataset_format": json.dumps(form or {"csv": {"header": True}})})
        return message, json.loads((output / "constraint_violations.json").read_text())["violations"]


def test_sound_data_violates_nothing_and_each_fault_is_named(lab: Lab, baseline: str, tmp_path: Path) -> None:
    assert baseline
    check = Check(lab, tmp_path)
    message, found = check(csv_of(people(500, 2)))
    assert (message, found) == ("Completed: Job completed successfully with no violations.", [])
    rows = people(500, 3, older=15)
    rows[0][1], rows[1][2], rows[2][3] = "old", "", "gold"
    message, found = check(csv_of([[*row, "x"] for row in rows], [*COLUMNS, "more"]))
    kinds = {(each["feature_name"], each["constraint_check_type"]) for each in found}
    assert kinds == {
        ("Extra columns", "extra_column_check"), ("age", "data_type_check"), ("income", "completeness_check"),
        ("plan", "categorical_values_check"), ("age", "baseline_drift_check"),
    }  # fmt: skip
    assert message == "CompletedWithViolations: Job completed successfully with 5 violations."
    said = {each["constraint_check_type"]: each["description"] for each in found}
    assert said["data_type_check"].endswith("Observed: Only 99.8% of data is Integral.")
    _, found = check(csv_of([row[:3] for row in people(500, 2)], COLUMNS[:3]))
    assert [each["constraint_check_type"] for each in found] == ["missing_column_check"]
    lines = "\n".join(json.dumps(dict(zip(COLUMNS, [float(row[0]), int(row[1]), float(row[2]), row[3]], strict=True)))
                      for row in people(500, 2))  # fmt: skip
    assert check(lines, {"json": {"line": True}})[1] == []
    with pytest.raises(Unreadable, match="not known"):
        check("", {"orc": {}})


def test_distances_are_those_worked_out_by_hand() -> None:
    def feature(*values: str, kind: str = "Integral") -> dict[str, Any]:
        return profile.feature("x", values, kind)

    first, second = feature("1", "2", "3", "4"), feature("3", "4", "5", "6")
    assert drift.distance(first, second, "Simple") == pytest.approx(0.5)
    assert drift.distance(first, second, "Robust") == 0.0
    many, moved = feature(*map(str, range(1000))), feature(*map(str, range(300, 1300)))
    assert drift.distance(many, moved, "Simple") == pytest.approx(0.3)
    assert drift.distance(many, moved, "Robust") == pytest.approx(0.3 - 1.8 * (2000 / 1_000_000) ** 0.5)
    texts = feature("a", "a", "b", "b", kind="String"), feature("a", "b", "b", "c", kind="String")
    assert drift.distance(*texts, "Simple") == pytest.approx(0.25)
    assert drift.distance(first, texts[0], "Simple") is None
    # A sketch of many values stands for all of them.
    large = feature(*map(str, range(100_000)))
    values, weights = profile.weighted(large["numerical_statistics"])
    assert (weights.sum(), len(values) < 4096) == (100_000, True)
    assert abs(float(np.average(values, weights=weights)) - 49_999.5) < 50
    assert (
        profile.statistics(Dataset(["a"], [[None, None]], is_named=True))["features"][0]["inferred_type"] == "Unknown"
    )


def test_model_quality_is_measured_as_by_hand() -> None:
    labels, said = ["1", "1", "1", "0", "0", "0", "0", "1"], ["1", "1", "0", "0", "0", "1", "0", "1"]
    scores = [0.9, 0.8, 0.3, 0.2, 0.1, 0.6, 0.3, 0.7]
    found = quality.metrics("BinaryClassification", labels, said, scores)["binary_classification_metrics"]
    value = {name: each["value"] for name, each in found.items() if name != "confusion_matrix"}
    assert found["confusion_matrix"] == {"0": {"0": 3, "1": 1}, "1": {"0": 1, "1": 3}}
    assert (value["recall"], value["precision"], value["accuracy"]) == (0.75, 0.75, 0.75)
    assert (value["false_positive_rate"], value["f1"], value["f2"]) == (0.25, 0.75, pytest.approx(0.75))
    # Of 16 pairs, 14 are in order and one is tied.
    assert value["auc"] == pytest.approx(14.5 / 16)
    found = quality.metrics("Regression", ["1", "2", "3"], ["1", "2", "5"], None)["regression_metrics"]
    assert found["mae"]["value"] == pytest.approx(2 / 3)
    assert found["rmse"]["value"] == pytest.approx((4 / 3) ** 0.5)
    assert found["r2"]["value"] == pytest.approx(1 - (4 / 3) / (2 / 3))
    many = quality.metrics("MulticlassClassification", list("aabbc"), list("abbbc"), None)
    assert many["multiclass_classification_metrics"]["accuracy"]["value"] == pytest.approx(0.8)
    assert many["multiclass_classification_metrics"]["weighted_precision"]["value"] == pytest.approx(
        0.4 * 1 + 0.4 * 2 / 3 + 0.2 * 1
    )


def test_model_quality_of_a_table_becomes_a_baseline(lab: Lab) -> None:
    rows = [[str(number % 2), f"{(number % 10) / 10:.1f}"] for number in range(100)]
    data = lab.put("data/predictions.csv", csv_of(rows, ["label", "probability"]))
    about = {"analysis_type": "MODEL_QUALITY", "problem_type": "BinaryClassification",
             "ground_truth_attribute": "label", "probability_attribute": "probability",
             "probability_threshold_attribute": "0.45"}  # fmt: skip
    assert analyse(lab, "quality", data, about)["ProcessingJobStatus"] == "Completed"
    demands = document(lab, "quality/constraints.json")["binary_classification_constraints"]
    assert demands["accuracy"] == {"threshold": 0.6, "comparison_operator": "LessThanThreshold"}
    assert demands["false_positive_rate"]["comparison_operator"] == "GreaterThanThreshold"


@pytest.fixture(scope="module")
def endpoint(lab: Lab) -> str:
    """An endpoint that has captured a hundred requests."""
    ends = Endpoints(lab.inside.url)
    kinds = {"CsvContentTypes": ["text/csv"]}
    capture = {
        "EnableCapture": True, "InitialSamplingPercentage": 100, "DestinationS3Uri": f"s3://{BUCKET}/captured",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}], "CaptureContentTypeHeader": kinds,
    }  # fmt: skip
    name = ends.serve(ends.variant(ends.model(ends.script(SCRIPT))), DataCaptureConfig=capture)
    for number, row in enumerate(people(100, 4, older=30)):
        ends.ask(name, ",".join(row[1:]).encode(), InferenceId=f"id-{number}")
    return name


def ran(lab: Lab, schedule: str, count: int = 1) -> dict[str, Any]:
    """The last execution of a schedule, once it has ended."""
    record = lab.world.store.get("MonitoringSchedule", schedule)
    assert record is not None

    def ended() -> list[Any]:
        executions = [one for one in lab.world.store.all("MonitoringExecution") if one.key.startswith(f"{schedule}/")]
        done = {"Completed", "CompletedWithViolations", "Failed", "Stopped"}
        return [one for one in executions if one["MonitoringExecutionStatus"] in done]

    lab.world.store.wait(record, lambda _: len(ended()) >= count, PATIENCE)
    rows = lab.sagemaker.list_monitoring_executions(MonitoringScheduleName=schedule)["MonitoringExecutionSummaries"]
    assert len(rows) == count
    return dict(rows[0])


def source(endpoint: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return {"EndpointInput": {"EndpointName": endpoint, "LocalPath": f"{INPUT}/endpoint", **more}}


def common(name: str) -> dict[str, Any]:
    return {
        "JobDefinitionName": name, "JobResources": RESOURCES, "RoleArn": ROLE,
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }  # fmt: skip


def outputs(name: str) -> dict[str, Any]:
    return {"MonitoringOutputs": [{"S3Output": {"S3Uri": f"s3://{BUCKET}/{name}", "LocalPath": f"{OUTPUT}/x"}}]}


def schedule(lab: Lab, name: str, kind: str, expression: str = "cron(0 * ? * * *)") -> None:
    config = {
        "MonitoringJobDefinitionName": name, "MonitoringType": kind,
        "ScheduleConfig": {"ScheduleExpression": expression},
    }  # fmt: skip
    lab.sagemaker.create_monitoring_schedule(MonitoringScheduleName=name, MonitoringScheduleConfig=config)


def test_a_schedule_that_is_fired_finds_drift_in_what_an_endpoint_captured(
    lab: Lab, baseline: str, endpoint: str
) -> None:
    lab.sagemaker.create_data_quality_job_definition(
        **common("data"), DataQualityAppSpecification={"ImageUri": ANALYZER}, DataQualityJobInput=source(endpoint),
        DataQualityBaselineConfig={"ConstraintsResource": {"S3Uri": f"{baseline}/constraints.json"},
                                   "StatisticsResource": {"S3Uri": f"{baseline}/statistics.json"}},
        DataQualityJobOutputConfig=outputs("results"),
    )  # fmt: skip
    schedule(lab, "data", "DataQuality")
    shown = lab.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="data")
    assert (shown["MonitoringScheduleStatus"], shown["EndpointName"]) == ("Scheduled", endpoint)
    assert lab.sagemaker.list_monitoring_schedules(EndpointName=endpoint)["MonitoringScheduleSummaries"]
    until_captured(lab, 100)
    assert fire(lab.inside.engines, lab.world, "data") == "MonitoringSchedule"
    last = ran(lab, "data")
    assert last["MonitoringExecutionStatus"] == "CompletedWithViolations", last
    job = lab.sagemaker.describe_processing_job(ProcessingJobName=last["ProcessingJobArn"].rpartition("/")[2])
    url = job["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"]
    assert url.startswith(f"s3://{BUCKET}/results/{endpoint}/data/")
    found = document(lab, f"{url.removeprefix(f's3://{BUCKET}/')}/constraint_violations.json")["violations"]
    assert ("age", "baseline_drift_check") in {(one["feature_name"], one["constraint_check_type"]) for one in found}
    metrics = client_of(lab.inside.url, "cloudwatch").list_metrics(Namespace="aws/sagemaker/Endpoints/data-metrics")
    names = {
        each["MetricName"]: {one["Name"]: one["Value"] for one in each["Dimensions"]} for each in metrics["Metrics"]
    }
    assert names["feature_baseline_drift_age"] == {"Endpoint": endpoint, "MonitoringSchedule": "data"}
    assert {"feature_non_null_plan", "feature_data_income"} <= set(names)
    lab.sagemaker.stop_monitoring_schedule(MonitoringScheduleName="data")
    shown = lab.sagemaker.describe_monitoring_schedule(MonitoringScheduleName="data")
    assert shown["MonitoringScheduleStatus"] == "Stopped"
    assert shown["LastMonitoringExecutionSummary"]["MonitoringExecutionStatus"] == "CompletedWithViolations"
    lab.sagemaker.start_monitoring_schedule(MonitoringScheduleName="data")
    lab.sagemaker.delete_monitoring_schedule(MonitoringScheduleName="data")


def until_captured(lab: Lab, count: int) -> None:
    """The capture of an endpoint is written every half second."""

    def lines() -> int:
        return sum(len(lab.get(key).splitlines()) for key in lab.keys("captured/"))

    until(lambda: lines() >= count, "the capture")


def test_labels_that_come_later_are_merged_with_predictions(lab: Lab, endpoint: str) -> None:
    until_captured(lab, 100)
    people_asked = people(100, 4, older=30)
    lines = [
        {"groundTruthData": {"data": str(int(float(row[2]) > 1000) if number % 10 else 0), "encoding": "CSV"},
         "eventMetadata": {"eventId": f"id-{number}"}, "eventVersion": "0"}
        for number, row in enumerate(people_asked)
    ]  # fmt: skip
    lab.put("truth/2026/11/21/12/labels.jsonl", "\n".join(json.dumps(line) for line in lines))
    good = {"recall": 1.0, "accuracy": 1.0, "auc": 0.5}
    demands = {name: {"threshold": value, "comparison_operator": "LessThanThreshold"} for name, value in good.items()}
    lab.put("quality-baseline/constraints.json", json.dumps({"binary_classification_constraints": demands}))
    application = {"ImageUri": ANALYZER, "ProblemType": "BinaryClassification"}
    lab.sagemaker.create_model_quality_job_definition(
        **common("merged"), ModelQualityAppSpecification=application,
        ModelQualityJobInput={**source(endpoint, ProbabilityAttribute="0", ProbabilityThresholdAttribute=0.5),
                              "GroundTruthS3Input": {"S3Uri": f"s3://{BUCKET}/truth"}},
        ModelQualityBaselineConfig={"ConstraintsResource": {
            "S3Uri": f"s3://{BUCKET}/quality-baseline/constraints.json"}},
        ModelQualityJobOutputConfig=outputs("merged"),
    )  # fmt: skip
    schedule(lab, "merged", "ModelQuality", "NOW")
    last = ran(lab, "merged")
    assert last["MonitoringExecutionStatus"] == "CompletedWithViolations", last
    key = next(key for key in lab.keys("merged/") if key.endswith("statistics.json"))
    found = document(lab, key)["binary_classification_metrics"]
    wrong = sum(float(row[2]) > 1000 for row in people_asked[::10])
    assert found["accuracy"]["value"] == pytest.approx(1 - wrong / 100)
    told = document(lab, key.replace("statistics", "constraint_violations"))["violations"]
    assert [one["metric_name"] for one in told] == ["accuracy"]
    metrics = client_of(lab.inside.url, "cloudwatch").list_metrics(Namespace="aws/sagemaker/Endpoints/model-metrics")
    assert "accuracy" in {each["MetricName"] for each in metrics["Metrics"]}


def test_a_schedule_needs_an_endpoint_a_definition_and_an_expression_that_make_sense(lab: Lab) -> None:
    ask = lab.sagemaker.create_monitoring_schedule
    config = {"MonitoringJobDefinitionName": "nobody", "MonitoringType": "DataQuality"}
    assert "nobody" in refused(ask, MonitoringScheduleName="a", MonitoringScheduleConfig=config)[1]
    lab.sagemaker.create_data_quality_job_definition(
        **common("lost"), DataQualityAppSpecification={"ImageUri": ANALYZER}, DataQualityJobInput=source("gone"),
        DataQualityJobOutputConfig=outputs("lost"),
    )  # fmt: skip
    config["MonitoringJobDefinitionName"] = "lost"
    assert (
        "Could not find endpoint gone" in refused(ask, MonitoringScheduleName="a", MonitoringScheduleConfig=config)[1]
    )
    assert lab.sagemaker.list_monitoring_schedules(NameContains="a")["MonitoringScheduleSummaries"] == []
