import base64
import json
from datetime import timedelta

from mlacoach.labs import NotYet, proofs

TOLERANCE = 0.006
LEAST_ASKED = 100
# Nine tenths of a hundred requests or more; chance keeps within this but once in ten million times.
SHARE = (0.75, 0.99)


def make_both_models(aws):
    """The model of today and the candidate are there."""
    for suffix in ("first", "second"):
        proofs.serving_model(aws, suffix, suffix)


def share_the_traffic(aws):
    """One endpoint sends nine tenths of its requests to the first model."""
    found = proofs.config(aws, "ab")
    variants = found["ProductionVariants"]
    _must_serve(aws, variants)
    total = sum(variant["InitialVariantWeight"] for variant in variants)
    share = next(each for each in variants if each["ModelName"] == aws.name("first"))["InitialVariantWeight"] / total
    if abs(share - 0.9) > 0.001:
        raise NotYet(f"The first model gets {share:.0%} of the requests.", hint="InitialVariantWeight: 9 and 1")
    if proofs.endpoint(aws, "ab")["EndpointConfigName"] != aws.name("ab"):
        raise NotYet("The endpoint stands on another configuration.", hint=f"EndpointConfigName={aws.name('ab')}")


def count_who_answers(aws):
    """Who answered how often was counted."""
    proofs.endpoint(aws, "ab")
    report = proofs.report(aws, "reports/answers.json")
    first, second = (proofs.number(report, name, "reports/answers.json") for name in ("first", "second"))
    if first + second < LEAST_ASKED:
        raise NotYet(f"{first + second:g} answers were counted.", hint=f"Ask {LEAST_ASKED} times at least.")
    share = first / (first + second)
    if not SHARE[0] <= share <= SHARE[1]:
        raise NotYet(f"The first answered {share:.0%} of the requests.", hint="InvokedProductionVariant tells.")
    asked = _invocations(aws)
    if asked < first + second:
        raise NotYet(
            f"The report counts {first + second:g}, CloudWatch {asked:g}.", hint="It counts a minute later on AWS."
        )


def ask_one_on_purpose(aws):
    """The candidate alone was asked about every pump."""
    proofs.endpoint(aws, "ab")
    risks = [row[0] for row in proofs.table(aws, "answers/second.csv", 1)]
    truth = _ask(aws, "second")
    if len(risks) != len(truth):
        raise NotYet(f"answers/second.csv has {len(risks)} risks for {len(truth)} pumps.", hint="One line per pump.")
    if any(abs(one - other) > TOLERANCE for one, other in zip(risks, truth, strict=True)):
        raise NotYet("Some of the risks are not the second model's.", hint="TargetVariant")


def shift_the_traffic(aws):
    """Each model gets half of the requests, on the same endpoint."""
    variants = proofs.endpoint(aws, "ab")["ProductionVariants"]
    total = sum(variant["CurrentWeight"] for variant in variants) or 1
    shares = [variant["CurrentWeight"] / total for variant in variants]
    if any(abs(share - 0.5) > 0.001 for share in shares):
        said = ", ".join(f"{share:.0%}" for share in shares)
        raise NotYet(f"The shares are {said}.", hint="sagemaker.update_endpoint_weights_and_capacities(…)")


def put_the_candidate_into_the_shadow(aws):
    """Another endpoint gives the candidate a copy of each request, and captures what both say."""
    found = proofs.config(aws, "shadow")
    shadows = found.get("ShadowProductionVariants") or []
    if [each["ModelName"] for each in shadows] != [aws.name("second")]:
        raise NotYet("No shadow variant serves the second model.", hint="ShadowProductionVariants")
    if [each["ModelName"] for each in found["ProductionVariants"]] != [aws.name("first")]:
        raise NotYet("The production variant is not the first model's alone.", hint="ProductionVariants")
    _must_capture_answers(found.get("DataCaptureConfig") or {})
    if proofs.endpoint(aws, "shadow")["EndpointConfigName"] != aws.name("shadow"):
        raise NotYet("The endpoint stands on another configuration.", hint=f"EndpointConfigName={aws.name('shadow')}")


def compare_with_the_shadow(aws):
    """A report says how the candidate's risks differ on the same pumps."""
    proofs.endpoint(aws, "ab")
    shadow = proofs.config(aws, "shadow")["ShadowProductionVariants"][0]["VariantName"]
    report = proofs.report(aws, "reports/shadow.json")
    pumps, captured = len(proofs.text(aws, "input/pumps.csv").splitlines()), len(_captured(aws, shadow))
    if captured < pumps:
        raise NotYet(
            f"{captured} answers of the variant {shadow} were captured, for {pumps} pumps.",
            hint="Ask the endpoint about all of them; on AWS wait some minutes.",
        )
    for name in ("first", "second"):
        risks = _ask(aws, name)
        value, truth = proofs.number(report, name, "reports/shadow.json"), sum(risks) / len(risks)
        if abs(value - truth) > TOLERANCE:
            raise NotYet(f"The report says {name} {value:g}; its mean risk is {truth:.3f}.", hint="Of all 400 pumps.")


def _must_capture_answers(capture):
    if not capture.get("EnableCapture"):
        raise NotYet("Nobody captures what the shadow says.", hint="DataCaptureConfig")
    if capture["InitialSamplingPercentage"] != 100:
        raise NotYet(f"{capture['InitialSamplingPercentage']} per cent are captured.", hint="For a comparison: 100")
    if not {"Output", "InputAndOutput"} & {each["CaptureMode"] for each in capture["CaptureOptions"]}:
        raise NotYet("Requests are captured, and no answers.", hint='CaptureOptions: "Input" and "Output"')


def _must_serve(aws, variants):
    served = {variant.get("ModelName") for variant in variants}
    wanted = {aws.name("first"), aws.name("second")}
    if served != wanted or len(variants) != 2:
        raise NotYet(f"There are {len(variants)} variants, of {len(served)} models.", hint="One for each model.")


def _variant_of(aws, suffix):
    variants = proofs.config(aws, "ab")["ProductionVariants"]
    return next(each["VariantName"] for each in variants if each["ModelName"] == aws.name(suffix))


def _ask(aws, suffix):
    pumps = proofs.text(aws, "input/pumps.csv")
    return [float(line) for line in proofs.ask(aws, "ab", pumps, TargetVariant=_variant_of(aws, suffix)).split()]


def _invocations(aws):
    """How many requests CloudWatch has counted since the endpoint was made."""
    began = proofs.endpoint(aws, "ab")["CreationTime"]
    metrics = []
    for suffix in ("first", "second"):
        found = aws.find(
            "cloudwatch",
            "get_metric_statistics",
            Namespace="AWS/SageMaker",
            MetricName="Invocations",
            Dimensions=[
                {"Name": "EndpointName", "Value": aws.name("ab")},
                {"Name": "VariantName", "Value": _variant_of(aws, suffix)},
            ],
            StartTime=began,
            EndTime=began + timedelta(days=1),
            Period=86400,
            Statistics=["Sum"],
        )
        metrics += [point["Sum"] for point in found["Datapoints"]]
    return sum(metrics)


def _captured(aws, variant):
    """The lines of all answers of a variant that were captured."""
    prefix = f"captured/{aws.name('shadow')}/{variant}/"
    found = aws.find("s3", "list_objects_v2", Bucket=aws.name("data"), Prefix=prefix) or {}
    lines = [line for item in found.get("Contents", ()) for line in proofs.text(aws, item["Key"]).splitlines()]
    sides = [json.loads(line)["captureData"].get("endpointOutput", {}) for line in lines]
    return [answer for side in sides for answer in _plain(side).splitlines()]


def _plain(side):
    """What stands in a capture as text, whether the configuration names CSV or not."""
    text = side.get("data", "")
    return base64.b64decode(text).decode() if side.get("encoding") == "BASE64" else text
