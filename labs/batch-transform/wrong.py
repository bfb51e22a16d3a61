from mlacoach.labs import proofs

SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"


def another_archive(aws):
    """An archive that is there, and is no model."""
    aws.client("sagemaker").create_model(
        ModelName=aws.name("model"),
        ExecutionRoleArn=aws.role_arn,
        PrimaryContainer={
            "Image": SKLEARN,
            "ModelDataUrl": f"s3://{aws.name('data')}/fleet/pumps.csv",
            "Environment": {"SAGEMAKER_PROGRAM": "inference.py"},
        },
    )


def in_one_part(aws):
    """One object, so one instance does it all."""
    _put(aws, "batch/part-0.csv", proofs.text(aws, "fleet/pumps.csv"))


def without_the_last(aws):
    """A line is lost."""
    lines = proofs.text(aws, "fleet/pumps.csv").splitlines()[:-1]
    for part in range(4):
        _put(aws, f"batch/part-{part}.csv", "\n".join(lines[part * 100 : part * 100 + 100]) + "\n")


def with_the_ids(aws):
    """The script can't make a number of pump-0001."""
    _score(aws, "plain")


def the_fleet_in_one_file(aws):
    """Not the parts."""
    _score(aws, "plain", prefix="fleet/", InputFilter="$[1:]")


def not_joined(aws):
    """Scores alone, again."""
    _score(aws, "joined", InputFilter="$[1:]")


def joined_to_everything(aws):
    """Seven values a line."""
    _score(aws, "joined", InputFilter="$[1:]", JoinSource="Input")


def joined_to_the_temperature(aws):
    """The second value of a row, not the last."""
    _score(aws, "joined", InputFilter="$[1:]", JoinSource="Input", OutputFilter="$[0,1]")


def figures_from_nowhere(aws):
    """Too good to be true."""
    _put(aws, "reports/batch.json", '{"pumps": 400, "auc": 0.99}')


def the_first_part_only(aws):
    """A quarter of the fleet."""
    _put(aws, "reports/batch.json", '{"pumps": 100, "auc": 0.8}')


def the_first_twenty(aws):
    """In the order of the file."""
    lines = proofs.text(aws, "fleet/pumps.csv").splitlines()[:20]
    _put(aws, "reports/inspect.csv", "".join(line.split(",")[0] + "\n" for line in lines))


def too_many(aws):
    """All of them."""
    lines = proofs.text(aws, "fleet/pumps.csv").splitlines()
    _put(aws, "reports/inspect.csv", "".join(line.split(",")[0] + "\n" for line in lines))


def _put(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)


def _score(aws, suffix, prefix="batch/", **processing):
    more = {"DataProcessing": processing} if processing else {}
    which = f"{suffix}-wrong-{len(processing)}-{prefix.strip('/')}"
    aws.client("sagemaker").create_transform_job(
        TransformJobName=aws.name(which),
        ModelName=aws.name("model"),
        TransformInput={
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"s3://{aws.name('data')}/{prefix}"}},
            "ContentType": "text/csv",
            "SplitType": "Line",
        },
        TransformOutput={
            "S3OutputPath": f"s3://{aws.name('data')}/wrong/{which}",
            "Accept": "text/csv",
            "AssembleWith": "Line",
        },
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    )
    aws.wait(
        "sagemaker",
        "describe_transform_job",
        lambda job: job["TransformJobStatus"] != "InProgress",
        TransformJobName=aws.name(which),
    )
