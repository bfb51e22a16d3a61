"""Variants: shares of the traffic, shadows, no instances at all; what is captured, measured and scaled."""

import base64
import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mlacoach.sandbox import Sandbox, control, serving
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.fault_rules import FaultKind, FaultRule
from tests.sandbox_clients import refused
from tests.sandbox_endpoints import BUCKET, Endpoints, lines, until
from tests.sandbox_inside import Inside

GATED = """
import pathlib, time
def model_fn(folder):
    return pathlib.Path("{gate}")
def transform_fn(gate, data, content_type, accept):
    while not gate.exists():
        time.sleep(0.01)
    return "through"
"""
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": f"s3://{BUCKET}/captured",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}
LAYOUT = re.compile(r"captured/endpoint-\d+/\w+/\d{4}/\d\d/\d\d/\d\d/\d\d-\d\d-\d{3}-[0-9a-f-]{36}\.jsonl")


@pytest.fixture(scope="module")
def ends() -> Iterator[Endpoints]:
    with Sandbox() as sandbox:
        yield Endpoints(sandbox.url)


def _register(engines: Engines) -> None:
    control.register(engines)
    serving.register(engines)


def _shares(ends: Endpoints, name: str, requests: int = 120) -> Counter[str]:
    return Counter(ends.ask(name).partition(":")[0] for _ in range(requests))


def _variants(ends: Endpoints, name: str) -> dict[str, dict[str, Any]]:
    found = ends.sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"]
    return {each["VariantName"]: each for each in found}


def test_traffic_is_shared_by_weight_and_weights_can_be_changed(ends: Endpoints) -> None:
    name = ends.serve(ends.named("old", "A", weight=3), ends.named("new", "B", weight=1))
    first = _shares(ends, name)
    assert 65 <= first["old"] <= 112
    assert first["new"] == 120 - first["old"]
    answer = ends.runtime.invoke_endpoint(EndpointName=name, Body=b"x", TargetVariant="B", ContentType="text/csv")
    assert (answer["Body"].read(), answer["InvokedProductionVariant"]) == (b"new:x", "B")
    assert (
        refused(ends.runtime.invoke_endpoint, EndpointName=name, Body=b"x", TargetVariant="C")[0] == "ValidationError"
    )
    wanted = [
        {"VariantName": "A", "DesiredWeight": 0},
        {"VariantName": "B", "DesiredWeight": 2, "DesiredInstanceCount": 2},
    ]
    change = ends.sagemaker.update_endpoint_weights_and_capacities
    change(EndpointName=name, DesiredWeightsAndCapacities=wanted)
    assert refused(change, EndpointName=name, DesiredWeightsAndCapacities=wanted)[0] == "ValidationException"
    ends.settled(name)
    assert _shares(ends, name, 30) == {"new": 30}
    now = _variants(ends, name)
    assert (now["A"]["CurrentWeight"], now["B"]["CurrentWeight"], now["B"]["CurrentInstanceCount"]) == (0, 2, 2)
    unknown = [{"VariantName": "C", "DesiredWeight": 1}]
    assert refused(change, EndpointName=name, DesiredWeightsAndCapacities=unknown)[0] == "ValidationException"


def test_a_shadow_gets_copies_and_answers_nobody(ends: Endpoints) -> None:
    shadow = ends.named("shadow", "Shadow", weight=0.5)
    name = ends.serve(ends.named("real", "Real"), ShadowProductionVariants=[shadow], DataCaptureConfig=CAPTURE)
    assert _shares(ends, name, 60) == {"real": 60}
    until(lambda: ends.metric(name, "Invocations", variant="Real") == 60, "all requests")
    until(lambda: ends.metric(name, "Invocations", variant="Shadow") >= 10, "copies")
    assert ends.metric(name, "Invocations", variant="Shadow") <= 50
    captured = until(lambda: ends.objects(f"captured/{name}/Shadow/"), "what the shadow said")
    said = lines(next(iter(captured.values())))[0]["captureData"]["endpointOutput"]["data"]
    assert said == "shadow:x"
    shown = ends.sagemaker.describe_endpoint(EndpointName=name)["ShadowProductionVariants"]
    assert [each["VariantName"] for each in shown] == ["Shadow"]


def test_capture_has_awss_layout(ends: Endpoints) -> None:
    name = ends.serve(ends.named("said"), DataCaptureConfig=CAPTURE)
    shown = ends.sagemaker.describe_endpoint(EndpointName=name)["DataCaptureConfig"]
    assert (shown["EnableCapture"], shown["CaptureStatus"], shown["CurrentSamplingPercentage"]) == (
        True,
        "Started",
        100,
    )
    ends.ask(name, b"1,2", InferenceId="mine", CustomAttributes="a=b")
    ends.ask(name, b"\x00\x01", ContentType="application/octet-stream", Accept="application/octet-stream")

    def all_records() -> list[Any]:
        files = ends.objects(f"captured/{name}/")
        assert all(LAYOUT.fullmatch(key) for key in files)
        found = [record for body in files.values() for record in lines(body)]
        return found if len(found) == 2 else []

    text, binary = sorted(
        until(all_records, "two records"), key=lambda each: "inferenceId" not in each["eventMetadata"]
    )
    assert text["captureData"] == {
        "endpointInput": {"observedContentType": "text/csv", "mode": "INPUT", "data": "1,2", "encoding": "CSV"},
        "endpointOutput": {"observedContentType": "text/csv", "mode": "OUTPUT", "data": "said:1,2", "encoding": "CSV"},
    }
    assert text["eventMetadata"]["inferenceId"] == "mine"
    assert text["eventMetadata"]["customAttributes"] == ["a=b"]
    assert text["eventVersion"] == "0"
    assert binary["captureData"]["endpointInput"]["encoding"] == "BASE64"
    assert base64.b64decode(binary["captureData"]["endpointInput"]["data"]) == b"\x00\x01"


def test_capture_takes_samples(ends: Endpoints) -> None:
    some = {**CAPTURE, "InitialSamplingPercentage": 30, "DestinationS3Uri": f"s3://{BUCKET}/sampled"}
    name = ends.serve(ends.named("said"), DataCaptureConfig=some)
    for _ in range(100):
        ends.ask(name)
    ends.sagemaker.delete_endpoint(EndpointName=name)
    until(lambda: ends.objects(f"sampled/{name}/"), "samples")

    def settled_count() -> int:
        return sum(len(lines(body)) for body in ends.objects(f"sampled/{name}/").values())

    assert 12 <= until(lambda: (count := settled_count()) >= 12 and count, "enough samples") <= 55


def test_figures_of_an_endpoint(ends: Endpoints) -> None:
    code = (
        "def model_fn(folder): pass\n"
        "def transform_fn(model, data, kind, accept):\n    assert data != 'bad', 'bad data'\n    return 'good'\n"
    )
    name = ends.serve(ends.variant(ends.model(ends.script(code)), count=2))
    for body in (b"a", b"b", b"c", b"bad"):
        if body == b"bad":
            assert (
                refused(ends.runtime.invoke_endpoint, EndpointName=name, Body=body, ContentType="text/csv")[0]
                == "ModelError"
            )
        else:
            ends.ask(name, body)
    until(lambda: ends.metric(name, "Invocations") == 4, "four invocations")
    until(lambda: ends.metric(name, "Invocation5XXErrors") == 1, "one error")
    assert ends.metric(name, "InvocationModelErrors") == 1
    assert ends.metric(name, "Invocation4XXErrors") == 0
    assert ends.metric(name, "InvocationsPerInstance") == pytest.approx(2)
    assert 100 < ends.metric(name, "ModelLatency", "Average") < 5_000_000
    assert 0 < ends.metric(name, "OverheadLatency", "Average") < 1_000_000


def test_serverless_answers_so_many_at_a_time(ends: Endpoints, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    model = ends.model(ends.script(GATED.format(gate=gate)))
    limits = {"MemorySizeInMB": 2048, "MaxConcurrency": 3}
    name = ends.serve({"VariantName": "AllTraffic", "ModelName": model, "ServerlessConfig": limits})
    shown = _variants(ends, name)["AllTraffic"]
    assert shown["CurrentServerlessConfig"] == limits
    assert "CurrentInstanceCount" not in shown
    said: Counter[str] = Counter()
    counted = threading.Condition()

    def ask(_number: int) -> None:
        try:
            what = ends.ask(name)
        except ClientError as error:
            what = error.response["Error"]["Code"]
        with counted:
            said[what] += 1
            counted.notify_all()

    with ThreadPoolExecutor(8) as pool:
        pool.map(ask, range(8))
        with counted:
            assert counted.wait_for(lambda: said["ThrottlingException"] == 5, 20), said
        gate.touch()
    assert said == {"ThrottlingException": 5, "through": 3}
    code, message = refused(ends.runtime.invoke_endpoint, EndpointName=name, Body=b"1" * 4_194_305)
    assert (code, "4194304" in message) == ("ValidationError", True)


def test_target_tracking_scales_out(ends: Endpoints) -> None:
    name = ends.serve(ends.named("busy"))
    scaling = ends.client("application-autoscaling")
    resource = f"endpoint/{name}/variant/AllTraffic"
    which = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": resource,
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    scaling.register_scalable_target(**which, MinCapacity=1, MaxCapacity=3)
    scaling.put_scaling_policy(
        **which,
        PolicyName="by-invocations",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 20.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            "ScaleOutCooldown": 0,
        },
    )
    for _ in range(50):
        ends.ask(name)
    until(lambda: _variants(ends, name)["AllTraffic"]["CurrentInstanceCount"] == 3, "three instances")
    for _ in range(10):
        ends.ask(name)
    found = ends.settled(name)["ProductionVariants"][0]
    assert (found["DesiredInstanceCount"], found["CurrentInstanceCount"]) == (3, 3)


def test_faults_make_a_creation_fail(tmp_path: Path) -> None:
    with Inside(tmp_path, _register) as inside:
        inside.world.faults.add(FaultRule(FaultKind.CAPACITY, operation="CreateEndpoint"))
        own = Endpoints(inside.url)
        name = own.create(own.config(own.named("never")))
        found = own.settled(name)
    assert found["EndpointStatus"] == "Failed"
    assert "InsufficientInstanceCapacity" in found["FailureReason"]


def test_what_cannot_run_says_so(ends: Endpoints) -> None:
    variant = {"VariantName": "A", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1}
    code, message = refused(
        ends.sagemaker.create_endpoint, EndpointName="components", EndpointConfigName=ends.config(variant)
    )
    assert (code, "inference components" in message) == ("ValidationException", True)
    assert refused(ends.sagemaker.describe_endpoint, EndpointName="components")[0] == "ValidationException"
