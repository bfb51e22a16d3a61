from mlacoach.labs import NotYet, proofs

LONGEST_BAKE = 3600
LONGEST_BREACH = 120
PUMP = "62.0,3.2,5.0,900.0,65.0"


def put_the_good_model_live(aws):
    """The endpoint runs on two instances at least."""
    variant = _config(aws, "good")
    if variant["InitialInstanceCount"] < 2:
        raise NotYet("It has one instance: a part of the traffic can't be moved.", hint="InitialInstanceCount: 2")
    found = proofs.endpoint(aws, "live")
    if found["EndpointConfigName"] == aws.name("broken"):
        raise NotYet("The endpoint stands on the broken model.", hint="Update it to the good one.")
    proofs.ask(aws, "live", PUMP)


def ring_on_errors(aws):
    """An alarm rings when the endpoint answers with errors of its own."""
    found = aws.find("cloudwatch", "describe_alarms", AlarmNames=[aws.name("errors")])["MetricAlarms"]
    if not found:
        raise NotYet(f"There is no alarm {aws.name('errors')}.", hint="cloudwatch.put_metric_alarm(…)")
    alarm = found[0]
    if (alarm.get("Namespace"), alarm.get("MetricName")) != ("AWS/SageMaker", "Invocation5XXErrors"):
        raise NotYet(f"It watches {alarm.get('Namespace')} {alarm.get('MetricName')}.", hint="Invocation5XXErrors")
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    if dimensions.get("EndpointName") != aws.name("live") or "VariantName" not in dimensions:
        raise NotYet(f"Its dimensions are {dimensions}: no such figures come.", hint="EndpointName and VariantName")
    if "Greater" not in alarm["ComparisonOperator"]:
        raise NotYet("It rings when there are few errors.", hint="GreaterThanThreshold")
    if alarm.get("Statistic") not in {"Sum", "Maximum", "Average"}:
        raise NotYet(f"It takes the {alarm.get('Statistic')}.", hint="The sum of the errors")
    least = alarm["Threshold"] + (alarm["ComparisonOperator"] == "GreaterThanThreshold")
    if least > 1 or alarm["Period"] * alarm["EvaluationPeriods"] > LONGEST_BREACH:
        said = f"{least:g} errors within {alarm['Period'] * alarm['EvaluationPeriods']} seconds"
        raise NotYet(f"It takes {said} to ring.", hint="One error within a minute: the baking time is short.")
    if alarm.get("TreatMissingData") == "breaching":
        raise NotYet("It rings when nobody asks.", hint='TreatMissingData="notBreaching"')


def prepare_the_candidates(aws):
    """Two new models wait, each with a configuration."""
    for suffix in ("broken", "better"):
        _config(aws, suffix)


def send_a_canary_that_dies(aws):
    """The broken model got a part of the traffic, and an alarm took it back."""
    report = proofs.report(aws, "reports/rollback.json")
    _config(aws, "broken")
    endpoint = proofs.endpoint(aws, "live")
    if report.get("config") != aws.name("good"):
        raise NotYet(f"After the update it stood on {report.get('config')}.", hint="AutoRollbackConfiguration: Alarms")
    if aws.name("errors") not in str(report.get("reason")):
        raise NotYet(
            f"The reason was {report.get('reason')!r}, no alarm.", hint="FailureReason in describe_endpoint(…)"
        )
    if endpoint["LastModifiedTime"] < proofs.config(aws, "broken")["CreationTime"] or not _has_rung(aws):
        raise NotYet("The endpoint was never updated to it, or the alarm never rang.", hint="describe_alarm_history(…)")


def roll_out_the_better_one(aws):
    """The better model is live, rolled out with a canary that an alarm could have taken back."""
    found = proofs.endpoint(aws, "live")
    if found["EndpointConfigName"] != aws.name("better"):
        raise NotYet(f"The endpoint stands on {found['EndpointConfigName']}.", hint=f"Update to {aws.name('better')}")
    deployment = found.get("LastDeploymentConfig") or {}
    routing = deployment.get("BlueGreenUpdatePolicy", {}).get("TrafficRoutingConfiguration", {})
    if routing.get("Type") != "CANARY":
        raise NotYet(f"The traffic moved {routing.get('Type', 'all at once')}.", hint='"Type": "CANARY"')
    if not 0 < routing.get("WaitIntervalInSeconds", 0) <= LONGEST_BAKE:
        raise NotYet("The canary is not watched before the rest follows.", hint="WaitIntervalInSeconds")
    alarms = [each["AlarmName"] for each in (deployment.get("AutoRollbackConfiguration") or {}).get("Alarms", ())]
    if aws.name("errors") not in alarms:
        raise NotYet("No alarm could have taken it back.", hint="AutoRollbackConfiguration: Alarms")


def write_down_the_way_back(aws):
    """A runbook says how to go back by hand."""
    text = proofs.text(aws, "reports/runbook.md")
    for word in ("update-endpoint", aws.name("live"), aws.name("good")):
        if word not in text:
            raise NotYet(f"The runbook does not name {word}.", hint="aws sagemaker update-endpoint …")


def _has_rung(aws):
    found = aws.find(
        "cloudwatch", "describe_alarm_history", AlarmName=aws.name("errors"), HistoryItemType="StateUpdate"
    )
    return any("to ALARM" in item["HistorySummary"] for item in (found or {}).get("AlarmHistoryItems", ()))


def _config(aws, suffix):
    proofs.serving_model(aws, suffix, suffix)
    variant = proofs.config(aws, suffix)["ProductionVariants"][0]
    if variant.get("ModelName") != aws.name(suffix):
        raise NotYet(f"{suffix} serves {variant.get('ModelName')}.", hint=f"ModelName={aws.name(suffix)}")
    return variant
