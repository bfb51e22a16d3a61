"""What a definition refers to: parameters, the execution, properties of other steps, files that steps have written.

`{"Get": "Parameters.Rows"}`, `{"Get": "Steps.Train.ModelArtifacts.S3ModelArtifacts"}`, `{"Std:Join": …}`,
`{"Std:JsonGet": …}`: the functions of definitions of version 2020-12-01.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from mlacoach.sandbox.pipelines.plan import Step

PART = re.compile(r"\.?([^.\[\]'\"]+)|\[\s*(\d+)\s*\]|\[\s*'([^']*)'\s*\]|\[\s*\"([^\"]*)\"\s*\]")
FUNCTIONS = ("Get", "Std:Join", "Std:JsonGet")


class StepFailed(Exception):
    """A step cannot go on. The text is its FailureReason.

    Args:
        reason: why.
        kind: the exception type that a retry policy names, such as `SageMaker.CAPACITY_ERROR`.
        metadata: what its row says of it, as far as it came.
    """

    def __init__(self, reason: str, kind: str = "", metadata: Mapping[str, Any] | None = None) -> None:
        super().__init__(reason)
        self.kind = kind
        self.metadata = metadata


@dataclass(frozen=True, slots=True)
class Context:
    """What references of one execution find.

    Attributes:
        parameters: the values by name.
        execution: what `Execution.…` gives.
        properties: of each step that has succeeded.
        steps: every step by name, for its property files.
        read: gives the bytes of an S3 address, or raises KeyError.
    """

    parameters: Mapping[str, Any]
    execution: Mapping[str, Any]
    steps: Mapping[str, Step]
    read: Callable[[str], bytes]
    properties: dict[str, Any] = field(default_factory=dict)

    def resolve(self, value: Any) -> Any:  # noqa: ANN401 - JSON
        """The value with every reference replaced by what it refers to.

        Raises:
            StepFailed: a reference leads nowhere.
        """
        if isinstance(value, list):
            return [self.resolve(one) for one in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            name, argument = next(iter(value.items()))
            if name in FUNCTIONS:
                return self._call(name, argument)
        return {key: self.resolve(one) for key, one in value.items()}

    def _call(self, name: str, argument: Any) -> Any:  # noqa: ANN401 - JSON
        if name == "Get":
            return self._get(str(argument))
        if name == "Std:Join":
            return str(argument.get("On", "")).join(said(self.resolve(one)) for one in argument["Values"])
        return self._json_get(argument)

    def _get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        kind, _, rest = path.partition(".")
        sources = {"Parameters": self.parameters, "Execution": self.execution, "Steps": self.properties}
        if kind not in sources:
            raise StepFailed(f"ClientError: The reference {path} begins with neither Parameters, Execution nor Steps.")
        return found(sources[kind], rest, path)

    def _json_get(self, argument: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        url = self._property_file(argument) if "PropertyFile" in argument else self.resolve(argument.get("S3Uri"))
        try:
            data = json.loads(self.read(str(url)))
        except (KeyError, ValueError) as error:
            raise StepFailed(f"ClientError: Unable to read the property file {url}: {error}") from error
        path = str(self.resolve(argument["Path"]))
        return found(data, path, f"{path} of {url}")

    def _property_file(self, argument: Mapping[str, Any]) -> str:
        """Where a property file lies: an output of a processing step, and a path in it."""
        parts = str(argument["PropertyFile"]["Get"]).split(".")
        step, name = self.steps.get(parts[1]), parts[-1]
        files = step.document.get("PropertyFiles", []) if step else []
        one = next((file for file in files if file["PropertyFileName"] == name), None)
        if one is None:
            raise StepFailed(f"ClientError: The step {parts[1]} has no property file {name}.")
        output = f"{parts[1]}.ProcessingOutputConfig.Outputs['{one['OutputName']}'].S3Output.S3Uri"
        return f"{str(self._get(f'Steps.{output}')).rstrip('/')}/{one['FilePath']}"


def found(data: Any, path: str, whole: str) -> Any:  # noqa: ANN401 - JSON
    """What lies at a path such as `a.b['c'][0]`. A list may be entered by the name of an element.

    Raises:
        StepFailed: nothing does.
    """
    for dotted, index, single, double in PART.findall(path):
        try:
            data = _entered(data, int(index) if index else dotted or single or double)
        except (KeyError, IndexError, TypeError) as error:
            raise StepFailed(f"ClientError: The reference {whole} leads nowhere: nothing is at {error}.") from error
    return data


def _entered(data: Any, name: str | int) -> Any:  # noqa: ANN401 - JSON
    if isinstance(data, list) and isinstance(name, str):
        named = [one for one in data if name in _names(one)]
        if not named:
            raise KeyError(name)
        return named[0]
    return data[name]


def _names(element: Any) -> list[Any]:  # noqa: ANN401 - JSON
    if not isinstance(element, Mapping):
        return []
    return [value for key, value in element.items() if key.endswith("Name") or key == "Key"]


def said(value: Any) -> str:  # noqa: ANN401 - JSON
    """A value as text, as a join writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, list | dict) else str(value)
