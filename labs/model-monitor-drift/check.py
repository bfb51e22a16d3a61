import base64
import json

from mlacoach.labs import NotYet, catalog, proofs

DRIFTED = "temperature_c"
LEAST_REQUESTS = 200
THRESHOLDS = (0.05, 0.5)
NAMESPACE = "aws/sagemaker/Endpoints/data-metrics"


def capture_what_is_asked(aws):
    """The endpoint answers, and keeps every request with its answer in the bucket."""
    proofs.serving_model(aws, "model", "model")
    capture = proofs.config(aws, "live").get("DataCaptureConfig", {})
    if not capture.get("EnableCapture"):
        raise NotYet("The endpoint keeps nothing.", hint="DataCaptureConfig of the endpoint configuration")
    if capture["InitialSamplingPercentage"] != 100:
        raise NotYet(f"It keeps {capture['InitialSamplingPercentage']} per cent.", hint="For a lab: 100")
    modes = {each["CaptureMode"] for each in capture["CaptureOptions"]}
    if "InputAndOutput" not in modes and modes != {"Input", "Output"}:
        raise NotYet("It keeps the requests or the answers, not both.", hint="CaptureOptions: Input, Output")
    place = capture["DestinationS3Uri"].rstrip("/")
    if place != f"s3://{aws.name('data')}/captured":
        raise NotYet(f"It keeps them in {place}.", hint="captured/ in the bucket")
    proofs.endpoint(aws, "live")


def know_what_is_normal(aws):
    """Statistics and constraints of the training data are the baseline."""
    found = aws.find("sagemaker", "describe_processing_job", ProcessingJobName=aws.name("baseline"))
    if found is None:
        raise NotYet(f"There is no processing job {aws.name('baseline')}.", hint="sagemaker.create_processing_job(…)")
    if found["ProcessingJobStatus"] != "Completed":
        said = (
            str(found.get("ExitMessage") or found.get("FailureReason") or "wait until it has ended").strip().rstrip(".")
        )
        raise NotYet(f"It is {found['ProcessingJobStatus']}: {said}.", hint="Its log tells more.")
    if "sagemaker-model-monitor-analyzer" not in found["AppSpecification"]["ImageUri"]:
        raise NotYet("It is not the analyzer of Model Monitor.", hint="…/sagemaker-model-monitor-analyzer")
    statistics = proofs.report(aws, "monitoring/baseline/statistics.json")
    constraints = proofs.report(aws, "monitoring/baseline/constraints.json")
    names = [each["name"] for each in constraints.get("features", ())]
    if names[:2] != ["risk", DRIFTED]:
        raise NotYet(f"Its columns are {names}.", hint="baseline/pumps.csv has a header.")
    count = statistics.get("dataset", {}).get("item_count")
    if count != 1200:
        raise NotYet(f"The baseline is of {count} rows.", hint="All of baseline/pumps.csv, 1200 rows")


def ask_as_this_week(aws):
    """Two hundred requests of this week have been answered and captured."""
    proofs.endpoint(aws, "live")
    lines = [line for key in catalog.objects(aws, "captured/") for line in catalog.body(aws, key).splitlines()]
    if len(lines) < LEAST_REQUESTS:
        raise NotYet(f"{len(lines)} requests are captured.", hint="One request for each line of input/this-week.csv")
    rows = [row for line in lines for row in _plain(json.loads(line)["captureData"]["endpointInput"]).splitlines()]
    hot = sum(float(row.split(",")[0]) for row in rows) / len(rows)
    if hot < 70:
        raise NotYet(f"They are {hot:.1f} degrees on average.", hint="input/this-week.csv, not input/pumps.csv")


def find_the_drift(aws):
    """A run of the monitor says that the temperature has moved."""
    name = aws.name("drift")
    found = aws.find("sagemaker", "describe_monitoring_schedule", MonitoringScheduleName=name)
    if found is None:
        raise NotYet(f"There is no monitoring schedule {name}.", hint="create_monitoring_schedule(…)")
    listed = aws.find("sagemaker", "list_monitoring_executions", MonitoringScheduleName=name) or {}
    statuses = [each["MonitoringExecutionStatus"] for each in listed.get("MonitoringExecutionSummaries", ())]
    if "CompletedWithViolations" not in statuses:
        raise NotYet(f"Its runs are {statuses}.", hint="None found a violation: look at the baseline, and wait.")
    keys = [key for key in catalog.objects(aws, "monitoring/results/") if key.endswith("constraint_violations.json")]
    violations = [each for key in keys for each in json.loads(catalog.body(aws, key))["violations"]]
    moved = {each["feature_name"] for each in violations if each["constraint_check_type"] == "baseline_drift_check"}
    if DRIFTED not in moved:
        raise NotYet(f"What has drifted is {sorted(moved)}.", hint="Statistics and constraints both, as the baseline")


def answer_an_alarm(aws):
    """When the alarm goes off, and only then, a function asks for a retraining."""
    found = aws.find("events", "describe_rule", Name=aws.name("retrain"))
    if found is None:
        raise NotYet(f"There is no rule {aws.name('retrain')}.", hint="events.put_rule(…)")
    pattern = json.loads(found.get("EventPattern") or "{}")
    detail = pattern.get("detail", {})
    if pattern.get("source") != ["aws.cloudwatch"] or detail.get("alarmName") != [aws.name("drift")]:
        raise NotYet("It hears of other things, or of every alarm.", hint="aws.cloudwatch, and the alarm's name")
    if detail.get("state", {}).get("value") != ["ALARM"]:
        raise NotYet("It hears of the alarm when it is well again, too.", hint='"state": {"value": ["ALARM"]}')
    targets = (aws.find("events", "list_targets_by_rule", Rule=aws.name("retrain")) or {}).get("Targets", [])
    if not any(each["Arn"].endswith(f":function:{aws.name('retrain')}") for each in targets):
        raise NotYet("The function is no target.", hint="events.put_targets(…)")
    policy = aws.find("lambda", "get_policy", FunctionName=aws.name("retrain"))
    if policy is None or "events.amazonaws.com" not in policy["Policy"]:
        raise NotYet("EventBridge may not call the function.", hint="lambda.add_permission(…)")


def raise_the_alarm(aws):
    """The alarm on the drift of the temperature went off, and a retraining was asked for."""
    found = aws.find("cloudwatch", "describe_alarms", AlarmNames=[aws.name("drift")]) or {}
    if not found.get("MetricAlarms"):
        raise NotYet(f"There is no alarm {aws.name('drift')}.", hint="put_metric_alarm(…)")
    alarm = found["MetricAlarms"][0]
    said = f"{alarm.get('Namespace')} {alarm.get('MetricName')}"
    if said != f"{NAMESPACE} feature_baseline_drift_{DRIFTED}":
        raise NotYet(f"It watches {said}.", hint=f"{NAMESPACE} feature_baseline_drift_{DRIFTED}")
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    if dimensions != {"Endpoint": aws.name("live"), "MonitoringSchedule": aws.name("drift")}:
        raise NotYet(f"Its dimensions are {dimensions}.", hint="Endpoint and MonitoringSchedule")
    if (
        not alarm["ComparisonOperator"].startswith("Greater")
        or not THRESHOLDS[0] <= alarm["Threshold"] <= THRESHOLDS[1]
    ):
        said = f"{alarm['ComparisonOperator']} {alarm['Threshold']:g}"
        raise NotYet(f"It goes off at {said}.", hint="Above a tenth: small distances are chance.")
    if alarm["StateValue"] != "ALARM":
        raise NotYet(
            f"It is {alarm['StateValue']} at {alarm['Threshold']:g}.", hint="Has the metric come? Which statistic?"
        )
    asked = proofs.report(aws, "retraining/asked.json")
    if asked.get("because_of") != aws.name("drift"):
        raise NotYet(f"A retraining was asked for because of {asked.get('because_of')}.", hint="The function's event")


def _plain(side):
    """What stands in a capture as text, whether the configuration names CSV or not."""
    return base64.b64decode(side["data"]).decode() if side.get("encoding") == "BASE64" else side["data"]
