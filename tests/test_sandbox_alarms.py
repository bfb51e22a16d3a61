"""CloudWatch alarms: they evaluate, and act."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mlacoach.sandbox import alarms, lambda_
from mlacoach.sandbox.alarms.acting import adjusted
from mlacoach.sandbox.alarms.evaluating import Point, evaluate
from mlacoach.sandbox.alarms.expressions import NotMath
from mlacoach.sandbox.alarms.expressions import evaluate as calculate
from mlacoach.sandbox.alarms.rules import NotARule, holds
from mlacoach.sandbox.engines import Engines
from tests.sandbox_clients import client_of, refused
from tests.sandbox_endpoints import until
from tests.sandbox_functions import TELLS, Functions
from tests.sandbox_inside import Inside

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ABOVE = {"Namespace": "n", "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 10,
         "ComparisonOperator": "GreaterThanThreshold"}  # fmt: skip


def _register(engines: Engines) -> None:
    lambda_.register(engines)
    alarms.register(engines)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    with Inside(tmp_path_factory.mktemp("world"), _register) as inside:
        clients = (client_of(inside.url, each) for each in ("lambda", "s3", "sqs", "events", "logs"))
        yield Functions(inside, *clients)


@pytest.fixture(scope="module")
def cloudwatch(aws: Functions) -> Any:  # noqa: ANN401
    return client_of(aws.inside.url, "cloudwatch")


def put(cloudwatch: Any, name: str, value: float) -> None:  # noqa: ANN401
    cloudwatch.put_metric_data(Namespace="n", MetricData=[{"MetricName": name, "Value": value}])


def state(cloudwatch: Any, name: str) -> str:  # noqa: ANN401
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    value: str = (found["MetricAlarms"] + found["CompositeAlarms"])[0]["StateValue"]
    return value


# The tables of "Configuring how CloudWatch alarms treat missing data": X is breaching, 0 is not, - is missing. `same`
# stands for: the present state stays.
@pytest.mark.parametrize(
    ("needed", "points", "missing", "ignore", "breaching", "not_breaching"),
    [
        (3, "0-X-X", "OK", "OK", "OK", "OK"),
        (3, "----0", "OK", "OK", "OK", "OK"),
        (3, "-----", "INSUFFICIENT_DATA", "same", "ALARM", "OK"),
        (3, "0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
        (3, "--X--", "ALARM", "same", "ALARM", "OK"),
        (2, "0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
        (2, "00X0X", "ALARM", "ALARM", "ALARM", "ALARM"),
        (2, "0-X--", "OK", "OK", "ALARM", "OK"),
        (2, "----0", "OK", "OK", "ALARM", "OK"),
        (2, "---X-", "ALARM", "same", "ALARM", "OK"),
    ],
)
def test_missing_data(needed: int, points: str, missing: str, ignore: str, breaching: str, not_breaching: str) -> None:
    values = {"X": 11.0, "0": 9.0, "-": None}
    series = [Point(NOON + timedelta(minutes=at), values[each]) for at, each in enumerate(points)]
    alarm = {**ABOVE, "EvaluationPeriods": 3, "DatapointsToAlarm": needed}
    found = [
        evaluate({**alarm, "TreatMissingData": treat}, series).state or "same"
        for treat in ("missing", "ignore", "breaching", "notBreaching")
    ]
    assert found == [missing, ignore, breaching, not_breaching]


def test_the_reason_says_which_datapoints() -> None:
    series = [Point(NOON + timedelta(minutes=at), value) for at, value in enumerate([None, 9.0, 11.0, 12.5])]
    found = evaluate({**ABOVE, "EvaluationPeriods": 3, "DatapointsToAlarm": 2}, series)
    assert found.reason == (
        "Threshold Crossed: 2 out of the last 3 datapoints [12.5 (21/11/26 12:03:00), 11.0 (21/11/26 12:02:00)] were "
        "greater than the threshold (10.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )
    assert found.data is not None
    assert found.data["recentDatapoints"] == [9.0, 11.0, 12.5]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("100 * e / c", [50.0, None, None]),
        ("100 * e / FILL(c, 4)", [50.0, 25.0, None]),
        ("IF(e > 1, 1, 0)", [0.0, 0.0, 1.0]),
        ("IF(e == 1 AND c >= 2, 7)", [7.0, None, None]),
        ("SUM(METRICS())", [3.0, 1.0, 2.0]),
        ("MAX([e, c])", [2.0, 1.0, 2.0]),
        ("AVG(e)", [4 / 3, 4 / 3, 4 / 3]),
        ("-ABS(e - 3)", [-2.0, -2.0, -1.0]),
    ],
)
def test_metric_math(expression: str, wanted: list[float | None]) -> None:
    metrics: dict[str, list[float | None]] = {"e": [1.0, 1.0, 2.0], "c": [2.0, None, 0.0]}
    assert calculate(expression, metrics) == [None if each is None else pytest.approx(each) for each in wanted]


@pytest.mark.parametrize("expression", ["e +", "unknown", "__import__('os')", "e.real", "RATE(e)", "lambda: 1"])
def test_what_is_no_metric_math(expression: str) -> None:
    with pytest.raises(NotMath):
        calculate(expression, {"e": [1.0]})


def test_rules_of_composite_alarms() -> None:
    states = {"a": "ALARM", "b c": "OK", "d": "INSUFFICIENT_DATA"}
    for rule, wanted in {
        "ALARM(a)": True,
        'ALARM(a) AND NOT OK("b c")': False,
        "(ALARM(a) OR OK(d)) AND INSUFFICIENT_DATA('d')": True,
        "FALSE OR NOT FALSE AND TRUE": True,
    }.items():
        assert holds(rule, states.__getitem__) is wanted, rule
    for bad in ("ALARM(a", "ALARM(a) ALARM(d)", "AND", "", "a"):
        with pytest.raises(NotARule):
            holds(bad, states.__getitem__)


def test_steps_of_a_scaling_policy() -> None:
    steps: dict[str, Any] = {
        "AdjustmentType": "ChangeInCapacity",
        "StepAdjustments": [
            {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 1},
            {"MetricIntervalLowerBound": 10, "ScalingAdjustment": 3},
        ],
    }
    assert [adjusted(steps, 2, distance) for distance in (-1, 0, 9, 10, 99)] == [2, 3, 3, 5, 5]
    steps["AdjustmentType"] = "PercentChangeInCapacity"
    steps["StepAdjustments"][1]["ScalingAdjustment"] = 150
    assert [adjusted(steps, 4, distance) for distance in (0, 10)] == [5, 10]


def test_an_alarm_goes_off_tells_a_topic_a_function_and_a_rule_and_calms_down(
    aws: Functions,
    cloudwatch: Any,  # noqa: ANN401
) -> None:
    sns = client_of(aws.inside.url, "sns")
    topic = sns.create_topic(Name="alarms")["TopicArn"]
    told, queue = aws.queue("told-by-topic")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    heard, _ = aws.queue("told-by-function")
    function = aws.make("on-alarm", TELLS, Timeout=20, Environment={"Variables": {"QUEUE": "told-by-function"}})
    ruled, queue = aws.queue("told-by-rule")
    aws.events.put_rule(Name="alarms", EventPattern=json.dumps({"source": ["aws.cloudwatch"], "resources": [
        "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"]}))  # fmt: skip
    aws.events.put_targets(Rule="alarms", Targets=[{"Id": "1", "Arn": queue}])
    cloudwatch.put_metric_alarm(
        AlarmName="errors", MetricName="errors", AlarmActions=[topic, function, "arn:aws:ssm:::no"],
        TreatMissingData="notBreaching", AlarmDescription="too many", **ABOVE,
    )  # fmt: skip
    assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateReason"] == "Unchecked: Initial alarm creation"
    arn = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:errors"
    aws.permit("on-alarm", "lambda.alarms.cloudwatch", arn)
    until(lambda: state(cloudwatch, "errors") == "OK", "the first evaluation")
    put(cloudwatch, "errors", 7)
    put(cloudwatch, "errors", 8)
    until(lambda: state(cloudwatch, "errors") == "ALARM", "the alarm")
    message = json.loads(aws.said(told)["Body"])
    assert (message["NewStateValue"], message["OldStateValue"]) == ("ALARM", "OK")
    assert (message["Trigger"]["Threshold"], message["AlarmArn"]) == (10, arn)
    data = json.loads(aws.said(heard)["Body"])["alarmData"]
    assert (data["state"]["value"], data["configuration"]["description"]) == ("ALARM", "too many")
    assert json.loads(data["state"]["reasonData"])["recentDatapoints"] == [15.0]
    seen = [json.loads(aws.said(ruled)["Body"]) for _ in range(2)]
    assert {each["detail"]["state"]["value"] for each in seen} == {"OK", "ALARM"}
    assert {each["detail-type"] for each in seen} == {"CloudWatch Alarm State Change"}
    cloudwatch.set_alarm_state(AlarmName="errors", StateValue="OK", StateReason="it is fine")
    history = until(lambda: _whole_history(cloudwatch), "the whole history")
    assert "Failed to execute action arn:aws:ssm:::no" in history
    assert [each for each in history if "updated" in each] == [
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from INSUFFICIENT_DATA to OK",
    ]
    assert history[-1] == 'Alarm "errors" created'


def test_a_state_that_was_set_by_hand_goes_though_no_data_come(cloudwatch: Any) -> None:  # noqa: ANN401
    cloudwatch.put_metric_alarm(
        AlarmName="silent", MetricName="silence", TreatMissingData="notBreaching", **ABOVE
    )  # fmt: skip
    until(lambda: state(cloudwatch, "silent") == "OK", "the first evaluation")

    cloudwatch.set_alarm_state(AlarmName="silent", StateValue="ALARM", StateReason="a drill")

    assert state(cloudwatch, "silent") == "ALARM"
    until(lambda: state(cloudwatch, "silent") == "OK", "the next evaluation")


def _whole_history(cloudwatch: Any) -> list[str] | None:  # noqa: ANN401
    found = cloudwatch.describe_alarm_history(AlarmName="errors")["AlarmHistoryItems"]
    lines = [each["HistorySummary"] for each in found]
    return lines if sum("execute" in each for each in lines) == 3 else None


def test_an_alarm_on_an_expression_and_a_composite_one_of_it(cloudwatch: Any) -> None:  # noqa: ANN401
    def metric(name: str) -> dict[str, Any]:
        stat = {"Metric": {"Namespace": "n", "MetricName": name}, "Period": 60, "Stat": "Sum"}
        return {"Id": name, "MetricStat": stat, "ReturnData": False}

    share = {"Id": "share", "Expression": "100 * failures / calls", "ReturnData": True}
    settings = {name: ABOVE[name] for name in ("EvaluationPeriods", "Threshold", "ComparisonOperator")}
    cloudwatch.put_metric_alarm(AlarmName="share", Metrics=[metric("failures"), metric("calls"), share], **settings)
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("share") AND NOT OK(share)')
    for name, value in (("failures", 3), ("calls", 10)):
        put(cloudwatch, name, value)
    until(lambda: state(cloudwatch, "both") == "ALARM", "the composite alarm")
    assert state(cloudwatch, "share") == "ALARM"
    assert cloudwatch.describe_alarms(AlarmNames=["both"])["CompositeAlarms"] == []


def test_alarms_are_listed_by_what_they_are_about_and_deleted(cloudwatch: Any) -> None:  # noqa: ANN401
    dimensions = [{"Name": "EndpointName", "Value": "e"}]
    for number in range(3):
        cloudwatch.put_metric_alarm(
            AlarmName=f"listed-{number}", MetricName="listed", Dimensions=dimensions, Tags=[{"Key": "a", "Value": "b"}],
            **ABOVE,
        )  # fmt: skip
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix="listed", PaginationConfig={"PageSize": 2}
    )
    assert [[each["AlarmName"] for each in page["MetricAlarms"]] for page in pages] == [
        ["listed-0", "listed-1"],
        ["listed-2"],
    ]
    found = cloudwatch.describe_alarms_for_metric(Namespace="n", MetricName="listed", Dimensions=dimensions)
    assert len(found["MetricAlarms"]) == 3
    assert cloudwatch.describe_alarms_for_metric(Namespace="n", MetricName="listed")["MetricAlarms"] == []
    arn = found["MetricAlarms"][0]["AlarmArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "b"}]
    cloudwatch.disable_alarm_actions(AlarmNames=["listed-0"])
    assert not cloudwatch.describe_alarms(AlarmNames=["listed-0"])["MetricAlarms"][0]["ActionsEnabled"]
    cloudwatch.delete_alarms(AlarmNames=[f"listed-{number}" for number in range(3)])
    assert cloudwatch.describe_alarms(AlarmNamePrefix="listed")["MetricAlarms"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Period": 45}, "ValidationError"),
        ({"DatapointsToAlarm": 2}, "ValidationError"),
        ({"Statistic": None}, "ValidationError"),
        ({"Statistic": None, "ExtendedStatistic": "p99"}, "UnknownOperationException"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold", "ThresholdMetricId": "t"}, "UnknownOperationException"),
    ],
)
def test_what_is_no_alarm(cloudwatch: Any, change: dict[str, Any], code: str) -> None:  # noqa: ANN401
    request = {name: value for name, value in {**ABOVE, **change}.items() if value is not None}
    assert refused(cloudwatch.put_metric_alarm, AlarmName="bad", MetricName="m", **request)[0] == code


def test_a_rule_names_alarms_that_exist(cloudwatch: Any) -> None:  # noqa: ANN401
    code, said = refused(cloudwatch.put_composite_alarm, AlarmName="bad", AlarmRule="ALARM(nothing)")
    assert (code, "nothing" in said) == ("ValidationError", True)
    assert refused(cloudwatch.put_composite_alarm, AlarmName="bad", AlarmRule="ALARM(")[0] == "ValidationError"
    assert refused(cloudwatch.set_alarm_state, AlarmName="none", StateValue="OK", StateReason="x")[0] == (
        "ResourceNotFound"
    )
