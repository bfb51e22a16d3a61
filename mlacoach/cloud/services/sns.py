"""Amazon SNS: topics. A topic is known by its ARN, which ends in its name."""

from collections.abc import Iterator
from typing import Any

from mlacoach.cloud.journal import Resource
from mlacoach.cloud.services.family import Family, Kind, Request, codes, named, pages, tag_list

TOPIC = "sns-topic"
GONE = codes("NotFound", "NotFoundException")


def _arns(sns: Any) -> Iterator[str]:  # noqa: ANN401
    return pages(sns, "list_topics", "Topics", "TopicArn")


def _look(sns: Any, name: str) -> str | None:  # noqa: ANN401
    return next((arn for arn in _arns(sns) if arn.rpartition(":")[2] == name), None)


def _delete(sns: Any, name: str) -> None:  # noqa: ANN401
    arn = _look(sns, name)
    if arn:
        # Its subscriptions go with it.
        sns.delete_topic(TopicArn=arn)


def _topic(request: Request) -> Resource:
    return Resource(TOPIC, request["TopicArn"].rpartition(":")[2])


FAMILIES = (
    Family(
        service="sns",
        kinds={
            TOPIC: Kind(
                "sns",
                look=_look,
                delete=_delete,
                absent=GONE,
                every=lambda sns: [arn.rpartition(":")[2] for arn in _arns(sns)],
            )
        },
        creates={"CreateTopic": named(TOPIC, "Name")},
        parts=dict.fromkeys(("Publish", "SetTopicAttributes"), _topic),
        tags={"CreateTopic": tag_list()},
        absent=GONE,
    ),
)
