import io
import tarfile
import tempfile
from pathlib import Path

from mlacoach.labs import NotYet, proofs

RUNS = ("shallow", "middle", "deep")
SUFFIX = "-aws-training-job"
TREES = (10, 20, 30)
CLOSE = 0.0005
SHORTEST = 20


def name_the_question(aws):
    """An experiment says what it shall find out, and has a trial."""
    found = aws.find("sagemaker", "describe_experiment", ExperimentName=aws.name("pumps"))
    if found is None:
        raise NotYet(f"There is no experiment {aws.name('pumps')}.", hint="sagemaker.create_experiment(…)")
    if len(found.get("Description", "")) < SHORTEST:
        raise NotYet("Its description does not say what it shall find out.", hint="Description: a sentence")
    trial = aws.find("sagemaker", "describe_trial", TrialName=aws.name("depth"))
    if trial is None:
        raise NotYet(f"There is no trial {aws.name('depth')}.", hint="sagemaker.create_trial(…)")
    if trial["ExperimentName"] != aws.name("pumps"):
        raise NotYet(f"The trial is part of {trial['ExperimentName']}.", hint=f"ExperimentName: {aws.name('pumps')}")


def run_three_times(aws):
    """Three runs in the trial differ in one parameter and in nothing else."""
    runs = _runs(aws)
    first = runs["shallow"]
    for name, run in runs.items():
        if run["InputArtifacts"] != first["InputArtifacts"]:
            raise NotYet(f"{name} did not learn from the data that shallow learned from.", hint="InputDataConfig")
        differing = [each for each in {*run["Parameters"], *first["Parameters"]} if _differs(run, first, each)]
        if differing:
            said = ", ".join(sorted(differing))
            raise NotYet(f"{name} and shallow differ in {said}, too.", hint="Equal conditions: only max_depth differs.")
    depths = [_depth(run) for run in runs.values()]
    if None in depths or len(set(depths)) < len(RUNS):
        raise NotYet(f"Their max_depth is {', '.join(map(str, depths))}.", hint="1, 3 and 6")
    places = {each["Value"] for each in first["InputArtifacts"].values()}
    wanted = {f"s3://{aws.name('data')}/{place}/" for place in ("train", "validation")}
    if {place.rstrip("/") + "/" for place in places} != wanted:
        raise NotYet(f"They learned from {', '.join(sorted(places))}.", hint="train/ and validation/")
    sources = {name: run.get("Source", {}).get("SourceType") for name, run in runs.items()}
    by_hand = [name for name, source in sources.items() if source != "SageMakerTrainingJob"]
    if by_hand:
        raise NotYet(f"{', '.join(by_hand)} was written by hand.", hint="A training job with an ExperimentConfig")


def compare_at_equal_conditions(aws):
    """A report names the parameter and the metric of each run, and the best."""
    report, runs = proofs.report(aws, "reports/comparison.json"), _runs(aws)
    told = report.get("runs")
    if not isinstance(told, dict) or set(told) != set(RUNS):
        said = ", ".join(told) if isinstance(told, dict) else told
        raise NotYet(f"The report speaks of {said}.", hint=f'"runs" with {", ".join(RUNS)}')
    for name, run in runs.items():
        entry = told[name] if isinstance(told[name], dict) else {}
        if entry.get("max_depth") != _depth(run):
            raise NotYet(f"It says that max_depth of {name} is {entry.get('max_depth')}.", hint="Parameters")
        said = proofs.number(entry, "validation:auc", "reports/comparison.json")
        if abs(said - _auc(run)) > CLOSE:
            raise NotYet(f"It says that validation:auc of {name} is {said:g}.", hint="Last of the component's Metrics")
    best = max(runs, key=lambda name: _auc(runs[name]))
    if report.get("best") != best:
        raise NotYet(f"It says that {report.get('best')} is the best.", hint="Which validation:auc is the greatest?")


def log_a_run_of_your_own(aws):
    """An evaluation that no job did is a run of the trial, with its steps."""
    name, best = aws.name("evaluation"), _best(aws)
    run = aws.find("sagemaker", "describe_trial_component", TrialComponentName=name)
    if run is None:
        raise NotYet(f"There is no trial component {name}.", hint="sagemaker.create_trial_component(…)")
    if name not in _names(aws):
        raise NotYet("It is not in the trial.", hint="sagemaker.associate_trial_component(…)")
    if run.get("Parameters", {}).get("model", {}).get("StringValue") != _job(best):
        raise NotYet("Its parameter model is not the best job.", hint=f'"model": {{"StringValue": "{_job(best)}"}}')
    url = best["OutputArtifacts"]["SageMaker.ModelArtifact"]["Value"]
    if run.get("InputArtifacts", {}).get("model", {}).get("Value") != url:
        raise NotYet("Its input artifact model is not what that job made.", hint=url)
    told, wanted = _curve(aws, run["TrialComponentArn"]), _scores(aws, url)
    if set(told) != set(wanted):
        said = ", ".join(str(step) for step in told) or "nothing"
        raise NotYet(f"The steps of test:auc are {said}.", hint="Step: 10, 20, 30")
    for trees, value in told.items():
        if abs(value - wanted[trees]) > CLOSE:
            raise NotYet(f"It says that test:auc is {value:g} with {trees} trees.", hint="iteration_range; test/")
    status = _status(run)
    if status != "Completed":
        raise NotYet(f"Its status is {status}.", hint="sagemaker.update_trial_component(…)")


def note_where_the_data_came_from(aws):
    """The lineage of the training data goes back to the export."""
    data = f"s3://{aws.name('data')}"
    action = aws.find("sagemaker", "describe_action", ActionName=aws.name("split"))
    if action is None:
        raise NotYet(f"There is no action {aws.name('split')}.", hint="sagemaker.create_action(…)")
    if action["Source"]["SourceUri"] != f"{data}/code/split.py":
        raise NotYet(f"The action's source is {action['Source']['SourceUri']}.", hint="code/split.py")
    export = _artifact(aws, f"{data}/export/pumps.csv", "The export")
    if export.get("ArtifactName") != aws.name("export"):
        raise NotYet(f"The export's artifact is called {export.get('ArtifactName')}.", hint=aws.name("export"))
    if export["ArtifactType"] != "DataSet":
        raise NotYet(f"The export's artifact is a {export['ArtifactType']}.", hint="DataSet")
    training = _artifact(aws, f"{data}/train/", "The training data")
    arn = action["ActionArn"]
    _must_lead(aws, export["ArtifactArn"], arn, "ContributedTo", "the export to the split")
    _must_lead(aws, arn, training["ArtifactArn"], "Produced", "the split to the training data")


def find_which_data_made_a_model(aws):
    """You know what each model was made of, and why the colleague's can't be compared."""
    report, data = proofs.report(aws, "reports/origin.json"), f"s3://{aws.name('data')}"
    best = _data_of(aws, _best(aws)["OutputArtifacts"]["SageMaker.ModelArtifact"]["Value"])
    if f"{data}/export/pumps.csv" not in best:
        raise NotYet("The lineage of the best model does not reach the export.", hint="Step 5: which artifact?")
    job = proofs.training_job(aws, "colleague")
    wanted = {"best": best, "colleague": _data_of(aws, job["ModelArtifacts"]["S3ModelArtifacts"])}
    for name, urls in wanted.items():
        if report.get(name) != urls:
            raise NotYet(f"The report says that {name} was made of {report.get(name)}.", hint="QueryLineage, upwards")
    mixed, validation = (proofs.text(aws, f"{place}/pumps.csv").splitlines() for place in ("mixed", "validation"))
    said = proofs.number(report, "validation_rows_in_training", "reports/origin.json")
    if said != len(set(mixed) & set(validation)):
        raise NotYet(f"It says that {said:g} rows of validation/ were trained on.", hint="Compare mixed/ with it.")


def _names(aws):
    found = aws.find("sagemaker", "list_trial_components", TrialName=aws.name("depth")) or {}
    return [each["TrialComponentName"] for each in found.get("TrialComponentSummaries", ())]


def _runs(aws):
    """The newest completed component of each run, by the run's name."""
    described = [aws.find("sagemaker", "describe_trial_component", TrialComponentName=name) for name in _names(aws)]
    runs = {}
    for name in RUNS:
        mine = [each for each in described if each and _is_of(each["TrialComponentName"], aws.name(name))]
        done = [each for each in mine if _status(each) == "Completed"]
        if not done:
            said = _status(mine[-1]) if mine else "not there"
            raise NotYet(f"The run {name} of the trial is {said}.", hint="ExperimentConfig of the job; wait for it.")
        runs[name] = max(done, key=lambda each: each["CreationTime"])
        if not any(each["MetricName"] == "validation:auc" for each in runs[name].get("Metrics", ())):
            raise NotYet(f"The run {name} has no validation:auc.", hint='"eval_metric": "auc", channel validation')
    return runs


def _status(run):
    """A component that somebody made without a status has none."""
    return run.get("Status", {}).get("PrimaryStatus", "without a status")


def _is_of(component, name):
    return component.startswith(name) and component.endswith(SUFFIX)


def _differs(run, other, parameter):
    return parameter != "max_depth" and run["Parameters"].get(parameter) != other["Parameters"].get(parameter)


def _depth(run):
    return run["Parameters"].get("max_depth", {}).get("NumberValue")


def _auc(run):
    return next(each["Last"] for each in run["Metrics"] if each["MetricName"] == "validation:auc")


def _best(aws):
    return max(_runs(aws).values(), key=_auc)


def _job(run):
    return run["TrialComponentName"].removesuffix(SUFFIX)


def _curve(aws, arn):
    query = {"MetricName": "test:auc", "ResourceArn": arn, "MetricStat": "Last"}
    query |= {"Period": "IterationNumber", "XAxisType": "IterationNumber"}
    found = aws.find("sagemaker-metrics", "batch_get_metrics", MetricQueries=[query]) or {}
    result = found["MetricQueryResults"][0]
    return dict(zip(result["XAxisValues"], result["MetricValues"], strict=True))


def _scores(aws, model):
    import numpy as np
    import xgboost
    from sklearn.metrics import roc_auc_score

    bucket, _, key = model.removeprefix("s3://").partition("/")
    packed = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        archive.extract("xgboost-model", folder, filter="data")
        file = (Path(folder) / "xgboost-model").rename(Path(folder) / "model.ubj")
        booster = xgboost.Booster(model_file=file)
    table = np.array(proofs.table(aws, "test/pumps.csv", 6))
    risks = {trees: booster.inplace_predict(table[:, 1:], iteration_range=(0, trees)) for trees in TREES}
    return {trees: float(roc_auc_score(table[:, 0], risk)) for trees, risk in risks.items()}


def _artifact(aws, url, what):
    found = (aws.find("sagemaker", "list_artifacts", SourceUri=url) or {}).get("ArtifactSummaries", ())
    if not found:
        raise NotYet(f"{what} has no artifact.", hint=f"SourceUri: {url}")
    return found[0]


def _must_lead(aws, source, destination, kind, what):
    found = aws.find("sagemaker", "list_associations", SourceArn=source, DestinationArn=destination) or {}
    kinds = [each["AssociationType"] for each in found.get("AssociationSummaries", ())]
    if kind not in kinds:
        said = f"says {kinds[0]}" if kinds else "is missing"
        raise NotYet(f"The association from {what} {said}.", hint=f"sagemaker.add_association(…): {kind}")


def _data_of(aws, model):
    found = aws.find(
        "sagemaker",
        "query_lineage",
        StartArns=[_artifact(aws, model, "The model")["ArtifactArn"]],
        Direction="Ascendants",
        Filters={"LineageTypes": ["Artifact"], "Types": ["DataSet"]},
    )
    arns = [each["Arn"] for each in (found or {}).get("Vertices", ())]
    described = [aws.find("sagemaker", "describe_artifact", ArtifactArn=arn) or {} for arn in arns]
    return sorted(each["Source"]["SourceUri"] for each in described)
