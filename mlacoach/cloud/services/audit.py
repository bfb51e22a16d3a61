"""AWS CloudTrail, AWS Budgets and Amazon CloudWatch Logs: trails, budgets, log groups."""

from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Family, Kind, Request, codes, named, pages, tag_list, tag_map

TRAIL, BUDGET, LOG_GROUP = "cloudtrail-trail", "budget", "log-group"
NO_TRAIL, NO_BUDGET = codes("TrailNotFoundException"), codes("NotFoundException")
NO_GROUP = codes("ResourceNotFoundException")


def _budget(request: Request) -> Resource:
    # Every request about a budget names the account it is of.
    return Resource(BUDGET, f"{request['Budget']['BudgetName']}/{request['AccountId']}")


def _of_a_budget(request: Request) -> Resource:
    return Resource(BUDGET, f"{request['BudgetName']}/{request['AccountId']}")


def _called(name: str) -> dict[str, str]:
    budget, _, account = name.rpartition("/")
    return {"BudgetName": budget, "AccountId": account}


def _look_for_group(logs: Any, name: str) -> Any:  # noqa: ANN401
    found = logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return next((group for group in found if group["logGroupName"] == name), None)


OF_A_TRAIL = ("StartLogging", "StopLogging", "UpdateTrail", "DeleteTrail")
OF_A_GROUP = ("CreateLogStream", "DeleteMetricFilter", "PutLogEvents", "PutMetricFilter", "PutRetentionPolicy")

FAMILIES = (
    Family(
        service="cloudtrail",
        kinds={
            TRAIL: Kind(
                "cloudtrail",
                look=lambda client, name: client.get_trail(Name=name),
                delete=lambda client, name: client.delete_trail(Name=name),
                absent=NO_TRAIL,
                every=lambda client: [each["Name"] for each in client.list_trails()["Trails"]],
            )
        },
        creates={"CreateTrail": named(TRAIL, "Name")},
        parts={**dict.fromkeys(OF_A_TRAIL, named(TRAIL, "Name")), "PutEventSelectors": named(TRAIL, "TrailName")},
        tags={"CreateTrail": tag_list("TagsList")},
        absent=NO_TRAIL,
    ),
    Family(
        service="budgets",
        kinds={
            BUDGET: Kind(
                "budgets",
                look=lambda client, name: client.describe_budget(**_called(name)),
                delete=lambda client, name: client.delete_budget(**_called(name)),
                absent=NO_BUDGET,
            )
        },
        creates={"CreateBudget": _budget},
        parts=dict.fromkeys(("CreateNotification", "DeleteBudget", "DeleteNotification"), _of_a_budget),
        absent=NO_BUDGET,
    ),
    Family(
        service="logs",
        kinds={
            LOG_GROUP: Kind(
                "logs",
                look=_look_for_group,
                delete=lambda logs, name: logs.delete_log_group(logGroupName=name),
                absent=NO_GROUP,
                every=lambda logs: pages(logs, "describe_log_groups", "logGroups", "logGroupName"),
            )
        },
        creates={"CreateLogGroup": named(LOG_GROUP, "logGroupName")},
        parts=dict.fromkeys(OF_A_GROUP, named(LOG_GROUP, "logGroupName")),
        tags={"CreateLogGroup": tag_map("tags")},
        harmless=frozenset({"FilterLogEvents"}),
        absent=NO_GROUP,
    ),
)
