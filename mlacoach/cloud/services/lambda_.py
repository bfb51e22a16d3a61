"""AWS Lambda: functions, with their logs."""

from collections.abc import Callable
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Family, Kind, Request, codes, named, tag_map
from mlacoach.cloud.services.log_kinds import log_group

FUNCTION, FUNCTION_LOG = "lambda-function", "lambda-function-log"
GONE = codes("ResourceNotFoundException")


def _with_log(request: Request) -> tuple[Resource, ...]:
    return Resource(FUNCTION_LOG, request["FunctionName"]), Resource(FUNCTION, request["FunctionName"])


def _functions(client: Any) -> list[str]:  # noqa: ANN401
    pages = client.get_paginator("list_functions").paginate()
    return [found["FunctionName"] for page in pages for found in page["Functions"]]


_of_function: Callable[[Request], Resource] = named(FUNCTION, "FunctionName")

FAMILIES = (
    Family(
        service="lambda",
        kinds={
            FUNCTION: Kind(
                "lambda",
                look=lambda client, name: client.get_function(FunctionName=name),
                delete=lambda client, name: client.delete_function(FunctionName=name),
                absent=GONE,
                every=_functions,
                tags_of=lambda client, name: dict(client.get_function(FunctionName=name).get("Tags", {})),
            ),
            FUNCTION_LOG: log_group("/aws/lambda/"),
        },
        creates={"CreateFunction": _with_log},
        parts=dict.fromkeys(
            (
                *("AddPermission", "Invoke", "PutFunctionEventInvokeConfig", "RemovePermission"),
                *("UpdateFunctionCode", "UpdateFunctionConfiguration"),
            ),
            _of_function,
        ),
        tags={"CreateFunction": tag_map()},
        # The caller hands the lab's role to the service.
        actions={"CreateFunction": ("lambda:CreateFunction", "iam:PassRole"), "Invoke": ("lambda:InvokeFunction",)},
        absent=GONE,
    ),
)
