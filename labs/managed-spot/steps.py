import io
import json
import re
import tarfile
from pathlib import Path

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
SCRIPT = Path(__file__).parent / "data" / "train.py"


def pack_a_script_that_goes_on(aws):
    """It writes its state after each epoch, and looks for one before the first."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(SCRIPT, arcname="train.py")
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="code/sourcedir.tar.gz", Body=packed.getvalue())


def train_on_demand(aws):
    """The usual way, to compare with: the instance is ours until the job ends."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(**_job(aws, "full"))
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=aws.name("full"))


def train_on_spot(aws):
    """Spare capacity, which AWS may take back: how long to wait for it, and where the checkpoints go."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(
        **_job(aws, "spot"),
        EnableManagedSpotTraining=True,
        CheckpointConfig={"S3Uri": f"s3://{aws.name('data')}/checkpoints/spot"},
        # The sandbox takes the instance away after so many seconds, once. AWS ignores this.
        Environment={"SANDBOX_INTERRUPT_AFTER": "2.5"},
    )
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=aws.name("spot"))
    job = sagemaker.describe_training_job(TrainingJobName=aws.name("spot"))
    return Shown(columns=("state",), rows=[(each["Status"],) for each in job["SecondaryStatusTransitions"]])


def prove_that_it_went_on(aws):
    """Its log says with which epoch it began, each time; its history how often it was interrupted."""
    job = aws.client("sagemaker").describe_training_job(TrainingJobName=aws.name("spot"))
    interrupted = sum(each["Status"] == "Interrupted" for each in job["SecondaryStatusTransitions"])
    report = {"interruptions": interrupted, "starts": _starts(aws, "spot")}
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/resume.json", Body=json.dumps(report))
    return Shown(columns=("interruptions", "began with epoch"), rows=[(interrupted, report["starts"])])


def reckon_the_savings(aws):
    """What was trained, and what of it is billed; the difference is what spot saved."""
    job = aws.client("sagemaker").describe_training_job(TrainingJobName=aws.name("spot"))
    trained, billed = job["TrainingTimeInSeconds"], job["BillableTimeInSeconds"]
    report = {"trained": trained, "billed": billed, "saved_percent": round(100 * (1 - billed / trained))}
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/savings.json", Body=json.dumps(report))
    return Shown(
        metrics={"saved_percent": report["saved_percent"]},
        bars={"trained": trained, "billed": billed},
        measure="seconds",
    )


def stop_it_and_go_on(aws):
    """Nobody can order an interruption on AWS; to stop a job and go on from its checkpoints shows the same."""
    sagemaker = aws.client("sagemaker")
    place = {"S3Uri": f"s3://{aws.name('data')}/checkpoints/stopped"}
    sagemaker.create_training_job(**_job(aws, "stopped"), CheckpointConfig=place)
    _wait_for_an_epoch(aws, "stopped")
    sagemaker.stop_training_job(TrainingJobName=aws.name("stopped"))
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=aws.name("stopped"))
    sagemaker.create_training_job(**_job(aws, "resumed"), CheckpointConfig=place)
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=aws.name("resumed"))


def _job(aws, suffix):
    data = f"s3://{aws.name('data')}"
    spot = {"MaxWaitTimeInSeconds": 1200} if suffix == "spot" else {}
    return {
        "TrainingJobName": aws.name(suffix),
        "RoleArn": aws.role_arn,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "MetricDefinitions": [
                {"Name": "train:loss", "Regex": r"loss=([0-9.]+);"},
                {"Name": "start:epoch", "Regex": r"start_epoch=([0-9]+);"},
            ],
        },
        "HyperParameters": {
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"{data}/code/sourcedir.tar.gz",
            "epochs": "60",
            "seconds-per-epoch": "0.06",
        },
        "InputDataConfig": [
            {
                "ChannelName": "train",
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{data}/train/"}},
            }
        ],
        "OutputDataConfig": {"S3OutputPath": f"{data}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600, **spot},
    }


def _wait_for_an_epoch(aws, suffix):
    aws.wait(
        "sagemaker",
        "describe_training_job",
        lambda job: any(each["MetricName"] == "train:loss" for each in job.get("FinalMetricDataList", ())),
        TrainingJobName=aws.name(suffix),
    )


def _starts(aws, suffix):
    logs, group = aws.client("logs"), "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{aws.name(suffix)}/")["logStreams"]
    names = [stream["logStreamName"] for stream in streams]
    found = logs.filter_log_events(logGroupName=group, logStreamNames=names)
    return [int(each) for event in found["events"] for each in re.findall(r"start_epoch=([0-9]+);", event["message"])]
