"""ListXs: filters, order and pages, read off the members of the operation's input."""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from mlacoach.sandbox.aws_error import invalid
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.differences import FILTERS
from mlacoach.sandbox.control.families import SERVICE, Family, members
from mlacoach.sandbox.control.projection import at, project
from mlacoach.sandbox.protocol.models import service_model
from mlacoach.sandbox.records import Record

PAGE = 10
MOMENT = re.compile(r"(Creation|LastModified|Created|Modified|Start|End|Scheduled)(Time)?(After|Before)")
ABOUT_PAGES = frozenset({"MaxResults", "NextToken", "SortBy", "SortOrder", "CrossAccountFilterOption"})
DEFAULT_ORDER = re.compile(r"default[^.]*<code>(Ascending|Descending)</code>")

Test = Callable[[Record, Any], bool]


def lister(family: Family) -> Engine:
    """ListXs of a family."""

    def engine(call: Call) -> Mapping[str, Any]:
        records = call.world.store.all(family.noun, call.region)
        return listed(call, family, records)

    return engine


def listed(call: Call, family: Family, records: Iterable[Record]) -> dict[str, Any]:
    """A page of those records that pass the request's filters.

    Raises:
        AwsError: the token is not one of ours.
    """
    tests = filters(call.operation, family)
    wanted = [(test, call.request[name]) for name, test in tests.items() if name in call.request]
    kept = [record for record in records if all(test(record, value) for test, value in wanted)]
    found, token = page(call, kept, lambda record: _sort_value(record, family, call.request.get("SortBy")))
    return answered(call.operation, [summary(record, family) for record in found], token)


def answered(operation: str, rows: list[Mapping[str, Any]], token: str | None) -> dict[str, Any]:
    """The rows under the name that the operation's answer has for its list."""
    shapes = members(operation, "output")
    name = next(name for name, shape in shapes.items() if shape.type_name == "list")
    rows_shown = [project(shapes[name].member, row) for row in rows]
    return {name: rows_shown} | ({"NextToken": token} if token else {})


def summary(record: Record, family: Family) -> Mapping[str, Any]:
    """A record's fields under the names that summaries use as well."""
    fields = dict(record.fields)
    if family.status_member:
        fields.setdefault("Status", record.get(family.status_member))
    fields.setdefault("Arn", record.arn)
    name = next((fields[key] for key in reversed(family.keys) if key in fields), record.key)
    alike = {f"{family.noun}Arn": record.arn, "CreatedAt": record.get("CreationTime")}
    alike |= {f"{family.noun}Name": name, "Name": name}
    # MonitoringJobDefinitionName, MonitoringJobDefinitionArn: one summary for four kinds of job definitions.
    if family.noun.endswith("JobDefinition"):
        job_input: Mapping[str, Any] = next((value for key, value in fields.items() if key.endswith("JobInput")), {})
        endpoint = (job_input.get("EndpointInput") or {}).get("EndpointName", "")
        alike |= {
            "MonitoringJobDefinitionName": name,
            "MonitoringJobDefinitionArn": record.arn,
            "EndpointName": endpoint,
        }
    for key, value in alike.items():
        fields.setdefault(key, value)
    return fields


@cache
def filters(operation: str, family: Family) -> Mapping[str, Test]:
    """What each filter of a list looks at."""
    names = [name for name in members(operation, "input") if name not in ABOUT_PAGES]
    return {name: _filter(operation, name, family) for name in names}


def _filter(operation: str, name: str, family: Family) -> Test:
    path = FILTERS.get((operation, name))
    moment = MOMENT.fullmatch(name)
    if path:
        return lambda record, value: _is_or_holds(at(record.fields, path), value)
    if moment:
        return _moment(moment)
    if name in {"NameContains", "PipelineNamePrefix"}:
        return _named(name)
    if name.endswith("Contains"):
        return lambda record, value: value.lower() in str(record.get(name.removesuffix("Contains"), "")).lower()
    if name in {"StatusEquals", "Status", f"{family.status_member}Equals"} and family.status_member:
        return lambda record, value: record.get(family.status_member) == value
    return _parent(family, name.removesuffix("Equals"))


def _named(name: str) -> Test:
    if name == "PipelineNamePrefix":
        return lambda record, value: record.key.startswith(value)
    return lambda record, value: value.lower() in record.key.lower()


def _parent(family: Family, field: str) -> Test:
    """What a resource belongs to may be named by its name or by its ARN."""
    return lambda record, value: _last(at(summary(record, family), field)) == _last(value)


def _last(name_or_arn: object) -> str:
    return str(name_or_arn).rpartition("/")[2]


def _is_or_holds(found: Any, value: Any) -> bool:  # noqa: ANN401
    return value in found if isinstance(found, list | tuple) else bool(found == value)


def _moment(moment: re.Match[str]) -> Test:
    stem = {"Created": "Creation", "Modified": "LastModified"}.get(moment[1], moment[1])
    field = f"{stem}Time"
    if moment[3] == "After":
        return lambda record, value: record.get(field) is not None and record[field] > value
    return lambda record, value: record.get(field) is not None and record[field] < value


def _sort_value(record: Record, family: Family, sort_by: str | None) -> Any:  # noqa: ANN401 - a text, a number, a moment
    if sort_by in {"Name", f"{family.noun}Name"}:
        return record.key
    if sort_by == "Status":
        return record.get(family.status_member, "")
    return record.get(sort_by or "CreationTime", record.get("CreationTime"))


@cache
def ascends(operation: str) -> bool:
    """Is the list in ascending order where the request does not say? The model's own documentation says so."""
    order = members(operation, "input").get("SortOrder")
    found = DEFAULT_ORDER.search(order.documentation) if order is not None else None
    return found is not None and found[1] == "Ascending"


def page(
    call: Call, records: list[Record], value: Callable[[Record], Any], default: int = PAGE
) -> tuple[list[Record], str | None]:
    """A page of records in the request's order, and the token for the next.

    The token holds the place after the last record by its value, not by its number: what is created or deleted between
    two pages neither repeats nor hides another record.

    Raises:
        AwsError: the token is not one of ours.
    """
    order = call.request.get("SortOrder")
    up = str(order).lower().startswith("asc") if order else ascends(call.operation)
    keyed = sorted(((_comparable(value(record)), record.key, record) for record in records), key=_place, reverse=not up)
    token = call.request.get("NextToken")
    if token:
        after = _decoded(token, call.operation)
        keyed = [row for row in keyed if (_place(row) > after if up else _place(row) < after)]
    size = int(call.request.get("MaxResults") or default)
    more = len(keyed) > size
    rows = keyed[:size]
    return [row[2] for row in rows], _encoded(call.operation, rows[-1]) if more else None


Row = tuple[Any, str, Record]


def _place(row: Row) -> tuple[Any, str]:
    return row[0], row[1]


def _comparable(value: Any) -> tuple[int, float, str]:  # noqa: ANN401
    """Texts, numbers, moments and nothing at all, in one order that JSON can carry."""
    if value is None:
        return (0, 0.0, "")
    if isinstance(value, datetime):
        return (1, value.timestamp(), "")
    if isinstance(value, int | float):
        return (1, float(value), "")
    return (2, 0.0, str(value))


def _encoded(operation: str, row: Row) -> str:
    return base64.urlsafe_b64encode(json.dumps([operation, list(row[0]), row[1]]).encode()).decode()


def _decoded(token: str, operation: str) -> tuple[Any, str]:
    try:
        of, value, key = json.loads(base64.urlsafe_b64decode(token.encode()))
        place = ((int(value[0]), float(value[1]), str(value[2])), str(key))
    except (ValueError, TypeError, IndexError) as error:
        raise invalid("Invalid pagination token.") from error
    if of != operation:
        raise invalid("Invalid pagination token.")
    return place


def list_shape(operation: str) -> Any:  # noqa: ANN401 - botocore's shape
    """The shape of one row of a list."""
    outputs = service_model(SERVICE).operation_model(operation).output_shape.members
    return next(shape.member for shape in outputs.values() if shape.type_name == "list")
