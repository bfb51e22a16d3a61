"""What sets off a function: schedules, queues, topics; and that it must be open to them."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from mlacoach.errors import UnknownId
from mlacoach.sandbox import lambda_, schedules
from mlacoach.sandbox.client import KEY, own_key
from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.records import Record
from mlacoach.sandbox.schedules.expressions import Malformed, next_time
from mlacoach.sandbox.server import Server
from tests.sandbox_clients import ROLE, client_of, refused
from tests.sandbox_endpoints import until
from tests.sandbox_functions import TELLS, Functions
from tests.sandbox_inside import Inside

NOON = datetime(2026, 11, 21, 12, 0, 30, tzinfo=UTC)  # a Saturday
# Tells a queue how many messages it got, and fails if one of them says so.
COUNTS = """
import boto3, json, os
def handler(event, context):
    bodies = [each["body"] for each in event["Records"]]
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=os.environ["QUEUE"])["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=json.dumps(bodies))
    if "all fail" in bodies:
        raise ValueError("no")
    return {"batchItemFailures": [
        {"itemIdentifier": each["messageId"]} for each in event["Records"] if each["body"] == "fails"]}
"""


def _register(engines: Engines) -> None:
    lambda_.register(engines)
    schedules.register(engines)


@pytest.fixture(scope="module")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Functions]:
    with Inside(tmp_path_factory.mktemp("world"), _register) as inside:
        clients = (client_of(inside.url, each) for each in ("lambda", "s3", "sqs", "events", "logs"))
        yield Functions(inside, *clients)


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("rate(1 minute)", "2026-11-21T12:01:30"),
        ("rate(2 hours)", "2026-11-21T14:00:30"),
        ("cron(0 * ? * * *)", "2026-11-21T13:00:00"),
        ("cron(0/15 10-12 * * ? *)", "2026-11-21T12:15:00"),
        ("cron(30 9 ? * MON-FRI *)", "2026-11-23T09:30:00"),
        ("cron(0 8 1 * ? *)", "2026-12-01T08:00:00"),
        ("cron(0 0 L * ? *)", "2026-11-30T00:00:00"),
        ("cron(0 0 LW JAN ? *)", "2027-01-29T00:00:00"),
        ("cron(0 0 1W * ? *)", "2026-12-01T00:00:00"),
        ("cron(0 0 ? * 6L *)", "2026-11-27T00:00:00"),
        ("cron(0 0 ? * TUE#2 *)", "2026-12-08T00:00:00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00"),
        ("cron(0 0 ? * * 2020)", None),
        ("at(2026-11-21T13:00:00)", "2026-11-21T13:00:00"),
        ("at(2026-11-21T11:00:00)", None),
    ],
)
def test_when_a_schedule_is_due_next(expression: str, wanted: str | None) -> None:
    assert next_time(expression, NOON) == (datetime.fromisoformat(f"{wanted}+00:00") if wanted else None)


def test_a_schedules_hours_are_those_of_its_time_zone() -> None:
    found = next_time("cron(0 9 * * ? *)", NOON, ZoneInfo("Europe/Berlin"))
    assert found == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "expression",
    ["rate(1 minutes)", "rate(2 minute)", "rate(0 minutes)", "cron(0 * * * * *)", "cron(60 * ? * * *)", "cron(0 * ?)",
     "cron(0 x ? * * *)", "daily", "at(tomorrow)"],
)  # fmt: skip
def test_what_is_no_schedule(expression: str) -> None:
    with pytest.raises(Malformed):
        next_time(expression, NOON)


def test_a_schedule_is_refused_where_it_is_malformed(aws: Functions) -> None:
    scheduler = client_of(aws.inside.url, "scheduler")
    code, said = refused(aws.events.put_rule, Name="bad", ScheduleExpression="rate(1 minutes)")
    assert (code, said) == ("ValidationException", "Parameter ScheduleExpression is not valid.")
    target = {"Arn": aws.queue("nobody")[1], "RoleArn": ROLE}
    asked = {"Name": "bad", "Target": target, "FlexibleTimeWindow": {"Mode": "OFF"}}
    code, said = refused(scheduler.create_schedule, **asked, ScheduleExpression="cron(bad)")
    assert (code, said) == ("ValidationException", "Invalid Schedule Expression cron(bad).")


def test_a_one_time_schedule_goes_off_and_deletes_itself(aws: Functions) -> None:
    scheduler = client_of(aws.inside.url, "scheduler")
    url, queue = aws.queue("once")
    scheduler.create_schedule(
        Name="once",
        ScheduleExpression=f"at({datetime.now(UTC).year}-01-01T00:00:00)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": queue, "RoleArn": ROLE, "Input": '{"n": 1}'},
        ActionAfterCompletion="DELETE",
    )
    soon = datetime.fromtimestamp(datetime.now(UTC).timestamp() + 2, UTC)
    found = scheduler.get_schedule(Name="once")
    scheduler.update_schedule(
        Name="once",
        ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        **{name: found[name] for name in ("FlexibleTimeWindow", "Target", "ActionAfterCompletion")},
    )
    assert json.loads(aws.said(url)["Body"]) == {"n": 1}
    until(lambda: scheduler.list_schedules()["Schedules"] == [], "the end of the schedule")


def test_a_batch_of_a_queue_comes_to_a_function_and_what_failed_comes_again(aws: Functions) -> None:
    heard, _ = aws.queue("heard")
    _, dead = aws.queue("dead-letters")
    source = aws.sqs.create_queue(
        QueueName="work",
        Attributes={
            "VisibilityTimeout": "1",
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 2}),
        },
    )["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:work"
    aws.make("counts", COUNTS, Timeout=20, Environment={"Variables": {"QUEUE": "heard"}})
    mapping = {"FunctionName": "counts", "EventSourceArn": arn}
    code, said = refused(aws.client.create_event_source_mapping, **mapping)
    assert (code, said.startswith("Queue visibility timeout: 1 seconds is less than")) == (
        "InvalidParameterValueException",
        True,
    )
    patient = {"VisibilityTimeout": "20"}
    aws.sqs.set_queue_attributes(QueueUrl=source, Attributes=patient)
    made = aws.client.create_event_source_mapping(
        **mapping, BatchSize=5, FunctionResponseTypes=["ReportBatchItemFailures"], Enabled=False
    )
    # What failed is to come again at once.
    aws.sqs.set_queue_attributes(QueueUrl=source, Attributes={"VisibilityTimeout": "1"})
    aws.sqs.send_message_batch(
        QueueUrl=source,
        Entries=[{"Id": str(number), "MessageBody": body} for number, body in enumerate(["a", "fails", "b"])],
    )
    assert made["State"] == "Creating"
    aws.client.update_event_source_mapping(UUID=made["UUID"], Enabled=True)
    assert sorted(json.loads(aws.said(heard)["Body"])) == ["a", "b", "fails"]
    assert json.loads(aws.said(heard)["Body"]) == ["fails"]
    dead_url = aws.sqs.get_queue_url(QueueName="dead-letters")["QueueUrl"]
    assert aws.said(dead_url)["Body"] == "fails"
    assert aws.client.get_event_source_mapping(UUID=made["UUID"])["State"] == "Enabled"
    aws.sqs.set_queue_attributes(QueueUrl=source, Attributes=patient)
    assert refused(aws.client.create_event_source_mapping, **mapping)[0] == "ResourceConflictException"
    aws.client.delete_event_source_mapping(UUID=made["UUID"])
    assert aws.client.list_event_source_mappings(FunctionName="counts")["EventSourceMappings"] == []


def test_a_filter_keeps_messages_from_a_function(aws: Functions) -> None:
    heard, _ = aws.queue("kept")
    source, arn = aws.queue("mixed")
    aws.make("chooses", COUNTS, Timeout=20, Environment={"Variables": {"QUEUE": "kept"}})
    pattern = {"Filters": [{"Pattern": json.dumps({"body": {"size": [{"numeric": [">", 5]}]}})}]}
    made = aws.client.create_event_source_mapping(FunctionName="chooses", EventSourceArn=arn, FilterCriteria=pattern)
    for size in (1, 9):
        aws.sqs.send_message(QueueUrl=source, MessageBody=json.dumps({"size": size}))
    assert [json.loads(each) for each in json.loads(aws.said(heard)["Body"])] == [{"size": 9}]
    aws.client.delete_event_source_mapping(UUID=made["UUID"])


def test_a_topic_tells_a_function_what_its_filter_lets_through(aws: Functions) -> None:
    sns = client_of(aws.inside.url, "sns")
    url, queue = aws.queue("topic-heard")
    topic = sns.create_topic(Name="news")["TopicArn"]
    arn = aws.make("on-news", TELLS, Timeout=20, Environment={"Variables": {"QUEUE": "topic-heard"}})
    sub = sns.subscribe(
        TopicArn=topic, Protocol="lambda", Endpoint=arn, Attributes={"FilterPolicy": '{"kind": ["good"]}'}
    )["SubscriptionArn"]
    aws.permit("on-news", "sns", topic)
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["Protocol"] == "lambda"
    for kind in ("bad", "good"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=f"{kind} & <news>", Subject="News", MessageAttributes=attributes)
    record = json.loads(aws.said(url)["Body"])["Records"][0]
    assert (record["EventSource"], record["EventSubscriptionArn"]) == ("aws:sns", sub)
    assert (record["Sns"]["Message"], record["Sns"]["Subject"]) == ("good & <news>", "News")
    # A queue beside it gets everything, as before.
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    sns.publish(TopicArn=topic, Message="to the queue")
    assert json.loads(aws.said(url)["Body"])["Message"] == "to the queue"


def test_what_a_function_is_not_open_to_cannot_set_it_off(aws: Functions) -> None:
    arn = aws.make("closed", TELLS, Environment={"Variables": {"QUEUE": "unheard"}}, Timeout=20)
    url, _ = aws.queue("unheard")
    aws.s3.create_bucket(Bucket="closed")
    settings = {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
    code, said = refused(
        aws.s3.put_bucket_notification_configuration, Bucket="closed", NotificationConfiguration=settings
    )
    assert (code, said) == ("InvalidArgument", "Unable to validate the following destination configurations")
    rule = aws.events.put_rule(Name="closed", EventPattern='{"source": ["mine"]}')["RuleArn"]
    aws.events.put_targets(Rule="closed", Targets=[{"Id": "1", "Arn": arn}])
    aws.events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": '{"n": 1}'}])
    # Once it is open it hears what comes then, and never what came before.
    until(lambda: "events" not in [thread.name for thread in threading.enumerate()], "the first event's end")
    aws.permit("closed", "events", rule)
    aws.events.put_events(Entries=[{"Source": "mine", "DetailType": "d", "Detail": '{"n": 2}'}])
    assert json.loads(aws.said(url)["Body"])["detail"] == {"n": 2}


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A whole server in our own process, which answers to our own key."""
    monkeypatch.setenv(KEY, own_key())
    server = Server(tmp_path / "work")
    server.serve()
    yield server
    server.world.stop()


def test_fire_sets_off_a_rule_a_schedule_or_a_monitoring_schedule(server: Server) -> None:
    events, sqs, scheduler = (client_of(server.url, each) for each in ("events", "sqs", "scheduler"))
    url = sqs.create_queue(QueueName="fired")["QueueUrl"]
    queue = "arn:aws:sqs:us-east-1:123456789012:fired"
    events.put_rule(Name="nightly", ScheduleExpression="cron(0 3 * * ? *)")
    events.put_targets(Rule="nightly", Targets=[{"Id": "1", "Arn": queue}])
    assert server.fire("nightly") == "rule"
    event = json.loads(_message(sqs, url))
    assert (event["detail-type"], event["source"], event["resources"]) == (
        "Scheduled Event",
        "aws.events",
        ["arn:aws:events:us-east-1:123456789012:rule/nightly"],
    )
    scheduler.create_schedule(
        Name="daily",
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": "arn:aws:scheduler:::aws-sdk:sqs:sendMessage",
            "RoleArn": ROLE,
            "Input": json.dumps({"QueueUrl": url, "MessageBody": "universal"}),
        },
    )
    assert server.fire("daily") == "schedule"
    assert _message(sqs, url) == "universal"
    fired: list[str] = []
    server.engines.fires("MonitoringSchedule", lambda _world, record: fired.append(record.key))
    server.world.store.add(Record("MonitoringSchedule", "hourly", "arn:hourly", {}))
    assert (server.fire("hourly"), fired) == ("MonitoringSchedule", ["hourly"])
    with pytest.raises(UnknownId, match="There is no rule or schedule called 'nihgtly'"):
        server.fire("nihgtly")


def _message(sqs: Any, url: str) -> str:  # noqa: ANN401
    found = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=found["ReceiptHandle"])
    text: str = found["Body"]
    return text
