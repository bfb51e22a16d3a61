"""Amazon CloudWatch: alarms and dashboards."""

from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Family, Kind, codes, named, tag_list

ALARM, DASHBOARD = "cloudwatch-alarm", "cloudwatch-dashboard"


def _look_for_alarm(cloudwatch: Any, name: str) -> Any:  # noqa: ANN401
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])] or None


FAMILIES = (
    Family(
        service="cloudwatch",
        kinds={
            ALARM: Kind(
                "cloudwatch",
                look=_look_for_alarm,
                delete=lambda cloudwatch, name: cloudwatch.delete_alarms(AlarmNames=[name]),
                absent=codes("ResourceNotFound"),
            ),
            DASHBOARD: Kind(
                "cloudwatch",
                look=lambda cloudwatch, name: cloudwatch.get_dashboard(DashboardName=name),
                delete=lambda cloudwatch, name: cloudwatch.delete_dashboards(DashboardNames=[name]),
                absent=codes("ResourceNotFound", "DashboardNotFoundError"),
            ),
        },
        creates={
            "PutMetricAlarm": named(ALARM, "AlarmName"),
            "PutCompositeAlarm": named(ALARM, "AlarmName"),
            "PutDashboard": named(DASHBOARD, "DashboardName"),
        },
        parts={
            "SetAlarmState": named(ALARM, "AlarmName"),
            "DeleteAlarms": lambda request: [Resource(ALARM, name) for name in request["AlarmNames"]],
        },
        tags={"PutMetricAlarm": tag_list(), "PutCompositeAlarm": tag_list()},
        # What is measured stays as long as CloudWatch keeps metrics, fifteen months; it costs nothing once it is sent.
        harmless=frozenset({"PutMetricData"}),
        absent=codes("ResourceNotFound", "DashboardNotFoundError"),
    ),
)
