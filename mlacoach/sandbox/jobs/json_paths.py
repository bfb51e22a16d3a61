"""The JSONPath that batch transform's filters understand."""

import re
from collections.abc import Mapping
from typing import Any

from mlacoach.sandbox.aws_error import invalid

STEP = re.compile(r"\.([A-Za-z_][\w-]*)|\[\s*([^\]]+?)\s*\]")
SLICE = re.compile(r"(-?\d*)\s*:\s*(-?\d*)")


def parse(path: str) -> list[str]:
    """The steps of a path.

    Raises:
        AwsError: it is none that is understood.
    """
    if not path.startswith("$"):
        raise invalid(f"The filter {path!r} is no JSONPath: it must begin with $.")
    place, steps = 1, []
    while place < len(path):
        found = STEP.match(path, place)
        if found is None:
            raise invalid(f"The filter {path!r} cannot be understood from {path[place:]!r} on.")
        steps.append(repr(found[1]) if found[1] else found[2])
        place = found.end()
    return steps


def select(data: Any, steps: list[str]) -> Any:  # noqa: ANN401 - JSON
    """What a path finds in data."""
    for step in steps:
        data = _one(data, step)
    return data


def _one(data: Any, step: str) -> Any:  # noqa: ANN401
    sliced = SLICE.fullmatch(step)
    if sliced and isinstance(data, list):
        return data[slice(*(int(end) if end else None for end in sliced.groups()))]
    parts = [part.strip() for part in step.split(",")]
    if len(parts) == 1:
        return _item(data, parts[0])
    found = {part.strip("'\""): _item(data, part) for part in parts}
    return found if isinstance(data, Mapping) else list(found.values())


def _item(data: Any, name: str) -> Any:  # noqa: ANN401
    if isinstance(data, Mapping):
        return data.get(name.strip("'\""))
    if isinstance(data, list) and name.lstrip("-").isdigit() and -len(data) <= int(name) < len(data):
        return data[int(name)]
    return None
