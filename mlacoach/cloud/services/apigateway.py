"""Amazon API Gateway: HTTP APIs. A request names one by its id; the name is ours."""

from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Family, Kind, Request, codes, named, tag_map

API = "http-api"
GONE = codes("NotFoundException")
OPERATIONS_ON_AN_API = (
    "CreateDeployment",
    "CreateIntegration",
    "CreateRoute",
    "CreateStage",
    "UpdateApi",
    "UpdateIntegration",
    "UpdateRoute",
    "UpdateStage",
)


def _apis(client: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [api for page in client.get_paginator("get_apis").paginate() for api in page["Items"]]


def _look(client: Any, name: str) -> dict[str, Any] | None:  # noqa: ANN401
    return next((api for api in _apis(client) if api["Name"] == name), None)


def _delete(client: Any, name: str) -> None:  # noqa: ANN401
    found = _look(client, name)
    if found:
        # Routes, integrations and stages go with it.
        client.delete_api(ApiId=found["ApiId"])


def _api(request: Request) -> Resource:
    return Resource(API, request["ApiId"])


def _name_of(client: Any, key: str) -> str:  # noqa: ANN401
    return next((str(api["Name"]) for api in _apis(client) if api["ApiId"] == key), "")


FAMILIES = (
    Family(
        service="apigatewayv2",
        kinds={
            API: Kind(
                "apigatewayv2",
                look=_look,
                delete=_delete,
                absent=GONE,
                every=lambda client: [api["Name"] for api in _apis(client)],
                tags_of=lambda client, name: dict((_look(client, name) or {}).get("Tags", {})),
                name_of=_name_of,
            )
        },
        creates={"CreateApi": named(API, "Name")},
        parts=dict.fromkeys(OPERATIONS_ON_AN_API, _api),
        tags={"CreateApi": tag_map()},
        absent=GONE,
    ),
)
