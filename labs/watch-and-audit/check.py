import json
import re
from datetime import timedelta

from mlacoach.labs import NotYet

LONGEST = 400
ERRORS, LIMIT = 3, 50
OBJECT = "AWS::S3::Object"
OF_ERRORS = r"""\s*\{\s*\$\.level\s*=\s*"?ERROR"?\s*\}\s*"""


def record_every_call(aws):
    """A trail of all Regions logs into the bucket, who changed what and who read models, and can be proved."""
    name = aws.name("trail")
    found = aws.find("cloudtrail", "get_trail", Name=name)
    if found is None:
        raise NotYet(f"There is no trail {name}.", hint="cloudtrail.create_trail(…)")
    trail = found["Trail"]
    if trail["S3BucketName"] != aws.name("audit"):
        raise NotYet(f"It writes into {trail['S3BucketName']}.", hint="S3BucketName")
    for member in ("IsMultiRegionTrail", "LogFileValidationEnabled", "IncludeGlobalServiceEvents"):
        if not trail.get(member):
            raise NotYet(f"{member} is off.", hint="IsMultiRegionTrail, EnableLogFileValidation")
    if not aws.find("cloudtrail", "get_trail_status", Name=name)["IsLogging"]:
        raise NotYet("It does not log.", hint="start_logging(…)")
    _must_select(aws, aws.find("cloudtrail", "get_event_selectors", TrailName=name) or {})


def keep_the_logs_for_a_month(aws):
    """The log group of inference keeps its lines for a while, and not for ever."""
    group = _group(aws)
    days = group.get("retentionInDays")
    if days is None or days > LONGEST:
        raise NotYet(f"It keeps lines {'for ever' if days is None else f'for {days} days'}.", hint="30 days")


def count_the_errors(aws):
    """A metric filter counts the lines of the level ERROR."""
    _group(aws)
    found = aws.find("logs", "describe_metric_filters", logGroupName=aws.name("inference"))["metricFilters"]
    if not found:
        raise NotYet("The group has no metric filter.", hint="logs.put_metric_filter(…)")
    counting = [each for each in found if _metrics(each) == {(aws.name("model"), "Errors")}]
    if not counting:
        raise NotYet(f"It makes {sorted(_metrics(found[0]))}.", hint=f"Errors in {aws.name('model')}")
    pattern, change = counting[0]["filterPattern"], counting[0]["metricTransformations"][0]
    if not pattern.strip().startswith("{"):
        raise NotYet("It also counts lines that have the word anywhere.", hint="A pattern of JSON: $.level")
    if not re.fullmatch(OF_ERRORS, pattern):
        raise NotYet(f"Its pattern is {pattern!r}.", hint="The member level, and its value")
    if change["metricValue"] != "1":
        raise NotYet(f"Each line counts {change['metricValue']}.", hint='metricValue: "1"')


def call_somebody(aws):
    """An alarm on three errors within a minute calls a topic, and is silent without data."""
    alarm = _alarm(aws)
    if (alarm.get("Namespace"), alarm.get("MetricName")) != (aws.name("model"), "Errors"):
        raise NotYet(f"It looks at {alarm.get('MetricName')}.", hint="Errors, which the filter makes")
    if alarm.get("Statistic") != "Sum" or alarm["Period"] != 60:
        raise NotYet(f"It takes the {alarm.get('Statistic')} of {alarm['Period']} seconds.", hint="Sum, 60")
    if alarm["EvaluationPeriods"] != 1:
        raise NotYet(f"It waits for {alarm['EvaluationPeriods']} minutes.", hint="EvaluationPeriods: 1")
    least = alarm["Threshold"] + (alarm["ComparisonOperator"] == "GreaterThanThreshold")
    if not alarm["ComparisonOperator"].startswith("Greater") or least != ERRORS:
        raise NotYet(f"It begins at {least:g} errors.", hint="3, greater or equal")
    if alarm.get("TreatMissingData") != "notBreaching":
        raise NotYet(f"Without data it is {alarm.get('TreatMissingData', 'missing')}.", hint="notBreaching")
    if not any(action.endswith(f":{aws.name('on-call')}") for action in alarm["AlarmActions"]):
        raise NotYet("It calls nobody.", hint="AlarmActions: the topic's ARN")


def pass_it_on(aws):
    """A rule hands this alarm on when it begins."""
    rule = aws.find("events", "describe_rule", Name=aws.name("alarm"))
    if rule is None or rule.get("State") != "ENABLED":
        raise NotYet(f"There is no enabled rule {aws.name('alarm')}.", hint="events.put_rule(…)")
    pattern = json.loads(rule.get("EventPattern") or "{}")
    if pattern.get("source") != ["aws.cloudwatch"]:
        raise NotYet("It does not listen to CloudWatch.", hint='"source": ["aws.cloudwatch"]')
    detail = pattern.get("detail", {})
    if detail.get("alarmName") != [aws.name("errors")]:
        raise NotYet("It listens to any alarm.", hint="detail: alarmName")
    if detail.get("state", {}).get("value") != ["ALARM"]:
        raise NotYet("It is called when all is well again, too.", hint="detail: state: value")
    targets = aws.find("events", "list_targets_by_rule", Rule=aws.name("alarm"))["Targets"]
    topic = next((each["Arn"] for each in targets if each["Arn"].endswith(f":{aws.name('repair')}")), None)
    if topic is None:
        raise NotYet("It hands nothing on.", hint="put_targets(…): the topic repair")
    found = aws.find("sns", "get_topic_attributes", TopicArn=topic) or {"Attributes": {}}
    if "events.amazonaws.com" not in found["Attributes"].get("Policy", ""):
        raise NotYet("The topic does not let EventBridge publish.", hint="sns.set_topic_attributes(…): Policy")


def let_it_fail(aws):
    """Errors were logged and counted, the alarm has begun by itself, and latency is measured."""
    alarm = _alarm(aws)
    history = aws.find(
        "cloudwatch", "describe_alarm_history", AlarmName=aws.name("errors"), HistoryItemType="StateUpdate"
    )
    # A state that somebody sets by hand has their reason; one that is worked out names its datapoints.
    worked_out = [
        item
        for item in (history or {}).get("AlarmHistoryItems", ())
        if "to ALARM" in item["HistorySummary"] and "datapoint" in _reason(item)
    ]
    if not worked_out:
        raise NotYet(f"The alarm is {alarm['StateValue']}.", hint="Three errors within one minute.")
    if _total(aws, "Errors", alarm) < ERRORS:
        raise NotYet("Fewer than three errors were counted.", hint="put_log_events(…), after the filter")
    if not _total(aws, "Latency", alarm):
        raise NotYet("Nobody measures latency.", hint="cloudwatch.put_metric_data(…)")


def _reason(item):
    """Why the new state; the old one's reason stands beside it."""
    return str(json.loads(item.get("HistoryData") or "{}").get("newState")).lower()


def draw_a_dashboard(aws):
    """A dashboard shows errors, latency at a percentile, and the alarm."""
    found = aws.find("cloudwatch", "get_dashboard", DashboardName=aws.name("model"))
    if found is None:
        raise NotYet(f"There is no dashboard {aws.name('model')}.", hint="cloudwatch.put_dashboard(…)")
    widgets = json.loads(found["DashboardBody"]).get("widgets", [])
    if not _drawn(aws, widgets, "Errors") & {"Sum"}:
        raise NotYet("It does not show the sum of errors.", hint='A widget of the type metric, "stat": "Sum"')
    latency = _drawn(aws, widgets, "Latency")
    if not latency:
        raise NotYet("It does not show latency.", hint="A widget of the type metric.")
    if not any(re.fullmatch(r"p[5-9]\d(\.\d+)?", each) for each in latency):
        raise NotYet("It shows the mean of latency, which hides the slow ones.", hint='"stat": "p90"')
    if not any(aws.name("errors") in str(each["properties"].get("alarms", "")) for each in widgets):
        raise NotYet("It does not show the alarm.", hint="A widget of the type alarm.")


def set_a_budget(aws):
    """A monthly budget warns when most of it is spent, and when it is forecast to be exceeded."""
    name, account = aws.name("monthly"), aws.role_arn.split(":")[4]
    found = aws.find("budgets", "describe_budget", AccountId=account, BudgetName=name)
    if found is None:
        raise NotYet(f"There is no budget {name}.", hint="budgets.create_budget(…)")
    budget = found["Budget"]
    if budget["TimeUnit"] != "MONTHLY" or float(budget["BudgetLimit"]["Amount"]) > LIMIT:
        raise NotYet(f"It is {budget['BudgetLimit']['Amount']} {budget['TimeUnit']}.", hint="50 US dollars a month")
    told = aws.find("budgets", "describe_notifications_for_budget", AccountId=account, BudgetName=name)
    kinds = {"ACTUAL": [], "FORECASTED": []}
    for each in (told or {}).get("Notifications", ()):
        kinds[each["NotificationType"]].append(_share(each, float(budget["BudgetLimit"]["Amount"])))
    if min(kinds["ACTUAL"], default=1) >= 1:
        raise NotYet("It tells when it is too late.", hint="ACTUAL, at 80 per cent")
    if not kinds["FORECASTED"]:
        raise NotYet("It does not tell what is going to be spent.", hint="FORECASTED")


def _must_select(aws, found):
    """Basic selectors and advanced ones say the same otherwise."""
    basic, advanced = found.get("EventSelectors") or [], found.get("AdvancedEventSelectors") or []
    fields = [{each["Field"]: each for each in selector["FieldSelectors"]} for selector in advanced]
    categories = [value for each in fields for value in each["eventCategory"].get("Equals", ())]
    if not any(each.get("IncludeManagementEvents") for each in basic) and "Management" not in categories:
        raise NotYet("It leaves management events out.", hint="IncludeManagementEvents")
    read = [*_read_by_basic(basic), *_read_by_advanced(fields)]
    models = f"arn:aws:s3:::{aws.name('audit')}/models"
    if not any(value.startswith(models) for value in read):
        said = f": it records reads of {', '.join(read)}" if read else ""
        raise NotYet(f"Nobody sees who reads the models{said}.", hint=f"{OBJECT}, {models}/, reads as well")


def _read_by_basic(selectors):
    """ARNs that the objects begin with whose reading is recorded."""
    return [
        value
        for each in selectors
        if each.get("ReadWriteType") != "WriteOnly"
        for data in each.get("DataResources", ())
        if data["Type"] == OBJECT
        for value in data["Values"]
    ]


def _read_by_advanced(selectors):
    """The same; each selector is its fields by their names."""
    return [
        value
        for each in selectors
        if each.get("resources.type", {}).get("Equals") == [OBJECT]
        and each.get("readOnly", {}).get("Equals", ["true"]) == ["true"]
        for value in each.get("resources.ARN", {}).get("StartsWith", ())
    ]


def _metrics(metric_filter):
    return {(each["metricNamespace"], each["metricName"]) for each in metric_filter["metricTransformations"]}


def _drawn(aws, widgets, name):
    """The statistics by which a metric of the model is drawn: its own, or that of its widget."""
    found = set()
    for properties in (widget["properties"] for widget in widgets):
        for metric in properties.get("metrics", ()):
            if metric[:2] == [aws.name("model"), name]:
                own = metric[-1] if isinstance(metric[-1], dict) else {}
                found.add(own.get("stat", properties.get("stat", "Average")))
    return found


def _share(notification, limit):
    """Of the budget, at which it tells."""
    is_money = notification.get("ThresholdType") == "ABSOLUTE_VALUE"
    return notification["Threshold"] / (limit if is_money else 100)


def _group(aws):
    name = aws.name("inference")
    found = (aws.find("logs", "describe_log_groups", logGroupNamePrefix=name) or {}).get("logGroups", [])
    group = next((each for each in found if each["logGroupName"] == name), None)
    if group is None:
        raise NotYet(f"There is no log group {name}.", hint="logs.create_log_group(…)")
    return group


def _alarm(aws):
    found = aws.find("cloudwatch", "describe_alarms", AlarmNames=[aws.name("errors")])["MetricAlarms"]
    if not found:
        raise NotYet(f"There is no alarm {aws.name('errors')}.", hint="cloudwatch.put_metric_alarm(…)")
    return found[0]


def _total(aws, name, alarm):
    now = alarm["AlarmConfigurationUpdatedTimestamp"]
    found = aws.find(
        "cloudwatch",
        "get_metric_statistics",
        Namespace=aws.name("model"),
        MetricName=name,
        StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=6),
        Period=3600,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in found["Datapoints"])
