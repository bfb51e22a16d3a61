"""A record through the eyes of a shape: only the members that the shape has, at every depth."""

from collections.abc import Mapping
from typing import Any


def project(shape: Any, value: Any) -> Any:  # noqa: ANN401 - botocore's shape, and whatever a record holds
    """What the shape shows of a value; a member of another type than the shape's is left out."""
    kind = shape.type_name
    if kind == "structure" and isinstance(value, Mapping):
        return {
            name: project(member, value[name])
            for name, member in shape.members.items()
            if value.get(name) is not None and _fits(member, value[name])
        }
    if kind == "list" and isinstance(value, list | tuple):
        return [project(shape.member, item) for item in value]
    if kind == "map" and isinstance(value, Mapping):
        return {key: project(shape.value, item) for key, item in value.items()}
    return value


def _fits(shape: Any, value: object) -> bool:  # noqa: ANN401
    wanted = {"structure": Mapping, "list": list | tuple, "map": Mapping, "string": str}
    return isinstance(value, wanted.get(shape.type_name, object))


def at(fields: Mapping[str, Any], path: str) -> Any:  # noqa: ANN401
    """The value at a dotted path, such as `Source.SourceUri`; None where there is none."""
    value: Any = fields
    for part in path.split("."):
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value
