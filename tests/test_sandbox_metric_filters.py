"""Metric filters of CloudWatch Logs: which lines fit a pattern, and that they are counted."""

import json
import time
from collections.abc import Iterator

import pytest

from mlacoach.cloud import sandbox_session
from mlacoach.cloud.account import new_client
from mlacoach.sandbox import REGION, Sandbox
from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.metric_filters import matcher

SESSION = sandbox_session(REGION)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.mark.parametrize(
    ("pattern", "line", "fits"),
    [
        ("", "anything", True),
        ("ERROR", "an ERROR came", True),
        ("ERROR timeout", "an ERROR came", False),
        ("ERROR -timeout", "ERROR: timeout", False),
        ("?ERROR ?WARN", "a WARN came", True),
        ('"out of memory"', "killed: out of memory", True),
        ('{ $.level = "ERROR" }', '{"level": "ERROR"}', True),
        ('{ $.level = "ERROR" }', '{"level": "INFO"}', False),
        ('{ $.level != "INFO" }', '{"level": "ERROR"}', True),
        ('{ $.detail.code = "Access*" }', '{"detail": {"code": "AccessDenied"}}', True),
        ('{ $.ms > 250 && $.level = "INFO" }', '{"ms": 300, "level": "INFO"}', True),
        ("{ $.ms > 250 || $.retries >= 3 }", '{"ms": 10, "retries": 3}', True),
        ("{ $.ms > 250 }", "no JSON at all", False),
    ],
)
def test_a_line_fits_a_pattern_or_not(pattern: str, line: str, fits: bool) -> None:  # noqa: FBT001 - a table
    assert matcher(pattern)(line) is fits


@pytest.mark.parametrize("pattern", ["[ip, user]", "%a.b%", "{ ($.a = 1) && ($.b = 2) }", "{ a = 1 }"])
def test_a_pattern_that_is_not_read_is_refused(pattern: str) -> None:
    with pytest.raises(AwsError):
        matcher(pattern)


def test_lines_that_fit_are_counted_and_their_values_taken(sandbox: Sandbox) -> None:
    logs, cloudwatch = (new_client(SESSION, service, sandbox.url) for service in ("logs", "cloudwatch"))
    logs.create_log_group(logGroupName="inference")
    logs.create_log_stream(logGroupName="inference", logStreamName="a")
    for name, value in (("Errors", "1"), ("Slow", "$.ms")):
        logs.put_metric_filter(
            logGroupName="inference",
            filterName=name,
            filterPattern='{ $.level = "ERROR" }',
            metricTransformations=[{"metricName": name, "metricNamespace": "Ours", "metricValue": value}],
        )
    lines = [{"level": "ERROR", "ms": 40}, {"level": "INFO", "ms": 9}, {"level": "ERROR", "ms": 60}]
    now = int(time.time() * 1000)
    events = [{"timestamp": now, "message": json.dumps(line)} for line in lines]

    logs.put_log_events(logGroupName="inference", logStreamName="a", logEvents=events)

    def total(name: str) -> float:
        found = cloudwatch.get_metric_statistics(
            Namespace="Ours",
            MetricName=name,
            StartTime=now / 1000 - 600,
            EndTime=now / 1000 + 600,
            Period=3600,
            Statistics=["Sum"],
        )
        return float(sum(point["Sum"] for point in found["Datapoints"]))

    assert total("Errors") == 2
    assert total("Slow") == 100


def test_a_filter_of_the_same_name_is_replaced(sandbox: Sandbox) -> None:
    logs = new_client(SESSION, "logs", sandbox.url)
    logs.create_log_group(logGroupName="twice")
    for pattern in ("ERROR", "WARN"):
        logs.put_metric_filter(
            logGroupName="twice",
            filterName="one",
            filterPattern=pattern,
            metricTransformations=[{"metricName": "One", "metricNamespace": "Ours", "metricValue": "1"}],
        )

    found = logs.describe_metric_filters(logGroupName="twice")["metricFilters"]

    assert [each["filterPattern"] for each in found] == ["WARN"]
