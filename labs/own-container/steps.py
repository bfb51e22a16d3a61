from pathlib import Path

from mlacoach.labs import Shown

FILES = Path(__file__).parent / "data"
# What stands for the image in the sandbox, which can't pull one.
TRAIN = "python /opt/ml/input/data/code/train"
SERVE = "python /opt/ml/model/code/serve"


def make_a_repository(aws):
    """Tags that can't be moved: what was tested under 1.0 is what runs under 1.0; each push is scanned."""
    aws.client("ecr").create_repository(
        repositoryName=aws.name("pumps"),
        imageTagMutability="IMMUTABLE",
        imageScanningConfiguration={"scanOnPush": True},
    )


def write_the_recipe(aws):
    """The image has two commands; a Dockerfile says how it comes about."""
    for name in ("Dockerfile", "train", "serve"):
        body = (FILES / name).read_bytes()
        aws.client("s3").put_object(Bucket=aws.name("data"), Key=f"code/{name}", Body=body)


def train_in_it(aws):
    """Any image will do for SageMaker AI, as long as it keeps to the folders."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(**_job(aws, "train", rounds="20"))
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=aws.name("train"))
    job = sagemaker.describe_training_job(TrainingJobName=aws.name("train"))
    return Shown(text=job["ModelArtifacts"]["S3ModelArtifacts"])


def fail_with_a_reason(aws):
    """A container that fails writes why to /opt/ml/output/failure, and ends with a code that is not 0."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_training_job(**_job(aws, "failing", rounds="many"))
    job = aws.wait(
        "sagemaker",
        "describe_training_job",
        lambda found: found["TrainingJobStatus"] == "Failed",
        TrainingJobName=aws.name("failing"),
    )
    return Shown(text=job["FailureReason"])


def serve_with_it(aws):
    """The same image serves: /ping within two seconds once it is ready, /invocations within sixty."""
    sagemaker = aws.client("sagemaker")
    job = sagemaker.describe_training_job(TrainingJobName=aws.name("train"))
    sagemaker.create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": _image(aws),
            "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"],
            "Environment": {"SANDBOX_COMMAND": SERVE},
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


def ask_it(aws):
    """What it answers is its own affair: status, body, content type."""
    s3, bucket = aws.client("s3"), aws.name("data")
    rows = s3.get_object(Bucket=bucket, Key="test/pumps.csv")["Body"].read().decode().splitlines()
    answer = aws.client("sagemaker-runtime").invoke_endpoint(
        EndpointName=aws.name("live"),
        ContentType="text/csv",
        Body="\n".join(row.partition(",")[2] for row in rows),
    )
    s3.put_object(Bucket=bucket, Key="answers/risks.csv", Body=answer["Body"].read())


def _image(aws):
    account = aws.role_arn.split(":")[4]
    return f"{account}.dkr.ecr.{aws.region}.amazonaws.com/{aws.name('pumps')}:1.0"


def _job(aws, suffix, rounds):
    data = f"s3://{aws.name('data')}"
    return {
        "TrainingJobName": aws.name(suffix),
        "RoleArn": aws.role_arn,
        "AlgorithmSpecification": {"TrainingImage": _image(aws), "TrainingInputMode": "File"},
        "HyperParameters": {"rounds": rounds},
        "Environment": {"SANDBOX_COMMAND": TRAIN},
        "InputDataConfig": [
            {
                "ChannelName": channel,
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{data}/{channel}/"}},
            }
            for channel in ("train", "code")
        ],
        "OutputDataConfig": {"S3OutputPath": f"{data}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    }
