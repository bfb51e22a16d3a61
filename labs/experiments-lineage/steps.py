import io
import json
import tarfile
import tempfile
from pathlib import Path

from mlacoach.labs import Shown

IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.0-5"
DEPTHS = {"shallow": 1, "middle": 3, "deep": 6}
TREES = (10, 20, 30)


def name_the_question(aws):
    """An experiment is a question, a trial one way to look for the answer; both cost nothing."""
    sagemaker = aws.client("sagemaker")
    sagemaker.create_experiment(
        ExperimentName=aws.name("pumps"), Description="Which model finds most pumps that will fail within a week?"
    )
    sagemaker.create_trial(TrialName=aws.name("depth"), ExperimentName=aws.name("pumps"))


def run_three_times(aws):
    """Three jobs at once that differ in one hyperparameter. ExperimentConfig says where each belongs."""
    sagemaker = aws.client("sagemaker")
    for name, depth in DEPTHS.items():
        sagemaker.create_training_job(**_job(aws, name, depth))
    for name in DEPTHS:
        # The component hears of the job's end a moment later.
        aws.wait(
            "sagemaker",
            "describe_trial_component",
            lambda found: found["Status"]["PrimaryStatus"] == "Completed",
            TrialComponentName=_component(aws, name),
        )
    rows = [(name, depth, _final(aws, name)) for name, depth in DEPTHS.items()]
    return Shown(columns=("run", "max_depth", "validation:auc"), rows=rows)


def compare_at_equal_conditions(aws):
    """One search over all components of the trial; nobody has to open three consoles."""
    expression = {"Filters": [{"Name": "Parents.TrialName", "Operator": "Equals", "Value": aws.name("depth")}]}
    found = aws.client("sagemaker").search(Resource="ExperimentTrialComponent", SearchExpression=expression)
    runs = {}
    for component in [each["TrialComponent"] for each in found["Results"]]:
        name = next(name for name in DEPTHS if _component(aws, name) == component["TrialComponentName"])
        depth = component["Parameters"]["max_depth"]["NumberValue"]
        runs[name] = {"max_depth": depth, "validation:auc": _last(component)}
    best = max(runs, key=lambda name: runs[name]["validation:auc"])
    _write(aws, "reports/comparison.json", {"runs": runs, "best": best})
    scores = {name: run["validation:auc"] for name, run in runs.items()}
    return Shown(text=f"The best is {best}.", bars=scores, measure="validation:auc")


def log_a_run_of_your_own(aws):
    """A notebook or a script is a run too: parameters, what went in, and a metric with its steps."""
    sagemaker, best = aws.client("sagemaker"), _best(aws)
    name, model = aws.name("evaluation"), _model(aws, best)
    sagemaker.create_trial_component(
        TrialComponentName=name,
        DisplayName="on-the-test-set",
        Status={"PrimaryStatus": "InProgress"},
        Parameters={"model": {"StringValue": aws.name(best)}, "rows": {"NumberValue": 400}},
        InputArtifacts={"model": {"Value": model, "MediaType": "application/x-tar"}},
    )
    sagemaker.associate_trial_component(TrialName=aws.name("depth"), TrialComponentName=name)
    begun = sagemaker.describe_trial_component(TrialComponentName=name)["CreationTime"]
    scores = _scores(aws, model)
    aws.client("sagemaker-metrics").batch_put_metrics(
        TrialComponentName=name,
        MetricData=[
            {"MetricName": "test:auc", "Timestamp": begun, "Step": trees, "Value": score}
            for trees, score in scores.items()
        ],
    )
    sagemaker.update_trial_component(TrialComponentName=name, Status={"PrimaryStatus": "Completed"})
    return Shown(lines={"test:auc": list(scores.items())}, measure="AUC", along="trees")


def note_where_the_data_came_from(aws):
    """An artifact is a thing, an action what was done; an association goes from the earlier to the later."""
    sagemaker, data = aws.client("sagemaker"), f"s3://{aws.name('data')}"
    export = sagemaker.create_artifact(
        ArtifactName=aws.name("export"),
        ArtifactType="DataSet",
        Source={"SourceUri": f"{data}/export/pumps.csv"},
    )["ArtifactArn"]
    split = sagemaker.create_action(
        ActionName=aws.name("split"),
        ActionType="DataSplit",
        Source={"SourceUri": f"{data}/code/split.py"},
        Status="Completed",
    )["ActionArn"]
    training_data = _artifact(aws, f"{data}/train/")
    sagemaker.add_association(SourceArn=export, DestinationArn=split, AssociationType="ContributedTo")
    sagemaker.add_association(SourceArn=split, DestinationArn=training_data, AssociationType="Produced")


def find_which_data_made_a_model(aws):
    """From the model upwards: every data set that went into it, by whatever way."""
    origins = {name: _data_of(aws, _model(aws, name)) for name in (_best(aws), "colleague")}
    mixed, validation = (_read(aws, f"{place}/pumps.csv").splitlines() for place in ("mixed", "validation"))
    report = {
        "best": origins[_best(aws)],
        "colleague": origins["colleague"],
        "validation_rows_in_training": sum(row in mixed for row in validation),
    }
    _write(aws, "reports/origin.json", report)
    bucket = f"s3://{aws.name('data')}/"
    rows = [(name, url.removeprefix(bucket)) for name, urls in origins.items() for url in urls]
    return Shown(columns=("model", "made of"), rows=rows)


def _job(aws, name, depth):
    data = f"s3://{aws.name('data')}"
    return {
        "TrainingJobName": aws.name(name),
        "RoleArn": aws.role_arn,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "HyperParameters": {
            "objective": "binary:logistic",
            "eval_metric": "auc",
            "num_round": "30",
            "eta": "0.2",
            "max_depth": str(depth),
        },
        "InputDataConfig": [
            {
                "ChannelName": channel,
                "ContentType": "text/csv",
                "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": f"{data}/{channel}/"}},
            }
            for channel in ("train", "validation")
        ],
        "OutputDataConfig": {"S3OutputPath": f"{data}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        "ExperimentConfig": {
            "ExperimentName": aws.name("pumps"),
            "TrialName": aws.name("depth"),
            "TrialComponentDisplayName": name,
        },
    }


def _component(aws, name):
    """What SageMaker AI calls the component of a training job."""
    return f"{aws.name(name)}-aws-training-job"


def _final(aws, name):
    return _last(aws.client("sagemaker").describe_trial_component(TrialComponentName=_component(aws, name)))


def _last(component):
    return next(each["Last"] for each in component["Metrics"] if each["MetricName"] == "validation:auc")


def _best(aws):
    return json.loads(_read(aws, "reports/comparison.json"))["best"]


def _model(aws, name):
    """Where the job's model.tar.gz lies."""
    job = aws.client("sagemaker").describe_training_job(TrainingJobName=aws.name(name))
    return job["ModelArtifacts"]["S3ModelArtifacts"]


def _artifact(aws, url):
    return aws.client("sagemaker").list_artifacts(SourceUri=url)["ArtifactSummaries"][0]["ArtifactArn"]


def _data_of(aws, model):
    sagemaker = aws.client("sagemaker")
    found = sagemaker.query_lineage(
        StartArns=[_artifact(aws, model)],
        Direction="Ascendants",
        IncludeEdges=False,
        Filters={"LineageTypes": ["Artifact"], "Types": ["DataSet"]},
    )
    arns = [each["Arn"] for each in found["Vertices"]]
    return sorted(sagemaker.describe_artifact(ArtifactArn=arn)["Source"]["SourceUri"] for arn in arns)


def _scores(aws, model):
    """The AUC on the test set by the number of trees that are used."""
    import numpy as np
    import xgboost
    from sklearn.metrics import roc_auc_score

    bucket, _, key = model.removeprefix("s3://").partition("/")
    packed = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extract("xgboost-model", folder, filter="data")
        # XGBoost chooses the format by the file's ending.
        file = (Path(folder) / "xgboost-model").rename(Path(folder) / "model.ubj")
        booster = xgboost.Booster(model_file=file)
    table = np.loadtxt(io.StringIO(_read(aws, "test/pumps.csv")), delimiter=",")
    risks = {trees: booster.inplace_predict(table[:, 1:], iteration_range=(0, trees)) for trees in TREES}
    return {trees: float(roc_auc_score(table[:, 0], risk)) for trees, risk in risks.items()}


def _read(aws, key):
    return aws.client("s3").get_object(Bucket=aws.name("data"), Key=key)["Body"].read().decode()


def _write(aws, key, report):
    aws.client("s3").put_object(Bucket=aws.name("data"), Key=key, Body=json.dumps(report, indent=2))
