"""What a learner may do otherwise than steps.py, and be right: the checks take it for done."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mlacoach.labs import Done, look
from mlacoach.sandbox import Sandbox
from tests.lab_climb import Bench, quiet_sandbox

LABS = Path(__file__).resolve().parent.parent / "labs"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with quiet_sandbox() as running:
        yield running


def lab_up_to(lab: str, step: str, sandbox: Sandbox) -> Bench:
    """The lab, with all steps before this one done."""
    bench = Bench(LABS / lab, sandbox.url)
    if bench.code.given:
        bench.code.given(bench.aws)
    for each in bench.code.steps:
        if each.name == step:
            return bench
        each.do(bench.aws)
    raise LookupError(step)


def advanced_selectors(aws: Any) -> None:  # noqa: ANN401 - a learner's account
    """CloudTrail's newer selectors, reads alone."""
    cloudtrail, models = aws.client("cloudtrail"), f"arn:aws:s3:::{aws.name('audit')}/models/"
    cloudtrail.create_trail(
        Name=aws.name("trail"),
        S3BucketName=aws.name("audit"),
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
    )
    reads = [
        {"Field": "eventCategory", "Equals": ["Data"]},
        {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
        {"Field": "readOnly", "Equals": ["true"]},
        {"Field": "resources.ARN", "StartsWith": [models]},
    ]
    management = [{"Field": "eventCategory", "Equals": ["Management"]}]
    cloudtrail.put_event_selectors(
        TrailName=aws.name("trail"), AdvancedEventSelectors=[{"FieldSelectors": each} for each in (management, reads)]
    )
    cloudtrail.start_logging(Name=aws.name("trail"))


def a_filter_beside_another(aws: Any) -> None:  # noqa: ANN401
    """Warnings are counted as well, and come first in the list."""
    for name, level in (("a-warnings", "WARNING"), ("errors", "ERROR")):
        metric = {"metricName": "Errors" if level == "ERROR" else "Warnings", "metricNamespace": aws.name("model")}
        aws.client("logs").put_metric_filter(
            logGroupName=aws.name("inference"),
            filterName=aws.name(name),
            filterPattern=f"{{ $.level = {level} }}",
            metricTransformations=[{**metric, "metricValue": "1"}],
        )


def statistics_of_the_widgets(aws: Any) -> None:  # noqa: ANN401
    """As the console writes it: the statistic stands at the widget."""
    alarm = aws.client("cloudwatch").describe_alarms(AlarmNames=[aws.name("errors")])["MetricAlarms"][0]["AlarmArn"]
    widgets = [
        {"type": "metric", "properties": {"metrics": [[aws.name("model"), name]], "stat": stat, "region": aws.region}}
        for name, stat in (("Errors", "Sum"), ("Latency", "p99.9"))
    ]
    widgets.append({"type": "alarm", "properties": {"alarms": [alarm]}})
    aws.client("cloudwatch").put_dashboard(
        DashboardName=aws.name("model"), DashboardBody=json.dumps({"widgets": widgets})
    )


def warned_twice(aws: Any) -> None:  # noqa: ANN401
    """At 80 per cent, and again when it is spent."""
    account = aws.role_arn.split(":")[4]
    topic = f"arn:aws:sns:{aws.region}:{account}:{aws.name('on-call')}"
    told = [
        {"NotificationType": kind, "ComparisonOperator": "GREATER_THAN", "Threshold": percent}
        for kind, percent in (("ACTUAL", 80), ("ACTUAL", 100), ("FORECASTED", 100))
    ]
    subscribers = [{"SubscriptionType": "SNS", "Address": topic}]
    aws.client("budgets").create_budget(
        AccountId=account,
        Budget={
            "BudgetName": aws.name("monthly"),
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "50", "Unit": "USD"},
        },
        NotificationsWithSubscribers=[{"Notification": each, "Subscribers": subscribers} for each in told],
    )


def by_the_type_of_resource(aws: Any) -> None:  # noqa: ANN401
    """No bucket of the stack may be replaced or deleted; `Data` is its only one."""
    statements = [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": ["Update:Replace", "Update:Delete"],
            "Principal": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"ResourceType": ["AWS::S3::Bucket"]}},
        },
    ]
    aws.client("cloudformation").set_stack_policy(
        StackName=aws.name("service"), StackPolicyBody=json.dumps({"Statement": statements})
    )


def back_in_the_evening(aws: Any) -> None:  # noqa: ANN401
    """A second scheduled action, which comes first in the list."""
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": f"endpoint/{aws.name('live')}/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    for name, schedule, least in (("a", "cron(0 20 ? * MON-FRI *)", 1), ("b", "cron(45 5 ? * 2-6 *)", 2)):
        aws.client("application-autoscaling").put_scheduled_action(
            **target,
            ScheduledActionName=aws.name(name),
            Schedule=schedule,
            Timezone="Europe/Berlin",
            ScalableTargetAction={"MinCapacity": least, "MaxCapacity": 3},
        )


WAYS: list[tuple[str, str, Callable[[Any], None]]] = [
    ("watch-and-audit", "record_every_call", advanced_selectors),
    ("watch-and-audit", "count_the_errors", a_filter_beside_another),
    ("watch-and-audit", "draw_a_dashboard", statistics_of_the_widgets),
    ("watch-and-audit", "set_a_budget", warned_twice),
    ("ml-infrastructure-as-code", "guard_the_data", by_the_type_of_resource),
    ("auto-scaling", "be_ready_in_the_morning", back_in_the_evening),
]


@pytest.mark.parametrize(("lab", "step", "way"), WAYS, ids=[way.__name__ for _, _, way in WAYS])
def test_another_right_way_is_taken_for_done(lab: str, step: str, way: Callable[[Any], None], sandbox: Sandbox) -> None:
    bench = lab_up_to(lab, step, sandbox)

    way(bench.aws)

    outcome = look(next(each for each in bench.code.steps if each.name == step), bench.aws)
    assert isinstance(outcome, Done), outcome.sentence
