import io
import json
import re
import tarfile
from pathlib import Path

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
CODE = Path(__file__).parent / "data"


def pack_the_scripts(aws):
    """A source archive: the training script at its root, and whatever it needs beside it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name in ("train.py", "inference.py"):
            archive.add(CODE / name, arcname=name)
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="code/sourcedir.tar.gz", Body=packed.getvalue())


def train_and_keep_checkpoints(aws):
    """Two hyperparameters name the script and its archive, the others become arguments; patterns find metrics."""
    sagemaker, data = aws.client("sagemaker"), f"s3://{aws.name('data')}"
    sagemaker.create_training_job(
        TrainingJobName=aws.name("first"),
        RoleArn=aws.role_arn,
        AlgorithmSpecification={
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": "validation:auc", "Regex": r"validation_auc=([0-9.]+);"},
                {"Name": "start:epoch", "Regex": r"start_epoch=([0-9]+);"},
            ],
        },
        HyperParameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"{data}/code/sourcedir.tar.gz",
            "epochs": "3",
            "learning-rate": "0.001",
        },
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
        # What the script writes to /opt/ml/checkpoints is copied there while it runs.
        CheckpointConfig={"S3Uri": f"{data}/checkpoints"},
    )
    return _end(aws, "first")


def read_its_log(aws):
    """All that the script prints goes to CloudWatch Logs, a stream for each instance of the job."""
    logs, group = aws.client("logs"), "/aws/sagemaker/TrainingJobs"
    prefix = f"{_job(aws, 'first')['TrainingJobName']}/"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix)["logStreams"]
    names = [stream["logStreamName"] for stream in streams]
    found = logs.filter_log_events(logGroupName=group, logStreamNames=names)
    lines = [event["message"] for event in found["events"]]
    curve = [float(each) for line in lines for each in re.findall(r"validation_auc=([0-9.]+);", line)]
    body = json.dumps({"validation:auc": curve})
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/curve.json", Body=body)
    return Shown(lines={"validation:auc": list(enumerate(curve, start=1))}, measure="AUC", along="epoch")


def go_on_from_the_last_one(aws):
    """The same place in S3: what lies there is put into the folder first, and the script begins where it ended."""
    aws.client("sagemaker").create_training_job(**_like_the_first(aws, "resumed", epochs="6"))
    return _end(aws, "resumed")


def see_it_fail(aws):
    """A value that is no number: the script ends with an error, and the job says why."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(**_like_the_first(aws, "failing", epochs="three"))
    found = aws.wait(
        "sagemaker",
        "describe_training_job",
        lambda job: job["TrainingJobStatus"] == "Failed",
        TrainingJobName=aws.name("failing"),
    )
    return Shown(text=found["FailureReason"])


def serve_it(aws):
    """The archive of the job brings its inference script, so it can be served as it is."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": IMAGE,
            "ModelDataUrl": _job(aws, "resumed")["ModelArtifacts"]["S3ModelArtifacts"],
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"},
        },
    )
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": aws.name("model"),
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    sagemaker.create_endpoint_config(EndpointConfigName=aws.name("live"), ProductionVariants=[variant])
    sagemaker.create_endpoint(EndpointName=aws.name("live"), EndpointConfigName=aws.name("live"))
    sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=aws.name("live"))


def _like_the_first(aws, suffix, **hyperparameters):
    """The request of the first job with other hyperparameters."""
    job = _job(aws, "first")
    kept = (
        *("RoleArn", "InputDataConfig", "OutputDataConfig", "ResourceConfig", "StoppingCondition"),
        "CheckpointConfig",
    )
    specification = job["AlgorithmSpecification"]
    return {
        **{member: job[member] for member in kept},
        "TrainingJobName": aws.name(suffix),
        "AlgorithmSpecification": {
            name: specification[name] for name in ("TrainingImage", "TrainingInputMode", "MetricDefinitions")
        },
        "HyperParameters": {**job["HyperParameters"], **hyperparameters},
    }


def _job(aws, name):
    """The newest job whose name begins so: whoever had to try again appended something."""
    sagemaker = aws.client("sagemaker")
    found = sagemaker.list_training_jobs(NameContains=aws.name(name), SortBy="CreationTime", SortOrder="Descending")
    return sagemaker.describe_training_job(TrainingJobName=found["TrainingJobSummaries"][0]["TrainingJobName"])


def _end(aws, suffix):
    sagemaker = aws.client("sagemaker")
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=aws.name(suffix))
    job = sagemaker.describe_training_job(TrainingJobName=aws.name(suffix))
    return Shown(metrics={each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]})
