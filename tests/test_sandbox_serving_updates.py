"""UpdateEndpoint: the new fleet takes over at once or by steps, and does not when it fails or an alarm goes off."""

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mlacoach.sandbox import Sandbox
from mlacoach.sandbox.client import KEY, own_key
from mlacoach.sandbox.server import Server
from mlacoach.sandbox.serving import plans
from mlacoach.sandbox.serving.deployments import steps
from tests.sandbox_clients import refused
from tests.sandbox_endpoints import OWN, Endpoints, until


@pytest.fixture(scope="module")
def ends() -> Iterator[Endpoints]:
    with Sandbox() as sandbox:
        yield Endpoints(sandbox.url)


def _policy(kind: str, wait: int = 600, **sizes: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": wait, **sizes},
            "TerminationWaitInSeconds": 0,
        }
    }


def _asking(ends: Endpoints, name: str, until_done: threading.Event) -> Counter[str]:
    """Ask all the time, and count who answered; a failure is an answer too."""
    said: Counter[str] = Counter()

    def ask() -> None:
        while not until_done.is_set():
            try:
                said[ends.ask(name).partition(":")[0]] += 1
            except Exception as error:  # noqa: BLE001 - counted
                said[repr(error)] += 1

    threading.Thread(target=ask, daemon=True).start()
    return said


def _events(ends: Endpoints) -> str:
    """A queue that gets every event of an endpoint."""
    sqs, events = ends.client("sqs"), ends.client("events")
    queue = sqs.create_queue(QueueName="endpoint-events")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="endpoints", EventPattern='{"detail-type": ["SageMaker Endpoint State Change"]}')
    events.put_targets(Rule="endpoints", Targets=[{"Id": "queue", "Arn": arn}])
    return str(queue)


def test_the_new_fleet_takes_over_and_no_request_is_lost(ends: Endpoints) -> None:
    queue = _events(ends)
    name = ends.serve(ends.named("old"))
    config = ends.config(ends.named("new"))
    done = threading.Event()
    said = _asking(ends, name, done)
    until(lambda: said["old"] > 5, "answers of the old one")
    before = ends.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    ends.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    shown = ends.sagemaker.describe_endpoint(EndpointName=name)
    assert (shown["EndpointStatus"], shown["EndpointConfigName"]) == ("Updating", before)
    assert shown["PendingDeploymentSummary"]["EndpointConfigName"] == config
    assert refused(ends.sagemaker.delete_endpoint, EndpointName=name)[0] == "ValidationException"
    after = ends.settled(name)
    until(lambda: said["new"] > 5, "answers of the new one")
    done.set()
    assert set(said) == {"old", "new"}
    assert after["EndpointConfigName"] == config
    assert "PendingDeploymentSummary" not in after
    assert ends.ask(name) == "new:x"
    messages = ends.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)["Messages"]
    told = " ".join(message["Body"] for message in messages)
    assert '"EndpointStatus": "IN_SERVICE"' in told.replace('":"', '": "')


def test_a_canary_gets_its_share_first(ends: Endpoints) -> None:
    name = ends.serve(ends.named("old"))
    done = threading.Event()
    said = _asking(ends, name, done)
    policy = _policy("CANARY", CanarySize={"Type": "CAPACITY_PERCENT", "Value": 40})
    config = ends.config(ends.named("new"))
    ends.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config, DeploymentConfig=policy)

    def baking() -> bool:
        shown = ends.sagemaker.describe_endpoint(EndpointName=name)["ProductionVariants"][0]
        return any(each["Status"] == "Baking" for each in shown.get("VariantStatus", []))

    until(baking, "the canary")
    said.clear()
    until(lambda: said.total() > 20, "answers during the canary")
    during = dict(said)
    found = ends.settled(name)
    done.set()
    assert set(during) <= {"old", "new"}
    assert during.get("old", 0) > 0
    assert during.get("new", 0) > 0
    assert found["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "CANARY"
    assert found["EndpointConfigName"] == config


def test_the_shares_of_each_policy() -> None:
    class Fleet:
        variants = (type("V", (), {"count": 4})(),)

    def shares(config: dict[str, Any]) -> list[float]:
        return [round(share, 3) for share, _ in steps(config, Fleet())]  # type: ignore[arg-type]

    quarter = {"Type": "INSTANCE_COUNT", "Value": 1}
    assert shares({}) == [1]
    assert shares(_policy("ALL_AT_ONCE")) == [1]
    assert shares(_policy("CANARY", CanarySize=quarter)) == [0.25, 1]
    assert shares(_policy("LINEAR", LinearStepSize={"Type": "CAPACITY_PERCENT", "Value": 30})) == [0.3, 0.6, 0.9, 1]
    assert shares({"RollingUpdatePolicy": {"MaximumBatchSize": quarter, "WaitIntervalInSeconds": 0}}) == [
        0.25,
        0.5,
        0.75,
        1,
    ]


def test_an_alarm_takes_the_traffic_back(ends: Endpoints) -> None:
    cloudwatch = ends.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="errors",
        # Of a metric without data: nothing that is measured meanwhile rings it.
        MetricName="Complaints",
        Namespace="Tests",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="fine")
    name = ends.serve(ends.named("old"))
    old = ends.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    policy = _policy("LINEAR", LinearStepSize={"Type": "CAPACITY_PERCENT", "Value": 50})
    policy["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": "errors"}]}
    config = ends.config(ends.named("new"))
    ends.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config, DeploymentConfig=policy)
    until(lambda: ends.ask(name) == "new:x", "the new one's first answer")
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="ALARM", StateReason="bad")
    found = ends.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", old)
    assert "errors" in found["FailureReason"]
    assert {ends.ask(name) for _ in range(20)} == {"old:x"}


def test_a_new_fleet_that_does_not_come_up_changes_nothing(ends: Endpoints) -> None:
    name = ends.serve(ends.named("old"))
    old = ends.sagemaker.describe_endpoint(EndpointName=name)["EndpointConfigName"]
    broken = ends.config(ends.variant(ends.model(ends.script("raise RuntimeError('broken')"))))
    ends.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=broken)
    found = ends.settled(name)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", old)
    assert "did not pass the ping health check" in found["FailureReason"]
    assert ends.ask(name) == "old:x"
    assert (
        refused(ends.sagemaker.update_endpoint, EndpointName=name, EndpointConfigName="none")[0]
        == "ValidationException"
    )


def test_weights_and_counts_are_kept_where_the_update_says_so(ends: Endpoints) -> None:
    old = ends.named("old", "A", weight=1)
    name = ends.serve(old, {**old, "VariantName": "B"})
    wanted = [{"VariantName": "A", "DesiredWeight": 5, "DesiredInstanceCount": 2}]
    ends.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=wanted)
    ends.settled(name)

    def update(**more: Any) -> tuple[float, int]:  # noqa: ANN401
        config = ends.config(old, {**old, "VariantName": "B"})
        ends.sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config, **more)
        first = ends.settled(name)["ProductionVariants"][0]
        return first["CurrentWeight"], first["CurrentInstanceCount"]

    only_weight = [{"VariantPropertyType": "DesiredWeight"}]
    assert update(RetainAllVariantProperties=True) == (5, 2)
    assert update(RetainAllVariantProperties=True, ExcludeRetainedVariantProperties=only_weight) == (1, 2)
    assert update() == (1, 1)


QUIET = """
import time
print("I say nothing")
time.sleep(60)
"""


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server in our own process, which answers to our own key."""
    monkeypatch.setenv(KEY, own_key())
    server = Server(tmp_path / "work")
    server.serve()
    yield server
    server.world.stop()


def _running(server: Server) -> list[str]:
    return [child.command.name for child in server.world.supervisor.running()]


def test_no_answer_to_the_ping_in_time_and_nothing_left_after_a_reset(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plans, "STARTUP_SECONDS", 3.0)
    ends = Endpoints(server.url)
    variables = {"SANDBOX_COMMAND": f"{sys.executable} quiet.py"}
    container = {"Image": OWN, "ModelDataUrl": ends.put({"code/quiet.py": QUIET}), "Environment": variables}
    name = ends.create(ends.config(ends.variant(ends.model(container))))
    assert len(until(lambda: _running(server), "a container")) == 1
    found = ends.settled(name)
    assert found["EndpointStatus"] == "Failed"
    assert "did not pass the ping health check" in found["FailureReason"]
    assert "I say nothing" in ends.log(name)
    until(lambda: not _running(server), "the end of the container")
    monkeypatch.setattr(plans, "STARTUP_SECONDS", 60.0)
    serving = ends.serve(ends.named("a", count=2))
    assert len(_running(server)) == 2
    server.reset()
    until(lambda: not _running(server), "the end of the containers")
    assert not server.world.store.all("Endpoint")
    assert refused(ends.runtime.invoke_endpoint, EndpointName=serving, Body=b"x")[0] == "ValidationError"
