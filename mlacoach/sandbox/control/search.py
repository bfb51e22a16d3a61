"""Search: filters with operators, nested filters, sub-expressions, order, pages."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mlacoach.sandbox.aws_error import invalid
from mlacoach.sandbox.call import Call, Engine
from mlacoach.sandbox.control.families import SERVICE
from mlacoach.sandbox.control.listing import page
from mlacoach.sandbox.control.projection import project
from mlacoach.sandbox.protocol.models import service_model
from mlacoach.sandbox.protocol.scalars import timestamp
from mlacoach.sandbox.records import Record

# Where a search's resource is not called after its family.
KINDS = {"ExperimentTrial": "Trial", "ExperimentTrialComponent": "TrialComponent"}
MEMBERS = {"ExperimentTrial": "Trial", "ExperimentTrialComponent": "TrialComponent"}


def search(call: Call) -> Mapping[str, Any]:
    """Search among the records of one kind."""
    resource = str(call.request["Resource"])
    kind = KINDS.get(resource, resource)
    expression = call.request.get("SearchExpression", {})
    records = [_with_tags(call, record) for record in call.world.store.all(kind, call.region)]
    kept = [record for record in records if matches(record.fields, expression)]
    sort_by = call.request.get("SortBy", "LastModifiedTime")
    found, token = page(call, kept, lambda record: _first(values(record.fields, sort_by)))
    shapes = service_model(SERVICE).shape_for("SearchRecord").members
    name = MEMBERS.get(resource, resource)
    if name not in shapes:
        raise invalid(f"Search of {resource} is not supported.")
    answer: dict[str, Any] = {"Results": [{name: project(shapes[name], record.fields)} for record in found]}
    if token:
        answer["NextToken"] = token
    return answer | {"TotalHits": {"Value": len(kept), "Relation": "EqualTo"}}


def _with_tags(call: Call, record: Record) -> Record:
    tags = [{"Key": key, "Value": value} for key, value in call.world.store.tags(record.arn).items()]
    return Record(record.kind, record.key, record.arn, {**record.fields, "Tags": tags}, {}, record.region)


def matches(fields: Mapping[str, Any], expression: Mapping[str, Any]) -> bool:
    """Does a record meet an expression?

    Raises:
        AwsError: a filter has a value that its operator cannot take.
    """
    parts = [_meets(values(fields, each["Name"]), each) for each in expression.get("Filters", [])]
    parts += [_nested(fields, each) for each in expression.get("NestedFilters", [])]
    parts += [matches(fields, each) for each in expression.get("SubExpressions", [])]
    either = expression.get("Operator", "And") == "Or"
    return not parts or (any(parts) if either else all(parts))


def _nested(fields: Mapping[str, Any], nested: Mapping[str, Any]) -> bool:
    """All filters hold for one and the same element of a list."""
    path = nested["NestedPropertyName"]
    elements = [item for found in values(fields, path) for item in (found if isinstance(found, list) else [found])]
    return any(
        isinstance(element, Mapping)
        and all(_meets(values(element, each["Name"].removeprefix(f"{path}.")), each) for each in nested["Filters"])
        for element in elements
    )


def values(fields: Any, path: str) -> list[Any]:  # noqa: ANN401 - a record, and what lies in it
    """Every value at a dotted path. Lists are entered; `Tags.team` is the value of a tag, `Metrics.x` of a metric."""
    if not path:
        return [fields]
    if isinstance(fields, list):
        return _in_list(fields, path)
    if not isinstance(fields, Mapping):
        return []
    # A key may hold dots itself, so the longest that is there counts.
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in fields:
            return values(fields[key], ".".join(parts[length:]))
    return _scalar_of(fields) if path in {"Value", "Last"} else []


def _in_list(items: list[Any], path: str) -> list[Any]:
    name, _, rest = path.partition(".")
    named = [item for item in items if isinstance(item, Mapping) and name in (item.get("Key"), item.get("MetricName"))]
    if named:
        return [found for item in named for found in values(item.get("Value", item), rest)]
    return [found for item in items for found in values(item, path)]


def _scalar_of(fields: Mapping[str, Any]) -> list[Any]:
    return [value for name, value in fields.items() if name in {"StringValue", "NumberValue"}]


def _meets(found: list[Any], rule: Mapping[str, Any]) -> bool:
    found = [one for value in found for one in (_scalar_of(value) if isinstance(value, Mapping) else [value])]
    operator, wanted = rule.get("Operator", "Equals"), rule.get("Value")
    if operator in {"Exists", "NotExists"}:
        return bool(found) is bool(operator == "Exists")
    if wanted is None:
        raise invalid(f"The filter on {rule['Name']} needs a value for the operator {operator}.")
    if operator == "NotEquals":
        return not any(_equal(value, wanted) for value in found)
    return any(OPERATORS[str(operator)](value, wanted) for value in found)


def _first(found: list[Any]) -> Any:  # noqa: ANN401
    return found[0] if found else None


def _equal(value: Any, wanted: str) -> bool:  # noqa: ANN401
    if isinstance(value, bool):
        return str(value).lower() == wanted.lower()
    if isinstance(value, list):
        return any(_equal(item, wanted) for item in value)
    sides = _both(value, wanted)
    return sides is not None and bool(sides[0] == sides[1])


def _both(value: Any, wanted: str) -> tuple[Any, Any] | None:  # noqa: ANN401
    """Both sides as what the record holds: moments, numbers or texts; None where the wanted one cannot be that."""
    try:
        if isinstance(value, datetime):
            return value, timestamp(wanted)
        if isinstance(value, int | float):
            return float(value), float(wanted)
    except ValueError:
        return None
    return str(value), wanted


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, str], bool]:
    def test(value: Any, wanted: str) -> bool:  # noqa: ANN401
        sides = _both(value, wanted)
        if sides is None:
            return False
        try:
            # Hyperparameters are texts that mean numbers.
            return bool(compare(float(sides[0]), float(sides[1])))
        except (TypeError, ValueError):
            return bool(compare(*sides))

    return test


OPERATORS: Mapping[str, Callable[[Any, str], bool]] = {
    "Equals": _equal,
    "Contains": lambda value, wanted: wanted.lower() in str(value).lower(),
    "GreaterThan": _ordered(lambda left, right: left > right),
    "GreaterThanOrEqualTo": _ordered(lambda left, right: left >= right),
    "LessThan": _ordered(lambda left, right: left < right),
    "LessThanOrEqualTo": _ordered(lambda left, right: left <= right),
    "In": lambda value, wanted: any(_equal(value, one.strip()) for one in wanted.split(",")),
}


def suggestions(call: Call) -> Mapping[str, Any]:
    """GetSearchSuggestions: names of properties that begin as asked."""
    resource = str(call.request["Resource"])
    shapes = service_model(SERVICE).shape_for("SearchRecord").members
    name = MEMBERS.get(resource, resource)
    query = call.request.get("SuggestionQuery", {}).get("PropertyNameQuery", {})
    hint = query.get("PropertyNameHint", "").lower()
    names = sorted(shapes[name].members) if name in shapes else []
    return {"PropertyNameSuggestions": [{"PropertyName": each} for each in names if each.lower().startswith(hint)]}


ENGINES: Mapping[str, Engine] = {"Search": search, "GetSearchSuggestions": suggestions}
