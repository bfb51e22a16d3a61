import io
import tarfile
import tempfile
from collections import Counter
from pathlib import Path

from mlacoach.labs import NotYet, proofs

COLUMNS = 6
LEAST_SHARE = 0.1
# A report is rounded, and a threshold may be drawn a little differently.
TOLERANCE = 0.01
JOBS = ("first", "early", "weighed")


def lay_out_the_data(aws):
    """Training, validation and test data lie apart, the label first and without a header."""
    parts = {name: proofs.table(aws, f"{name}/pumps.csv", COLUMNS) for name in ("train", "validation", "test")}
    raw = [tuple(map(float, line.split(",")[1:])) for line in proofs.text(aws, "raw/pumps.csv").splitlines()[1:]]
    for name, part in parts.items():
        if any(row[0] not in (0, 1) for row in part):
            raise NotYet(f"The first column of {name}/pumps.csv is not the label.", hint="XGBoost's CSV: label first.")
        if len(part) < LEAST_SHARE * len(raw):
            raise NotYet(f"{name}/pumps.csv has {len(part)} pumps only.", hint="A tenth of them at least.")
    found = Counter(tuple(row) for part in parts.values() for row in part)
    wanted = Counter((row[-1], *row[:-1]) for row in raw)
    if found - wanted:
        raise NotYet(
            f"{(found - wanted).total()} rows are there twice, or not as in raw/pumps.csv.", hint="No row twice."
        )
    if wanted - found:
        raise NotYet(f"{(wanted - found).total()} of {len(raw)} pumps are missing.", hint="Use every row once.")


def train_a_first_model(aws):
    """XGBoost has learned from the training data, watched on the validation data."""
    _trained(aws, "first")


def stop_before_it_overfits(aws):
    """A second job stops by itself when the validation data says so."""
    job = _trained(aws, "early")
    values = job["HyperParameters"]
    if not values.get("early_stopping_rounds"):
        raise NotYet("The job has no early_stopping_rounds.", hint='HyperParameters: "early_stopping_rounds": "10"')
    if int(values["early_stopping_rounds"]) >= int(values["num_round"]):
        raise NotYet(
            f"It waits for {values['early_stopping_rounds']} rounds without progress and has {values['num_round']}.",
            hint="With so much patience nothing stops it.",
        )
    first = proofs.training_job(aws, "first")["HyperParameters"]
    if int(values["num_round"]) < int(first["num_round"]):
        raise NotYet(
            f"num_round is {values['num_round']}, less than the first job's {first['num_round']}.",
            hint="Let it go on as long as it likes; early stopping ends it.",
        )


def weigh_the_failures(aws):
    """A third job weighs the rare failures as much as the many others."""
    job = _trained(aws, "weighed")
    labels = [row[0] for row in proofs.table(aws, "train/pumps.csv", COLUMNS)]
    wanted = labels.count(0) / max(labels.count(1), 1)
    weight = float(job["HyperParameters"].get("scale_pos_weight", "1"))
    if not 0.7 * wanted <= weight <= 1.3 * wanted:
        raise NotYet(
            f"scale_pos_weight is {weight:g}, which does not make up for the rare failures.",
            hint="The number of rows with 0 over the number of rows with 1, in the training data.",
        )


def compare_on_the_test_set(aws):
    """A report says what each model is worth on data that none has seen."""
    from sklearn.metrics import recall_score, roc_auc_score

    report = proofs.report(aws, "reports/evaluation.json")
    rows = proofs.table(aws, "test/pumps.csv", COLUMNS)
    labels = [row[0] for row in rows]
    for name in JOBS:
        said = report.get(name) if isinstance(report.get(name), dict) else {}
        risks = _predict(aws, name, [row[1:] for row in rows])
        for metric, truth in (("auc", roc_auc_score(labels, risks)), ("recall", recall_score(labels, risks > 0.5))):
            value = proofs.number(said, metric, f"reports/evaluation.json under {name}")
            if abs(value - truth) > TOLERANCE:
                raise NotYet(
                    f"The report says {metric} {value:g} of {name}; on the test set it is {truth:.3f}.",
                    hint="Is it the test set, and the model of that very job?",
                )


def keep_the_best(aws):
    """The best of the three is a model that can be deployed."""
    found = proofs.model(aws, "model")
    report = proofs.report(aws, "reports/evaluation.json")
    best = max(JOBS, key=lambda name: proofs.number(report.get(name, {}), "auc", "reports/evaluation.json"))
    job = proofs.training_job(aws, best)
    container = found.get("PrimaryContainer") or (found.get("Containers") or [{}])[0]
    if container.get("ModelDataUrl") != job["ModelArtifacts"]["S3ModelArtifacts"]:
        raise NotYet(f"The model is not what the job {best} made, whose AUC is the best.", hint="ModelDataUrl")
    if container.get("Image") != job["AlgorithmSpecification"]["TrainingImage"]:
        raise NotYet("The model's image is not that of the training job.", hint="One image trains and serves.")


def _trained(aws, suffix):
    job = proofs.training_job(aws, suffix)
    values = job["HyperParameters"]
    if "xgboost" not in job["AlgorithmSpecification"].get("TrainingImage", ""):
        raise NotYet("The job's image is not that of XGBoost.", hint="…/sagemaker-xgboost:3.0-5")
    channels = {channel["ChannelName"]: channel for channel in job["InputDataConfig"]}
    for name in ("train", "validation"):
        found = channels.get(name, {}).get("DataSource", {}).get("S3DataSource", {}).get("S3Uri", "nothing")
        if not found.startswith(f"s3://{aws.name('data')}/{name}/"):
            raise NotYet(f"The channel {name} reads {found}.", hint=f"s3://{aws.name('data')}/{name}/")
    if values.get("objective") != "binary:logistic":
        raise NotYet(f"The objective is {values.get('objective')}, not binary:logistic.", hint="A pump fails or not.")
    if "auc" not in values.get("eval_metric", "").split(","):
        raise NotYet("The job is not watched by AUC.", hint='"eval_metric": "auc"')
    return job


def _predict(aws, name, rows):
    import numpy as np
    import xgboost

    job = proofs.training_job(aws, name)
    bucket, _, key = job["ModelArtifacts"]["S3ModelArtifacts"].removeprefix("s3://").partition("/")
    packed = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extract("xgboost-model", folder, filter="data")
        file = (Path(folder) / "xgboost-model").rename(Path(folder) / "model.ubj")
        return xgboost.Booster(model_file=file).inplace_predict(np.array(rows))
