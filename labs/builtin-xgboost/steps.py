import io
import json
import re
import tarfile
import tempfile
from pathlib import Path

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"


def lay_out_the_data(aws):
    """The label first, no header, nothing that only names a row; what is tested on is never trained on."""
    s3, bucket = aws.client("s3"), aws.name("data")
    raw = s3.get_object(Bucket=bucket, Key="raw/pumps.csv")["Body"].read().decode()
    rows = [line.split(",") for line in raw.splitlines()[1:]]
    lines = [",".join([row[-1], *row[1:-1]]) for row in rows]
    parts = {"train": lines[:1200], "validation": lines[1200:1600], "test": lines[1600:]}
    for name, part in parts.items():
        s3.put_object(Bucket=bucket, Key=f"{name}/pumps.csv", Body="\n".join(part) + "\n")


def train_a_first_model(aws):
    """The image is the algorithm; the rest says where the data lies, what to learn, and when to give up."""
    data = f"s3://{aws.name('data')}"
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(
        TrainingJobName=aws.name("first"),
        RoleArn=aws.role_arn,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters={"objective": "binary:logistic", "eval_metric": "auc", "num_round": "100", "eta": "0.3"},
        InputDataConfig=[
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{data}/{channel}/"}},
            }
            for channel in ("train", "validation")
        ],
        OutputDataConfig={"S3OutputPath": f"{data}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=aws.name("first"))
    return _shown(aws, "first")


def stop_before_it_overfits(aws):
    """The same job; it ends when ten rounds in a row did not help on the validation channel."""
    sagemaker = aws.client("sagemaker")
    first = sagemaker.describe_training_job(TrainingJobName=aws.name("first"))
    sagemaker.create_training_job(
        **_like(first, aws.name("early"), early_stopping_rounds="10", eta="0.1", max_depth="4")
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=aws.name("early"))
    return _shown(aws, "early")


def weigh_the_failures(aws):
    """Pumps that fail are rare: each counts as much as the others outnumber them."""
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    train = s3.get_object(Bucket=aws.name("data"), Key="train/pumps.csv")["Body"].read().decode()
    failed = sum(line.startswith("1,") for line in train.splitlines())
    weight = (len(train.splitlines()) - failed) / failed
    early = sagemaker.describe_training_job(TrainingJobName=aws.name("early"))
    sagemaker.create_training_job(**_like(early, aws.name("weighed"), scale_pos_weight=f"{weight:.2f}"))
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=aws.name("weighed"))


def compare_on_the_test_set(aws):
    """AUC says how well pumps are put in order; recall at 0.5 how many failures an alarm would have caught."""
    from sklearn.metrics import recall_score, roc_auc_score

    labels, features = _test_set(aws)
    report = {}
    for name in ("first", "early", "weighed"):
        risks = _model(aws, name).inplace_predict(features)
        report[name] = {
            "auc": round(float(roc_auc_score(labels, risks)), 4),
            "recall": round(float(recall_score(labels, risks > 0.5)), 4),
        }
    body = json.dumps(report, indent=2)
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/evaluation.json", Body=body)
    return Shown(
        columns=("model", "auc", "recall"),
        rows=[(name, values["auc"], values["recall"]) for name, values in report.items()],
        metrics={f"{name}:auc": values["auc"] for name, values in report.items()},
    )


def keep_the_best(aws):
    """A model is an image and an artifact; nothing runs yet, and it costs nothing."""
    s3, sagemaker = aws.client("s3"), aws.client("sagemaker")
    report = json.load(s3.get_object(Bucket=aws.name("data"), Key="reports/evaluation.json")["Body"])
    job = _job(aws, max(report, key=lambda name: report[name]["auc"]))
    sagemaker.create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": job["AlgorithmSpecification"]["TrainingImage"],
            "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
        },
    )


def _like(job, name, **hyperparameters):
    """The request for a job like this one, with other hyperparameters."""
    specification = job["AlgorithmSpecification"]
    kept = ("RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition")
    return {
        **{member: job[member] for member in kept},
        "TrainingJobName": name,
        "AlgorithmSpecification": {key: specification[key] for key in ("TrainingImage", "TrainingInputMode")},
        "HyperParameters": {**job["HyperParameters"], **hyperparameters},
    }


def _job(aws, name):
    """The newest job whose name begins so: whoever had to try again appended something."""
    sagemaker = aws.client("sagemaker")
    found = sagemaker.list_training_jobs(NameContains=aws.name(name), SortBy="CreationTime", SortOrder="Descending")
    return sagemaker.describe_training_job(TrainingJobName=found["TrainingJobSummaries"][0]["TrainingJobName"])


def _shown(aws, name):
    """What the job's log says of each round; the last values stand in its description."""
    logs, group = aws.client("logs"), "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{aws.name(name)}/")["logStreams"]
    names = [stream["logStreamName"] for stream in streams]
    found = logs.filter_log_events(logGroupName=group, logStreamNames=names)
    rounds = [re.findall(r"(train|validation)-auc:([0-9.]+)", event["message"]) for event in found["events"]]
    curves = {"train": [], "validation": []}
    for number, scores in enumerate(scores for scores in rounds if scores):
        for data, score in scores:
            curves[data].append((number, float(score)))
    job = aws.client("sagemaker").describe_training_job(TrainingJobName=aws.name(name))
    finals = {f"{name} {each['MetricName']}": each["Value"] for each in job["FinalMetricDataList"]}
    return Shown(metrics=finals, lines=curves, measure="AUC", along="round")


def _test_set(aws):
    import numpy as np

    text = aws.client("s3").get_object(Bucket=aws.name("data"), Key="test/pumps.csv")["Body"].read()
    table = np.loadtxt(io.BytesIO(text), delimiter=",")
    return table[:, 0], table[:, 1:]


def _model(aws, name):
    """The booster in a job's model.tar.gz."""
    import xgboost

    job = _job(aws, name)
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    packed = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extract("xgboost-model", folder, filter="data")
        # XGBoost chooses the format by the file's ending.
        file = (Path(folder) / "xgboost-model").rename(Path(folder) / "model.ubj")
        return xgboost.Booster(model_file=file)
