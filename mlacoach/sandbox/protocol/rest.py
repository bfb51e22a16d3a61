"""A REST request's members: in the path, the query string, the headers and the body."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

from mlacoach.sandbox.protocol.reading import read_json
from mlacoach.sandbox.protocol.scalars import from_text


def read_rest(
    shape: Any,  # noqa: ANN401 - botocore's shape
    labels: Mapping[str, str],
    query: str,
    headers: Mapping[str, str],
    body: bytes,
) -> dict[str, Any]:
    """The members of the input shape.

    Raises:
        AwsError: the body or a value does not fit its shape.
    """
    if shape is None:
        return {}
    given = parse_qs(query, keep_blank_values=True)
    found = _body(shape, body)
    for name, member in shape.members.items():
        value = _located(member, name, labels, given, headers)
        if value is not None:
            found[name] = value
    return found


def _body(shape: Any, body: bytes) -> dict[str, Any]:  # noqa: ANN401
    payload = shape.serialization.get("payload")
    if payload:
        member = shape.members[payload]
        if member.type_name in {"blob", "string"}:
            return {payload: body if member.type_name == "blob" else body.decode("utf-8", "replace")}
        return {payload: read_json(member, body)} if body else {}
    in_body = [name for name, member in shape.members.items() if not member.serialization.get("location")]
    if not in_body:
        return {}
    found = read_json(shape, body)
    # What belongs into the path or a header counts only there.
    return {name: value for name, value in found.items() if name in in_body or name not in shape.members}


def _located(
    member: Any,  # noqa: ANN401
    name: str,
    labels: Mapping[str, str],
    query: Mapping[str, list[str]],
    headers: Mapping[str, str],
) -> Any:  # noqa: ANN401
    where, wire = member.serialization.get("location"), member.serialization.get("name", name)
    if where == "uri" and wire in labels:
        return from_text(member.type_name, labels[wire])
    if where == "header" and wire.lower() in headers:
        return from_text(member.type_name, headers[wire.lower()])
    if where == "headers":
        start = wire.lower()
        return {key[len(start) :]: value for key, value in headers.items() if key.startswith(start)} or None
    return _queried(member, query.get(wire, [])) if where == "querystring" else None


def _queried(member: Any, given: list[str]) -> Any:  # noqa: ANN401
    if member.type_name == "map" or not given:
        return None
    if member.type_name == "list":
        return [from_text(member.member.type_name, value) for value in given]
    return from_text(member.type_name, given[0])
