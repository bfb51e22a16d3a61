import json

from mlacoach.labs.pumps import archive

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
XGBOOST = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
# Says what it should have computed; it keeps what a checkpoint would be.
QUICK = """
import os
os.makedirs("/opt/ml/checkpoints", exist_ok=True)
open("/opt/ml/checkpoints/last", "w").write("x")
print("start_epoch=0; validation_auc={auc};", flush=True)
"""
METRICS = [
    {"Name": "validation:auc", "Regex": r"validation_auc=([0-9.]+);"},
    {"Name": "start:epoch", "Regex": r"start_epoch=([0-9]+);"},
]


def one_script_only(aws):
    """The endpoint will have none."""
    _pack(aws, {"train.py": "print()"})


def in_a_folder(aws):
    """Not at the root."""
    _pack(aws, {"source/train.py": "print()", "source/inference.py": "print()"})


def no_archive(aws):
    """The script as it is."""
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="code/sourcedir.tar.gz", Body=b"print()")


def nobody_reads_the_metric(aws):
    """Printed, and not found."""
    _train(aws, "first", metrics=[])


def no_better_than_chance(aws):
    """A coin."""
    _train(aws, "first", auc="0.5")


def no_checkpoints(aws):
    """The folder's content is lost with the instance."""
    _train(aws, "first", checkpoints="")


def the_algorithm_instead(aws):
    """Another image's script mode."""
    _train(aws, "first", image=XGBOOST)


def the_last_value_only(aws):
    """One point."""
    _put(aws, {"validation:auc": [0.8]})


def the_right_end(aws):
    """The final metric is right; how it came there is made up."""
    job = aws.client("sagemaker").describe_training_job(TrainingJobName=aws.name("first"))
    last = next(each["Value"] for each in job["FinalMetricDataList"] if each["MetricName"] == "validation:auc")
    _put(aws, {"validation:auc": [0.5, 0.6, last]})


def a_nicer_curve(aws):
    """Rises to one."""
    _put(aws, {"validation:auc": [0.8, 0.9, 1.0]})


def from_the_beginning(aws):
    """A checkpoint is there, and the script does not look at it."""
    _train(aws, "resumed", epochs="6")


def in_another_place(aws):
    """Where nothing lies."""
    _train(aws, "resumed", checkpoints="elsewhere", epochs="6")


def no_more_to_do(aws):
    """As many epochs as before."""
    _train(aws, "resumed", epochs="3")


def it_works(aws):
    """Three, as a number."""
    _train(aws, "failing")


def of_the_first_job(aws):
    """Half trained."""
    job = aws.client("sagemaker").describe_training_job(TrainingJobName=aws.name("first"))
    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"), ExecutionRoleArn=aws.role_arn, PrimaryContainer=container
    )


def _pack(aws, files):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="code/sourcedir.tar.gz", Body=archive(files))


def _put(aws, report):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="reports/curve.json", Body=json.dumps(report))


def _train(aws, suffix, **given):
    data, sagemaker = f"s3://{aws.name('data')}", aws.client("sagemaker")
    metrics, checkpoints = given.get("metrics", METRICS), given.get("checkpoints", "checkpoints")
    script = QUICK.format(auc=given.get("auc", "0.8"))
    aws.client("s3").put_object(Bucket=aws.name("data"), Key="code/quick.tar.gz", Body=archive({"train.py": script}))
    sagemaker.create_training_job(
        TrainingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AlgorithmSpecification={
            "TrainingImage": given.get("image", IMAGE),
            "TrainingInputMode": "File",
            **({"MetricDefinitions": metrics} if metrics else {}),
        },
        HyperParameters={
            "sagemaker_program": "train.py",
            "sagemaker_submit_directory": f"{data}/code/quick.tar.gz",
            "epochs": given.get("epochs", "3"),
        },
        OutputDataConfig={"S3OutputPath": f"{data}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
        **({"CheckpointConfig": {"S3Uri": f"{data}/{checkpoints}"}} if checkpoints else {}),
    )
    aws.wait(
        "sagemaker",
        "describe_training_job",
        lambda job: job["TrainingJobStatus"] != "InProgress",
        TrainingJobName=aws.name(suffix),
    )
