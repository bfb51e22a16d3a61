"""Training jobs that really run: states, artifacts, logs, metrics, failures, stops."""

import io
import json
import os
import signal
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlacoach.sandbox.algorithms import load
from mlacoach.sandbox.fault_rules import FaultKind, FaultRule
from mlacoach.sandbox.telling import Event
from tests.sandbox_clients import client_of, refused
from tests.sandbox_jobs import (
    BUCKET,
    REGISTRY,
    SKLEARN,
    XGBOOST,
    Lab,
    churn,
    csv,
    script,
    statuses,
    tar,
    training,
    untar,
)

GOOD = {"num_round": 20, "objective": "binary:logistic", "eval_metric": "auc"}
HANG = "import time\nopen('/opt/ml/model/started', 'w').close()\nprint('loss=0.5', flush=True)\ntime.sleep(600)\n"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("world"))
    features, labels = churn(5000)
    lab.put("train/part-0.csv", csv(labels[:4000], features[:4000]))
    lab.put("validation.csv", csv(labels[4000:], features[4000:]))
    yield lab
    lab.close()


@pytest.fixture
def data() -> dict[str, str]:
    return {"train": f"s3://{BUCKET}/train/", "validation": f"s3://{BUCKET}/validation.csv"}


def code(lab: Lab, text: str, name: str = "train.py") -> str:
    """A script's archive in S3, as the SDK packs it."""
    return lab.put(f"code/{abs(hash(text))}/sourcedir.tar.gz", tar({name: text}))


def run_script(lab: Lab, name: str, text: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    values = script(code(lab, text), "train.py", **more.pop("values", {}))
    return lab.trained(name, SKLEARN, hyperparameters=values, **more)


def test_xgboost_learns_from_5000_rows_and_leaves_a_model_that_loads(
    lab: Lab, data: dict[str, str], tmp_path: Path
) -> None:
    told: list[Event] = []
    lab.world.events.subscribe(told.append)

    job = lab.trained("churn", data=data, hyperparameters=GOOD, Tags=[{"Key": "team", "Value": "a"}])

    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert statuses(job) == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all("EndTime" in one for one in job["SecondaryStatusTransitions"])
    final = {one["MetricName"]: one["Value"] for one in job["FinalMetricDataList"]}
    assert final["validation:auc"] > 0.98
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://{BUCKET}/out/churn/output/model.tar.gz"
    assert job["BillableTimeInSeconds"] == job["TrainingTimeInSeconds"] >= 1
    model = load("xgboost", untar(lab.get("out/churn/output/model.tar.gz"), tmp_path))
    answer, kind = model.predict(b"3,-3,0,0,0,0,0,0\n-3,3,0,0,0,0,0,0", "text/csv", "")
    low, high = float(answer.split()[1]), float(answer.split()[0])
    assert low < 0.1
    assert high > 0.9
    assert kind.startswith("text/csv")
    # Its life is told: by lines in CloudWatch Logs, by events, by a metric.
    assert sum("validation-auc:" in line for line in lab.logs("TrainingJobs", "churn")) == 20
    mine = [event.detail["SecondaryStatus"] for event in told if event.detail.get("TrainingJobName") == "churn"]
    assert mine == statuses(job)
    cloudwatch = client_of(lab.inside.url, "cloudwatch")
    assert cloudwatch.list_metrics(Namespace="/aws/sagemaker/TrainingJobs", MetricName="validation:auc")["Metrics"]


def test_boto3_sees_what_aws_shows(lab: Lab, data: dict[str, str]) -> None:
    lab.train("waited", data=data, hyperparameters={"num_round": 1})
    lab.sagemaker.get_waiter("training_job_completed_or_stopped").wait(
        TrainingJobName="waited", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    shown = lab.sagemaker.describe_training_job(TrainingJobName="waited")
    assert shown["TrainingJobStatus"] == "Completed"
    assert shown["SecondaryStatus"] == "Completed"
    names = {one["Name"] for one in shown["AlgorithmSpecification"]["MetricDefinitions"]}
    assert {"train:rmse", "validation:auc"} <= names
    listed = lab.sagemaker.list_training_jobs(StatusEquals="Completed", NameContains="waited")["TrainingJobSummaries"]
    assert [one["TrainingJobName"] for one in listed] == ["waited"]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"max_depth": 3}, "Missing required hyperparameter: num_round"),
        ({"num_round": 2, "depth": 3}, "Extraneous hyperparameter found: depth"),
        ({"num_round": 2, "eta": 3}, "Hyperparameter eta: 3.0 is not in [0, 1]"),
        ({"num_round": "ten"}, "Hyperparameter num_round: could not parse value"),
        ({"num_round": 2, "objective": "multi:softmax"}, "Require input for parameter 'num_class'"),
    ],
)
def test_hyperparameters_are_checked_as_the_algorithm_does(
    lab: Lab, data: dict[str, str], values: dict[str, Any], says: str
) -> None:
    job = lab.trained(f"bad-{abs(hash(says))}", data=data, hyperparameters=values)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("ClientError: ")
    assert says in job["FailureReason"]
    assert job["FailureReason"].endswith("exit code: 2")
    assert "ModelArtifacts" not in job


def test_data_that_is_not_what_it_says_fails_the_job(lab: Lab) -> None:
    job = lab.trained("headed", data={"train": lab.put("headed.csv", "y,a\n1,2\n")}, hyperparameters=GOOD)
    assert "perhaps a header" in job["FailureReason"]
    job = lab.trained("unsaid", data={"train": lab.put("plain.csv", "1,2\n")}, hyperparameters=GOOD, content_type="")
    assert "ContentType by default is in libsvm" in job["FailureReason"]


def test_what_is_not_in_s3_is_refused_at_once_and_a_missing_channel_fails_the_job(
    lab: Lab, data: dict[str, str]
) -> None:
    create = lab.sagemaker.create_training_job
    code_, said = refused(create, TrainingJobName="no-data", **training(XGBOOST, {"train": f"s3://{BUCKET}/nothing/"}))
    assert code_ == "ValidationException"
    assert f'No S3 objects found under S3 URL "s3://{BUCKET}/nothing/"' in said
    assert "s3:ListBucket" in said
    job = lab.trained("no-channel", data={"validation": data["validation"]}, hyperparameters=GOOD)
    assert "'train' is missing" in job["FailureReason"]


@pytest.mark.parametrize("image", ["object-detection:1", "huggingface-pytorch-training:2.0", "my-own:latest"])
def test_an_image_that_cannot_run_is_refused_with_what_to_do_instead(
    lab: Lab, data: dict[str, str], image: str
) -> None:
    code_, said = refused(
        lab.sagemaker.create_training_job, TrainingJobName="gpu", **training(f"{REGISTRY}/{image}", data)
    )
    assert code_ == "UnknownOperationException"
    assert "Use " in said
    assert refused(lab.sagemaker.describe_training_job, TrainingJobName="gpu")[1] == "Requested resource not found."


def test_a_script_trains_with_scikit_learn_as_the_sdk_sends_it(lab: Lab, data: dict[str, str], tmp_path: Path) -> None:
    text = """
import argparse, json, os, joblib, numpy as np
from sklearn.linear_model import LogisticRegression
parser = argparse.ArgumentParser()
parser.add_argument("--C", type=float)
parser.add_argument("--note")
parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
args = parser.parse_args()
assert args.note == "two words" and json.loads(os.environ["SM_HPS"])["C"] == 0.5
assert json.load(open("/opt/ml/input/config/resourceconfig.json"))["current_host"] == "algo-1"
rows = np.loadtxt(os.path.join(args.train, "part-0.csv"), delimiter=",")
model = LogisticRegression(C=args.C).fit(rows[:, 1:], rows[:, 0])
print(f"accuracy={model.score(rows[:, 1:], rows[:, 0]):.4f};")
joblib.dump(model, os.path.join(args.model_dir, "model.joblib"))
open("/opt/ml/output/data/extra.txt", "w").write("extra")
"""
    job = run_script(
        lab,
        "sklearn",
        text,
        data=data,
        values={"C": 0.5, "note": "two words"},
        spec={"MetricDefinitions": [{"Name": "accuracy", "Regex": "accuracy=(.*?);"}]},
    )
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    assert job["FinalMetricDataList"][0]["MetricName"] == "accuracy"
    assert job["FinalMetricDataList"][0]["Value"] > 0.9
    assert (untar(lab.get("out/sklearn/output/model.tar.gz"), tmp_path) / "model.joblib").stat().st_size > 100
    assert (untar(lab.get("out/sklearn/output/output.tar.gz"), tmp_path) / "extra.txt").read_text() == "extra"


def test_an_entry_point_runs_as_sdk_3_and_own_containers_send_it(lab: Lab, tmp_path: Path) -> None:
    driver = lab.put(
        "drivers/sm_train.sh",
        "#!/bin/bash\nset -e\ncp $SM_CHANNEL_CODE/train.py /opt/ml/model/\npython3 $SM_CHANNEL_CODE/train.py\n",
    )
    lab.put("own/train.py", "import sys, os\nopen(os.environ['SM_MODEL_DIR'] + '/who', 'w').write(sys.executable)\n")
    words = ["-c", "chmod +x /opt/ml/input/data/sm_drivers/sm_train.sh && /opt/ml/input/data/sm_drivers/sm_train.sh"]
    job = lab.trained(
        "sdk3",
        SKLEARN,
        data={"sm_drivers": driver.rpartition("/")[0] + "/", "code": f"s3://{BUCKET}/own/"},
        spec={"ContainerEntrypoint": ["/bin/bash"], "ContainerArguments": words},
    )
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    made = untar(lab.get("out/sdk3/output/model.tar.gz"), tmp_path)
    assert Path((made / "who").read_text()).parent == Path(sys.executable).parent
    assert (made / "train.py").exists()


def test_a_container_of_ones_own_is_a_local_command(lab: Lab, data: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "mine.py"
    program.write_text("import os; open('/opt/ml/model/made', 'w').write(' '.join(os.listdir('/opt/ml/input/data')))\n")
    job = lab.trained("own", f"{REGISTRY}/mine:1", data=data, Environment={"SANDBOX_COMMAND": f"python {program}"})
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    assert sorted((untar(lab.get("out/own/output/model.tar.gz"), tmp_path) / "made").read_text().split()) == [
        "train",
        "validation",
    ]


def test_a_script_sees_the_jobs_role_and_nothing_of_the_learners(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIALEARNERSOWN")
    monkeypatch.setenv("LEARNERS_SECRET", "secret")
    text = """
import os, boto3
assert "LEARNERS_SECRET" not in os.environ and os.environ["AWS_ACCESS_KEY_ID"] != "AKIALEARNERSOWN"
print("who=" + boto3.client("sts").get_caller_identity()["Arn"])
"""
    job = run_script(lab, "whoami", text)
    assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
    assert any("assumed-role/mlacoach-sandbox/SageMaker" in line for line in lab.logs("TrainingJobs", "whoami"))


def test_a_script_that_fails_says_why(lab: Lab) -> None:
    job = run_script(lab, "raises", "raise ValueError('the data is odd')")
    assert job["FailureReason"].startswith("AlgorithmError: ExecuteUserScriptError:\nExitCode 1")
    assert 'ErrorMessage "ValueError: the data is odd"' in job["FailureReason"]
    assert job["FailureReason"].endswith(", exit code: 1")

    job = run_script(lab, "leaves", "open('/opt/ml/output/failure', 'w').write('no such column'); raise SystemExit(3)")
    assert job["FailureReason"] == "AlgorithmError: no such column, exit code: 3"
    assert job["TrainingJobStatus"] == job["SecondaryStatus"] == "Failed"


def test_a_job_that_is_killed_fails_as_on_aws_and_the_server_lives_on(lab: Lab) -> None:
    lab.train("killed", SKLEARN, hyperparameters=script(code(lab, HANG), "train.py"))
    os.kill(lab.child("killed"), signal.SIGKILL)
    job = lab.ended("TrainingJob", "killed")
    assert job["FailureReason"] == (
        "AlgorithmError: Please use an instance type with more memory, or reduce the size of training data processed "
        "on an instance., exit code: 137"
    )
    assert lab.sagemaker.list_training_jobs()["TrainingJobSummaries"]


def test_stopping_keeps_what_was_made(lab: Lab, tmp_path: Path) -> None:
    spec = {"MetricDefinitions": [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]}
    lab.train("stopped", SKLEARN, hyperparameters=script(code(lab, HANG), "train.py"), spec=spec)
    record = lab.world.store.get("TrainingJob", "stopped")
    assert record is not None
    lab.world.store.wait(record, lambda now: bool(now and now.get("FinalMetricDataList")), 30)
    lab.sagemaker.stop_training_job(TrainingJobName="stopped")
    job = lab.ended("TrainingJob", "stopped")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert (untar(lab.get("out/stopped/output/model.tar.gz"), tmp_path) / "started").exists()
    assert not [child for child in lab.world.supervisor.running() if child.command.name.endswith("/stopped")]


def test_max_runtime_kills(lab: Lab) -> None:
    job = run_script(lab, "long", HANG, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert job["TrainingTimeInSeconds"] < 60


def test_a_spot_job_is_interrupted_and_goes_on_from_its_checkpoint(lab: Lab) -> None:
    text = """
import pathlib, time
kept = pathlib.Path("/opt/ml/checkpoints/epoch")
if not kept.exists():
    kept.write_text("7")
    time.sleep(600)
print("goes on from " + kept.read_text())
"""
    lab.world.faults.add(FaultRule(FaultKind.CAPACITY, "sagemaker", "CreateTrainingJob", "0.5", times=1))
    job = run_script(
        lab,
        "spot",
        text,
        EnableManagedSpotTraining=True,
        CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints"},
        StoppingCondition={"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 900},
    )
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert statuses(job).count("Interrupted") == 1
    assert "goes on from 7" in lab.logs("TrainingJobs", "spot")
    assert job["BillableTimeInSeconds"] <= job["TrainingTimeInSeconds"]
    assert lab.keys("checkpoints") == ["checkpoints/epoch"]


def test_faults_fail_jobs(lab: Lab, data: dict[str, str]) -> None:
    lab.world.faults.add(FaultRule(FaultKind.CAPACITY, "sagemaker", "CreateTrainingJob", times=1))
    job = lab.trained("no-capacity", data=data, hyperparameters=GOOD)
    assert job["FailureReason"].startswith("CapacityError: Unable to provision requested ML compute capacity.")


def test_a_hostile_archive_writes_nothing_outside_the_job(lab: Lab, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    link = tarfile.TarInfo("escape")
    link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        archive.addfile(link)
    archives = {
        "up": tar({"../../../../victim": "x"}),
        "absolute": tar({str(victim): "x"}),
        "link": out.getvalue(),
        "junk": b"no tar",
    }
    for name, data in archives.items():
        url = lab.put(f"hostile/{name}.tar.gz", data)
        job = lab.trained(f"hostile-{name}", SKLEARN, hyperparameters=script(url, "train.py"))
        assert job["TrainingJobStatus"] == "Failed", name
    assert not victim.exists()
    assert not list((lab.world.folder / "jobs").glob("**/victim"))


def test_a_key_that_leads_out_of_the_folder_is_refused(lab: Lab) -> None:
    listing = json.dumps([{"prefix": f"s3://{BUCKET}/"}, "../../../../evil"])
    lab.s3.put_object(Bucket=BUCKET, Key="../../../../evil", Body=b"x")
    channel = {"S3DataType": "ManifestFile", "S3Uri": lab.put("evil.manifest", listing)}
    config = [{"ChannelName": "train", "DataSource": {"S3DataSource": channel}}]
    job = lab.trained("evil", InputDataConfig=config, hyperparameters=GOOD)
    assert "Data download failed" in job["FailureReason"]
    assert not list(lab.world.folder.parent.glob("**/evil"))


def test_without_namespaces_the_paths_are_rewritten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLACOACH_NO_NAMESPACES", "1")
    lab = Lab(tmp_path / "plain")
    try:
        job = run_script(lab, "plain", "open('/opt/ml/model/made', 'w').write('it')\n")
        assert job["TrainingJobStatus"] == "Completed", job["FailureReason"]
        assert (untar(lab.get("out/plain/output/model.tar.gz"), tmp_path) / "made").read_text() == "it"
    finally:
        lab.close()


def test_a_spot_job_may_ask_for_its_interruption_and_others_may_not(lab: Lab) -> None:
    text = """
import pathlib, time
kept = pathlib.Path("/opt/ml/checkpoints/epoch")
kept.parent.mkdir(exist_ok=True)
if not kept.exists():
    kept.write_text("7")
    time.sleep(1)
"""
    for name, spot in (("asks", True), ("asks-in-vain", False)):
        job = run_script(
            lab,
            name,
            text,
            EnableManagedSpotTraining=spot,
            Environment={"SANDBOX_INTERRUPT_AFTER": "0.3"},
            CheckpointConfig={"S3Uri": f"s3://{BUCKET}/checkpoints-{name}"},
            StoppingCondition={"MaxRuntimeInSeconds": 600, **({"MaxWaitTimeInSeconds": 900} if spot else {})},
        )
        assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
        assert statuses(job).count("Interrupted") == int(spot)
