"""Amazon CloudWatch: alarms and dashboards."""

from collections.abc import Iterator, Mapping
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Family, Kind, codes, named, pages, pairs, tag_list

ALARM, DASHBOARD = "cloudwatch-alarm", "cloudwatch-dashboard"


def _look_for_alarm(cloudwatch: Any, name: str) -> Any:  # noqa: ANN401
    found = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])] or None


def _alarms(cloudwatch: Any) -> Iterator[str]:  # noqa: ANN401
    for page in cloudwatch.get_paginator("describe_alarms").paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
        yield from (each["AlarmName"] for kind in ("MetricAlarms", "CompositeAlarms") for each in page.get(kind, ()))


def _alarm_tags(cloudwatch: Any, name: str) -> Mapping[str, str]:  # noqa: ANN401
    arn = _look_for_alarm(cloudwatch, name)[0]["AlarmArn"]
    return pairs(cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"])


FAMILIES = (
    Family(
        service="cloudwatch",
        kinds={
            ALARM: Kind(
                "cloudwatch",
                look=_look_for_alarm,
                delete=lambda cloudwatch, name: cloudwatch.delete_alarms(AlarmNames=[name]),
                absent=codes("ResourceNotFound"),
                every=_alarms,
                tags_of=_alarm_tags,
            ),
            DASHBOARD: Kind(
                "cloudwatch",
                look=lambda cloudwatch, name: cloudwatch.get_dashboard(DashboardName=name),
                delete=lambda cloudwatch, name: cloudwatch.delete_dashboards(DashboardNames=[name]),
                absent=codes("ResourceNotFound", "DashboardNotFoundError"),
                every=lambda cloudwatch: pages(cloudwatch, "list_dashboards", "DashboardEntries", "DashboardName"),
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
