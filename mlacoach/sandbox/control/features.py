"""Feature metadata: what is said about single features of a feature group."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.crud import existing
from mlacoach.sandbox.control.families import families
from mlacoach.sandbox.records import Record


def update(call: Call) -> Mapping[str, Any]:
    """UpdateFeatureMetadata."""
    group, feature = _feature(call)
    notes = {**group.private.get("metadata", {})}
    old = notes.get(feature["FeatureName"], {})
    parameters = {**old.get("Parameters", {})}
    parameters |= {each["Key"]: each["Value"] for each in call.request.get("ParameterAdditions", [])}
    gone = call.request.get("ParameterRemovals", [])
    notes[feature["FeatureName"]] = {
        "Description": call.request.get("Description", old.get("Description")),
        "Parameters": {key: value for key, value in parameters.items() if key not in gone},
        "LastModifiedTime": call.world.now(),
    }
    call.world.store.change(group, {}, {"metadata": notes})
    return {}


def describe(call: Call) -> Mapping[str, Any]:
    """DescribeFeatureMetadata."""
    group, feature = _feature(call)
    notes = group.private.get("metadata", {}).get(feature["FeatureName"], {})
    return {
        "FeatureGroupArn": group.arn,
        "FeatureGroupName": group.key,
        "FeatureName": feature["FeatureName"],
        "FeatureType": feature["FeatureType"],
        "CreationTime": group["CreationTime"],
        "LastModifiedTime": notes.get("LastModifiedTime", group["CreationTime"]),
        "Description": notes.get("Description"),
        "Parameters": [{"Key": key, "Value": value} for key, value in notes.get("Parameters", {}).items()],
    }


def _feature(call: Call) -> tuple[Record, Mapping[str, Any]]:
    group = existing(families()["FeatureGroup"], call)
    name = call.request["FeatureName"]
    found = next((each for each in group.get("FeatureDefinitions", []) if each["FeatureName"] == name), None)
    if found is None:
        raise AwsError(
            "ResourceNotFound", f"Resource Not Found: Amazon SageMaker can't find a feature with name {name}"
        )
    return group, found


def check_definition(call: Call) -> None:
    """The record identifier and the event time are features of the group.

    Raises:
        AwsError: one is not.
    """
    names = [each.get("FeatureName") for each in call.request["FeatureDefinitions"]]
    for member in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if call.request[member] not in names:
            raise AwsError(
                "ValidationException",
                f"Validation Error: {member} {call.request[member]} is not in FeatureDefinitions.",
            )
    if len(set(names)) < len(names):
        raise AwsError("ValidationException", "Validation Error: FeatureDefinitions has duplicate feature names.")


ENGINES: Mapping[str, Engine] = {"UpdateFeatureMetadata": update, "DescribeFeatureMetadata": describe}
