import json

from mlacoach.labs.pumps import archive

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
QUICK = """
import os
if os.path.isdir("/opt/ml/checkpoints"):
    open("/opt/ml/checkpoints/state.json", "w").write("{}")
print("start_epoch=0; loss=0.5;", flush=True)
"""


def a_script_that_forgets(aws):
    """No checkpoint is written."""
    _pack(aws, "code/sourcedir.tar.gz", "print('start_epoch=0;')")


def no_archive(aws):
    """The script as it is."""
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="code/sourcedir.tar.gz", Body=b"print()")


def on_spot_at_once(aws):
    """Nothing to compare with."""
    _train(aws, "full", spot=True)


def on_demand_again(aws):
    """The whole price."""
    _train(aws, "spot", checkpoints="checkpoints/wrong")


def no_time_to_wait(aws):
    """It waits as long as it may run, not longer."""
    _train(aws, "spot", spot=True, checkpoints="checkpoints/wrong", wait=600)


def without_checkpoints(aws):
    """An interruption loses everything."""
    _train(aws, "spot", spot=True)


def never_interrupted(aws):
    """Somebody hoped so."""
    _put(aws, "reports/resume.json", {"interruptions": 0, "starts": [0]})


def from_another_epoch(aws):
    """Guessed."""
    _put(aws, "reports/resume.json", {"interruptions": 1, "starts": [0, 1]})


def ninety_per_cent(aws):
    """What the advertisement says."""
    _put(aws, "reports/savings.json", {"trained": 100, "billed": 10, "saved_percent": 90})


def nothing_was_stopped(aws):
    """It ran to its end."""
    _train(aws, "stopped", checkpoints="checkpoints/stopped-wrong")


def _pack(aws, key, script):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=archive({"train.py": script}))


def _put(aws, key, report):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=json.dumps(report))


def _train(aws, suffix, *, spot=False, checkpoints="", wait=1200):
    data, sagemaker = f"s3://{aws.name('data')}", aws.client("sagemaker")
    _pack(aws, "code/quick.tar.gz", QUICK)
    limits = {"MaxRuntimeInSeconds": 600, **({"MaxWaitTimeInSeconds": wait} if spot else {})}
    sagemaker.create_training_job(
        TrainingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"{data}/code/quick.tar.gz",
        },
        OutputDataConfig={"S3OutputPath": f"{data}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition=limits,
        EnableManagedSpotTraining=spot,
        **({"CheckpointConfig": {"S3Uri": f"{data}/{checkpoints}"}} if checkpoints else {}),
    )
    aws.wait(
        "sagemaker",
        "describe_training_job",
        lambda job: job["TrainingJobStatus"] != "InProgress",
        TrainingJobName=aws.name(suffix),
    )
