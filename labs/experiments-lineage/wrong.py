import json
from datetime import UTC, datetime

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def no_question(aws):
    """An experiment that says nothing."""
    aws.client("sagemaker").create_experiment(ExperimentName=aws.name("pumps"))
    aws.client("sagemaker").create_trial(TrialName=aws.name("depth"), ExperimentName=aws.name("pumps"))


def of_another_experiment(aws):
    """The trial belongs elsewhere."""
    sagemaker = aws.client("sagemaker")
    for name in ("pumps", "others"):
        sagemaker.create_experiment(ExperimentName=aws.name(name), Description="Which model finds most of them?")
    sagemaker.create_trial(TrialName=aws.name("depth"), ExperimentName=aws.name("others"))


def outside_the_trial(aws):
    """Trained, and nobody knows what for."""
    _run(aws, "shallow", 1, inside=False)


def two_changes_at_once(aws):
    """Deeper, and faster."""
    _three(aws, deep={"eta": 0.5})


def other_data(aws):
    """One run sees what the others don't."""
    _three(aws, deep={"place": "mixed"})


def the_same_thrice(aws):
    """Nothing differs."""
    for name in ("shallow", "middle", "deep"):
        _run(aws, name, 3)


def written_by_hand(aws):
    """Nothing was trained."""
    _three(aws)


def the_deepest_must_be_best(aws):
    """A guess."""
    _compare(aws, best="deep")


def nicer_numbers(aws):
    """Rounded up."""
    _compare(aws, auc=0.95)


def the_colleague_too(aws):
    """A run at other conditions."""
    _compare(aws, more={"colleague": {"max_depth": 6, "validation:auc": 0.99}})


def on_its_own(aws):
    """In no trial."""
    _log(aws, inside=False)


def one_number(aws):
    """A metric without its steps."""
    _log(aws, steps=(30,))


def invented(aws):
    """As if it were perfect."""
    _log(aws)


def the_wrong_way_round(aws):
    """From the data to the export."""
    export, split, train = _nodes(aws)
    sagemaker = aws.client("sagemaker")
    sagemaker.add_association(SourceArn=split, DestinationArn=export, AssociationType="ContributedTo")
    sagemaker.add_association(SourceArn=train, DestinationArn=split, AssociationType="Produced")


def only_associated(aws):
    """They have something to do with each other."""
    export, split, train = _nodes(aws)
    sagemaker = aws.client("sagemaker")
    sagemaker.add_association(SourceArn=export, DestinationArn=split, AssociationType="AssociatedWith")
    sagemaker.add_association(SourceArn=split, DestinationArn=train, AssociationType="Produced")


def half_of_the_way(aws):
    """Nothing comes out of the split."""
    export, split, _ = _nodes(aws)
    aws.client("sagemaker").add_association(SourceArn=export, DestinationArn=split, AssociationType="ContributedTo")


def as_the_jobs_say(aws):
    """Only the last link of the chain."""
    data = f"s3://{aws.name('data')}"
    _write(aws, "origin", {"best": [f"{data}/train/", f"{data}/validation/"]})


def never_looked_into(aws):
    """The addresses are right; what lies there nobody has read."""
    data = f"s3://{aws.name('data')}"
    best = [f"{data}/export/pumps.csv", f"{data}/train/", f"{data}/validation/"]
    colleague = [f"{data}/mixed/", f"{data}/validation/"]
    _write(aws, "origin", {"best": best, "colleague": colleague, "validation_rows_in_training": 0})


def _three(aws, **changes):
    for name, depth in (("shallow", 1), ("middle", 3), ("deep", 6)):
        _run(aws, name, depth, **changes.get(name, {}))


def _run(aws, name, depth, *, eta=0.2, place="train", inside=True):
    """A run as SageMaker AI would note it, without the job."""
    sagemaker, data, component = aws.client("sagemaker"), f"s3://{aws.name('data')}", _component(aws, name)
    sagemaker.create_trial_component(
        TrialComponentName=component,
        Status={"PrimaryStatus": "Completed"},
        Parameters={"max_depth": {"NumberValue": depth}, "eta": {"NumberValue": eta}},
        InputArtifacts={
            "train": {"Value": f"{data}/{place}/", "MediaType": "text/csv"},
            "validation": {"Value": f"{data}/validation/", "MediaType": "text/csv"},
        },
    )
    metric = {"MetricName": "validation:auc", "Timestamp": NOON, "Value": 0.8}
    aws.client("sagemaker-metrics").batch_put_metrics(TrialComponentName=component, MetricData=[metric])
    if inside:
        sagemaker.associate_trial_component(TrialName=aws.name("depth"), TrialComponentName=component)


def _compare(aws, best="", auc=None, more=None):
    runs = {}
    for name in ("shallow", "middle", "deep"):
        found = aws.client("sagemaker").describe_trial_component(TrialComponentName=_component(aws, name))
        last = next(each["Last"] for each in found["Metrics"] if each["MetricName"] == "validation:auc")
        depth = found["Parameters"]["max_depth"]["NumberValue"]
        runs[name] = {"max_depth": depth, "validation:auc": last if auc is None else auc}
    right = max(runs, key=lambda name: runs[name]["validation:auc"])
    _write(aws, "comparison", {"runs": {**runs, **(more or {})}, "best": best or right})


def _log(aws, *, inside=True, steps=(10, 20, 30)):
    sagemaker, name = aws.client("sagemaker"), aws.name("evaluation")
    report = json.load(aws.client("s3").get_object(Bucket=aws.name("data"), Key="reports/comparison.json")["Body"])
    job = sagemaker.describe_training_job(TrainingJobName=aws.name(report["best"]))
    sagemaker.create_trial_component(
        TrialComponentName=name,
        Status={"PrimaryStatus": "Completed"},
        Parameters={"model": {"StringValue": job["TrainingJobName"]}},
        InputArtifacts={"model": {"Value": job["ModelArtifacts"]["S3ModelArtifacts"]}},
    )
    if inside:
        sagemaker.associate_trial_component(TrialName=aws.name("depth"), TrialComponentName=name)
    data = [{"MetricName": "test:auc", "Timestamp": NOON, "Step": step, "Value": 1.0} for step in steps]
    aws.client("sagemaker-metrics").batch_put_metrics(TrialComponentName=name, MetricData=data)


def _nodes(aws):
    sagemaker, data = aws.client("sagemaker"), f"s3://{aws.name('data')}"
    export = sagemaker.create_artifact(
        ArtifactName=aws.name("export"), ArtifactType="DataSet", Source={"SourceUri": f"{data}/export/pumps.csv"}
    )
    split = sagemaker.create_action(
        ActionName=aws.name("split"), ActionType="DataSplit", Source={"SourceUri": f"{data}/code/split.py"}
    )
    train = sagemaker.list_artifacts(SourceUri=f"{data}/train/")["ArtifactSummaries"][0]
    return export["ArtifactArn"], split["ActionArn"], train["ArtifactArn"]


def _component(aws, name):
    return f"{aws.name(name)}-aws-training-job"


def _write(aws, name, report):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=f"reports/{name}.json", Body=json.dumps(report))
