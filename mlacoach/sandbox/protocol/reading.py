"""A request's body, read by its input shape. Nothing is trusted: every type is looked at, depth is limited."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from mlacoach.sandbox.aws_error import AwsError
from mlacoach.sandbox.protocol.scalars import from_json, from_text, misfit

# Deeper than any shape of AWS; a body of a million brackets must not exhaust the stack.
DEEPEST = 100
# A form has a name for every single value; more than this is an attack, not a request.
MOST_FIELDS = 50_000


def read_json(shape: Any, body: bytes) -> dict[str, Any]:  # noqa: ANN401 - botocore's shape
    """The members of a JSON body. A member that the shape does not know stays as it came: the validation names it.

    Raises:
        AwsError: no JSON, no object, or a value of another type.
    """
    document = json_object(body)
    return members_of(shape, document) if shape is not None else {}


def json_object(body: bytes) -> dict[str, Any]:
    """A JSON object.

    Raises:
        AwsError: it is none.
    """
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise AwsError("SerializationException", "Unable to parse the body as JSON.") from error
    if not isinstance(document, dict):
        raise AwsError("SerializationException", "Start of structure or map expected.")
    return document


def members_of(shape: Any, document: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401
    """The members of a structure, by their Python names.

    Raises:
        AwsError: a value of another type.
    """
    return dict(_structure(shape, document, 0))


def _value(shape: Any, value: Any, depth: int) -> Any:  # noqa: ANN401
    if depth > DEEPEST:
        raise AwsError("SerializationException", "The body is nested too deeply.")
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, value, depth)
    if kind == "list":
        _expect(list, value)
        # A null within a list is an error of AWS's own; the validation reports it.
        return [None if item is None else _value(shape.member, item, depth + 1) for item in value]
    if kind == "map":
        _expect(dict, value)
        return {key: _value(shape.value, item, depth + 1) for key, item in value.items() if item is not None}
    return from_json(kind, value)


def _structure(shape: Any, value: Any, depth: int) -> Any:  # noqa: ANN401
    if getattr(shape, "is_document_type", False):
        return value
    _expect(dict, value)
    by_wire_name = {member.serialization.get("name", name): (name, member) for name, member in shape.members.items()}
    known = {}
    for wire_name, item in value.items():
        if item is None or wire_name == "__type":
            continue
        name, member = by_wire_name.get(wire_name, (wire_name, None))
        known[name] = item if member is None else _value(member, item, depth + 1)
    return known


def _expect(kind: type, value: object) -> None:
    if not isinstance(value, kind):
        raise misfit(value, kind.__name__)


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form.

    Raises:
        AwsError: it is no form, or one of too many fields.
    """
    try:
        text = body.decode("utf-8")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError as error:
        raise AwsError("MalformedInput", "The body cannot be read as a form.") from error


def read_query(shape: Any, form: Mapping[str, str]) -> dict[str, Any]:  # noqa: ANN401
    """The members of a form as the query protocol writes them: `Tags.member.1.Key=…`.

    Raises:
        AwsError: a value of another type.
    """
    return _form_structure(shape, form, "", 0) if shape is not None else {}


def _form_structure(shape: Any, form: Mapping[str, str], prefix: str, depth: int) -> dict[str, Any]:  # noqa: ANN401
    if depth > DEEPEST:
        raise AwsError("MalformedInput", "The form is nested too deeply.")
    found = {}
    for name, member in shape.members.items():
        value = _form_value(member, form, prefix + member.serialization.get("name", name), depth + 1)
        if value is not None:
            found[name] = value
    return found


def _form_value(shape: Any, form: Mapping[str, str], at: str, depth: int) -> Any:  # noqa: ANN401
    kind = shape.type_name
    if kind not in {"structure", "list", "map"}:
        return from_text(kind, form[at]) if at in form else None
    if not any(name == at or name.startswith(f"{at}.") for name in form):
        return None
    if kind == "structure":
        return _form_structure(shape, form, f"{at}.", depth)
    if kind == "list":
        return _form_list(shape, form, at, depth)
    return _form_map(shape, form, at, depth)


def _form_list(shape: Any, form: Mapping[str, str], at: str, depth: int) -> list[Any]:  # noqa: ANN401
    inner = "" if shape.serialization.get("flattened") else f".{shape.member.serialization.get('name', 'member')}"
    values: list[Any] = []
    while (item := _form_value(shape.member, form, f"{at}{inner}.{len(values) + 1}", depth + 1)) is not None:
        values.append(item)
    return values


def _form_map(shape: Any, form: Mapping[str, str], at: str, depth: int) -> dict[str, Any]:  # noqa: ANN401
    inner = "" if shape.serialization.get("flattened") else ".entry"
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    found: dict[str, Any] = {}
    number = 1
    while (key := form.get(f"{at}{inner}.{number}.{key_name}")) is not None:
        found[key] = _form_value(shape.value, form, f"{at}{inner}.{number}.{value_name}", depth + 1)
        number += 1
    return found
