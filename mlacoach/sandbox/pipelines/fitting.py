"""Values of a definition as an operation's shapes want them: a parameter may be a number where the API takes text."""

from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.control.families import SERVICE
from mlacoach.sandbox.pipelines.references import said
from mlacoach.sandbox.protocol.models import service_model

NUMBERS: Mapping[str, Any] = {"integer": int, "long": int, "float": float, "double": float}


def fitted(operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with its scalars as the operation's shapes want them. Members that are null go."""
    shape = service_model(SERVICE).operation_model(operation).input_shape
    return dict(_fit(shape, request))


def _fit(shape: Any, value: Any) -> Any:  # noqa: ANN401 - botocore's shape, JSON
    if shape is None:
        return value
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return {name: _fit(shape.members.get(name), one) for name, one in value.items() if one is not None}
    if kind == "list" and isinstance(value, list):
        return [_fit(shape.member, one) for one in value]
    if kind == "map" and isinstance(value, Mapping):
        return {name: _fit(shape.value, one) for name, one in value.items()}
    return _scalar(kind, value)


def _scalar(kind: str, value: Any) -> Any:  # noqa: ANN401 - text, number or truth
    if kind == "string" and not isinstance(value, str | list | dict):
        return said(value)
    if kind in NUMBERS and isinstance(value, str):
        try:
            return NUMBERS[kind](value)
        except ValueError:
            return value
    if kind == "boolean" and isinstance(value, str) and value.lower() in {"true", "false"}:
        return value.lower() == "true"
    return value
