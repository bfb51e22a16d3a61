import json

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
DAYS = ["--first-validation", "2026-09-15", "--first-test", "2026-10-01"]


def no_python(aws):
    """A wish."""
    _write(aws, "code/prepare.py", "clean everything, please")


def for_another_place(aws):
    """Paths of somebody's notebook."""
    _write(aws, "code/prepare.py", "open('trips.csv')")


def by_chance(aws):
    """Shuffled, then cut."""
    _prepare(
        aws,
        ('.sort_values("started_at")', ".sample(frac=1, random_state=1)"),
        ('table["started_at"] >= days.first_test', "table.index % 5 == 0"),
    )


def doubled_still(aws):
    """Nobody took the repetitions out."""
    _prepare(aws, ('.drop_duplicates("trip_id")', ""))


def faulty_still(aws):
    """Impossible distances are in it."""
    _prepare(aws, ('(table["distance_km"] > 0)', '(table["distance_km"] > -99)'))


def scaled_by_all(aws):
    """The mean knows the test."""
    _prepare(aws, ('train = parts["train"]', "train = table"))


def with_the_minutes(aws):
    """Known when the bicycle is back."""
    _prepare(aws, ('"late": part["late"],', '"late": part["late"], "minutes": part["minutes"] / 60,'))


def with_the_fee(aws):
    """Asked when it was late."""
    _prepare(aws, ('"late": part["late"],', '"late": part["late"], "fee": part["fee"],'))


def the_label_last(aws):
    """Built-in algorithms look into the first column."""
    _prepare(aws, ("features(part).round(5)", "features(part).round(5).iloc[:, ::-1]"))


def made_up(aws):
    """Round numbers."""
    _write(
        aws,
        "reports/split.json",
        json.dumps({"rows": {"train": 700, "validation": 150, "test": 150}, "in_two_parts": 0}),
    )


def without_times(aws):
    """Nobody can see that it is a split by time."""
    rows = {"train": 604, "validation": 196, "test": 384}
    _write(aws, "reports/split.json", json.dumps({"rows": rows, "in_two_parts": 0}))


def scaled_anew(aws):
    """As if these twelve were the training."""
    lines = ["0.5,0,1,1," + ",".join("1" if place == row % 6 else "0" for place in range(6)) for row in range(12)]
    _write(aws, "prepared/new.csv", "\n".join(lines))


def without_the_new_station(aws):
    """Nine of twelve."""
    _write(aws, "prepared/new.csv", "\n".join(["0,0,1,1,1,0,0,0,0,0"] * 9))


def no_difference(aws):
    """As if the fee said nothing."""
    _write(aws, "reports/leak.json", json.dumps({"without_fee": 0.8, "with_fee": 0.81}))


def too_good(aws):
    """The fee is in both."""
    _write(aws, "reports/leak.json", json.dumps({"without_fee": 0.97, "with_fee": 0.98}))


def it_works(aws):
    """With its arguments."""
    _process(aws, "broken", IMAGE, DAYS)


def not_what_the_log_says(aws):
    """Guessed."""
    _process(aws, "broken", IMAGE, ["--wrong"])
    _write(aws, "reports/failure.json", json.dumps({"line": "MemoryError"}))


def _write(aws, key, body):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=body)


def _prepare(aws, *changes):
    """Run the right script with something changed, and put it back."""
    right = aws.client("s3").get_object(Bucket=aws.name("data"), Key="code/prepare.py")["Body"].read().decode()
    changed = right
    for old, new in changes:
        if old not in changed:
            raise ValueError(f"The script has no {old!r}.")
        changed = changed.replace(old, new)
    _write(aws, "code/prepare.py", changed)
    _process(aws, "prepare", IMAGE, DAYS)
    _write(aws, "code/prepare.py", right)


def _process(aws, suffix, image, arguments):
    data = f"s3://{aws.name('data')}"
    inputs = {"raw": "input", "code": "code"}
    aws.client("sagemaker").create_processing_job(
        ProcessingJobName=aws.name(suffix),
        RoleArn=aws.role_arn,
        AppSpecification={
            "ImageUri": image,
            "ContainerEntrypoint": ["python3", "/opt/ml/processing/code/prepare.py"],
            "ContainerArguments": arguments,
        },
        ProcessingInputs=[
            {
                "InputName": key,
                "S3Input": {
                    "S3Uri": f"{data}/{key}/",
                    "LocalPath": f"/opt/ml/processing/{folder}",
                    "S3DataType": "S3Prefix",
                    "S3InputMode": "File",
                },
            }
            for key, folder in inputs.items()
        ],
        ProcessingOutputConfig={
            "Outputs": [
                {
                    "OutputName": name,
                    "S3Output": {
                        "S3Uri": f"{data}/prepared/{name}",
                        "LocalPath": f"/opt/ml/processing/{name}",
                        "S3UploadMode": "EndOfJob",
                    },
                }
                for name in ("train", "validation", "test", "report")
            ]
        },
        ProcessingResources={"ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}},
        StoppingCondition={"MaxRuntimeInSeconds": 600},
    )
    aws.wait(
        "sagemaker",
        "describe_processing_job",
        lambda found: found["ProcessingJobStatus"] not in {"InProgress", "Stopping"},
        ProcessingJobName=aws.name(suffix),
    )
