import json
from email.utils import parsedate_to_datetime

from mlacoach.labs import Shown

LINES = (("INFO", 38), ("INFO", 41), ("ERROR", 900), ("INFO", 44), ("ERROR", 870), ("INFO", 39), ("ERROR", 910))
MINUTE = 60


def record_every_call(aws):
    """Management events say who changed what; data events, who read which object, and cost more."""
    cloudtrail = aws.client("cloudtrail")
    cloudtrail.create_trail(
        Name=aws.name("trail"),
        S3BucketName=aws.name("audit"),
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
    )
    objects = {"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{aws.name('audit')}/models/"]}
    cloudtrail.put_event_selectors(
        TrailName=aws.name("trail"),
        EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True, "DataResources": [objects]}],
    )
    # A trail that is made does not log yet.
    cloudtrail.start_logging(Name=aws.name("trail"))


def keep_the_logs_for_a_month(aws):
    """Without a retention a log group keeps everything, for ever, at a price."""
    logs = aws.client("logs")
    logs.create_log_group(logGroupName=aws.name("inference"))
    logs.put_retention_policy(logGroupName=aws.name("inference"), retentionInDays=30)


def count_the_errors(aws):
    """A metric filter turns lines into numbers, from now on; what was written before is not counted."""
    aws.client("logs").put_metric_filter(
        logGroupName=aws.name("inference"),
        filterName=aws.name("errors"),
        filterPattern='{ $.level = "ERROR" }',
        metricTransformations=[
            {"metricName": "Errors", "metricNamespace": aws.name("model"), "metricValue": "1", "defaultValue": 0}
        ],
    )


def call_somebody(aws):
    """Three errors within a minute are an alarm; no data is no error."""
    topic = aws.client("sns").create_topic(Name=aws.name("on-call"))["TopicArn"]
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=aws.name("errors"),
        Namespace=aws.name("model"),
        MetricName="Errors",
        Statistic="Sum",
        Period=MINUTE,
        EvaluationPeriods=1,
        Threshold=3,
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        TreatMissingData="notBreaching",
        AlarmActions=[topic],
    )


def pass_it_on(aws):
    """CloudWatch tells EventBridge of each alarm; a rule carries it on, to a topic that lets this rule publish."""
    sns, events = aws.client("sns"), aws.client("events")
    topic = sns.create_topic(Name=aws.name("repair"))["TopicArn"]
    pattern = {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"alarmName": [aws.name("errors")], "state": {"value": ["ALARM"]}},
    }
    rule = events.put_rule(Name=aws.name("alarm"), EventPattern=json.dumps(pattern), State="ENABLED")["RuleArn"]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=_publishing(topic, rule))
    events.put_targets(Rule=aws.name("alarm"), Targets=[{"Id": "repair", "Arn": topic}])


def let_it_fail(aws):
    """Seven lines, three of them errors; and beside them a metric of our own: how long each answer took."""
    logs, cloudwatch = aws.client("logs"), aws.client("cloudwatch")
    stream = aws.name("instance")
    # Only an alarm that is silent can begin; a state set by hand goes when the alarm is worked out the next time.
    aws.wait(
        "cloudwatch",
        "describe_alarms",
        lambda found: found["MetricAlarms"][0]["StateValue"] != "ALARM",
        AlarmNames=[aws.name("errors")],
    )
    made = logs.create_log_stream(logGroupName=aws.name("inference"), logStreamName=stream)
    # By the clock of the service: it takes no lines from the future.
    date = parsedate_to_datetime(made["ResponseMetadata"]["HTTPHeaders"]["date"])
    now = int(date.timestamp() * 1000)
    messages = [json.dumps({"level": level, "latency_ms": ms}) for level, ms in LINES]
    logs.put_log_events(
        logGroupName=aws.name("inference"),
        logStreamName=stream,
        logEvents=[{"timestamp": now, "message": message} for message in messages],
    )
    cloudwatch.put_metric_data(
        Namespace=aws.name("model"),
        MetricData=[{"MetricName": "Latency", "Value": ms, "Unit": "Milliseconds"} for _, ms in LINES],
    )
    found = aws.wait(
        "cloudwatch",
        "describe_alarms",
        lambda found: found["MetricAlarms"][0]["StateValue"] == "ALARM",
        AlarmNames=[aws.name("errors")],
    )
    return Shown(text=found["MetricAlarms"][0]["StateReason"])


def draw_a_dashboard(aws):
    """What the metric says, how long answers take, and the state of the alarm, side by side."""
    namespace = aws.name("model")
    alarm = aws.client("cloudwatch").describe_alarms(AlarmNames=[aws.name("errors")])["MetricAlarms"][0]["AlarmArn"]
    widgets = [
        _graph(aws, "Errors", [[namespace, "Errors", {"stat": "Sum"}]], 0),
        _graph(aws, "Latency", [[namespace, "Latency", {"stat": "p90"}]], 12),
        {"type": "alarm", "x": 0, "y": 6, "width": 24, "height": 3, "properties": {"alarms": [alarm]}},
    ]
    aws.client("cloudwatch").put_dashboard(
        DashboardName=aws.name("model"), DashboardBody=json.dumps({"widgets": widgets})
    )


def set_a_budget(aws):
    """A budget stops nothing; it tells, when the money is spent or is going to be."""
    subscriber = {"SubscriptionType": "SNS", "Address": _topic(aws, "on-call")}
    warnings = [("ACTUAL", 80), ("FORECASTED", 100)]
    aws.client("budgets").create_budget(
        AccountId=aws.role_arn.split(":")[4],
        Budget={
            "BudgetName": aws.name("monthly"),
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "50", "Unit": "USD"},
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": kind,
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": percent,
                    "ThresholdType": "PERCENTAGE",
                },
                "Subscribers": [subscriber],
            }
            for kind, percent in warnings
        ],
    )


def _publishing(topic, rule):
    """Without it the rule matches, and nothing arrives."""
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def _topic(aws, suffix):
    found = aws.client("sns").list_topics()["Topics"]
    return next(each["TopicArn"] for each in found if each["TopicArn"].endswith(f":{aws.name(suffix)}"))


def _graph(aws, title, metrics, x):
    properties = {"title": title, "metrics": metrics, "region": aws.region, "period": MINUTE, "view": "timeSeries"}
    return {"type": "metric", "x": x, "y": 0, "width": 12, "height": 6, "properties": properties}
