import ast
import io
import re
import tarfile

from mlacoach.labs import NotYet, proofs


def pack_a_script_that_goes_on(aws):
    """A training script that keeps checkpoints lies in S3 as an archive."""
    key, bucket = "code/sourcedir.tar.gz", aws.name("data")
    found = aws.find("s3", "get_object", Bucket=bucket, Key=key)
    if found is None:
        raise NotYet(f"There is no s3://{bucket}/{key}.", hint="s3.put_object(…)")
    try:
        with tarfile.open(fileobj=io.BytesIO(found["Body"].read()), mode="r:gz") as archive:
            text = archive.extractfile("train.py").read().decode()
        ast.parse(text)
    except (tarfile.TarError, OSError, KeyError):
        raise NotYet(f"{key} is no archive with train.py at its root.", hint='tarfile.open(…, mode="w:gz")') from None
    except (SyntaxError, ValueError):
        raise NotYet("train.py is no Python.", hint="It does not even parse.") from None
    if "/opt/ml/checkpoints" not in text:
        raise NotYet("train.py never looks into /opt/ml/checkpoints.", hint="It writes there, and begins from there.")


def train_on_demand(aws):
    """The model was trained the usual way, to compare with."""
    job = _trained(aws, "full")
    if job.get("EnableManagedSpotTraining"):
        raise NotYet("This one runs on spot capacity.", hint="Leave EnableManagedSpotTraining out.")


def train_on_spot(aws):
    """The model was trained on spot capacity, with checkpoints."""
    job = _trained(aws, "spot")
    if not job.get("EnableManagedSpotTraining"):
        raise NotYet("It does not run on spot capacity.", hint="EnableManagedSpotTraining=True")
    limits = job["StoppingCondition"]
    if limits.get("MaxWaitTimeInSeconds", 0) <= limits["MaxRuntimeInSeconds"]:
        raise NotYet("It leaves no time to wait for capacity.", hint="MaxWaitTimeInSeconds includes the run time.")
    _checkpoints(aws, job)


def prove_that_it_went_on(aws):
    """A report says how often it was interrupted, and with which epoch it began each time."""
    job, report = _trained(aws, "spot"), proofs.report(aws, "reports/resume.json")
    truth = sum(each["Status"] == "Interrupted" for each in job["SecondaryStatusTransitions"])
    if proofs.number(report, "interruptions", "reports/resume.json") != truth:
        raise NotYet(f"It was interrupted {truth} times.", hint="SecondaryStatusTransitions: Interrupted")
    starts = _starts(aws, "spot")
    if report.get("starts") != starts:
        raise NotYet(f"The report says it began with {report.get('starts')}.", hint="start_epoch in its log, each time")
    if truth and starts[-1] == 0:
        raise NotYet("It was interrupted and began again with epoch 0.", hint="Does the script look for a checkpoint?")


def reckon_the_savings(aws):
    """A report says what was trained, what was billed, and what that saved."""
    job, report = _trained(aws, "spot"), proofs.report(aws, "reports/savings.json")
    trained, billed = job["TrainingTimeInSeconds"], job["BillableTimeInSeconds"]
    truth = {"trained": trained, "billed": billed, "saved_percent": 100 * (1 - billed / trained)}
    for name, value in truth.items():
        said = proofs.number(report, name, "reports/savings.json")
        if abs(said - value) > 1:
            raise NotYet(f"The report says {name} {said:g}; it is {value:.0f}.", hint="1 - billable over training time")


def stop_it_and_go_on(aws):
    """A job was stopped, and another went on from its checkpoints."""
    stopped = proofs.newest_training_job(aws, "stopped")
    if stopped["TrainingJobStatus"] != "Stopped":
        raise NotYet(
            f"{stopped['TrainingJobName']} is {stopped['TrainingJobStatus']}.",
            hint="sagemaker.stop_training_job(…), while it trains",
        )
    resumed = _trained(aws, "resumed")
    if _checkpoints(aws, resumed) != _checkpoints(aws, stopped):
        raise NotYet("The two look for checkpoints in different places.", hint="CheckpointConfig: S3Uri")
    starts = _starts(aws, "resumed")
    if not starts or starts[0] == 0:
        raise NotYet("The second job began with epoch 0.", hint="Stop the first once it has kept a checkpoint.")


def _trained(aws, suffix):
    job = proofs.training_job(aws, suffix)
    if job["HyperParameters"].get("sagemaker_program", "").strip('"') != "train.py":
        raise NotYet("The job does not run train.py.", hint="sagemaker_program")
    return job


def _checkpoints(aws, job):
    place = (job.get("CheckpointConfig") or {}).get("S3Uri", "")
    if not place.startswith(f"s3://{aws.name('data')}/"):
        raise NotYet(f"{job['TrainingJobName']} keeps no checkpoints in the lab's bucket.", hint="CheckpointConfig")
    prefix = place.split("/", 3)[3].rstrip("/") + "/"
    found = aws.find("s3", "list_objects_v2", Bucket=aws.name("data"), Prefix=prefix) or {}
    if not found.get("Contents"):
        raise NotYet(f"There is no checkpoint under {prefix}.", hint="The script writes to /opt/ml/checkpoints.")
    return prefix


def _starts(aws, suffix):
    """With which epoch the newest job of this name began, each time; from its log."""
    name = proofs.training_job(aws, suffix)["TrainingJobName"]
    lines = proofs.log_lines(aws, "/aws/sagemaker/TrainingJobs", name)
    return [int(each) for line in lines for each in re.findall(r"start_epoch=([0-9]+);", line)]
