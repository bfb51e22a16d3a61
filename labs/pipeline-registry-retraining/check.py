import json

from mlacoach.labs import NotYet, proofs


def make_a_group(aws):
    """The registry has a group for the models."""
    _group(aws)


def describe_the_pipeline(aws):
    """A pipeline trains, decides by a metric, and registers only what is good enough."""
    steps = {step["Name"]: step for step in _definition(aws)["Steps"]}
    kinds = {step["Type"] for step in steps.values()}
    for kind in ("Training", "Condition"):
        if kind not in kinds:
            raise NotYet(f"No step is of the type {kind}.", hint="Training, then Condition with RegisterModel")
    decision = next(step["Arguments"] for step in steps.values() if step["Type"] == "Condition")
    if "RegisterModel" not in {step["Type"] for step in decision["IfSteps"]}:
        raise NotYet("A good model is not registered.", hint="IfSteps: RegisterModel")
    if "RegisterModel" in kinds or "RegisterModel" in {step["Type"] for step in decision.get("ElseSteps", ())}:
        raise NotYet("A bad model is registered as well.", hint="Register within IfSteps only.")
    if "Fail" not in {step["Type"] for step in decision.get("ElseSteps", ())}:
        raise NotYet("A run with a bad model would look like a good one.", hint="ElseSteps: a step of the type Fail")
    _must_be_a_bar(decision["Conditions"])
    for step in decision["IfSteps"]:
        if step.get("Arguments", {}).get("ModelApprovalStatus") == "Approved":
            raise NotYet("What is registered is approved by nobody.", hint="PendingManualApproval")


def run_it(aws):
    """A run has succeeded and registered a version."""
    if "Succeeded" not in [run["PipelineExecutionStatus"] for run in _runs(aws)]:
        raise NotYet("No run has succeeded yet.", hint="sagemaker.start_pipeline_execution(…)")
    if not _versions(aws):
        raise NotYet("No version is registered.", hint="The step Register: ModelPackageGroupName")


def see_the_gate_close(aws):
    """A run has failed because its model was not good enough."""
    for run in _runs(aws):
        if run["PipelineExecutionStatus"] == "Failed" and "Fail" in _kinds_that_failed(aws, run):
            return
    raise NotYet("No run has ended in the step that fails.", hint="Start it with LeastAuc 0.99.")


def approve_the_version(aws):
    """Somebody has approved a version, and said why."""
    approved = [each for each in _versions(aws) if each["ModelApprovalStatus"] == "Approved"]
    if not approved:
        raise NotYet("No version is approved.", hint="sagemaker.update_model_package(…)")
    # The first approved one: later ones come from later runs.
    arn = approved[-1]["ModelPackageArn"]
    if not aws.find("sagemaker", "describe_model_package", ModelPackageName=arn).get("ApprovalDescription"):
        raise NotYet("Nobody said why it was approved.", hint="ApprovalDescription")


def deploy_the_approved_one(aws):
    """The approved version answers."""
    found = proofs.model(aws, "approved")
    containers = found.get("Containers") or [found.get("PrimaryContainer") or {}]
    approved = {each["ModelPackageArn"] for each in _versions(aws) if each["ModelApprovalStatus"] == "Approved"}
    if containers[0].get("ModelPackageName") not in approved:
        raise NotYet("The model is not made of an approved version.", hint="ModelPackageName: the version's ARN")
    config = proofs.endpoint(aws, "live")["EndpointConfigName"]
    found = aws.find("sagemaker", "describe_endpoint_config", EndpointConfigName=config) or {"ProductionVariants": [{}]}
    served = [variant.get("ModelName") for variant in found["ProductionVariants"]]
    if served != [aws.name("approved")]:
        raise NotYet(f"The endpoint serves {served}.", hint=f"ModelName={aws.name('approved')}")
    proofs.ask(aws, "live", "62.0,3.2,5.0,900.0,65.0")


def listen_for_new_data(aws):
    """New training data starts the pipeline."""
    rule = aws.find("events", "describe_rule", Name=aws.name("new-data"))
    if rule is None or rule.get("State") != "ENABLED":
        raise NotYet(f"There is no enabled rule {aws.name('new-data')}.", hint="events.put_rule(…)")
    pattern = json.loads(rule.get("EventPattern") or "{}")
    if pattern.get("source") != ["waterworks.data"] or "Training Data Delivered" not in pattern.get("detail-type", ()):
        raise NotYet("The rule does not wait for the word of the waterworks.", hint="source and detail-type")
    if aws.name("data") not in json.dumps(pattern.get("detail", {})):
        raise NotYet("Data for any bucket would start it.", hint='"detail": {"bucket": […]}')
    targets = aws.find("events", "list_targets_by_rule", Rule=aws.name("new-data"))["Targets"]
    ours = [target for target in targets if target["Arn"].endswith(f":pipeline/{aws.name('pipeline')}")]
    if not ours:
        raise NotYet("The rule does not start the pipeline.", hint="events.put_targets(…)")
    if not any(target.get("RoleArn") for target in ours):
        raise NotYet("EventBridge has no role that may start the pipeline.", hint="The target's RoleArn")


def let_new_data_come(aws):
    """New data came, and a second version with it."""
    rows = proofs.text(aws, "train/pumps.csv").count("\n")
    found = aws.find("s3", "list_objects_v2", Bucket=aws.name("data"), Prefix="train/") or {}
    if len(found.get("Contents", ())) < 2:
        raise NotYet(f"Under train/ are the same {rows} pumps as before.", hint="s3.put_object(…): train/more.csv")
    good = [run for run in _runs(aws) if run["PipelineExecutionStatus"] == "Succeeded"]
    if len(good) < 2:
        raise NotYet(f"{len(good)} run has succeeded.", hint="Does the rule match the event?")
    newest = max(item["LastModified"] for item in found["Contents"])
    if not any(run["StartTime"] >= newest for run in good):
        raise NotYet("No run that succeeded began after the data came.", hint="First the data, then the event.")
    if len(_versions(aws)) < 2:
        raise NotYet("There is one version still.", hint="Was the new model good enough?")


def _must_be_a_bar(conditions):
    """At least the parameter: the AUC on the left of a greater, or on the right of a less."""
    for each in conditions:
        left, right = (json.dumps(each.get(side, "")) for side in ("LeftValue", "RightValue"))
        metric, bar = (right, left) if each["Type"].startswith("LessThan") else (left, right)
        if "auc" in metric and "Parameters." in bar and "Than" in each["Type"]:
            return
    raise NotYet("No condition demands that the AUC reaches a parameter.", hint="FinalMetricDataList, LeastAuc")


def _group(aws):
    found = aws.find("sagemaker", "describe_model_package_group", ModelPackageGroupName=aws.name("models"))
    if found is None:
        raise NotYet(f"There is no group {aws.name('models')}.", hint="sagemaker.create_model_package_group(…)")
    return found


def _versions(aws):
    """The versions of the group, the newest first."""
    _group(aws)
    found = aws.find(
        "sagemaker",
        "list_model_packages",
        ModelPackageGroupName=aws.name("models"),
        SortBy="CreationTime",
        SortOrder="Descending",
    )
    return found["ModelPackageSummaryList"]


def _definition(aws):
    found = aws.find("sagemaker", "describe_pipeline", PipelineName=aws.name("pipeline"))
    if found is None:
        raise NotYet(f"There is no pipeline {aws.name('pipeline')}.", hint="sagemaker.create_pipeline(…)")
    return json.loads(found["PipelineDefinition"])


def _runs(aws):
    _definition(aws)
    found = aws.find("sagemaker", "list_pipeline_executions", PipelineName=aws.name("pipeline"))
    return found["PipelineExecutionSummaries"]


def _kinds_that_failed(aws, run):
    steps = aws.find("sagemaker", "list_pipeline_execution_steps", PipelineExecutionArn=run["PipelineExecutionArn"])
    failed = [step for step in steps["PipelineExecutionSteps"] if step["StepStatus"] == "Failed"]
    return {kind for step in failed for kind in step.get("Metadata", {})}
