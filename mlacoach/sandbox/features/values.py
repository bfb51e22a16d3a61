"""What a record may hold: names, types, the event time, and how long it lives."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.records import Record

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)")
LARGEST = 2**63
Value = str | list[str]


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a feature group.

    Attributes:
        identifier: the value of its record identifier.
        event: its event time.
        values: by feature; a feature without a value is not there.
        expires: when it goes from the online store; None where it stays.
        is_deleted: does it mark a deletion?
    """

    identifier: str
    event: datetime
    values: Mapping[str, Value]
    expires: datetime | None = None
    is_deleted: bool = False


def refused(message: str) -> AwsError:
    """What the runtime says about a record that it does not take."""
    return AwsError("ValidationError", f"Validation Error: {message}")


def row_of(group: Record, record: Sequence[Mapping[str, Any]], ttl: Mapping[str, Any] | None) -> Row:
    """A record that was sent, checked against its group.

    Raises:
        AwsError: it lacks what it needs, or has what the group does not know or cannot be of its type.
    """
    values = _values(group, record)
    for role in ("RecordIdentifierFeatureName", "EventTimeFeatureName"):
        if not values.get(group[role]):
            raise refused(f"The feature [{group[role]}] is the {role} and must have a value.")
    event = moment(group, str(values[group["EventTimeFeatureName"]]))
    lives = ttl or (group.get("OnlineStoreConfig") or {}).get("TtlDuration")
    expires = event + timedelta(**{lives["Unit"].lower(): lives["Value"]}) if lives else None
    return Row(str(values[group["RecordIdentifierFeatureName"]]), event, values, expires)


def _values(group: Record, record: Iterable[Mapping[str, Any]]) -> dict[str, Value]:
    known = {each["FeatureName"]: each for each in group["FeatureDefinitions"]}
    values: dict[str, Value] = {}
    for each in record:
        name = each["FeatureName"]
        if name not in known:
            raise refused(f"Feature name [{name}] in the record is not in the feature group [{group.key}].")
        if name in values:
            raise refused(f"Feature name [{name}] occurs more than once in the record.")
        value = each.get("ValueAsStringList", each.get("ValueAsString"))
        if value is not None:
            values[name] = _checked(known[name], value)
    return values


def _checked(feature: Mapping[str, Any], value: Value) -> Value:
    name, kind = feature["FeatureName"], feature["FeatureType"]
    if isinstance(value, list) != bool(feature.get("CollectionType")):
        wanted = "ValueAsStringList" if feature.get("CollectionType") else "ValueAsString"
        raise refused(f"The feature [{name}] takes its value as {wanted}.")
    for one in value if isinstance(value, list) else [value]:
        if not _is_of(kind, one):
            raise refused(f"The value of the feature [{name}] is not of the type {kind}: {one!r}.")
    size = (feature.get("CollectionConfig") or {}).get("VectorConfig", {}).get("Dimension")
    if size and len(value) != size:
        raise refused(f"The feature [{name}] is a vector of {size} elements.")
    return value


def _is_of(kind: str, text: str) -> bool:
    try:
        if kind == "Integral":
            return -LARGEST <= int(text) < LARGEST
        return kind == "String" or not math.isinf(float(text))
    except ValueError:
        return False


def moment(group: Record, text: str) -> datetime:
    """An event time: ISO 8601 where the feature is a String, seconds since 1970 where it is a number.

    Raises:
        AwsError: it is neither.
    """
    name = group["EventTimeFeatureName"]
    kind = next(each["FeatureType"] for each in group["FeatureDefinitions"] if each["FeatureName"] == name)
    try:
        if kind != "String":
            return datetime.fromtimestamp(float(text), UTC)
        if MOMENT.fullmatch(text):
            return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        pass  # said below
    wanted = "yyyy-MM-dd'T'HH:mm:ssZ or yyyy-MM-dd'T'HH:mm:ss.SSSZ" if kind == "String" else "seconds since 1970"
    raise refused(f"The event time [{name}] must be in the format {wanted}, and is {text!r}.")
