"""Processing jobs and batch transform."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox_clients import ROLE, refused
from tests.sandbox_jobs import BUCKET, REGISTRY, SKLEARN, XGBOOST, Lab, churn, csv, tar

ML = "/opt/ml/processing"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    lab = Lab(tmp_path_factory.mktemp("world"))
    features, labels = churn(1000)
    url = lab.put("train.csv", csv(labels, features))
    job = lab.trained("model", data={"train": url}, hyperparameters={"num_round": 10, "objective": "binary:logistic"})
    container = {"Image": XGBOOST, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    lab.sagemaker.create_model(ModelName="model", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    yield lab
    lab.close()


def process(lab: Lab, name: str, text: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Run a script as the SDK's ScriptProcessor sends it."""
    code = lab.put(f"code/{name}/script.py", text)
    rows = lab.put("rows/a.csv", "1,2\n3,4\n")
    inputs = {"rows": (rows.rpartition("/")[0], "rows"), "code": (code, "input/code")}
    lab.sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=ROLE,
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 1}},
        AppSpecification={
            "ImageUri": SKLEARN,
            "ContainerEntrypoint": ["python3", f"{ML}/input/code/script.py"],
            "ContainerArguments": ["--factor", "10"],
        },
        ProcessingInputs=[
            {
                "InputName": key,
                "S3Input": {"S3Uri": url, "LocalPath": f"{ML}/{path}", "S3DataType": "S3Prefix", "S3InputMode": "File"},
            }
            for key, (url, path) in inputs.items()
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": "made",
                    "S3Output": {
                        "S3Uri": f"s3://{BUCKET}/made/{name}",
                        "LocalPath": f"{ML}/made",
                        "S3UploadMode": "EndOfJob",
                    },
                }
            ]
        },
        **more,
    )
    return lab.ended("ProcessingJob", name)


def test_a_script_processes_inputs_into_outputs(lab: Lab) -> None:
    text = f"""
import json, os, sys
rows = [line.split(",") for line in open("{ML}/rows/a.csv").read().split()]
config = json.load(open("/opt/ml/config/processingjobconfig.json"))
assert config["ProcessingJobName"] == os.environ["PROCESSING_JOB_NAME"]
os.makedirs("{ML}/made/deep")
factor = int(sys.argv[2]) * int(os.environ["TWICE"])
open("{ML}/made/deep/sums.txt", "w").write(" ".join(str(factor * sum(map(int, row))) for row in rows))
os.makedirs("/opt/ml/output", exist_ok=True)
open("/opt/ml/output/message", "w").write("two rows")
print("done with it")
"""
    job = process(lab, "sums", text, Environment={"TWICE": "2"})
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert lab.get("made/sums/deep/sums.txt") == b"60 140"
    assert job["ExitMessage"] == "two rows"
    assert job["ProcessingStartTime"] <= job["ProcessingEndTime"]
    assert "done with it" in lab.logs("ProcessingJobs", "sums")


def test_a_failing_script_fails_the_job_and_uploads_nothing(lab: Lab) -> None:
    job = process(lab, "fails", f"open('{ML}/made/half', 'w').write('x'); raise SystemExit(4)")
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert job["ExitMessage"] == "exit code: 4"
    assert lab.keys("made/fails") == []


def test_a_processing_job_stops_when_its_time_is_over(lab: Lab) -> None:
    job = process(lab, "slow", "import time; time.sleep(600)", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["ProcessingJobStatus"], job["FailureReason"]) == ("Stopped", "MaxRuntimeExceeded")


def transform(lab: Lab, name: str, body: str, model: str = "model", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    url = lab.put(f"in/{name}/rows.csv", body).rpartition("/")[0]
    source = {
        "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": url}},
        "ContentType": "text/csv",
        "SplitType": "Line",
    }
    target = {"S3OutputPath": f"s3://{BUCKET}/predicted/{name}", "AssembleWith": "Line"}
    lab.sagemaker.create_transform_job(
        **{
            "TransformJobName": name,
            "ModelName": model,
            "TransformInput": source | more.pop("source", {}),
            "TransformOutput": target | more.pop("target", {}),
            "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
            **more,
        }
    )
    return lab.ended("TransformJob", name)


ROWS = "a1,3,-3,0,0,0,0,0,0\nb2,-3,3,0,0,0,0,0,0\nc3,3,-3,0,0,0,0,0,0\n"


@pytest.mark.parametrize("strategy", ["MultiRecord", "SingleRecord"])
def test_batch_transform_joins_what_it_predicts_to_what_it_got(lab: Lab, strategy: str) -> None:
    job = transform(
        lab,
        f"joined-{strategy}",
        ROWS,
        BatchStrategy=strategy,
        DataProcessing={"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"},
    )
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    lines = [line.split(",") for line in lab.get(f"predicted/joined-{strategy}/rows.csv.out").decode().splitlines()]
    assert [name for name, _ in lines] == ["a1", "b2", "c3"]
    scores = [float(score) for _, score in lines]
    assert scores[1] < 0.2
    assert min(scores[0], scores[2]) > 0.8


def test_batch_transform_assembles_lines(lab: Lab) -> None:
    plain = "\n".join(line.partition(",")[2] for line in ROWS.splitlines())
    job = transform(lab, "plain", plain)
    assert job["TransformJobStatus"] == "Completed", job.get("FailureReason")
    scores = [float(line) for line in lab.get("predicted/plain/rows.csv.out").decode().splitlines()]
    assert [score > 0.5 for score in scores] == [True, False, True]


def test_what_the_model_does_not_take_fails_the_job_and_stands_in_the_log(lab: Lab) -> None:
    job = transform(lab, "narrow", "1,2\n3,4\n")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert any("Bad HTTP status received from algorithm: 400" in line for line in lab.logs("TransformJobs", "narrow"))
    assert lab.keys("predicted/narrow") == []


def test_a_model_with_a_script_of_its_own_answers_in_batch(lab: Lab) -> None:
    text = """
import json
def model_fn(folder): return json.load(open(folder + "/weights.json"))
def input_fn(body, kind): return [[float(x) for x in line.split(",")] for line in body.split()]
def predict_fn(rows, model): return [sum(row) * model["by"] for row in rows]
def output_fn(said, accept): return "\\n".join(str(one) for one in said)
"""
    url = lab.put("scripted/model.tar.gz", tar({"weights.json": json.dumps({"by": 2}), "code/inference.py": text}))
    environment = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": url}
    container = {"Image": SKLEARN, "ModelDataUrl": url, "Environment": environment}
    lab.sagemaker.create_model(ModelName="scripted", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    job = transform(lab, "scripted", "1,2\n3,4\n", model="scripted", target={"Accept": "text/csv"})
    assert job["TransformJobStatus"] == "Completed", (job.get("FailureReason"), lab.logs("TransformJobs", "scripted"))
    assert lab.get("predicted/scripted/rows.csv.out") == b"6.0\n14.0\n"


def test_what_cannot_be_transformed_is_refused_at_once(lab: Lab) -> None:
    create = lab.sagemaker.create_transform_job
    request = {
        "TransformJobName": "refused",
        "ModelName": "model",
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/in"}},
            "SplitType": "Line",
        },
        "TransformOutput": {"S3OutputPath": f"s3://{BUCKET}/out"},
        "TransformResources": {"InstanceCount": 1, "InstanceType": "ml.m5.large"},
    }
    assert "no JSONPath" in refused(create, **request, DataProcessing={"InputFilter": "a.b"})[1]
    assert "AssembleWith must be Line" in refused(create, **request, DataProcessing={"JoinSource": "Input"})[1]
    assert refused(create, **{**request, "ModelName": "absent"})[0] == "ValidationException"
    model = {"Image": f"{REGISTRY}/mine:1", "ModelDataUrl": f"s3://{BUCKET}/out/model/output/model.tar.gz"}
    lab.sagemaker.create_model(ModelName="unknown", ExecutionRoleArn=ROLE, PrimaryContainer=model)
    assert "SANDBOX_COMMAND" in refused(create, **{**request, "ModelName": "unknown"})[1]


def test_a_hostile_model_is_not_unpacked(lab: Lab, tmp_path: Path) -> None:
    url = lab.put("hostile/model.tar.gz", tar({"../../../../../escaped": "x", str(tmp_path / "escaped"): "x"}))
    container = {"Image": XGBOOST, "ModelDataUrl": url}
    lab.sagemaker.create_model(ModelName="hostile", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    job = transform(lab, "hostile", "1,2\n", model="hostile")
    assert "Failed to extract model data" in job["FailureReason"]
    assert not (tmp_path / "escaped").exists()
