"""What states take from their input and put into it: paths, payload templates, intrinsic functions."""

import json
import re
import uuid
from collections.abc import Mapping
from typing import Any

STEP = re.compile(r"\.([\w-]+)|\['([^']*)'\]|\[(\d+)\]")
CALL = re.compile(r"States\.(\w+)\((.*)\)\Z", re.DOTALL)


class StateFailed(Exception):
    """A state that fails.

    Args:
        error: its name, such as States.TaskFailed.
        cause: what happened.
    """

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def at(data: Any, path: str, context: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """What stands at a path.

    Raises:
        StateFailed: nothing does.
    """
    root: Any = context if path.startswith("$$") else data
    rest = path.lstrip("$")
    steps = list(STEP.finditer(rest))
    if "".join(step[0] for step in steps) != rest:
        raise StateFailed("States.Runtime", f"The sandbox reads no path such as {path!r}.")
    for step in steps:
        try:
            root = root[int(step[3])] if step[3] is not None else root[step[1] or step[2]]
        except (KeyError, IndexError, TypeError) as error:
            cause = f"The JSONPath '{path}' could not be found in the input '{json.dumps(data)}'"
            raise StateFailed("States.Runtime", cause) from error
    return root


def template(given: Any, data: Any, context: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """A payload template filled in: what ends in `.$` is a path or an intrinsic function."""
    if isinstance(given, Mapping):
        return {
            name.removesuffix(".$"): _value(each, data, context)
            if name.endswith(".$")
            else template(each, data, context)
            for name, each in given.items()
        }
    return [template(each, data, context) for each in given] if isinstance(given, list) else given


def _value(text: str, data: Any, context: Mapping[str, Any]) -> Any:  # noqa: ANN401
    if text.startswith("$"):
        return at(data, text, context)
    found = CALL.match(text.strip())
    if found and found[1] in FUNCTIONS:
        return FUNCTIONS[found[1]](*(_argument(each, data, context) for each in _split(found[2])))
    raise StateFailed("States.Runtime", f"The sandbox has no intrinsic function {text!r}.")


def _argument(text: str, data: Any, context: Mapping[str, Any]) -> Any:  # noqa: ANN401
    if text.startswith("'"):
        return text[1:-1].replace("\\'", "'")
    return _value(text, data, context) if text.startswith(("$", "States.")) else json.loads(text)


def _split(text: str) -> list[str]:
    parts, depth, quoted, begin = [], 0, False, 0
    for position, letter in enumerate(text):
        if letter == "'" and text[position - 1 : position] != "\\":
            quoted = not quoted
        depth += 0 if quoted else (letter == "(") - (letter == ")")
        if letter == "," and not depth and not quoted:
            parts.append(text[begin:position].strip())
            begin = position + 1
    return [*parts, text[begin:].strip()] if text.strip() else []


def _format(text: str, *values: Any) -> str:  # noqa: ANN401
    left = iter(values)

    def fill(_found: re.Match[str]) -> str:
        value = next(left)
        return value if isinstance(value, str) else json.dumps(value)

    return re.sub(r"\{\}", fill, text)


FUNCTIONS: Mapping[str, Any] = {
    "Format": _format,
    "Array": lambda *values: list(values),
    "ArrayLength": len,
    "ArrayGetItem": lambda values, number: values[number],
    "ArrayContains": lambda values, value: value in values,
    "JsonToString": json.dumps,
    "StringToJson": json.loads,
    "StringSplit": lambda text, by: text.split(by),
    "MathAdd": lambda one, other: one + other,
    "JsonMerge": lambda one, other, _deep=False: {**one, **other},
    "UUID": lambda: str(uuid.uuid4()),
}


def placed(data: Any, path: str | None, result: Any) -> Any:  # noqa: ANN401
    """The input with the result at a path; `None` drops the result."""
    if path is None:
        return data
    names = [step[1] or step[2] for step in STEP.finditer(path[1:])]
    if not names:
        return result
    whole = dict(data) if isinstance(data, Mapping) else {}
    inner = whole
    for name in names[:-1]:
        inner[name] = dict(inner[name]) if isinstance(inner.get(name), Mapping) else {}
        inner = inner[name]
    inner[names[-1]] = result
    return whole
