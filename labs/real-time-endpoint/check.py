import base64
import json

from mlacoach.labs import NotYet, proofs

# Four decimals are written; somebody may write fewer.
TOLERANCE = 0.006
MICROSECONDS = (10_000, 60_000_000)
TO_SURVIVE_A_ZONE = 2


def make_the_model(aws):
    """The archive, its script and an image that can serve them are one model."""
    proofs.serving_model(aws, "model", "model")


def describe_the_fleet(aws):
    """A configuration says one instance, and that every request and answer is captured."""
    variant = _variant(aws, "one")
    if variant["InitialInstanceCount"] != 1:
        raise NotYet(f"It asks for {variant['InitialInstanceCount']} instances.", hint="One is enough to begin with.")


def bring_it_up(aws):
    """The endpoint is in service."""
    found = proofs.endpoint(aws, "live")
    if found["EndpointConfigName"] not in (aws.name("one"), aws.name("two")):
        raise NotYet(f"It stands on {found['EndpointConfigName']}.", hint=f"EndpointConfigName={aws.name('one')}")


def ask_about_every_pump(aws):
    """The risk of each of the 400 pumps is written down, as the endpoint says it."""
    proofs.endpoint(aws, "live")
    risks = [row[0] for row in proofs.table(aws, "answers/risks.csv", 1)]
    truth = [float(line) for line in proofs.ask(aws, "live", proofs.text(aws, "input/pumps.csv")).split()]
    if len(risks) != len(truth):
        raise NotYet(f"answers/risks.csv has {len(risks)} risks for {len(truth)} pumps.", hint="One line per pump.")
    wrong = [
        place for place, pair in enumerate(zip(risks, truth, strict=True), 1) if abs(pair[0] - pair[1]) > TOLERANCE
    ]
    if wrong:
        raise NotYet(f"Line {wrong[0]} is not what the endpoint says of that pump.", hint="Keep the order of the rows.")


def read_what_it_captured(aws):
    """One captured request and its answer are shown."""
    shown = proofs.report(aws, "reports/captured.json")
    pair = (str(shown.get("input", "")).strip(), str(shown.get("output", "")).strip())
    if pair not in _captured(aws):
        raise NotYet(
            "What is shown is no row and answer of the capture.",
            hint="captureData: endpointInput.data and endpointOutput.data, the first line of each.",
        )


def watch_the_latency(aws):
    """An alarm goes off when the model gets slow."""
    found = aws.find("cloudwatch", "describe_alarms", AlarmNames=[aws.name("slow")])["MetricAlarms"]
    if not found:
        raise NotYet(f"There is no alarm {aws.name('slow')}.", hint="cloudwatch.put_metric_alarm(…)")
    alarm = found[0]
    metric = f"{alarm.get('Namespace')} {alarm.get('MetricName')}"
    if metric != "AWS/SageMaker ModelLatency":
        raise NotYet(f"The alarm watches {metric}.", hint="AWS/SageMaker ModelLatency")
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    if dimensions != {"EndpointName": aws.name("live"), "VariantName": _variant(aws, "one")["VariantName"]}:
        raise NotYet(f"Its dimensions are {dimensions}: no such figures come.", hint="EndpointName and VariantName")
    statistic = alarm.get("Statistic") or alarm.get("ExtendedStatistic") or "nothing"
    if statistic not in {"Average", "Maximum"} and not statistic.startswith("p"):
        raise NotYet(f"It takes the {statistic} of the latencies.", hint="Average, or a percentile on AWS")
    if not MICROSECONDS[0] <= alarm["Threshold"] <= MICROSECONDS[1] or "Greater" not in alarm["ComparisonOperator"]:
        raise NotYet(
            f"It goes off at {alarm['ComparisonOperator']} {alarm['Threshold']:g} microseconds.",
            hint="The unit is microseconds: half a second is 500000.",
        )


def grow_without_a_pause(aws):
    """The same endpoint runs on two instances, and still captures."""
    _variant(aws, "two")
    found = proofs.endpoint(aws, "live")
    if found["EndpointConfigName"] != aws.name("two"):
        raise NotYet(
            f"The endpoint stands on {found['EndpointConfigName']} still.", hint="sagemaker.update_endpoint(…)"
        )
    count = found["ProductionVariants"][0]["CurrentInstanceCount"]
    if count < TO_SURVIVE_A_ZONE:
        raise NotYet(f"It runs on {count} instance.", hint="InitialInstanceCount: 2 spreads over Availability Zones.")


def _variant(aws, suffix):
    found = proofs.config(aws, suffix)
    variant = found["ProductionVariants"][0]
    if variant.get("ModelName") != aws.name("model"):
        raise NotYet(f"{suffix} serves {variant.get('ModelName')}.", hint=f"ModelName={aws.name('model')}")
    if not variant.get("InstanceType"):
        raise NotYet(f"{suffix} has no instance type.", hint='"InstanceType": "ml.m5.large"')
    capture = found.get("DataCaptureConfig") or {}
    if not capture.get("EnableCapture") or capture.get("InitialSamplingPercentage") != 100:
        raise NotYet(f"{suffix} does not capture every request.", hint="DataCaptureConfig: EnableCapture, 100 per cent")
    modes = {option["CaptureMode"] for option in capture.get("CaptureOptions", ())}
    if "InputAndOutput" not in modes and modes != {"Input", "Output"}:
        raise NotYet(f"{suffix} captures only half of it.", hint='CaptureOptions: "Input" and "Output"')
    if not capture["DestinationS3Uri"].startswith(f"s3://{aws.name('data')}/captured"):
        raise NotYet(f"{suffix} captures into {capture['DestinationS3Uri']}.", hint=f"s3://{aws.name('data')}/captured")
    return variant


def _captured(aws):
    """The first rows and answers of all captured requests."""
    found = aws.find("s3", "list_objects_v2", Bucket=aws.name("data"), Prefix="captured/") or {}
    pairs = set()
    for item in found.get("Contents", ()):
        for line in proofs.text(aws, item["Key"]).splitlines():
            data = json.loads(line)["captureData"]
            rows, answers = (_plain(data.get(side, {})).splitlines() for side in ("endpointInput", "endpointOutput"))
            pairs |= set(zip(rows, answers, strict=False))
    return pairs


def _plain(side):
    """What stands in a capture as text, whether the configuration names CSV or not."""
    text = side.get("data", "")
    return base64.b64decode(text).decode() if side.get("encoding") == "BASE64" else text
