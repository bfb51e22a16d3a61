"""AddTags, ListTags, DeleteTags."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.aws_error import AwsError, invalid
from mlacoach.sandbox.call import Call, Engine

MOST_TAGS = 50


def add_tags(call: Call) -> Mapping[str, Any]:
    """AddTags: a key that is there gets the new value."""
    arn = _existing(call)
    tags = {tag["Key"]: tag["Value"] for tag in call.request["Tags"]}
    reserved = [key for key in tags if key.lower().startswith("aws:")]
    if reserved:
        raise invalid(f"System tags cannot be added/updated by requester: {', '.join(reserved)}")
    if len(call.world.store.tags(arn) | tags) > MOST_TAGS:
        raise AwsError("ResourceLimitExceeded", f"The resource {arn} cannot have more than {MOST_TAGS} tags.")
    call.world.store.tag(arn, tags)
    return {"Tags": _as_list(call.world.store.tags(arn))}


def list_tags(call: Call) -> Mapping[str, Any]:
    """ListTags, in pages by key."""
    tags = _as_list(call.world.store.tags(_existing(call)))
    after, size = call.request.get("NextToken", ""), call.request.get("MaxResults", MOST_TAGS)
    left = [tag for tag in tags if tag["Key"] > after]
    more = {"NextToken": left[size - 1]["Key"]} if len(left) > size else {}
    return {"Tags": left[:size], **more}


def delete_tags(call: Call) -> Mapping[str, Any]:
    """DeleteTags."""
    call.world.store.untag(_existing(call), call.request["TagKeys"])
    return {}


def _existing(call: Call) -> str:
    arn = str(call.request["ResourceArn"])
    if call.world.store.by_arn(arn) is None:
        raise AwsError("ValidationException", f"The resource {arn} does not exist.")
    return arn


def _as_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


ENGINES: Mapping[str, Engine] = {"AddTags": add_tags, "ListTags": list_tags, "DeleteTags": delete_tags}
