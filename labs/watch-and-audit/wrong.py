import json

MINUTE = 60


def one_region_only(aws):
    """Whoever breaks in works where nobody looks."""
    aws.client("cloudtrail").create_trail(
        Name=aws.name("trail"), S3BucketName=aws.name("audit"), EnableLogFileValidation=True
    )


def never_started(aws):
    """A trail that is made does not log."""
    _trail(aws)


def without_data_events(aws):
    """Who took the model along?"""
    _trail(aws)
    aws.client("cloudtrail").start_logging(Name=aws.name("trail"))


def who_writes(aws):
    """Whoever takes a model along only reads it."""
    _trail(aws, "WriteOnly", "models/")
    aws.client("cloudtrail").start_logging(Name=aws.name("trail"))


def its_own_files_too(aws):
    """The whole bucket, with what the trail itself writes into it."""
    _trail(aws, "All", "")
    aws.client("cloudtrail").start_logging(Name=aws.name("trail"))


def for_ever(aws):
    """The bill grows each month."""
    aws.client("logs").create_log_group(logGroupName=aws.name("inference"))


def for_ten_years(aws):
    """Nearly for ever."""
    for_ever(aws)
    aws.client("logs").put_retention_policy(logGroupName=aws.name("inference"), retentionInDays=3653)


def the_word_anywhere(aws):
    """'No ERROR' counts as well."""
    _filter(aws, "ERROR", aws.name("model"))


def into_another_namespace(aws):
    """The alarm looks elsewhere."""
    _filter(aws, '{ $.level = "ERROR" }', "elsewhere")


def in_the_message(aws):
    """Another member: the level is not asked for."""
    _filter(aws, '{ $.message = "ERROR" }', aws.name("model"))


def by_the_time(aws):
    """Milliseconds are added up, not errors."""
    _filter(aws, '{ $.level = "ERROR" }', aws.name("model"), "$.latency_ms")


def on_the_mean(aws):
    """The mean of ones is one."""
    _alarm(aws, Statistic="Average")


def after_five_minutes(aws):
    """Three errors in each of five minutes."""
    _alarm(aws, EvaluationPeriods=5)


def silence_is_an_alarm(aws):
    """Each night, when nobody asks."""
    _alarm(aws, TreatMissingData="breaching")


def nobody_is_called(aws):
    """A red light in an empty room."""
    _alarm(aws, AlarmActions=[])


def for_any_alarm(aws):
    """The neighbour's, too."""
    _rule(aws, {"state": {"value": ["ALARM"]}})


def when_all_is_well(aws):
    """Twice for each alarm."""
    _rule(aws, {"alarmName": [aws.name("errors")]})


def nobody_may_publish(aws):
    """The rule matches, and the topic turns it away."""
    _rule(aws, {"alarmName": [aws.name("errors")], "state": {"value": ["ALARM"]}})
    topic = aws.client("sns").create_topic(Name=aws.name("repair"))["TopicArn"]
    aws.client("events").put_targets(Rule=aws.name("alarm"), Targets=[{"Id": "repair", "Arn": topic}])


def set_by_hand(aws):
    """The state says ALARM; nothing was counted."""
    aws.client("cloudwatch").set_alarm_state(AlarmName=aws.name("errors"), StateValue="ALARM", StateReason="I say so.")


def the_mean_of_latency(aws):
    """One in ten waits a second, and the mean says 50 ms."""
    _dashboard(aws, "Average")


def the_mean_of_errors(aws):
    """Each error is one, and so is their mean."""
    _dashboard(aws, "p90", errors="Average")


def without_the_alarm(aws):
    """Curves that somebody must read."""
    _dashboard(aws, "p90")


def when_it_is_spent(aws):
    """Too late."""
    _budget(aws, ("ACTUAL", 100))


def without_a_forecast(aws):
    """On the 28th it is known."""
    _budget(aws, ("ACTUAL", 80))


def _trail(aws, kind="All", prefix=None):
    aws.client("cloudtrail").create_trail(
        Name=aws.name("trail"),
        S3BucketName=aws.name("audit"),
        IsMultiRegionTrail=True,
        EnableLogFileValidation=True,
    )
    objects = {"Type": "AWS::S3::Object", "Values": [f"arn:aws:s3:::{aws.name('audit')}/{prefix}"]}
    selector = {"ReadWriteType": kind, "IncludeManagementEvents": True}
    if prefix is not None:
        selector["DataResources"] = [objects]
    aws.client("cloudtrail").put_event_selectors(TrailName=aws.name("trail"), EventSelectors=[selector])


def _filter(aws, pattern, namespace, value="1"):
    change = {"metricName": "Errors", "metricNamespace": namespace, "metricValue": value}
    logs, name = aws.client("logs"), aws.name("errors")
    logs.put_metric_filter(
        logGroupName=aws.name("inference"), filterName=name, filterPattern=pattern, metricTransformations=[change]
    )


def _alarm(aws, **changes):
    topic = aws.client("sns").create_topic(Name=aws.name("on-call"))["TopicArn"]
    request = {
        "AlarmName": aws.name("errors"),
        "Namespace": aws.name("model"),
        "MetricName": "Errors",
        "Statistic": "Sum",
        "Period": MINUTE,
        "EvaluationPeriods": 1,
        "Threshold": 3,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [topic],
    }
    aws.client("cloudwatch").put_metric_alarm(**{**request, **changes})


def _rule(aws, detail):
    pattern = {"source": ["aws.cloudwatch"], "detail": detail}
    aws.client("events").put_rule(Name=aws.name("alarm"), EventPattern=json.dumps(pattern))


def _dashboard(aws, statistic, errors="Sum"):
    namespace = aws.name("model")
    metrics = [[namespace, "Errors", {"stat": errors}], [namespace, "Latency", {"stat": statistic}]]
    widget = {"type": "metric", "properties": {"metrics": metrics, "region": aws.region}}
    aws.client("cloudwatch").put_dashboard(
        DashboardName=aws.name("model"), DashboardBody=json.dumps({"widgets": [widget]})
    )


def _budget(aws, warning):
    kind, percent = warning
    notification = {"NotificationType": kind, "ComparisonOperator": "GREATER_THAN", "Threshold": percent}
    topic = f"arn:aws:sns:{aws.region}:{aws.role_arn.split(':')[4]}:{aws.name('on-call')}"
    aws.client("budgets").create_budget(
        AccountId=aws.role_arn.split(":")[4],
        Budget={
            "BudgetName": aws.name("monthly"),
            "BudgetType": "COST",
            "TimeUnit": "MONTHLY",
            "BudgetLimit": {"Amount": "50", "Unit": "USD"},
        },
        NotificationsWithSubscribers=[
            {"Notification": notification, "Subscribers": [{"SubscriptionType": "SNS", "Address": topic}]}
        ],
    )
