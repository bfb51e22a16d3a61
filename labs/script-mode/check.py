import ast
import io
import re
import tarfile

from mlacoach.labs import NotYet, proofs

LEAST_AUC = 0.6
TOLERANCE = 0.0005
SCRIPT_ERROR = "ExecuteUserScriptError"


def pack_the_scripts(aws):
    """The training script and the inference script lie in S3 as one archive."""
    key, bucket = "code/sourcedir.tar.gz", aws.name("data")
    found = aws.find("s3", "get_object", Bucket=bucket, Key=key)
    if found is None:
        raise NotYet(f"There is no s3://{bucket}/{key}.", hint="s3.put_object(…)")
    try:
        with tarfile.open(fileobj=io.BytesIO(found["Body"].read()), mode="r:gz") as archive:
            names = {name.removeprefix("./"): archive.extractfile(name) for name in archive.getnames()}
            scripts = {name: file.read() for name, file in names.items() if file}
    except (tarfile.TarError, OSError):
        raise NotYet(f"{key} is no .tar.gz.", hint='tarfile.open(…, mode="w:gz")') from None
    for name in ("train.py", "inference.py"):
        if name not in scripts:
            raise NotYet(f"{name} is not at the root of the archive.", hint=f"It holds {', '.join(sorted(scripts))}.")
        _must_be_python(name, scripts[name])


def train_and_keep_checkpoints(aws):
    """The script has trained in AWS's container, SageMaker AI read its metric, and its checkpoints are in S3."""
    job = _trained(aws, "first")
    metrics = _metrics(job)
    if "validation:auc" not in metrics:
        raise NotYet("SageMaker AI read no validation:auc.", hint="MetricDefinitions: a Regex with one group")
    if metrics["validation:auc"] < LEAST_AUC:
        raise NotYet(f"validation:auc is {metrics['validation:auc']:g}.", hint="Hardly better than chance: is it AUC?")
    prefix = _checkpoints(aws, job)
    found = aws.find("s3", "list_objects_v2", Bucket=aws.name("data"), Prefix=prefix) or {}
    if not found.get("Contents"):
        raise NotYet(f"There is nothing under {prefix}.", hint="The script writes to /opt/ml/checkpoints.")


def read_its_log(aws):
    """The metric of each epoch was read out of the log."""
    curve = proofs.report(aws, "reports/curve.json").get("validation:auc")
    job = _trained(aws, "first")
    epochs = int(job["HyperParameters"].get("epochs", "1"))
    if not isinstance(curve, list) or len(curve) != epochs:
        said = len(curve) if isinstance(curve, list) else 0
        raise NotYet(f"The curve has {said} points, the job {epochs} epochs.", hint="One for each line of the log")
    if abs(curve[-1] - _metrics(job).get("validation:auc", 0)) > TOLERANCE:
        raise NotYet(f"The curve ends at {curve[-1]}, not at the job's final metric.", hint="In the order of the log")
    logged = _logged(aws, job)
    if len(logged) != len(curve) or any(abs(one - other) > TOLERANCE for one, other in zip(curve, logged, strict=True)):
        raise NotYet(f"The log says {logged}.", hint="The metric of each epoch, in the order of the log")


def go_on_from_the_last_one(aws):
    """A second job began where the first ended."""
    job, before = _trained(aws, "resumed"), _trained(aws, "first")
    if _checkpoints(aws, job) != _checkpoints(aws, before):
        raise NotYet("It looks for checkpoints in another place than the first job's.", hint="CheckpointConfig: S3Uri")
    wanted = int(before["HyperParameters"].get("epochs", "1"))
    if int(job["HyperParameters"].get("epochs", "0")) <= wanted:
        raise NotYet("There was nothing left to do for it.", hint="More epochs than the first job")
    start = _metrics(job).get("start:epoch", 0)
    if start < wanted:
        raise NotYet(f"It began with epoch {start:g}; the first job had done {wanted}.", hint="start_epoch in its log")


def see_it_fail(aws):
    """A job has failed, and its reason says what the script said."""
    found = proofs.newest_training_job(aws, "failing")
    if found["TrainingJobStatus"] != "Failed":
        raise NotYet(f"It is {found['TrainingJobStatus']}.", hint='Give it a value that is no number: "three" epochs.')
    if SCRIPT_ERROR not in found.get("FailureReason", ""):
        raise NotYet(f"It failed before the script ran: {found.get('FailureReason', '')[:80]}.", hint="epochs: three")


def serve_it(aws):
    """The trained model answers behind an endpoint, and its risks are worth something."""
    from sklearn.metrics import roc_auc_score

    job = _trained(aws, "resumed")
    found = proofs.model(aws, "model")
    container = found.get("PrimaryContainer") or (found.get("Containers") or [{}])[0]
    if container.get("ModelDataUrl") != job["ModelArtifacts"]["S3ModelArtifacts"]:
        raise NotYet(f"The model is made of {container.get('ModelDataUrl')}.", hint="What the job resumed made")
    proofs.endpoint(aws, "live")
    rows = proofs.table(aws, "test/pumps.csv", 6)
    body = "\n".join(",".join(map(str, row[1:])) for row in rows)
    risks = [float(risk) for risk in proofs.ask(aws, "live", body).split()]
    auc = roc_auc_score([row[0] for row in rows], risks) if len(risks) == len(rows) else 0.0
    if auc < LEAST_AUC:
        raise NotYet(f"The AUC of its answers is {auc:.2f} on the test data.", hint="One risk a line, no classes")


def _must_be_python(name, text):
    try:
        ast.parse(text)
    except (SyntaxError, ValueError):
        raise NotYet(f"{name} is no Python.", hint="It does not even parse.") from None


def _trained(aws, suffix):
    job = proofs.training_job(aws, suffix)
    if "scikit-learn" not in job["AlgorithmSpecification"].get("TrainingImage", ""):
        raise NotYet("The job's image is not that of scikit-learn.", hint="…/sagemaker-scikit-learn:1.2-1-cpu-py3")
    program = job["HyperParameters"].get("sagemaker_program", "none").strip('"')
    if program != "train.py":
        raise NotYet(f"The job runs {program}.", hint="sagemaker_program: train.py")
    return job


def _logged(aws, job):
    """The values of the metric in the job's log, as its own pattern finds them."""
    patterns = {each["Name"]: each["Regex"] for each in job["AlgorithmSpecification"].get("MetricDefinitions", ())}
    lines = proofs.log_lines(aws, "/aws/sagemaker/TrainingJobs", job["TrainingJobName"])
    return [float(value) for line in lines for value in re.findall(patterns.get("validation:auc", "$^"), line)]


def _metrics(job):
    return {each["MetricName"]: each["Value"] for each in job.get("FinalMetricDataList", ())}


def _checkpoints(aws, job):
    place = (job.get("CheckpointConfig") or {}).get("S3Uri", "")
    if not place.startswith(f"s3://{aws.name('data')}/"):
        raise NotYet(f"{job['TrainingJobName']} keeps no checkpoints in the lab's bucket.", hint="CheckpointConfig")
    return place.split("/", 3)[3].rstrip("/") + "/"
