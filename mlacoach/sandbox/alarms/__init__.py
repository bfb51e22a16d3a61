"""CloudWatch alarms that evaluate: metric alarms and composite ones, their actions, their history."""

from mlacoach.sandbox.engines import Engines
from mlacoach.sandbox.late import add_late

OPERATIONS = (
    "PutMetricAlarm",
    "PutCompositeAlarm",
    "DescribeAlarms",
    "DescribeAlarmsForMetric",
    "DescribeAlarmHistory",
    "DeleteAlarms",
    "SetAlarmState",
    "EnableAlarmActions",
    "DisableAlarmActions",
    "ListTagsForResource",
    "TagResource",
    "UntagResource",
)


def register(engines: Engines) -> None:
    """Take over alarms; metrics and dashboards stay moto's."""
    add_late(engines, "cloudwatch", "mlacoach.sandbox.alarms.keeping", OPERATIONS)
