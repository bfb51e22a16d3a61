"""Who may invoke a function: what its resource policy says of a service and of what the service acts for."""

import logging
from fnmatch import fnmatchcase
from typing import Any

from mlacoach.sandbox.client import ACCOUNT
from mlacoach.sandbox.records import Record

LOG = logging.getLogger("mlacoach.sandbox")


def may_invoke(record: Record, service: str, source: str) -> bool:
    """Has AddPermission opened the function to a service?

    Args:
        record: the function.
        service: the first word of its principal, such as `events`.
        source: the ARN of the rule, bucket, topic or API for which it asks.
    """
    statements = record.private.get("policy", {}).values()
    if any(_allows(each, f"{service}.amazonaws.com", source) for each in statements):
        return True
    LOG.warning("%s was not invoked: no permission lets %s.amazonaws.com do so for %s.", record.arn, service, source)
    return False


def _allows(statement: dict[str, Any], principal: str, source: str) -> bool:
    conditions = statement.get("Condition", {})
    wanted = conditions.get("ArnLike", {}).get("AWS:SourceArn", "*")
    account = conditions.get("StringEquals", {}).get("AWS:SourceAccount", ACCOUNT)
    return (
        statement["Principal"].get("Service") == principal
        and statement["Action"] in {"lambda:InvokeFunction", "lambda:*"}
        and fnmatchcase(source, wanted.replace("[", "[[]"))
        and account == ACCOUNT
    )
