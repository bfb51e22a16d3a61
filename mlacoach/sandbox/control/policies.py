"""Policies attached to model package groups and endpoints."""

import json
from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.aws_error import AwsError, invalid
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.crud import existing
from mlacoach.sandbox.control.families import Family


def put(family: Family) -> Engine:
    """PutXPolicy."""

    def engine(call: Call) -> Mapping[str, Any]:
        record = existing(family, call)
        try:
            json.loads(call.request["ResourcePolicy"])
        except ValueError as error:
            raise invalid("Invalid resource policy: it is no JSON.") from error
        call.world.store.change(record, {}, {"policy": call.request["ResourcePolicy"]})
        return {family.arn_member: record.arn} if family.noun == "ModelPackageGroup" else {}

    return engine


def get(family: Family) -> Engine:
    """GetXPolicy."""

    def engine(call: Call) -> Mapping[str, Any]:
        record = existing(family, call)
        policy = record.private.get("policy")
        if policy is None:
            code = "ValidationException" if family.noun == "ModelPackageGroup" else "ResourceNotFound"
            raise AwsError(code, f"Cannot find resource policy for: {record.arn}")
        return {"ResourcePolicy": policy}

    return engine


def remove(family: Family) -> Engine:
    """DeleteXPolicy."""

    def engine(call: Call) -> Mapping[str, Any]:
        call.world.store.change(existing(family, call), {}, {"policy": None})
        return {}

    return engine
