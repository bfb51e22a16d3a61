"""What the checks of many labs look at: the newest job of a name, an endpoint in service, a report in the bucket.

Each says in `NotYet` what is there instead of what should be.
"""

import json
from collections.abc import Mapping
from typing import Any

from mlacoach.labs.aws import Aws
from mlacoach.labs.steps import NotYet

RUNNING = ("InProgress", "Stopping")
Found = Mapping[str, Any]


def training_job(aws: Aws, suffix: str) -> Found:
    """The newest training job whose name begins with `aws.name(suffix)`, completed: as DescribeTrainingJob has it.

    Raises:
        NotYet: there is none, it is still running, or it failed.
    """
    return _completed("training job", newest_training_job(aws, suffix))


def newest_training_job(aws: Aws, suffix: str) -> Found:
    """The newest training job whose name begins with `aws.name(suffix)`, whatever became of it.

    Whoever had to try again appended something to the name.

    Raises:
        NotYet: there is none.
    """
    found = _newest(aws, "list_training_jobs", aws.name(suffix), "TrainingJobSummaries", "TrainingJobName")
    return _described(aws, "describe_training_job", "TrainingJobName", found)


def newest_processing_job(aws: Aws, suffix: str) -> Found:
    """The same of a processing job."""
    found = _newest(aws, "list_processing_jobs", aws.name(suffix), "ProcessingJobSummaries", "ProcessingJobName")
    return _described(aws, "describe_processing_job", "ProcessingJobName", found)


def transform_job(aws: Aws, suffix: str) -> Found:
    """The same of a transform job."""
    found = _newest(aws, "list_transform_jobs", aws.name(suffix), "TransformJobSummaries", "TransformJobName")
    return _completed("transform job", _described(aws, "describe_transform_job", "TransformJobName", found))


def tuning_job(aws: Aws, suffix: str) -> Found:
    """The same of a tuning job."""
    member = "HyperParameterTuningJobName"
    found = _newest(
        aws, "list_hyper_parameter_tuning_jobs", aws.name(suffix), "HyperParameterTuningJobSummaries", member
    )
    return _completed(
        "hyper parameter tuning job", _described(aws, "describe_hyper_parameter_tuning_job", member, found)
    )


def _newest(aws: Aws, lists: str, name: str, members: str, key: str) -> str:
    found = aws.find("sagemaker", lists, NameContains=name, SortBy="CreationTime", SortOrder="Descending") or {}
    names = [job[key] for job in found.get(members, ()) if job[key].startswith(name)]
    if not names:
        what = lists.removeprefix("list_").removesuffix("s").replace("_", " ")
        raise NotYet(f"There is no {what} {name}.", hint=f"sagemaker.create_{what.replace(' ', '_')}(…)")
    return str(names[0])


def _described(aws: Aws, operation: str, member: str, name: str) -> Found:
    return aws.find("sagemaker", operation, **{member: name}) or {}


def _completed(what: str, job: Found) -> Found:
    member = next((name for name in job if name.endswith("JobStatus")), "")
    name = next((job[each] for each in job if each.endswith("JobName")), "")
    status = job.get(member, "gone")
    if status in RUNNING:
        raise NotYet(f"The {what} {name} is {status}.", hint="Wait until it has ended, then look again.")
    if status != "Completed":
        said = str(job.get("FailureReason", "no reason is given")).strip().rstrip(".")
        raise NotYet(f"The {what} {name} is {status}: {said}.", hint="Its log in CloudWatch Logs tells more.")
    return job


def model(aws: Aws, suffix: str) -> Found:
    """The model `aws.name(suffix)`, as DescribeModel has it.

    Raises:
        NotYet: there is none.
    """
    found = aws.find("sagemaker", "describe_model", ModelName=aws.name(suffix))
    if found is None:
        raise NotYet(f"There is no model {aws.name(suffix)}.", hint="sagemaker.create_model(…)")
    return found


def config(aws: Aws, suffix: str) -> Found:
    """The endpoint configuration `aws.name(suffix)`, as DescribeEndpointConfig has it.

    Raises:
        NotYet: there is none.
    """
    found = aws.find("sagemaker", "describe_endpoint_config", EndpointConfigName=aws.name(suffix))
    if found is None:
        raise NotYet(
            f"There is no endpoint configuration {aws.name(suffix)}.", hint="sagemaker.create_endpoint_config(…)"
        )
    return found


def endpoint(aws: Aws, suffix: str, *, may_scale: bool = False) -> Found:
    """The endpoint `aws.name(suffix)`, in service: as DescribeEndpoint has it.

    Args:
        aws: the account.
        suffix: of its name.
        may_scale: its instances come and go by themselves; meanwhile it is Updating, and answers all the same.

    Raises:
        NotYet: there is none, or it is not in service.
    """
    found = aws.find("sagemaker", "describe_endpoint", EndpointName=aws.name(suffix))
    if found is None:
        raise NotYet(f"There is no endpoint {aws.name(suffix)}.", hint="sagemaker.create_endpoint(…)")
    status = found["EndpointStatus"]
    if status != "InService" and not (may_scale and status == "Updating"):
        said = found.get("FailureReason", "wait until it is in service").strip().rstrip(".")
        raise NotYet(f"The endpoint is {status}: {said}.", hint="sagemaker.describe_endpoint(…) says how far it is.")
    return found


def text(aws: Aws, key: str) -> str:
    """An object of the bucket `aws.name("data")` as text.

    Raises:
        NotYet: there is none, or it is no text.
    """
    bucket = aws.name("data")
    found = aws.find("s3", "get_object", Bucket=bucket, Key=key)
    if found is None:
        raise NotYet(f"There is no s3://{bucket}/{key}.", hint="s3.put_object(…)")
    try:
        return str(found["Body"].read().decode())
    except UnicodeDecodeError:
        raise NotYet(f"{key} is no text.", hint="Write it as UTF-8, unpacked.") from None


def report(aws: Aws, key: str) -> dict[str, Any]:
    """An object of the bucket `aws.name("data")` as a JSON object.

    Raises:
        NotYet: there is none, or it is none.
    """
    try:
        found = json.loads(text(aws, key))
    except json.JSONDecodeError as error:
        raise NotYet(f"{key} is no JSON: {error.msg}.", hint="json.dumps(…)") from None
    if not isinstance(found, dict):
        raise NotYet(f"{key} is no JSON object.", hint='{"name": value, …}')
    return found


def number(found: Mapping[str, Any], name: str, where: str) -> float:
    """A number of a report.

    Raises:
        NotYet: it is missing, or no number.
    """
    value = found.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotYet(f"{where} does not say {name} as a number, but {value!r}.", hint=f'"{name}": 0.5')
    return float(value)


def table(aws: Aws, key: str, columns: int) -> list[list[float]]:
    """An object of the bucket `aws.name("data")` as rows of numbers.

    Raises:
        NotYet: there is none, or its lines are no such rows.
    """
    rows = []
    for place, line in enumerate(text(aws, key).split("\n"), start=1):
        if not line.strip():
            continue
        try:
            row = [float(value) for value in line.split(",")]
        except ValueError:
            raise NotYet(f"Line {place} of {key} is not numbers alone: {line[:40]!r}.", hint="No header.") from None
        if len(row) != columns:
            raise NotYet(f"Line {place} of {key} has {len(row)} values, not {columns}.", hint="One line per pump.")
        rows.append(row)
    return rows


def log_lines(aws: Aws, group: str, name: str) -> list[str]:
    """What a job has written into its log group; the streams of a job begin with its name and a slash."""
    found = aws.find("logs", "describe_log_streams", logGroupName=group, logStreamNamePrefix=f"{name}/") or {}
    names = [stream["logStreamName"] for stream in found.get("logStreams", ())]
    if not names:
        return []
    events = aws.find("logs", "filter_log_events", logGroupName=group, logStreamNames=names) or {}
    return [event["message"] for event in events.get("events", ())]


def serving_model(aws: Aws, suffix: str, archive: str) -> Found:
    """The model `aws.name(suffix)`, made so that `models/<archive>.tar.gz` answers with its script.

    Raises:
        NotYet: there is none, or it would not come up.
    """
    found = model(aws, suffix)
    container = found.get("PrimaryContainer") or (found.get("Containers") or [{}])[0]
    url = f"s3://{aws.name('data')}/models/{archive}.tar.gz"
    if container.get("ModelDataUrl") != url:
        raise NotYet(f"The model {suffix} is made of {container.get('ModelDataUrl')}, not of {url}.", "ModelDataUrl")
    if "scikit-learn" not in container.get("Image", ""):
        raise NotYet(
            f"The image of {suffix} is {container.get('Image')}.", hint="…/sagemaker-scikit-learn:1.2-1-cpu-py3"
        )
    program = container.get("Environment", {}).get("SAGEMAKER_PROGRAM")
    if program != "inference.py":
        raise NotYet(f"SAGEMAKER_PROGRAM of {suffix} is {program}.", hint="The script is code/inference.py.")
    return found


def ask(aws: Aws, endpoint_suffix: str, body: str, **more: str) -> str:
    """What the endpoint `aws.name(endpoint_suffix)` answers to lines of CSV.

    Raises:
        NotYet: it answers with an error.
    """
    from botocore.exceptions import ClientError  # noqa: PLC0415 - only labs need boto3

    try:
        answer = aws.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=aws.name(endpoint_suffix), ContentType="text/csv", Accept="text/csv", Body=body, **more
        )
    except ClientError as error:
        said = error.response["Error"].get("Message", "").strip().rstrip(".")
        raise NotYet(f"The endpoint answers with an error: {said}.", hint="Its log in CloudWatch Logs.") from error
    return str(answer["Body"].read().decode())
