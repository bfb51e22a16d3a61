IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
TRAIN = "python /opt/ml/input/data/code/train"


def tags_that_move(aws):
    """Version 1.0 may be another image tomorrow."""
    aws.client("ecr").create_repository(repositoryName=aws.name("pumps"))


def not_scanned(aws):
    """Nobody looks for known vulnerabilities."""
    aws.client("ecr").create_repository(repositoryName=aws.name("pumps"), imageTagMutability="IMMUTABLE")


def not_on_the_path(aws):
    """Copied to where nobody looks."""
    _recipe(aws, "FROM python:3.12-slim\nCOPY train serve /somewhere/\n")


def nothing_copied(aws):
    """An empty image."""
    _recipe(aws, "FROM python:3.12-slim\nENV PATH=/opt/program:$PATH\n")


def no_ping(aws):
    """SageMaker AI would wait for it, and give up."""
    _recipe(aws, "FROM python:3.12-slim\nCOPY train serve /opt/program/\nENV PATH=/opt/program:$PATH\n", serve="")


def in_an_image_of_aws(aws):
    """Somebody else's container."""
    _train(aws, "train", image=IMAGE, Environment={"SANDBOX_COMMAND": TRAIN})


def without_data(aws):
    """The container finds an empty folder, and says so."""
    _train(aws, "train", channels=("code",), Environment={"SANDBOX_COMMAND": TRAIN})


def it_works(aws):
    """One round, as a number."""
    _train(aws, "failing", rounds="1", Environment={"SANDBOX_COMMAND": TRAIN})


def it_says_nothing(aws):
    """Ends with 1, and no word."""
    _train(aws, "failing", rounds="many", Environment={"SANDBOX_COMMAND": "false"})


def another_image(aws):
    """An image that can't read the model."""
    job = aws.client("sagemaker").describe_training_job(TrainingJobName=aws.name("train"))
    container = {"Image": IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"), ExecutionRoleArn=aws.role_arn, PrimaryContainer=container
    )


def half_of_them(aws):
    """The answers for some pumps."""
    _put(aws, "answers/risks.csv", "0.5\n" * 200)


def a_coin(aws):
    """The same for each."""
    _put(aws, "answers/risks.csv", "0.5\n" * 400)


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)


def _recipe(aws, dockerfile, serve="paths = ('/ping', '/invocations')"):
    _put(aws, "code/Dockerfile", dockerfile)
    _put(aws, "code/train", "print()")
    _put(aws, "code/serve", serve)


def _train(aws, suffix, *, image="", channels=("train", "code"), rounds="1", **more):
    data, sagemaker = f"s3://{aws.name('data')}", aws.client("sagemaker")
    account = aws.role_arn.split(":")[4]
    own = f"{account}.dkr.ecr.{aws.region}.amazonaws.com/{aws.name('pumps')}:1.0"
    sagemaker.create_training_job(
        TrainingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AlgorithmSpecification={
            "TrainingImage": image or own,
            "TrainingInputMode": "File",
            **({"ContainerEntrypoint": ["true"]} if image else {}),
        },
        HyperParameters={"rounds": rounds},
        InputDataConfig=[
            {
                "ChannelName": channel,
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{data}/{channel}/"}},
            }
            for channel in channels
        ],
        OutputDataConfig={"S3OutputPath": f"{data}/output"},
        ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
        **more,
    )
    aws.wait(
        "sagemaker",
        "describe_training_job",
        lambda job: job["TrainingJobStatus"] != "InProgress",
        TrainingJobName=aws.name(suffix),
    )
