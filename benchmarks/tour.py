"""The tour of a lab: 50,000 rows are prepared, learned, tuned, registered, deployed, asked, scored and monitored."""

import io
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mlacoach.sandbox import ROLE_ARN

ROWS = 50_000
BUCKET = "tour"
ENDPOINT = "tour"
REGISTRY = "683313688378.dkr.ecr.us-east-1.amazonaws.com"
XGBOOST = f"{REGISTRY}/sagemaker-xgboost:1.7-1"
SKLEARN = f"{REGISTRY}/sagemaker-scikit-learn:1.2-1-cpu-py3"
ANALYZER = "156813124566.dkr.ecr.us-east-1.amazonaws.com/sagemaker-model-monitor-analyzer"
INPUT, OUTPUT = "/opt/ml/processing/input", "/opt/ml/processing/output"
CLUSTER = {"InstanceCount": 1, "InstanceType": "ml.m5.large"}
PATIENCE = 300.0
STEP = 0.1
SPLIT = f"""
import numpy as np
rows = np.loadtxt("{INPUT}/raw/raw.csv", delimiter=",")
parts = {{"train": rows[:40000], "validation": rows[40000:45000], "test": rows[45000:, 1:]}}
for name, part in parts.items():
    np.savetxt(f"{OUTPUT}/{{name}}.csv", part, delimiter=",", fmt="%.5g")
"""
Client = Any  # boto3's


class Failed(Exception):
    """A part of the tour ended otherwise than it should."""


def tour(client: Callable[[str], Client]) -> dict[str, float]:
    """Go all the way; the seconds that each part took.

    Args:
        client: gives a client of a service.

    Raises:
        Failed: something did.
    """
    parts: Mapping[str, Callable[[Callable[[str], Client]], None]] = {
        "prepare": _prepare,
        "train": _train,
        "tune": _tune,
        "register": _register,
        "deploy": _deploy,
        "predict": _predict,
        "batch": _batch,
        "monitor": _monitor,
    }
    client("s3").create_bucket(Bucket=BUCKET)
    client("s3").put_object(Bucket=BUCKET, Key="raw/raw.csv", Body=_raw())
    seconds = {}
    for name, part in parts.items():
        begin = time.perf_counter()
        part(client)
        seconds[name] = time.perf_counter() - begin
    return seconds


def _raw() -> str:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(ROWS, 10))
    labels = (features[:, 0] * 2 - features[:, 1] + rng.normal(size=ROWS) * 0.5 > 0).astype(int)
    out = io.StringIO()
    np.savetxt(out, np.column_stack([labels, features]), delimiter=",", fmt="%.5g")
    return out.getvalue()


def _until(ask: Callable[[], Mapping[str, Any]], status: str, good: str, running: tuple[str, ...]) -> Mapping[str, Any]:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = ask()
        if found[status] not in running:
            break
        time.sleep(STEP)
    if found[status] != good:
        raise Failed(f"{found[status]}: {found.get('FailureReason')} {found.get('ExitMessage')}")
    return found


def _job(sagemaker: Client, noun: str, name: str) -> Mapping[str, Any]:
    describe = getattr(sagemaker, f"describe_{noun}")
    member = {"training_job": "TrainingJob", "processing_job": "ProcessingJob", "transform_job": "TransformJob",
              "hyper_parameter_tuning_job": "HyperParameterTuningJob"}[noun]  # fmt: skip
    return _until(lambda: describe(**{f"{member}Name": name}), f"{member}Status", "Completed", ("InProgress",))


def _processing(sagemaker: Client, name: str, image: str, source: str, **more: Any) -> None:  # noqa: ANN401
    place = {"S3Uri": source, "LocalPath": f"{INPUT}/raw", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    result = {"S3Uri": f"s3://{BUCKET}/{name}", "LocalPath": OUTPUT, "S3UploadMode": "EndOfJob"}
    entrypoint = more.pop("entrypoint", None)
    sagemaker.create_processing_job(
        ProcessingJobName=name,
        RoleArn=ROLE_ARN,
        AppSpecification={"ImageUri": image, **({"ContainerEntrypoint": entrypoint} if entrypoint else {})},
        ProcessingInputs=[{"InputName": "raw", "S3Input": place}],
        ProcessingResources={"ClusterConfig": {**CLUSTER, "VolumeSizeInGB": 5}},
        ProcessingOutputConfig={"Outputs": [{"OutputName": "out", "S3Output": result}]},
        **more,
    )
    _job(sagemaker, "processing_job", name)


def _prepare(client: Callable[[str], Client]) -> None:
    client("s3").put_object(Bucket=BUCKET, Key="raw/split.py", Body=SPLIT)
    words = ["python3", f"{INPUT}/raw/split.py"]
    _processing(client("sagemaker"), "prepare", SKLEARN, f"s3://{BUCKET}/raw", entrypoint=words)


def _channels() -> list[dict[str, Any]]:
    return [
        {
            "ChannelName": name,
            "ContentType": "text/csv",
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/prepare/{name}.csv"}},
        }
        for name in ("train", "validation")
    ]


def _work() -> dict[str, Any]:
    return {
        "RoleArn": ROLE_ARN,
        "InputDataConfig": _channels(),
        "OutputDataConfig": {"S3OutputPath": f"s3://{BUCKET}/models"},
        "ResourceConfig": {**CLUSTER, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }


STATIC = {"objective": "binary:logistic", "eval_metric": "auc", "num_round": "30"}


def _train(client: Callable[[str], Client]) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName="train",
        AlgorithmSpecification={"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
        HyperParameters=STATIC,
        **_work(),
    )
    _job(sagemaker, "training_job", "train")


def _tune(client: Callable[[str], Client]) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_hyper_parameter_tuning_job(
        HyperParameterTuningJobName="tune",
        HyperParameterTuningJobConfig={
            "Strategy": "Bayesian",
            "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "validation:auc"},
            "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
            "ParameterRanges": {"IntegerParameterRanges": [{"Name": "max_depth", "MinValue": "2", "MaxValue": "8"}]},
        },
        TrainingJobDefinition={
            "StaticHyperParameters": STATIC,
            "AlgorithmSpecification": {"TrainingImage": XGBOOST, "TrainingInputMode": "File"},
            **_work(),
        },
    )
    _job(sagemaker, "hyper_parameter_tuning_job", "tune")


def _best(sagemaker: Client) -> str:
    best = sagemaker.describe_hyper_parameter_tuning_job(HyperParameterTuningJobName="tune")["BestTrainingJob"]
    job = sagemaker.describe_training_job(TrainingJobName=best["TrainingJobName"])
    return str(job["ModelArtifacts"]["S3ModelArtifacts"])


def _register(client: Callable[[str], Client]) -> None:
    sagemaker = client("sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="tour")
    sagemaker.create_model_package(
        ModelPackageGroupName="tour",
        ModelApprovalStatus="Approved",
        InferenceSpecification={
            "Containers": [{"Image": XGBOOST, "ModelDataUrl": _best(sagemaker)}],
            "SupportedContentTypes": ["text/csv"],
            "SupportedResponseMIMETypes": ["text/csv"],
        },
    )
    package = sagemaker.list_model_packages(ModelPackageGroupName="tour")["ModelPackageSummaryList"][0]
    sagemaker.create_model(
        ModelName="tour",
        ExecutionRoleArn=ROLE_ARN,
        PrimaryContainer={"ModelPackageName": package["ModelPackageArn"]},
    )


def _deploy(client: Callable[[str], Client]) -> None:
    sagemaker = client("sagemaker")
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": "tour",
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName="tour", ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="tour")
    _until(lambda: sagemaker.describe_endpoint(EndpointName=ENDPOINT), "EndpointStatus", "InService", ("Creating",))


def _predict(client: Callable[[str], Client]) -> None:
    runtime = client("sagemaker-runtime")
    for _ in range(20):
        answer = runtime.invoke_endpoint(
            EndpointName=ENDPOINT, ContentType="text/csv", Body=b"1,-1,0,0,0,0,0,0,0,0\n-1,1,0,0,0,0,0,0,0,0"
        )
        yes, no = (float(text) for text in answer["Body"].read().replace(b"\n", b",").split(b",") if text)
        if not yes > no:
            raise Failed(f"The model has learned nothing: {yes}, {no}")


def _batch(client: Callable[[str], Client]) -> None:
    sagemaker = client("sagemaker")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{BUCKET}/prepare/test.csv"}}
    sagemaker.create_transform_job(
        TransformJobName="batch",
        ModelName="tour",
        TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        TransformOutput={"S3OutputPath": f"s3://{BUCKET}/scores", "AssembleWith": "Line"},
        TransformResources=CLUSTER,
    )
    _job(sagemaker, "transform_job", "batch")
    lines = client("s3").get_object(Bucket=BUCKET, Key="scores/test.csv.out")["Body"].read().split()
    if len(lines) != ROWS // 10:
        raise Failed(f"{len(lines)} scores.")


def _monitor(client: Callable[[str], Client]) -> None:
    environment = {
        "dataset_format": json.dumps({"csv": {"header": False}}),
        "dataset_source": f"{INPUT}/raw",
        "output_path": OUTPUT,
        "publish_cloudwatch_metrics": "Disabled",
    }
    source = f"s3://{BUCKET}/prepare/train.csv"
    _processing(client("sagemaker"), "monitor", ANALYZER, source, Environment=environment)
    client("s3").head_object(Bucket=BUCKET, Key="monitor/constraints.json")
