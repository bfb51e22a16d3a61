"""Asynchronous endpoints and multi-model endpoints; many clients at once, and memory that stays flat."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mlacoach.sandbox import Sandbox
from mlacoach.sandbox.memory import own_memory
from mlacoach.sandbox.serving.many_models import MOST_LOADED
from tests.sandbox_clients import refused
from tests.sandbox_endpoints import BUCKET, NAMED, SKLEARN, Endpoints, until

WORK = """
import time
def model_fn(folder):
    return "done"
def transform_fn(model, data, content_type, accept):
    assert data != "bad", "bad data"
    if data == "slow":
        time.sleep(30)
    return content_type if data == "typed" else model + ":" + data, "text/plain"
"""
MANY = """
import os, pathlib
def model_fn(folder):
    return (pathlib.Path(folder) / "name.txt").read_text()
def transform_fn(model, data, content_type, accept):
    return model + ":" + str(os.getpid())
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def ends(sandbox: Sandbox) -> Endpoints:
    return Endpoints(sandbox.url)


class Async:
    """An asynchronous endpoint, its topics and what they told."""

    def __init__(self, ends: Endpoints) -> None:
        self.ends = ends
        sns, sqs = ends.client("sns"), ends.client("sqs")
        self.sqs = sqs
        self.queues = {}
        topics = {}
        for which in ("SuccessTopic", "ErrorTopic"):
            topics[which] = sns.create_topic(Name=which)["TopicArn"]
            self.queues[which] = sqs.create_queue(QueueName=which)["QueueUrl"]
            arn = f"arn:aws:sqs:us-east-1:123456789012:{which}"
            sns.subscribe(TopicArn=topics[which], Protocol="sqs", Endpoint=arn)
        output = {
            "S3OutputPath": f"s3://{BUCKET}/results",
            "S3FailurePath": f"s3://{BUCKET}/failures",
            "NotificationConfig": topics,
        }
        self.name = ends.serve(
            ends.variant(ends.model(ends.script(WORK))), AsyncInferenceConfig={"OutputConfig": output}
        )

    def put(self, body: bytes, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        key = f"inputs/{body.decode()}"
        self.ends.s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        answer: dict[str, Any] = self.ends.runtime.invoke_endpoint_async(
            EndpointName=self.name, InputLocation=f"s3://{BUCKET}/{key}", **{"ContentType": "text/csv", **more}
        )
        return answer

    def read(self, url: str) -> bytes:
        prefix = url.removeprefix(f"s3://{BUCKET}/")
        found: bytes = until(lambda: self.ends.objects(prefix).get(prefix), url)
        return found

    def told(self, which: str) -> dict[str, Any]:
        got = until(lambda: self.sqs.receive_message(QueueUrl=self.queues[which]).get("Messages"), which)
        message: dict[str, Any] = json.loads(json.loads(got[0]["Body"])["Message"])
        return message


@pytest.fixture(scope="module")
def queued(ends: Endpoints) -> Async:
    return Async(ends)


def test_a_result_comes_into_s3_and_is_told(queued: Async) -> None:
    answer = queued.put(b"work", InferenceId="mine")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 202
    assert answer["InferenceId"] == "mine"
    assert answer["OutputLocation"].startswith(f"s3://{BUCKET}/results/")
    assert queued.read(answer["OutputLocation"]) == b"done:work"
    told = queued.told("SuccessTopic")
    assert told["invocationStatus"] == "Completed"
    assert told["responseParameters"] == {"contentType": "text/plain", "outputLocation": answer["OutputLocation"]}
    assert told["requestParameters"]["inputLocation"] == f"s3://{BUCKET}/inputs/work"
    assert (told["inferenceId"], told["eventName"], told["eventSource"]) == ("mine", "InferenceResult", "aws:sagemaker")


def test_what_the_input_is_may_be_said_by_the_object(queued: Async) -> None:
    """As the SDK sends it: the request names no type."""
    queued.ends.s3.put_object(Bucket=BUCKET, Key="inputs/typed", Body=b"typed", ContentType="text/csv")
    where = f"s3://{BUCKET}/inputs/typed"
    answer = queued.ends.runtime.invoke_endpoint_async(EndpointName=queued.name, InputLocation=where)
    assert queued.read(answer["OutputLocation"]) == b"text/csv"
    assert queued.told("SuccessTopic")["requestParameters"]["inputLocation"] == where


def test_a_failure_comes_into_s3_and_is_told(queued: Async) -> None:
    answer = queued.put(b"bad")
    assert queued.read(answer["FailureLocation"]) == b"bad data"
    told = queued.told("ErrorTopic")
    assert told["invocationStatus"] == "Failed"
    assert 'Received server error (500) from primary with message "bad data"' in told["failureReason"]


def test_what_takes_too_long_times_out(queued: Async) -> None:
    answer = queued.put(b"slow", InvocationTimeoutSeconds=1)
    said = b"Your invocation timed out while waiting for a response from container primary."
    assert queued.read(answer["FailureLocation"]).startswith(said)
    told = queued.told("ErrorTopic")
    assert "Received server error (0) from primary" in told["failureReason"]


def test_each_kind_of_endpoint_takes_its_own_requests(queued: Async) -> None:
    kind = "does not support this inference type"
    code, message = refused(queued.ends.runtime.invoke_endpoint, EndpointName=queued.name, Body=b"x")
    assert (code, kind in message) == ("ValidationError", True)
    other = queued.ends.serve(queued.ends.named("sync"))
    code, message = refused(
        queued.ends.runtime.invoke_endpoint_async, EndpointName=other, InputLocation=f"s3://{BUCKET}/inputs/work"
    )
    assert (code, kind in message) == ("ValidationError", True)


def test_it_scales_to_zero_and_the_queue_waits(queued: Async) -> None:
    change = queued.ends.sagemaker.update_endpoint_weights_and_capacities

    def scale(count: int) -> None:
        wanted = [{"VariantName": "AllTraffic", "DesiredInstanceCount": count}]
        change(EndpointName=queued.name, DesiredWeightsAndCapacities=wanted)
        found = queued.ends.settled(queued.name)["ProductionVariants"][0]
        assert found["CurrentInstanceCount"] == count

    scale(0)
    answer = queued.put(b"later")
    figures = queued.ends.client("cloudwatch")
    backlog = {"Namespace": "AWS/SageMaker", "MetricName": "HasBacklogWithoutCapacity"}
    until(lambda: figures.list_metrics(**backlog)["Metrics"], "a backlog without capacity")
    assert not queued.ends.objects(answer["OutputLocation"].removeprefix(f"s3://{BUCKET}/"))
    scale(1)
    assert queued.read(answer["OutputLocation"]) == b"done:later"


def _many(ends: Endpoints, prefix: str, count: int, **more: Any) -> str:  # noqa: ANN401
    for number in range(count):
        ends.put({"name.txt": f"model {number}", "code/inference.py": MANY}, f"{prefix}/{number}.tar.gz")
    where = f"s3://{BUCKET}/{prefix}/"
    return ends.serve(ends.variant(ends.model({"Image": SKLEARN, "Mode": "MultiModel", "ModelDataUrl": where, **more})))


def test_many_models_behind_one_endpoint(ends: Endpoints) -> None:
    name = _many(ends, "many", MOST_LOADED + 1)
    assert [ends.ask(name, TargetModel=f"{number}.tar.gz").partition(":")[0] for number in (0, 1, 0)] == [
        "model 0",
        "model 1",
        "model 0",
    ]
    until(lambda: ends.metric(name, "ModelCacheHit", "SampleCount") == 3, "three looks into the cache")
    assert ends.metric(name, "ModelCacheHit") == 1
    # One more than there is room for: the one that was used longest ago goes, and comes back when it is asked for.
    for number in range(2, MOST_LOADED + 1):
        ends.ask(name, TargetModel=f"{number}.tar.gz")
    assert ends.ask(name, TargetModel="1.tar.gz").startswith("model 1:")
    until(lambda: ends.metric(name, "ModelUnloadingTime", "SampleCount") == 2, "two unloaded models")
    assert ends.metric(name, "LoadedModelCount", "Maximum") == MOST_LOADED
    # The container starts anew with no model, and loads what is asked for.
    pid = int(ends.ask(name, TargetModel="1.tar.gz").partition(":")[2])
    os.kill(pid, signal.SIGKILL)
    until(lambda: _pid(ends, name) not in {0, pid}, "another process")
    assert refused(ends.runtime.invoke_endpoint, EndpointName=name, Body=b"x")[0] == "ValidationError"
    code, message = refused(ends.runtime.invoke_endpoint, EndpointName=name, Body=b"x", TargetModel="none.tar.gz")
    assert code == "ValidationError"
    assert message.startswith('Failed to download model data for container "primary" from URL: "s3://')


def _pid(ends: Endpoints, name: str) -> int:
    try:
        return int(ends.ask(name, TargetModel="1.tar.gz").partition(":")[2])
    except ends.runtime.exceptions.ClientError:
        return 0


def test_a_model_that_is_not_kept(ends: Endpoints) -> None:
    name = _many(ends, "fresh", 1, MultiModelConfig={"ModelCacheSetting": "Disabled"})
    assert [ends.ask(name, TargetModel="0.tar.gz").partition(":")[0] for _ in range(3)] == ["model 0"] * 3
    until(lambda: ends.metric(name, "ModelCacheHit", "SampleCount") == 3, "three looks into the cache")
    assert ends.metric(name, "ModelCacheHit") == 0


def test_two_hundred_clients_wait_their_turn(ends: Endpoints) -> None:
    name = ends.serve(ends.variant(ends.model(ends.script(NAMED.format(name="calm")))))
    ready = threading.Barrier(200)

    def ask(number: int) -> str:
        ready.wait(30)
        return ends.ask(name, str(number).encode())

    with ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(ask, range(200)))
    assert answers == [f"calm:{number}" for number in range(200)]


def test_memory_stays_flat(ends: Endpoints, sandbox: Sandbox) -> None:
    name = ends.serve(ends.variant(ends.model(ends.script(NAMED.format(name="flat")))))
    for _ in range(150):
        ends.ask(name)
    before = own_memory(sandbox.pid)
    for _ in range(450):
        ends.ask(name)
    assert own_memory(sandbox.pid) - before < 8_000_000
