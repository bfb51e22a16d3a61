"""Bias metrics as worked out by hand, SHAP values as theory says, and Clarify's job against a model."""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from mlacoach.sandbox import control, jobs, serving
from mlacoach.sandbox.clarify import after, before, shap
from mlacoach.sandbox.clarify.drift import ndcg, violations
from mlacoach.sandbox.clarify.groups import is_one_of, said
from mlacoach.sandbox.clarify.settings import BadSettings, settings_of
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.telling import Event
from tests.sandbox_clients import ROLE
from tests.sandbox_endpoints import archive
from tests.sandbox_jobs import BUCKET, SKLEARN, Lab

CLARIFY = "205585389593.dkr.ecr.us-east-1.amazonaws.com/sagemaker-clarify-processing:1.0"
# Six of a, four of d: the label, the prediction, the facet, the group.
LABELS = [1, 1, 1, 1, 0, 0, 1, 0, 0, 0]
PREDICTED = [1, 1, 1, 0, 1, 0, 1, 1, 0, 0]
IN_D = [0, 0, 0, 0, 0, 0, 1, 1, 1, 1]
GROUPS = list("xxyyxyxyxy")
# 3 x0 - 2 x1, and x2 is nothing to it.
SCRIPT = """
def model_fn(folder):
    return None
def transform_fn(model, data, content_type, accept):
    text = data if isinstance(data, str) else data.decode()
    rows = [[float(cell) for cell in line.split(",")] for line in text.splitlines() if line]
    return "\\n".join(str(3 * row[0] - 2 * row[1]) for row in rows)
"""


def mask(values: list[int]) -> Any:  # noqa: ANN401
    return np.array(values, dtype=bool)


def test_bias_of_data_is_that_of_the_formulas() -> None:
    data = before.Data(mask(IN_D), mask(LABELS), [str(label) for label in LABELS], GROUPS)
    value = {name: measure(data) for name, (_, measure) in before.METRICS.items()}
    # P_a = (1/3, 2/3) for the labels 0 and 1, P_d = (3/4, 1/4).
    assert value["CI"] == pytest.approx((6 - 4) / 10)
    assert value["DPL"] == pytest.approx(2 / 3 - 1 / 4)
    assert value["KL"] == pytest.approx(1 / 3 * np.log(4 / 9) + 2 / 3 * np.log(8 / 3))
    middle = np.array([1 / 3 + 3 / 4, 2 / 3 + 1 / 4]) / 2
    parts = [1 / 3 * np.log(1 / 3 / middle[0]) + 2 / 3 * np.log(2 / 3 / middle[1]),
             3 / 4 * np.log(3 / 4 / middle[0]) + 1 / 4 * np.log(1 / 4 / middle[1])]  # fmt: skip
    assert value["JS"] == pytest.approx(sum(parts) / 2)
    assert value["LP"] == pytest.approx((2 * (5 / 12) ** 2) ** 0.5)
    assert (value["TVD"], value["KS"]) == (pytest.approx(5 / 12), pytest.approx(5 / 12))
    # x has rows 0 1 4 6 8: of 2 refused 1 is d, of 3 accepted 1.
    # y has rows 2 3 5 7 9: of 3 refused 2 are d, of 2 accepted none.
    assert value["CDDL"] == pytest.approx(0.5 * (1 / 2 - 1 / 3) + 0.5 * (2 / 3 - 0))
    assert before.cddl(before.Data(mask(IN_D), mask(LABELS), ["1"])) is None
    alone = before.Data(mask([0, 0, 1]), mask([1, 0, 1]), ["1", "0", "1"])
    assert before.kl(alone) == float("inf")


def test_bias_of_predictions_is_that_of_the_formulas() -> None:
    features = np.array([[0.0], [0.1], [0.2], [5.0], [5.1], [5.2], [0.1], [5.1], [0.0], [5.0]])
    data = after.Outcomes(mask(IN_D), mask(LABELS), mask(PREDICTED), GROUPS, features)
    value = {name: measure(data) for name, (_, measure) in after.METRICS.items()}
    # a: TP 3, FN 1, FP 1, TN 1. d: TP 1, FN 0, FP 1, TN 2.
    assert value["DPPL"] == pytest.approx(4 / 6 - 2 / 4)
    assert value["DI"] == pytest.approx((2 / 4) / (4 / 6))
    assert value["DCA"] == pytest.approx(4 / 4 - 1 / 2)
    assert value["DCR"] == pytest.approx(3 / 2 - 2 / 2)
    assert value["DAR"] == pytest.approx(3 / 4 - 1 / 2)
    assert value["DRR"] == pytest.approx(2 / 2 - 1 / 2)
    assert value["RD"] == pytest.approx(3 / 4 - 1 / 1)
    assert value["AD"] == pytest.approx(4 / 6 - 3 / 4)
    assert value["SD"] == pytest.approx(2 / 3 - 1 / 2)
    assert value["TE"] == pytest.approx(0 / 1 - 1 / 1)
    # Two false positives have a benefit of 2, a false negative 0, all others 1.
    benefit = np.array([1, 1, 1, 0, 2, 1, 1, 2, 1, 1])
    assert value["GE"] == pytest.approx(((benefit / 1.1) ** 2 - 1).sum() / 20)
    assert value["CDDPL"] == pytest.approx(0.5 * (1 / 1 - 1 / 4) + 0.5 * (1 / 3 - 1 / 2))
    # Each of d has the five nearest of a's six: of rows 6 and 8 four of five are accepted, of 7 and 9 three of five;
    # 6 and 7 are accepted themselves, 8 and 9 are not.
    assert value["FT"] == pytest.approx(2 / 4)


def analysis(dppl: float, di: float, weights: dict[str, float]) -> dict[str, Any]:
    metrics = [{"name": "DPPL", "value": dppl}, {"name": "DI", "value": di}, {"name": "FT", "value": None}]
    return {
        "post_training_bias_metrics": {"facets": {"sex": [{"value_or_threshold": "0", "metrics": metrics}]}},
        "explanations": {"kernel_shap": {"label0": {"global_shap_values": weights}}},
    }


def test_what_is_further_from_fair_than_before_is_a_violation() -> None:
    before_ = analysis(0.2, 0.8, {"a": 3.0, "b": 2.0, "c": 1.0})
    assert violations(analysis(-0.1, 1.1, {"a": 3.0, "b": 2.0, "c": 1.0}), before_) == []
    found = violations(analysis(-0.3, 0.7, {"a": 0.1, "b": 0.2, "c": 0.3}), before_)
    assert [(one.get("metric_name"), one["constraint_check_type"]) for one in found] == [
        ("DPPL", "bias_drift_check"), ("DI", "bias_drift_check"), ("shap", "feature_attribution_drift_check"),
    ]  # fmt: skip
    assert found[0]["description"] == "Value -0.3 does not meet the constraint requirement"
    # c b a instead of a b c: (1 + 2/log2(3) + 3/2) / (3 + 2/log2(3) + 1/2).
    second = 2 / np.log2(3)
    assert ndcg({"a": 3, "b": 2, "c": 1}, {"a": 0.1, "b": 0.2, "c": 0.3}) == pytest.approx(
        (1 + second + 1.5) / (3 + second + 0.5)
    )


def test_groups_are_values_or_what_is_above_a_threshold() -> None:
    ages = [str(20 + number) for number in range(20)]
    assert is_one_of(ages, [30], "age").sum() == 9
    assert said(ages, [30]) == "(30.0, 39.0]"
    flags = ["0", "1"] * 50
    assert is_one_of(flags, [1.0], "flag").sum() == 50
    assert said(flags, [1]) == "1"
    with pytest.raises(BadSettings, match="None of the values 7 occurs"):
        is_one_of(flags, [7, 7], "flag")
    with pytest.raises(BadSettings, match="pdp is not emulated"):
        settings_of({"methods": {"pdp": {}}})


def test_shap_values_are_exact_for_a_linear_model_and_close_for_sampled_coalitions() -> None:
    def ask(rows: list[list[str]]) -> Any:  # noqa: ANN401
        numbers = np.array(rows, dtype=float)
        return (numbers @ np.arange(numbers.shape[1]) + numbers[:, 0] * numbers[:, 1])[:, None]

    rng = np.random.default_rng(0)
    row, baseline = ["1", "2", "3"], [["0", "0", "0"], ["1", "0", "1"]]
    values, expected = shap.explain(row, baseline, ask, shap.coalitions(3, 100, rng))
    assert expected == pytest.approx([1.0])
    # x1 x0: against (0,0) both get half of 2; against (1,0) x1 gets all of it.
    assert values[:, 0] == pytest.approx([0.5, 2 + 1.5, 2 * (3 - 0.5)])
    wide, zeros = [str(number % 3) for number in range(12)], [["0"] * 12]
    sampled, _ = shap.explain(wide, zeros, ask, shap.coalitions(12, 800, rng))
    exact, _ = shap.explain(wide, zeros, ask, shap.coalitions(12, 5000, rng))
    assert sampled[:, 0] == pytest.approx(exact[:, 0], abs=0.2)
    assert sampled.sum() == pytest.approx(exact.sum())
    alone, _ = shap.explain(["4"], [["1"]], lambda rows: np.array(rows, dtype=float), shap.coalitions(1, 10, rng))
    assert alone.tolist() == [[3.0]]


def register(engines: Engines) -> None:
    for part in (control, jobs, serving):
        part.register(engines)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("clarify"), register)
    yield lab
    lab.close()


def clarify(lab: Lab, name: str, config: dict[str, Any], data: str) -> dict[str, Any]:
    places = {"analysis_config": lab.put(f"{name}/analysis_config.json", json.dumps(config)), "dataset": data}
    inputs = [
        {"InputName": key, "S3Input": {"S3Uri": url, "LocalPath": f"/opt/ml/processing/input/{key}",
                                       "S3DataType": "S3Prefix", "S3InputMode": "File"}}
        for key, url in places.items()
    ]  # fmt: skip
    output = {
        "S3Uri": f"s3://{BUCKET}/{name}/out",
        "LocalPath": "/opt/ml/processing/output",
        "S3UploadMode": "EndOfJob",
    }
    lab.sagemaker.create_processing_job(
        ProcessingJobName=name, RoleArn=ROLE, AppSpecification={"ImageUri": CLARIFY}, ProcessingInputs=inputs,
        ProcessingResources={
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
        ProcessingOutputConfig={"Outputs": [{"OutputName": "analysis_result", "S3Output": output}]},
    )  # fmt: skip
    return lab.ended("ProcessingJob", name)


def test_a_job_asks_a_shadow_endpoint_and_writes_metrics_and_explanations(lab: Lab) -> None:
    rng = np.random.default_rng(5)
    rows = np.round(rng.normal(size=(60, 3)), 3)
    rows[:, 2] = rng.integers(0, 2, 60)
    labels = (3 * rows[:, 0] - 2 * rows[:, 1] > 0.5).astype(int)
    names = ["target", "x0", "x1", "sex"]
    text = io.StringIO()
    csv.writer(text).writerows([[label, *row[:2], int(row[2])] for label, row in zip(labels, rows, strict=True)])
    data = lab.put("people/data.csv", text.getvalue())
    url = lab.put("models/line.tar.gz", archive({"code/inference.py": SCRIPT}))
    lab.sagemaker.create_model(
        ModelName="line", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": SKLEARN, "ModelDataUrl": url}
    )
    config = {
        "dataset_type": "text/csv", "headers": names, "label": "target", "label_values_or_threshold": [1],
        "facet": [{"name_or_index": "sex", "value_or_threshold": [0]}],
        "methods": {
            "pre_training_bias": {"methods": ["CI", "DPL"]}, "post_training_bias": {"methods": "all"},
            "shap": {"baseline": [[0, 0, 0]], "num_samples": 50, "agg_method": "mean_abs"},
        },
        "predictor": {"model_name": "line", "instance_type": "ml.m5.large", "initial_instance_count": 1,
                      "accept_type": "text/csv", "content_type": "text/csv", "probability_threshold": 0.5},
    }  # fmt: skip
    job = clarify(lab, "clarify-all", config, data)
    assert job["ProcessingJobStatus"] == "Completed", job
    found = json.loads(lab.get("clarify-all/out/analysis.json"))
    pre = found["pre_training_bias_metrics"]
    assert (pre["label"], pre["label_value_or_threshold"]) == ("target", "1")
    entry = pre["facets"]["sex"][0]
    in_d = rows[:, 2] == 0
    values = {one["name"]: one["value"] for one in entry["metrics"]}
    assert entry["value_or_threshold"] == "0"
    assert values == {
        "CI": pytest.approx((60 - 2 * in_d.sum()) / 60),
        "DPL": pytest.approx(labels[~in_d].mean() - labels[in_d].mean()),
    }
    after_ = {one["name"]: one["value"] for one in found["post_training_bias_metrics"]["facets"]["sex"][0]["metrics"]}
    # The model is right about everybody.
    assert (after_["AD"], after_["RD"], after_["GE"]) == (0.0, 0.0, 0.0)
    assert after_["DPPL"] == pytest.approx(values["DPL"])
    shap_ = found["explanations"]["kernel_shap"]["label0"]
    assert shap_["expected_value"] == 0.0
    assert shap_["global_shap_values"] == {
        "x0": pytest.approx(np.abs(3 * rows[:, 0]).mean()), "x1": pytest.approx(np.abs(2 * rows[:, 1]).mean()),
        "sex": pytest.approx(0, abs=1e-9),
    }  # fmt: skip
    local = list(csv.reader(io.StringIO(lab.get("clarify-all/out/explanations_shap/out.csv").decode())))
    assert local[0] == ["x0_label0", "x1_label0", "sex_label0"]
    assert [float(cell) for cell in local[1][:2]] == pytest.approx([3 * rows[0, 0], -2 * rows[0, 1]])
    assert lab.sagemaker.list_endpoints()["Endpoints"] == []
    assert lab.sagemaker.list_endpoint_configs()["EndpointConfigs"] == []


def test_a_job_that_is_stopped_takes_its_shadow_endpoint_away(lab: Lab) -> None:
    url = lab.put("models/stopped.tar.gz", archive({"code/inference.py": SCRIPT}))
    model = {"Image": SKLEARN, "ModelDataUrl": url}
    lab.sagemaker.create_model(ModelName="stopped", ExecutionRoleArn=ROLE, PrimaryContainer=model)
    config = {
        "headers": ["target", "x0", "x1"], "label": "target", "methods": {"shap": {"baseline": [[0, 0]]}},
        "predictor": {"model_name": "stopped"},
    }  # fmt: skip
    places: list[str] = []

    def stop(event: Event) -> None:
        if "endpoint/sm-clarify" in event.resources[0] and not places:
            places.append(event.resources[0])
            lab.sagemaker.stop_processing_job(ProcessingJobName="clarify-stopped")

    lab.world.events.subscribe(stop)
    job = clarify(lab, "clarify-stopped", config, lab.put("many/data.csv", "1,0.5,0.5\n" * 2000))
    assert (job["ProcessingJobStatus"], len(places)) == ("Stopped", 1)
    assert lab.sagemaker.list_endpoints()["Endpoints"] == []
    assert lab.sagemaker.list_endpoint_configs()["EndpointConfigs"] == []


def test_a_job_says_what_is_wrong_with_its_configuration(lab: Lab) -> None:
    data = lab.put("small/data.csv", "1,0\n0,1\n")
    config = {"headers": ["target", "sex", "more"], "label": "target", "label_values_or_threshold": [1],
              "facet": [{"name_or_index": "sex"}], "methods": {"pre_training_bias": {"methods": "all"}}}  # fmt: skip
    job = clarify(lab, "clarify-bad", config, data)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["ExitMessage"] == "Customer Error: There are 3 headers, but 2 columns."
